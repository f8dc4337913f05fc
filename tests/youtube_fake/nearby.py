"""A connector that talks to the YouTube of the tests: over sockets, or in this very process."""

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from random import Random

import httpx
import uvicorn

from connectors.account import Account, MemoryKeeper
from connectors.outside import Outside
from connectors.youtube.connector import YouTubeConnector
from connectors.youtube.endpoints import Endpoints, endpoints_of
from youtube_fake.rest import Cut, app
from youtube_fake.world import CLIENT_ID, CLIENT_SECRET, World

HERE = "http://127.0.0.1:1"
LATER = datetime(2100, 1, 1, tzinfo=UTC).isoformat()


class InProcess(httpx.AsyncBaseTransport):
    """HTTP without sockets. A Cut of the other side is a broken connection here. `down`: nobody is there."""

    def __init__(self, world: World) -> None:
        self._asgi = httpx.ASGITransport(app(world))
        self.down = False

    async def handle_async_request(self, request):
        if self.down:
            raise httpx.ConnectError("refused")
        try:
            return await self._asgi.handle_async_request(request)
        except Cut:
            raise httpx.ReadError("cut") from None


async def no_dial(url, headers):
    raise AssertionError("YouTube has no WebSocket")


def account(**fields: str) -> Account:
    """One that is logged in."""
    kept = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "access_token": "ya29.first",
        "refresh_token": "1//refresh",
        "expires": LATER,
    } | fields
    return Account("youtube", "shop", MemoryKeeper({("youtube", "shop"): kept}))


def where(base: str, chat: str = "127.0.0.1:1") -> Endpoints:
    """`base`: http://host:port of the REST side."""
    known = asdict(endpoints_of(account(server=HERE, chat_server=chat)))
    return Endpoints(**{k: v.replace(HERE, base) if isinstance(v, str) else v for k, v in known.items()})


def outside(world: World, transport=None, sleep=asyncio.sleep, time=None) -> Outside:
    return Outside(
        now=world.now,
        time=time or (lambda: asyncio.get_running_loop().time()),
        dial=no_dial,
        sleep=sleep,
        rng=Random(7),
        transport=transport or InProcess(world),
    )


def connector(world: World, chat: str = "127.0.0.1:1", *, transport=None, **fields: str) -> YouTubeConnector:
    return YouTubeConnector(account(**fields), outside(world, transport), where("http://youtube", chat))


@asynccontextmanager
async def over_sockets(world: World):
    """http://host:port of the REST side, served for real."""
    config = uvicorn.Config(
        app(world), host="127.0.0.1", port=0, log_level="critical", lifespan="off", date_header=False
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None
    sock = config.bind_socket()
    serving = asyncio.ensure_future(server.serve([sock]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        sock.close()
