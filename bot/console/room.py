"""The live room: what buyers see. `/room/{show}`, its picture and its chat."""

import asyncio
import json
import secrets

from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.clock import Clock
from bot.console.courtesy import (
    ADDRESS_BURST,
    ADDRESS_PER_SECOND,
    BURST,
    PER_SECOND,
    RateLimit,
    clean_name,
    clean_text,
)
from bot.console.hub import Hub, LiveShow
from bot.console.pages import Pages
from bot.console.sockets import FULL, UNKNOWN, pass_on, refuse, same_origin, until_first, until_gone
from bot.console.stream import Viewer
from bot.show.messages import Comment
from bot.traces import Spans

VIEWER_COOKIE = "castmate_viewer"


class Typed(BaseModel):
    """What a viewer's page sends. `ref`: the page's own mark for it, given back with the answer."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=1000)
    name: str = Field(default="", max_length=200)
    ref: str = Field(default="", max_length=40)


class Room:
    def __init__(self, hub: Hub, clock: Clock, max_viewers: int, spans: Spans | None = None) -> None:
        self._spans = spans
        self._hub, self._clock, self._max_viewers = hub, clock, max_viewers
        self._per_viewer = RateLimit(BURST, PER_SECOND)
        self._per_address = RateLimit(ADDRESS_BURST, ADDRESS_PER_SECOND)

    async def media(self, ws: WebSocket, show_id: str) -> None:
        """Text: the codecs. Binary: Media type byte, then fragmented MP4."""
        show = await self._show(ws, show_id)
        if show is None:
            return
        await ws.accept()
        show.count(1)
        try:
            await until_first(send_media(ws, show), until_gone(ws))
        finally:
            show.count(-1)

    async def chat(self, ws: WebSocket, show_id: str) -> None:
        show = await self._show(ws, show_id)
        if show is None:
            return
        await ws.accept()
        replies: asyncio.Queue[str] = asyncio.Queue(16)
        await until_first(
            pass_on(ws, show.room, show.room_snapshot), self._read(ws, show, replies), _send_all(ws, replies)
        )

    async def _show(self, ws: WebSocket, show_id: str) -> LiveShow | None:
        show = self._hub.get(show_id)
        if same_origin(ws.headers) is False:
            await ws.close(1008)
        elif show is None:
            await refuse(ws, UNKNOWN, "No such show.")
        elif max(show.viewers, len(show.room)) >= self._max_viewers:
            await refuse(ws, FULL, "The room is full.")
        else:
            return show
        return None

    async def _read(self, ws: WebSocket, show: LiveShow, replies: asyncio.Queue[str]) -> None:
        viewer_id = ws.cookies.get(VIEWER_COOKIE, "")[:64] or secrets.token_urlsafe(12)
        address = ws.client.host if ws.client else "?"
        while True:
            frame = await ws.receive()
            if frame["type"] == "websocket.disconnect":
                return
            answer = self._comment(show, frame.get("text") or "", viewer_id, address)
            await replies.put(json.dumps(answer, ensure_ascii=False))

    def _comment(self, show: LiveShow, raw: str, viewer_id: str, address: str) -> dict[str, str | float]:
        """Passes a comment on to the show, or says why not: {"type": "sent" | "refused", ...}."""
        span = None if self._spans is None else self._spans.begin("room.message", channel="room")
        try:
            typed = Typed.model_validate_json(raw)
        except ValidationError:
            return {"type": "refused", "ref": "", "why": "unreadable"}
        text = clean_text(typed.text)
        if text is None:
            return {"type": "refused", "ref": typed.ref, "why": "length"}
        now = self._clock.time()
        wait = self._per_viewer.wait(viewer_id, now) or self._per_address.wait(address, now)
        if wait > 0:
            return {"type": "refused", "ref": typed.ref, "why": "rate", "seconds": round(wait + 0.05, 1)}
        if show.ended is not None:
            return {"type": "refused", "ref": typed.ref, "why": "ended"}
        comment = Comment(
            id=secrets.token_urlsafe(9),
            viewer=clean_name(typed.name, viewer_id),
            viewer_id=viewer_id,
            text=text,
            at=self._clock.now(),
            trace="" if span is None else span.carrier,
        )
        if not show.outbox.put(comment):
            return {"type": "refused", "ref": typed.ref, "why": "busy"}
        if span is not None:
            span.end(show=show.hello.show, question=f"room:{comment.id}")
        return {"type": "sent", "ref": typed.ref, "id": comment.id, "viewer": comment.viewer}


async def send_media(ws: WebSocket, show: LiveShow) -> None:
    """The picture of a show to one page, from the last keyframe on."""
    viewer = Viewer()
    hello = show.hello
    await ws.send_text(_shape(show))
    show.stream.join(viewer)
    try:
        while True:
            _, data = await viewer.next()
            if show.hello is not hello:  # a restarted show may have other codecs; its init segment comes next
                hello = show.hello
                await ws.send_text(_shape(show))
            await ws.send_bytes(data)
    finally:
        show.stream.leave(viewer)


def _shape(show: LiveShow) -> str:
    hello = show.hello
    return json.dumps({"type": "media", "codecs": hello.codecs, "width": hello.width, "height": hello.height})


async def _send_all(ws: WebSocket, replies: asyncio.Queue[str]) -> None:
    while True:
        await ws.send_text(await replies.get())


def room_router(
    hub: Hub, pages: Pages, clock: Clock, *, max_viewers: int, secure: bool, spans: Spans | None = None
) -> APIRouter:
    """`spans`: where what viewers write is followed; None: nowhere."""
    router = APIRouter()
    room = Room(hub, clock, max_viewers, spans)

    @router.get("/", response_class=HTMLResponse)
    async def front(request: Request) -> Response:
        only = hub.only()
        if only is not None:
            return RedirectResponse(f"/room/{only.hello.show}", 303)
        language = pages.language(request, "")
        return pages.render("front.html", language, shows=[show.hello for show in hub.shows()])

    @router.get("/room/{show_id}", response_class=HTMLResponse)
    async def page(request: Request, show_id: str) -> Response:
        show = hub.get(show_id)
        if show is None:
            return pages.render("front.html", pages.language(request, ""), status=404, shows=[])
        language = pages.language(request, show.hello.language)
        response = pages.render("room.html", language, hello=show.hello)
        if VIEWER_COOKIE not in request.cookies:
            response.set_cookie(
                VIEWER_COOKIE,
                secrets.token_urlsafe(12),
                max_age=86400 * 30,
                httponly=True,
                samesite="lax",
                secure=secure,
            )
        return response

    @router.websocket("/room/{show_id}/media")
    async def media(ws: WebSocket, show_id: str) -> None:
        await room.media(ws, show_id)

    @router.websocket("/room/{show_id}/chat")
    async def chat(ws: WebSocket, show_id: str) -> None:
        await room.chat(ws, show_id)

    return router
