"""A WebSocket client to an ASGI application in memory: connectors.outside.Wire without a network."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.errors import AuthNeeded, Blocked, Dropped, RateLimited, Transient


class AsgiWire:
    """`cut()` breaks the line without a close frame; `freeze()` lets nothing through any more, both ways."""

    def __init__(self, app: Any, url: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self._scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": parts.scheme,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": (parts.hostname, parts.port or 443),
            "subprotocols": [],
            "state": {},
        }
        self._app = app
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[Any] = asyncio.Queue()
        self._gone: Dropped | None = None
        self._frozen = False
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> "AsgiWire":
        self._to_app.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.ensure_future(self._serve())
        first = await self._from_app.get()
        if isinstance(first, Exception):
            raise first
        assert first is None
        return self

    async def recv(self) -> str | bytes:
        if self._gone is not None and self._from_app.empty():
            raise self._gone
        item = await self._from_app.get()
        if isinstance(item, Dropped):
            self._gone = item
            raise item
        return item

    async def send(self, data: str | bytes) -> None:
        if self._gone is not None:
            raise self._gone
        if not self._frozen:
            key = "text" if isinstance(data, str) else "bytes"
            self._to_app.put_nowait({"type": "websocket.receive", key: data})

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self._end(Dropped(code, reason))
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def cut(self) -> None:
        self._end(Dropped(1006))

    def freeze(self) -> None:
        self._frozen = True

    def _end(self, how: Dropped) -> None:
        if self._gone is None:
            self._gone = how
            self._from_app.put_nowait(how)
            self._to_app.put_nowait({"type": "websocket.disconnect", "code": how.code})

    async def _serve(self) -> None:
        await self._app(self._scope, self._to_app.get, self._take)

    async def _take(self, message: Mapping[str, Any]) -> None:
        """What the application sends."""
        kind = message["type"]
        if kind == "websocket.accept":
            self._from_app.put_nowait(None)
        elif kind == "websocket.http.response.start":
            self._from_app.put_nowait(_refusal(message["status"]))
        elif kind == "websocket.close":
            self._end(Dropped(message.get("code", 1000), message.get("reason") or ""))
        elif kind == "websocket.send" and self._gone is None and not self._frozen:
            self._from_app.put_nowait(
                message.get("text") if message.get("text") is not None else message["bytes"]
            )


def _refusal(status: int) -> Exception:
    if status in (401, 403):
        return (AuthNeeded if status == 401 else Blocked)(f"refused ({status})")
    return RateLimited("refused (429)") if status == 429 else Transient(f"refused ({status})")


class AsgiDial:
    """Implements connectors.outside.Dial over an application; `wires` are all that were opened. While `down`,
    no line comes about.
    """

    def __init__(self, app: Any) -> None:
        self.app, self.wires, self.down = app, [], False
        self.urls: list[str] = []

    async def __call__(self, url: str, headers: Mapping[str, str]) -> AsgiWire:
        self.urls.append(url)
        if self.down:
            raise Transient("cannot be reached")
        wire = await AsgiWire(self.app, url, headers).open()
        self.wires.append(wire)
        return wire
