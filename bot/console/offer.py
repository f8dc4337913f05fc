"""An offer's own page, for shops whose products have no address: what the card says, larger, as of this
moment.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from bot.console.hub import Hub, LiveShow
from bot.console.pages import Pages
from bot.show.messages import Card


def find_card(show: LiveShow, handle: str) -> Card | None:
    """The newest card of the product: the one on the table, else the one of the rundown."""
    if show.state is not None and show.state.card is not None and show.state.card.handle == handle:
        return show.state.card
    return next((cue.card for cue in show.hello.rundown if cue.card and cue.card.handle == handle), None)


def offer_router(hub: Hub, pages: Pages) -> APIRouter:
    """`/offer/{show}/{handle}`; 404 for what the show does not sell."""
    router = APIRouter()

    @router.get("/offer/{show_id}/{handle}", response_class=HTMLResponse)
    async def offer(request: Request, show_id: str, handle: str) -> Response:
        show = hub.get(show_id)
        card = None if show is None else find_card(show, handle)
        if show is None or card is None:
            return pages.render("front.html", pages.language(request, ""), status=404, shows=[])
        language = pages.language(request, show.hello.language)
        return pages.render("offer.html", language, card=card, hello=show.hello)

    return router
