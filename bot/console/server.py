"""Serves the web application. A port that is taken is told at once, before anything starts."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from bot.console.app import create_app
from bot.console.settings import ConsoleSettings
from products.errors import SetupError

GRACE_S = 2
FRAME_BYTES = 16_000_000


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, or SetupError with the remedy. Port 0: any free one (`getsockname()` tells)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(
            128
        )  # now, not when the server starts: two servers could otherwise both believe to have the port
    except (OSError, OverflowError) as error:
        sock.close()
        raise SetupError(
            f"The console cannot listen on {host}:{port}: {_why(error)}.", remedy=_remedy(error)
        ) from error
    sock.setblocking(False)
    return sock


def _why(error: OSError | OverflowError) -> str:
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            return "another program uses this port"
        case errno.EACCES:
            return "ports below 1024 need special rights"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address"
        case _:
            return str(error)


def _remedy(error: OSError | OverflowError) -> str:
    if getattr(error, "errno", None) == errno.EADDRNOTAVAIL:
        return "Give an address of this machine, e.g. --host 127.0.0.1."
    return "Stop that program or choose another port, e.g. --port 8801."


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: who starts us decides what Ctrl-C means."""

    def capture_signals(self) -> "_Nothing":  # type: ignore[override]
        return _Nothing()


class _Nothing:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


async def serve(
    settings: ConsoleSettings,
    host: str = "127.0.0.1",
    port: int = 8800,
    *,
    stop: asyncio.Event | None = None,
    ready: Callable[[str], None] | None = None,
    tls: ssl.SSLContext | None = None,
    app: ASGIApp | None = None,
    shared: bool = False,
) -> None:
    """Runs until `stop` is set (or for ever). `ready` is called once with the address, as "http://127.0.0.1:80".

    `tls`: for HTTPS; a certificate loaded into it later is served from then on. `shared`: another server runs
    the same `app` and its beginning and end. SetupError when the port is taken.
    """
    sock = bind(host, port)
    config = uvicorn.Config(
        app or create_app(settings),
        log_config=None,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=FRAME_BYTES,
        ws_ping_interval=10,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,  # video does not shrink, and each socket would hold a compressor
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        proxy_headers=False,  # whom to believe is the console's to say: bot/console/forwarded.py
        lifespan="off" if shared else "auto",
        ssl_context_factory=None if tls is None else (lambda _config, _default: tls),
    )
    server = Server(config)
    scheme = "http" if tls is None else "https"
    name = f"[{host}]" if ":" in host else host
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(server.serve(sockets=[sock]))
            while not server.started and not running.done():  # uvicorn has no event for it
                await asyncio.wait({running}, timeout=0.02)
            if server.started and ready is not None:
                ready(f"{scheme}://{name}:{sock.getsockname()[1]}")
            if stop is not None:
                waiter = group.create_task(stop.wait())
                await asyncio.wait({running, waiter}, return_when=asyncio.FIRST_COMPLETED)
                server.should_exit = True
                waiter.cancel()
    finally:
        sock.close()
