"""A local replica of the console of WeChat Channels: two pages, each drawn in the shadow of the element
`wujie-app.wujie_iframe` with its code in a frame beside it, as Tencent's own micro-frontend does
(github.com/Tencent/wujie, packages/wujie-core/src/shadow.ts and constant.ts).

connectors/wechat_channels/console.yaml names the sources of addresses, selectors and fields. The replica's
own: how often it polls, and that a broadcast which is off leads back to /platform with nothing on it.
"""

from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from fakes import console_answers as answers
from fakes.console_answers import Written

PAGE = Path(__file__).with_name("wechat_replica.html")
HOME = "<!doctype html><meta charset=utf-8><div class=account-info><span class=name>示例小店</span></div>"


@dataclass
class WechatReplica:
    """`live`: whether a broadcast runs. `closed`: popups that were."""

    live: bool = True
    comments: list[Written] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    shown: int | None = None

    def handler(self, method: str, path: str):
        """What answers there; None: nothing does."""
        return {
            ("GET", "/platform"): self._home,
            ("GET", "/platform/live/liveBuild"): self._control,
            ("GET", "/platform/live/commodity/onsale/index"): self._page,
            ("POST", "/mmfinderassistant-bin/live/msg"): self._messages,
            ("POST", "/__posted"): self._posted,
            ("POST", "/__closed"): self._closed,
            ("GET", "/__shown"): self._shown,
        }.get((method, path))

    async def _home(self, request: web.Request) -> web.Response:
        return web.Response(text=HOME, content_type="text/html")

    async def _control(self, request: web.Request) -> web.Response:
        if not self.live:
            raise web.HTTPFound("https://channels.weixin.qq.com/platform")
        return await self._page(request)

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE.read_text("utf-8"), content_type="text/html")

    async def _messages(self, request: web.Request) -> web.Response:
        given, self.comments = self.comments, []
        return web.Response(body=answers.wechat_messages(given), content_type="application/json")

    async def _posted(self, request: web.Request) -> web.Response:
        self.posted.append(await request.text())
        return web.json_response({})

    async def _closed(self, request: web.Request) -> web.Response:
        self.closed.append(await request.text())
        return web.json_response({})

    async def _shown(self, request: web.Request) -> web.Response:
        self.shown = int(request.query["n"]) or None
        return web.json_response({})
