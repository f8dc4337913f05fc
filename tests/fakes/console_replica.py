"""A local replica of Douyin's seller console 巨量百应 with the forms of its own traffic, served over TLS: so
Chromium sees the console's real addresses (--host-resolver-rules).

Addresses, class names, words and the fields of answers: connectors/douyin/console.yaml names the source of
each. The replica's own: how the page draws itself, how often it polls, /__replica and /__pressed.
"""

import datetime
import json
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fakes import console_answers as answers
from fakes.console_answers import Written

PAGE = Path(__file__).with_name("console_replica.html")
CLASSES = {"row": "goodsItem-c03", "action": "goodsAction-9d", "on": "取消讲解", "off": "讲解"}
LOGIN = """<!doctype html><meta charset=utf-8><title>登录</title><p>扫码登录<button onclick="
fetch('https://buyin.jinritemai.com/__scanned', {method: 'POST', credentials: 'include'})
  .then(() => location.href = 'https://buyin.jinritemai.com/dashboard/live/control')">扫码</button>"""
SCREEN = """<!doctype html><meta charset=utf-8><title>电商罗盘</title><video></video><script>
const poll = async () => {
  await fetch("/business_api/shop/live_screen/message?room=1").catch(() => 0);
  await fetch("/business_api/shop/live_screen/live_order_stream?room=1").catch(() => 0);
  setTimeout(poll, 80);
};
poll();</script>"""


@dataclass
class Replica:
    """One shop's console. Everything that a test may want of it is a field."""

    sessions: set[str] = field(default_factory=lambda: {"S3SSION"})
    titles: dict[int, str] = field(default_factory=lambda: {n: f"商品{n} 手工陶瓷杯" for n in range(1, 31)})
    comments: list[Written] = field(default_factory=list)
    room: str = "7412345678901234567"
    orders: list[tuple[str, int, int, int]] = field(default_factory=list)
    entered: list[tuple[str, str]] = field(default_factory=list)
    liked: list[tuple[str, str]] = field(default_factory=list)
    shown: str | None = None
    current: list[tuple[str, str]] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    echo: bool = True
    bad: list[tuple[int, bytes]] = field(default_factory=list)
    rename: tuple[str, str] | None = None
    over: str = ""
    pressed: list[str] = field(default_factory=list)
    logged_out: bool = False
    no_panel: bool = False
    live: bool = True
    classes: dict[str, str] = field(default_factory=lambda: dict(CLASSES))
    maxlength: int | None = None
    rooms_seen: list[str] = field(default_factory=list)

    @property
    def shown_number(self) -> int | None:
        return int(self.shown[-5:]) if self.shown else None

    def handler(self, method: str, path: str):
        """What answers there; None: nothing does."""
        return {
            ("GET", "/"): self._login,
            ("GET", "/dashboard/live/control"): self._control,
            ("GET", "/mpa/account/login"): self._login,
            ("POST", "/__scanned"): self._scanned,
            ("GET", "/api/anchor/comment/info"): self._comments,
            ("POST", "/api/anchor/comment/operate_v2"): self._operate,
            ("GET", "/api/anchor/livepc/promotions_v2"): self._goods,
            ("POST", "/api/anchor/livepc/setcurrent"): self._setcurrent,
            ("GET", "/screen/anchor/talent"): self._screen,
            ("GET", "/business_api/shop/live_screen/message"): self._messages,
            ("GET", "/business_api/shop/live_screen/live_order_stream"): self._orders,
            ("GET", "/__replica"): self._wish,
            ("POST", "/__pressed"): self._note,
        }.get((method, path))

    def _known(self, request: web.Request) -> bool:
        return request.cookies.get("sessionid") in self.sessions

    async def _control(self, request: web.Request) -> web.Response:
        if not self._known(request):
            raise web.HTTPFound("https://www.douyinec.com/?from=buyin")
        limit = f"maxlength={self.maxlength}" if self.maxlength else ""
        return web.Response(
            text=PAGE.read_text("utf-8").replace("__MAXLENGTH__", limit), content_type="text/html"
        )

    async def _login(self, request: web.Request) -> web.Response:
        return web.Response(text=LOGIN, content_type="text/html")

    async def _scanned(self, request: web.Request) -> web.Response:
        session = f"S3SSION-{len(self.sessions)}"
        self.sessions.add(session)
        origin = request.headers.get("Origin", "")
        answer = web.Response(text="ok", headers={"Access-Control-Allow-Origin": origin})
        answer.headers["Access-Control-Allow-Credentials"] = "true"
        answer.set_cookie(
            "sessionid", session, domain="jinritemai.com", secure=True, samesite="None", httponly=True
        )
        return answer

    def _json(self, body: bytes) -> web.Response:
        if self.rename is not None:
            body = body.replace(f'"{self.rename[0]}"'.encode(), f'"{self.rename[1]}"'.encode())
        return web.Response(body=body, content_type="application/json")

    async def _comments(self, request: web.Request) -> web.Response:
        if not self._known(request):
            raise web.HTTPForbidden
        if self.bad:
            status, body = self.bad.pop(0)
            return web.Response(status=status, body=body)
        given, self.comments = self.comments, []
        return self._json(answers.douyin_comments(given))

    async def _operate(self, request: web.Request) -> web.Response:
        said = json.loads(await request.text())["content"]
        self.posted.append(said)
        if self.echo:
            self.comments.append(Written(f"own-{len(self.posted)}", "示例小店", said, "host"))
        return self._json(b'{"code": 0, "st": 0, "msg": ""}')

    async def _goods(self, request: web.Request) -> web.Response:
        return self._json(answers.douyin_goods(self.titles, self.room))

    async def _setcurrent(self, request: web.Request) -> web.Response:
        asked = await request.post()
        id_, cancel = str(asked["promotion_id"]), str(asked["cancel"])
        self.current.append((id_, cancel))
        self.shown = None if cancel == "true" else id_
        return self._json(json.dumps({"code": 0, "st": 0, "data": {"shown": self.shown}}).encode())

    async def _screen(self, request: web.Request) -> web.Response:
        self.rooms_seen.append(request.query["live_room_id"])
        return web.Response(text=SCREEN, content_type="text/html")

    async def _messages(self, request: web.Request) -> web.Response:
        return self._json(answers.douyin_messages(self.entered, self.liked))

    async def _orders(self, request: web.Request) -> web.Response:
        now = int(datetime.datetime.now(datetime.UTC).timestamp())
        return self._json(answers.douyin_orders(self.orders, now))

    async def _wish(self, request: web.Request) -> web.Response:
        wish = {
            "over": self.over,
            "logged_out": self.logged_out,
            "classes": self.classes,
            "no_panel": self.no_panel,
            "live": self.live,
        }
        return web.json_response(wish)

    async def _note(self, request: web.Request) -> web.Response:
        self.pressed.append(await request.text())
        self.over = ""
        return web.json_response({})


def certificate(folder: Path) -> ssl.SSLContext:
    """Of nobody: the browser of the tests is told to take any."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "replica")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    both = folder / "replica.pem"
    both.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context


class Serving:
    """Serves one Replica at a time on one port; `replica` may be put in another's place between tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.replica = Replica()
        self.port = 0

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=certificate(self._folder))
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        handler = self.replica.handler(request.method, request.path)
        if handler is None:
            raise web.HTTPNotFound
        return await handler(request)

    async def stop(self) -> None:
        await self._runner.cleanup()


@asynccontextmanager
async def replicas(folder: Path):
    """Serves them as long as the block goes on. Gives the Serving."""
    server = Serving(folder)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
