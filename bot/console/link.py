"""WebSocket /link/{show}: a show tells what happens and is told what people want. See
bot/show/messages.py.
"""

import asyncio
import hmac
import logging

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from bot.console.hub import Hub, LiveShow
from bot.console.sockets import FULL, REPLACED, until_first
from bot.show.messages import UP, Hello, Media, Viewers

log = logging.getLogger(__name__)

KINDS = frozenset(kind.value for kind in Media)
HELLO_S = 10.0
FRAGMENT_BYTES = 12_000_000
TEXT_BYTES = 1_000_000


class Link:
    """One link per show: a newer one replaces an older (a show that restarted, a half-open socket)."""

    def __init__(self, hub: Hub, token: str) -> None:
        self._hub = hub
        self._token = token
        self._current: dict[str, asyncio.Event] = {}

    async def serve(self, ws: WebSocket, show_id: str) -> None:
        if not self._known(ws.headers.get("authorization", "")):
            await ws.close(1008)  # before accept: the handshake is answered with 403
            return
        await ws.accept()
        show = await self._greeted(ws, show_id)
        if show is None:
            return
        replaced = asyncio.Event()
        if (older := self._current.get(show_id)) is not None:
            older.set()
        self._current[show_id] = replaced
        show.link(True)
        try:
            await until_first(
                self._hear(ws, show),
                self._tell(ws, show),
                self._count(ws, show),
                self._step_aside(ws, replaced),
            )
        finally:
            if self._current.get(show_id) is replaced:
                del self._current[show_id]
                show.link(False)

    def _known(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.encode(), self._token.encode())

    async def _greeted(self, ws: WebSocket, show_id: str) -> LiveShow | None:
        """The show that said hello, or None after closing the socket with the reason."""
        try:
            async with asyncio.timeout(HELLO_S):
                hello = UP.validate_json(await ws.receive_text())
        except (TimeoutError, ValidationError, KeyError):
            await ws.close(1008, "The first message must be a valid hello.")
            return None
        except WebSocketDisconnect:
            return None
        if not isinstance(hello, Hello) or hello.show != show_id:
            await ws.close(1008, "The first message must be the hello of this show.")
            return None
        show = self._hub.hello(hello)
        if show is None:
            await ws.close(FULL, "The console follows as many shows as it can.")
        return show

    async def _hear(self, ws: WebSocket, show: LiveShow) -> None:
        while True:
            frame = await ws.receive()
            if frame["type"] == "websocket.disconnect":
                return
            data, text = frame.get("bytes"), frame.get("text")
            if data is not None:
                self._media(show, data)
            elif text is not None:
                self._message(show, text)

    def _media(self, show: LiveShow, data: bytes) -> None:
        if not 1 < len(data) <= FRAGMENT_BYTES or data[0] not in KINDS:
            show.rejected += 1
            log.warning(
                "link %s: a fragment of %d bytes was not understood",
                show.hello.show,
                len(data),
                extra=_of(show),
            )
            return
        show.media(Media(data[0]), data)

    def _message(self, show: LiveShow, text: str) -> None:
        if len(text) > TEXT_BYTES:
            show.rejected += 1
            log.warning(
                "link %s: a message of %d characters is too long", show.hello.show, len(text), extra=_of(show)
            )
            return
        try:
            show.take(UP.validate_json(text))
        except ValidationError as error:
            show.rejected += 1
            log.warning("link %s: a message was not understood: %s", show.hello.show, error, extra=_of(show))

    async def _tell(self, ws: WebSocket, show: LiveShow) -> None:
        while True:
            message = await show.outbox.next()
            if isinstance(message, bytes):
                await ws.send_bytes(message)
            else:
                await ws.send_text(message.model_dump_json())
            show.outbox.done(message)

    async def _count(self, ws: WebSocket, show: LiveShow) -> None:
        """Tells the number of viewers when it changes, at most once a second."""
        told = -1
        while True:
            if show.viewers != told:
                told = show.viewers
                await ws.send_text(Viewers(number=told).model_dump_json())
            await asyncio.sleep(1)

    async def _step_aside(self, ws: WebSocket, replaced: asyncio.Event) -> None:
        await replaced.wait()
        await ws.close(REPLACED, "Another link of this show took over.")


def _of(show: LiveShow) -> dict[str, str]:
    return {"show": show.hello.show}


def link_router(hub: Hub, token: str) -> APIRouter:
    router = APIRouter()
    link = Link(hub, token)

    @router.websocket("/link/{show_id}")
    async def serve(ws: WebSocket, show_id: str) -> None:
        await link.serve(ws, show_id)

    return router
