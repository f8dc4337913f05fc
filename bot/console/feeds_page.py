"""Feeds on the catalogue's page: added, fetched at once, removed. The guard has let in who may keep the
catalogue.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from bot.console.catalogue_work import Options
from bot.console.feed_rules import EVERY, Policy
from bot.console.feeds import Feed, Feeds
from bot.console.staff import Staff
from products.errors import CastmateError

Text = Annotated[str, Form(max_length=2400)]
Percent = Annotated[int, Form(ge=0, le=100)]
MARKS = {"never": "quiet", "same": "good", "applied": "good", "waiting": "warn", "failed": "bad"}
REASONS = frozenset({"never", "problems", "rows", "prices", "move"})


def feed_rows(feeds: Feeds | None) -> list[dict[str, Any]]:
    """The feeds as the page draws them."""
    return [] if feeds is None else [_row(feeds, feed) for feed in feeds.all()]


def _row(feeds: Feeds, feed: Feed) -> dict[str, Any]:
    state, words = feeds.state_of(feed), feed.why.split()
    reasons = [word for word in words if word in REASONS] if state == "waiting" else []
    plain = "" if reasons or state not in ("waiting", "failed") else f"{feed.why} {feed.remedy}".strip()
    return {"feed": feed, "state": state, "mark": MARKS[state], "reasons": reasons, "why": plain}


def feeds_router(staff: Staff, feeds: Feeds) -> APIRouter:
    router = APIRouter(prefix="/catalogue/feeds", include_in_schema=False)

    def back(said: str = "", trouble: str = "") -> Response:
        asked = f"?said={said}" if said else f"?trouble={trouble}" if trouble else ""
        return RedirectResponse(f"/catalogue{asked}#h-feeds", 303)

    async def note(request: Request, what: str, feed: Feed) -> None:
        who, book = staff.who(request), staff.access.accounts.book
        await staff.call(lambda: book.record(what, who.account, None, feed=feed.id, address=feed.shown))

    @router.post("")
    async def add(
        request: Request,
        form: Text = "",
        url: Text = "",
        every: Annotated[int, Form(ge=0, le=100_000)] = EVERY[1],
        language: Text = "en",
        currency: Text = "USD",
        full: Text = "",
        clean: Text = "",
        rows: Percent = 20,
        prices: Percent = 20,
        move: Percent = 50,
    ) -> Response:
        if not staff.form_holds(request, form):
            return back(trouble="form_old")
        policy = Policy(clean=clean == "yes", rows=rows, prices=prices, move=move)
        try:
            options = Options(language=language.lower(), currency=currency.upper(), full=full == "yes")
            feed = await staff.call(feeds.add, url, every, options, policy)
        except ValidationError:
            return back(trouble="cat_options_wrong")
        except CastmateError as error:
            return back(trouble=error.message)
        await note(request, "feed_added", feed)
        return back("said_feed")

    @router.post("/{feed}/now")
    async def now(request: Request, feed: str, form: Text = "") -> Response:
        """Due at once: the next look fetches it. A page does not wait for another shop's server."""
        if not staff.form_holds(request, form):
            return back(trouble="form_old")
        if not await staff.call(feeds.hurry, feed):
            return back(trouble="feed_gone")
        return back("said_feed_now")

    @router.post("/{feed}/remove")
    async def remove(request: Request, feed: str, form: Text = "") -> Response:
        if not staff.form_holds(request, form):
            return back(trouble="form_old")
        known = await staff.call(feeds.get, feed)
        if known is None or not await staff.call(feeds.remove, feed):
            return back(trouble="feed_gone")
        await note(request, "feed_removed", known)
        return back("said_feed_removed")

    return router
