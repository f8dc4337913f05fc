"""A local replica of Taobao Live's console: the list of broadcasts, and the control page of the running one.
connectors/taobao_live/console.yaml names the sources of addresses, selectors and the fields of
answers. The replica's own: the words on the product's button and the page on which the two boxes stand (no
source names them), and how often it polls.
"""

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


@dataclass
class TaobaoReplica:
    """`live`: the number of the running broadcast, "" for none."""

    live: str = "524199001122"
    sessions: set[str] = field(default_factory=lambda: {"S3SSION"})
    comments: list[Written] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    ticked: dict[str, str] = field(default_factory=dict)
    shown: int | None = None
    opened: list[str] = field(default_factory=list)

    def handler(self, method: str, path: str):
        """What answers there; None: nothing does."""
        return {
            ("GET", "/restful/index/live/list"): self._list,
            ("GET", "/restful/index/live/control"): self._control,
            ("GET", "/h5/mtop.taobao.iliad.comment.query.anchorlatest/3.0/"): self._comments,
            ("POST", "/__posted"): self._posted,
            ("GET", "/__ticked"): self._ticked,
            ("GET", "/__shown"): self._shown,
        }.get((method, path))

    async def _list(self, request: web.Request) -> web.Response:
        running = RUNNING % self.live if self.live else ""
        return web.Response(text=LIST % running, content_type="text/html")

    async def _control(self, request: web.Request) -> web.Response:
        self.opened.append(request.query["liveId"])
        return web.Response(text=CONTROL.read_text("utf-8"), content_type="text/html")

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
        self.shown = int(request.query["n"])
        return web.json_response({})
