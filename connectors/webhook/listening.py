"""The port that a shop's tool talks to."""

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from connectors.rtmp.hosts import is_loopback
from connectors.webhook.forms import MOST_BODY
from products.errors import SetupError

MOST_AT_ONCE = 64
GRACE_S = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen. `certificate`: PEM files of the chain and its key; needed off loopback, where the
    secret would else be read by whoever carries it.
    """

    host: str
    port: int
    certificate: tuple[Path, Path] | None = None

    @property
    def shown(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.certificate else ''}://{name}:{self.port}"


def place(listen: str, chain: str, key: str) -> Place:
    """From HOST:PORT and two paths, both or none. Raises SetupError."""
    host, _, port = listen.strip().rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise SetupError(f"The webhook cannot listen on {listen!r}.", remedy="Write it as 127.0.0.1:8490.")
    if bool(chain) != bool(key):
        raise SetupError(
            "A certificate needs its key, and the key its certificate.", remedy="Give both files."
        )
    for name in (chain, key):
        if name and not Path(name).is_file():
            raise SetupError(f"There is no file {name}.", remedy="Name the PEM file of the certificate.")
    if not chain and not is_loopback(host):
        raise SetupError(
            f"The webhook would take its secret unencrypted on {host}.",
            remedy="Listen on 127.0.0.1 behind a proxy with TLS, or give a certificate and its key.",
        )
    return Place(host, int(port), (Path(chain), Path(key)) if chain else None)


def bind(where: Place) -> socket.socket:
    """A listening socket. Raises SetupError where the port is taken or the address is not this machine's."""
    sock = socket.socket(socket.AF_INET6 if ":" in where.host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((where.host, where.port))
        sock.listen(128)
    except OSError as error:
        sock.close()
        raise SetupError(
            f"The webhook cannot listen on {where.host}:{where.port}: {error.strerror}.",
            remedy="Stop the program that uses the port, or choose another one for this account.",
        ) from None
    sock.setblocking(False)
    return sock


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the show decides what Ctrl-C means."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()


class Listening:
    """An application served from now on, until closed."""

    def __init__(self, app: Any, sock: socket.socket, where: Place) -> None:
        chain, key = where.certificate or (None, None)
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=MOST_BODY,
            ws_ping_interval=10,
            ws_ping_timeout=20,
            limit_concurrency=MOST_AT_ONCE,
            h11_max_incomplete_event_size=16_384,
            timeout_graceful_shutdown=GRACE_S,
            server_header=False,
            ssl_certfile=None if chain is None else str(chain),
            ssl_keyfile=None if key is None else str(key),
        )
        self._server, self._sock = _Server(config), sock
        self.port = int(sock.getsockname()[1])
        self._task = asyncio.ensure_future(self._server.serve(sockets=[sock]))

    async def close(self) -> None:
        self._server.should_exit = True
        try:
            async with asyncio.timeout(GRACE_S + 1.0):
                await self._task
        except TimeoutError:
            self._server.force_exit = True
        finally:
            self._sock.close()
