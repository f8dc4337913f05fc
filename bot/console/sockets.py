"""Small pieces that every WebSocket page of the console uses."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import urlsplit

import anyio
from fastapi import WebSocketDisconnect
from starlette.websockets import WebSocket, WebSocketState

from bot.console.feed import Feed, Listener

# Close codes of our own (4000-4999 are free for applications).
REPLACED = 4409  # another link took over
LOST = 4408  # the page did not keep up: start over from a snapshot
UNKNOWN = 4404  # no such show (yet)
FULL = 4503


async def until_first(*parts: Coroutine[Any, Any, None]) -> None:
    """Runs the parts until one returns or the other side goes; cancels the rest. Errors are raised."""
    async with anyio.create_task_group() as group:

        async def run(part: Coroutine[Any, Any, None]) -> None:
            try:
                await part
            except WebSocketDisconnect:
                pass  # the end that was waited for
            group.cancel_scope.cancel()

        for part in parts:
            group.start_soon(run, part)


async def until_gone(ws: WebSocket) -> None:
    """Reads and forgets until the other side closes."""
    while True:
        message = await ws.receive()
        if message["type"] == "websocket.disconnect":
            return


async def pass_on(ws: WebSocket, feed: Feed, snapshot: Callable[[], str]) -> None:
    """Sends the snapshot, then all that the feed brings, until the page loses its place."""
    listener = Listener()
    feed.join(listener)
    try:
        await ws.send_text(snapshot())
        while (text := await listener.next()) is not None:
            await ws.send_text(text)
        await ws.close(LOST, "too slow")
    finally:
        feed.leave(listener)


async def refuse(ws: WebSocket, code: int, reason: str) -> None:
    """Accepts and closes with a code that a page can read (it learns nothing of a refused handshake)."""
    await ws.accept()
    if ws.application_state is WebSocketState.CONNECTED:
        await ws.close(code, reason)


def same_origin(headers: Mapping[str, str]) -> bool | None:
    """Whether the page that asks came from this server; None when no Origin was sent (not a browser)."""
    origin = headers.get("origin")
    if origin is None:
        return None
    return origin != "null" and urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
