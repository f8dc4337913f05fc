"""A local replica of Kuaishou's seller console: a list that holds only what is in view, the product that is
on once more above all and without a number, a question back when another one is on.
connectors/kuaishou_shop/console.yaml names the sources of addresses and selectors. The replica's own: the
words of the question, how the page draws itself, that a log-out leads to the login page by itself.
"""

from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

PAGE = Path(__file__).with_name("kuaishou_replica.html")
LOGIN = "<!doctype html><meta charset=utf-8><title>登录</title><p>扫码登录"


@dataclass
class KuaishouReplica:
    """`shows`: what was shown, one after another, None for nothing."""

    logged_out: bool = False
    posted: list[str] = field(default_factory=list)
    shows: list[int | None] = field(default_factory=list)

    @property
    def shown(self) -> int | None:
        return self.shows[-1] if self.shows else None

    def handler(self, method: str, path: str):
        """What answers there; None: nothing does."""
        return {
            ("GET", "/page/helper"): self._control,
            ("GET", "/"): self._login,
            ("GET", "/__replica"): self._wish,
            ("GET", "/__shown"): self._shown,
            ("POST", "/__posted"): self._posted,
        }.get((method, path))

    async def _control(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE.read_text("utf-8"), content_type="text/html")

    async def _login(self, request: web.Request) -> web.Response:
        return web.Response(text=LOGIN, content_type="text/html")

    async def _wish(self, request: web.Request) -> web.Response:
        return web.json_response({"logged_out": self.logged_out})

    async def _posted(self, request: web.Request) -> web.Response:
        self.posted.append(await request.text())
        return web.json_response({})

    async def _shown(self, request: web.Request) -> web.Response:
        self.shows.append(int(request.query["n"]) or None)
        return web.json_response({})
