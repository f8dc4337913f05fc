"""A local replica of Taobao Live's console: the list of broadcasts, and the control page of the running one.
connectors/taobao_live/console.yaml names the sources of addresses, selectors and the fields of
answers. The replica's own: the words on the product's button and the page on which the two boxes stand (no
source names them), how often it polls, the name of its cookie, that a page leaves for the login by itself.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from fakes import console_answers as answers
from fakes.console_answers import Written

LIST = """<!doctype html><meta charset=utf-8><title>直播计划</title>
<div class="tblalm-lm-content"><h3>直播计划</h3>
<div id=scrollableDiv>%s</div></div>"""
RUNNING = """<div class="tblalm-lm-list-item-live online"><div class="tblalm-lm-list-item-live-subTitle-id">
<span class="tui-number-figure">%s</span></div></div>"""
CONTROL = Path(__file__).with_name("taobao_replica.html")
LOGIN = """<!doctype html><meta charset=utf-8><title>登录</title><p>手机扫码登录<script>
const ask = async () => {
  if ((await fetch("/__scanned")).status === 200) location.href = "https://liveplatform.taobao.com/restful/index/live/list";
  else setTimeout(ask, 100);
};
ask();</script>"""
OUT = "https://login.taobao.com/havanaone/login/login.htm?bizName=taobao"


@dataclass
class TaobaoReplica:
    """`live`: the number of the running broadcast, "" for none. `asks`: whether it wants a login; `phone`:
    whether a person has the code scanned now. `shows`: the products that were shown, one after another.
    """

    live: str = "524199001122"
    asks: bool = False
    phone: bool = False
    sessions: set[str] = field(default_factory=lambda: {"S3SSION"})
    comments: list[Written] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    ticked: dict[str, str] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=lambda: {n: f"商品{n} 手工陶瓷杯" for n in range(1, 13)})
    shows: list[int] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    _number: int = 0

    @property
    def shown(self) -> int | None:
        return self.shows[-1] if self.shows else None

    def log_out(self) -> None:
        """Everybody who is in."""
        self.sessions.clear()

    def handler(self, method: str, path: str):
        """What answers there; None: nothing does."""
        return {
            ("GET", "/havanaone/login/login.htm"): self._login,
            ("GET", "/__scanned"): self._scanned,
            ("GET", "/__replica"): self._wish,
            ("GET", "/restful/index/live/list"): self._list,
            ("GET", "/restful/index/live/control"): self._control,
            ("GET", "/h5/mtop.taobao.iliad.comment.query.anchorlatest/3.0/"): self._comments,
            ("POST", "/__posted"): self._posted,
            ("GET", "/__ticked"): self._ticked,
            ("GET", "/__shown"): self._shown,
        }.get((method, path))

    def _known(self, request: web.Request) -> bool:
        return not self.asks or request.cookies.get("sessionid") in self.sessions

    async def _login(self, request: web.Request) -> web.Response:
        return web.Response(text=LOGIN, content_type="text/html")

    async def _scanned(self, request: web.Request) -> web.Response:
        if not self.phone:
            return web.Response(status=202)
        self._number += 1
        session = f"S3SSION-{self._number}-of-taobao"
        self.sessions.add(session)
        answer = web.Response(text="ok")
        answer.set_cookie(
            "sessionid", session, domain="taobao.com", secure=True, samesite="None", httponly=True
        )
        return answer

    async def _wish(self, request: web.Request) -> web.Response:
        return web.json_response({"out": "" if self._known(request) else OUT})

    async def _list(self, request: web.Request) -> web.Response:
        if not self._known(request):
            raise web.HTTPFound(OUT)
        running = RUNNING % self.live if self.live else ""
        return web.Response(text=LIST % running, content_type="text/html")

    async def _control(self, request: web.Request) -> web.Response:
        if not self._known(request):
            raise web.HTTPFound(OUT)
        self.opened.append(request.query["liveId"])
        page = CONTROL.read_text("utf-8").replace("__TITLES__", json.dumps(self.titles))
        return web.Response(text=page, content_type="text/html")

    async def _comments(self, request: web.Request) -> web.Response:
        given, self.comments = self.comments, []
        body = answers.taobao_comments(given, request.query["callback"])
        return web.Response(body=body, content_type="application/javascript")

    async def _posted(self, request: web.Request) -> web.Response:
        self.posted.append(await request.text())
        self.comments.append(Written(f"own-{len(self.posted)}", "示例小店", self.posted[-1], "1", own=True))
        return web.json_response({})

    async def _ticked(self, request: web.Request) -> web.Response:
        self.ticked = dict(request.query)
        return web.json_response({})

    async def _shown(self, request: web.Request) -> web.Response:
        self.shows.append(int(request.query["n"]))
        return web.json_response({})
