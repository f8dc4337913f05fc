"""A local replica of Xiaohongshu's live console: comments come through a socket alone, our own through the
answer to the box. connectors/xiaohongshu/console.yaml names the sources of addresses, selectors and frames.
The replica's own: the socket's address, how the page draws itself.
"""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import WSMsgType, web
from fakes.console_answers import Written, xiaohongshu_frame

PAGE = Path(__file__).with_name("xiaohongshu_replica.html")


@dataclass
class XiaohongshuReplica:
    comments: list[Written] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    shown: int | None = None
    sockets: int = 0

    def handler(self, method: str, path: str):
        """What answers there; None: nothing does."""
        return {
            ("GET", "/live_center_control"): self._control,
            ("GET", "/ws"): self._socket,
            ("POST", "/api/send_comment"): self._posted,
            ("GET", "/__shown"): self._shown,
        }.get((method, path))

    async def _control(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE.read_text("utf-8"), content_type="text/html")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets += 1
        await socket.send_str("not json")
        while not socket.closed:
            given, self.comments = self.comments, []
            if given:
                await socket.send_str(xiaohongshu_frame(given).decode())
            await socket.send_str(json.dumps({"v": 1, "t": 0, "m": "0ac"}))
            try:
                message = await asyncio.wait_for(socket.receive(), 0.1)
            except TimeoutError:
                continue
            if message.type is not WSMsgType.TEXT:
                break
        return socket

    async def _posted(self, request: web.Request) -> web.Response:
        self.posted.append(await request.text())
        return web.json_response({"code": 0, "success": True, "data": {"comment": self.posted[-1]}})

    async def _shown(self, request: web.Request) -> web.Response:
        self.shown = int(request.query["n"]) or None
        return web.json_response({})
