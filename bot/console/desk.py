"""The live desk: what the operator sees and does. `/console`, its feed, its picture, its acts."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.console.access import Access
from bot.console.courtesy import clean
from bot.console.hub import Hub, LiveShow
from bot.console.pages import Pages
from bot.console.roles import Right
from bot.console.room import send_media
from bot.console.sockets import UNKNOWN, pass_on, refuse, until_first, until_gone
from bot.show.messages import Approve, Arrange, Command, Down, Insert, Pin


class Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Literal["hold", "resume", "pause_clone", "resume_clone", "end", "next_cue"]


class Word(BaseModel):
    """A person's word on an answer that waits. `text`: as they changed it."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=200)]
    ok: bool
    text: Annotated[str | None, Field(max_length=500)] = None


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=500)]


class Pinned(BaseModel):
    """`product`: the handle of one of the rundown."""

    model_config = ConfigDict(extra="forbid")

    product: Annotated[str, Field(min_length=1, max_length=200)]


class Wish(BaseModel):
    """How the rundown goes on. `order`: all its cues; `jump`: the cue to go on with."""

    model_config = ConfigDict(extra="forbid")

    order: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=500)] = ()
    jump: Annotated[str, Field(max_length=200)] = ""


def desk_router(hub: Hub, pages: Pages, access: Access) -> APIRouter:
    router = APIRouter()

    def page_of(request: Request, show: LiveShow) -> HTMLResponse:
        others = [other.hello for other in hub.shows() if other is not show]
        return pages.render(
            "desk.html", pages.language(request, show.hello.language), hello=show.hello, shows=others
        )

    @router.get("/console", response_class=HTMLResponse)
    async def front(request: Request) -> Response:
        shows = sorted(hub.shows(), key=lambda show: not show.linked)  # of several, one that is on the air
        if not shows:
            return pages.render("waiting.html", pages.language(request, ""), title_key="desk")
        return page_of(request, shows[0])

    @router.get("/console/{show_id}", response_class=HTMLResponse)
    async def one(request: Request, show_id: str) -> Response:
        show = hub.get(show_id)
        if show is None:
            return pages.render("waiting.html", pages.language(request, ""), status=404, title_key="desk")
        return page_of(request, show)

    async def listening(ws: WebSocket, show_id: str) -> LiveShow | None:
        if not access.may_listen(ws, Right.DESK):
            await ws.close(1008)
            return None
        show = hub.get(show_id)
        if show is None:
            await refuse(ws, UNKNOWN, "No such show.")
            return None
        await ws.accept()
        return show

    @router.websocket("/console/{show_id}/feed")
    async def feed(ws: WebSocket, show_id: str) -> None:
        if (show := await listening(ws, show_id)) is not None:
            await until_first(pass_on(ws, show.desk, show.desk_snapshot), until_gone(ws))

    @router.websocket("/console/{show_id}/media")
    async def media(ws: WebSocket, show_id: str) -> None:
        """The picture for the desk: the same bytes, not counted as a viewer."""
        if (show := await listening(ws, show_id)) is not None:
            await until_first(send_media(ws, show), until_gone(ws))

    def by(request: Request) -> str:
        who = access.who(request)
        return "" if who is None else who.name

    def tell(request: Request, show_id: str, message: Down) -> JSONResponse:
        if not access.may_act(request, Right.DESK):
            return JSONResponse({"ok": False, "why": "not allowed"}, 403)
        show = hub.get(show_id)
        if show is None or not show.linked:  # an act of now must not be done minutes later
            return JSONResponse({"ok": False, "why": "link"}, 409)
        if not show.outbox.put(message):
            return JSONResponse({"ok": False, "why": "busy"}, 503)
        return JSONResponse({"ok": True})

    @router.post("/console/{show_id}/act")
    async def act(request: Request, show_id: str, body: Act) -> JSONResponse:
        return tell(request, show_id, Command(name=body.name, by=by(request)))

    @router.post("/console/{show_id}/insert")
    async def insert(request: Request, show_id: str, body: Said) -> JSONResponse:
        text = clean(body.text)
        if not text:
            return JSONResponse({"ok": False, "why": "empty"}, 422)
        return tell(request, show_id, Insert(text=text, by=by(request)))

    @router.post("/console/{show_id}/arrange")
    async def arrange(request: Request, show_id: str, body: Wish) -> JSONResponse:
        """Another order of the rundown, or on with another cue."""
        show = hub.get(show_id)
        known = {cue.id for cue in show.hello.rundown} if show is not None else set()
        wrong = (body.order and set(body.order) != known) or (body.jump and body.jump not in known)
        if show is not None and (wrong or not (body.order or body.jump)):
            return JSONResponse({"ok": False, "why": "rundown"}, 422)
        return tell(request, show_id, Arrange(order=body.order, jump=body.jump, by=by(request)))

    @router.post("/console/{show_id}/pin")
    async def pin(request: Request, show_id: str, body: Pinned) -> JSONResponse:
        """Pins a product of the rundown wherever that can be done; the desk is told what came of it."""
        show = hub.get(show_id)
        known = {cue.card.handle for cue in show.hello.rundown if cue.card} if show is not None else set()
        if show is not None and body.product not in known:
            return JSONResponse({"ok": False, "why": "rundown"}, 422)
        return tell(request, show_id, Pin(product=body.product, by=by(request)))

    @router.post("/console/{show_id}/answer")
    async def answer(request: Request, show_id: str, body: Word) -> JSONResponse:
        """Lets an answer that waits be said, as it stands or changed, or withholds it."""
        text = None if body.text is None else clean(body.text)
        if body.text is not None and not text:
            return JSONResponse({"ok": False, "why": "empty"}, 422)
        return tell(request, show_id, Approve(id=body.id, ok=body.ok, text=text, by=by(request)))

    @router.post("/console/{show_id}/keys")
    async def keys(request: Request, show_id: str) -> JSONResponse:
        """Addresses for other devices, as paths: the page knows its own origin."""
        if not access.may_act(request, Right.DESK):
            return JSONResponse({"ok": False, "why": "not allowed"}, 403)
        return JSONResponse(
            {
                "ok": True,
                "desk": f"/console/{show_id}?key={access.make_key(Right.DESK, access.who(request))}",
                "cohost": f"/cohost?key={access.make_key(Right.COHOST, access.who(request))}",
                "room": f"/room/{show_id}",
            }
        )

    return router
