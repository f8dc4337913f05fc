"""What a connector is handed from the world: time, chance and the two ways onto the network."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Protocol

import httpx

from products.confined.found import Plugin


class Wire(Protocol):
    """An open WebSocket. `recv` and `send` raise connectors.errors.Dropped once it is not open any more."""

    async def recv(self) -> str | bytes: ...
    async def send(self, data: str | bytes) -> None: ...
    async def close(self, code: int = 1000, reason: str = "") -> None: ...


class Dial(Protocol):
    """Opens a WebSocket. Raises Transient, AuthNeeded or Blocked; no message holds the query of the URL."""

    async def __call__(self, url: str, headers: Mapping[str, str]) -> Wire: ...


class Plugins(Protocol):
    """Which plug-ins the operator has agreed to."""

    def leave(self, plugin: Plugin) -> Path | None:
        """The plug-in's own folder, there; None where it declares none. Raises SetupError where nobody agreed
        to all that it declares.
        """


@dataclass(frozen=True)
class Outside:
    """now    for people and platforms (aware, UTC); it may jump
    time      monotonic seconds
    sleep     waits so many of them
    rng       jitter, nonces of no secrecy
    dial      WebSockets (connectors.sockets.dial)
    transport of HTTP; None: the network
    plugins   leave for connectors of other packages; None: none is given
    """

    now: Callable[[], datetime]
    time: Callable[[], float]
    dial: Dial
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    rng: Random = field(default_factory=Random)
    transport: httpx.AsyncBaseTransport | None = None
    plugins: Plugins | None = None

    def client(self, timeout_s: float = 15.0) -> httpx.AsyncClient:
        """Follows no redirect: a token would go along."""
        return httpx.AsyncClient(transport=self.transport, timeout=timeout_s, follow_redirects=False)
