"""A WebSocket that is kept open: dialled again with jittered backoff, moved to another address without a gap,
left when it goes silent.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from connectors.backoff import Backoff
from connectors.errors import AuthNeeded, Blocked, Dropped, RateLimited, Transient
from connectors.outside import Outside, Wire
from connectors.unreached import why_unreached

MOVE_S = 30.0
DRAIN_S = 0.25
LARGEST_FRAME = 1 << 20


@dataclass(frozen=True, slots=True)
class Handled:
    """A message was really handled: the next loss begins with the shortest wait."""


@dataclass(frozen=True, slots=True)
class Again:
    """This connection is of no more use: dial anew."""

    why: str


@dataclass(frozen=True, slots=True)
class Move:
    """The platform asks us over to another address; this connection serves until that one has greeted."""

    url: str


After = Handled | Again | Move | None


class Session(Protocol):
    """What a platform's code knows about its socket. Each method may raise Transient (dialled again) or
    another error, which ends `keep_open`.

    quiet_s  without a frame for so long the connection is dead (asked anew before each frame)
    beat_s   how often `beat` is called while it is open; None: never
    """

    quiet_s: float
    beat_s: float | None

    async def address(self, tries: int) -> tuple[str, Mapping[str, str]]:
        """Where to dial, and with which headers; `tries` so far without a message handled."""

    async def opened(self, wire: Wire) -> None:
        """Just dialled, nothing read yet: send the greeting. Not called after a Move."""

    async def frame(self, data: str | bytes, wire: Wire) -> After: ...

    async def beat(self, wire: Wire) -> None: ...

    def lost(self, why: str, wait_s: float) -> None:
        """It ended; the next try comes in `wait_s` seconds."""


async def keep_open(session: Session, outside: Outside, backoff: Backoff) -> None:
    """Until cancelled, or until a thing is raised that another try cannot mend (AuthNeeded, Blocked ...)."""
    while True:
        asked_for: float | None = None
        try:
            url, headers = await session.address(backoff.tries)
            wire = await outside.dial(url, headers)
            why = await _Connection(session, outside, backoff, wire).run()
        except RateLimited as error:
            why, asked_for = str(error), error.retry_after
        except Transient as error:
            why = str(error)
        wait = backoff.wait(asked_for)
        session.lost(why, wait)
        await outside.sleep(wait)


class _Connection:
    """One connection, which may move."""

    def __init__(self, session: Session, outside: Outside, backoff: Backoff, wire: Wire) -> None:
        self._session, self._outside, self._backoff, self._wire = session, outside, backoff, wire

    async def run(self) -> str:
        """Until it is lost; why. Raises what another try cannot mend."""
        tasks: list[asyncio.Task[str]] = []
        try:
            await self._session.opened(self._wire)
            tasks.append(asyncio.ensure_future(self._read()))
            if self._session.beat_s is not None:
                tasks.append(asyncio.ensure_future(self._beat(self._session.beat_s)))
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await _close(self._wire)

    async def _beat(self, every: float) -> str:
        while True:
            await self._outside.sleep(every)
            await self._session.beat(self._wire)

    async def _read(self) -> str:
        while True:
            after = await self._session.frame(await self._recv(self._wire), self._wire)
            if isinstance(after, Handled):
                self._backoff.handled()
            elif isinstance(after, Again):
                return after.why
            elif isinstance(after, Move):
                await self._move(after.url)

    async def _recv(self, wire: Wire) -> str | bytes:
        try:
            async with asyncio.timeout(self._session.quiet_s):
                return await wire.recv()
        except TimeoutError:
            raise Dropped(1006, f"silent for {self._session.quiet_s:.0f} s") from None

    async def _move(self, url: str) -> None:
        """Dials the new address and goes on reading the old one until the new one sent its first frame."""
        arriving = asyncio.ensure_future(self._arrive(url))
        try:
            await self._read_until(arriving)
            wire, first = await arriving
        except BaseException:
            arriving.cancel()
            await asyncio.gather(arriving, return_exceptions=True)
            raise
        old, self._wire = self._wire, wire
        await self._drain(old)
        await _close(old)
        await self._session.frame(first, wire)

    async def _arrive(self, url: str) -> tuple[Wire, str | bytes]:
        try:
            async with asyncio.timeout(MOVE_S):
                wire = await self._outside.dial(url, {})
                try:
                    return wire, await wire.recv()
                except BaseException:
                    await _close(wire)
                    raise
        except TimeoutError:
            raise Dropped(1006, "the new address did not greet") from None

    async def _read_until(self, arriving: "asyncio.Future[tuple[Wire, str | bytes]]") -> None:
        while not arriving.done():
            reading = asyncio.ensure_future(self._recv(self._wire))
            both: set[asyncio.Future[Any]] = {reading, arriving}
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not reading.done():
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
            if reading.cancelled():
                return
            if reading.exception() is not None:  # the old one is gone; the new one is on its way
                return
            await self._session.frame(reading.result(), self._wire)

    async def _drain(self, old: Wire) -> None:
        """What the old connection still holds."""
        with suppress(Transient, TimeoutError):
            while True:
                async with asyncio.timeout(DRAIN_S):
                    data = await old.recv()
                await self._session.frame(data, old)


async def _close(wire: Wire) -> None:
    with suppress(Transient):
        await wire.close()


class _Socket:
    """A Wire on the websockets library."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def recv(self) -> str | bytes:
        try:
            return await self._connection.recv()
        except ConnectionClosed as error:
            raise _dropped(error) from None

    async def send(self, data: str | bytes) -> None:
        try:
            await self._connection.send(data)
        except ConnectionClosed as error:
            raise _dropped(error) from None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self._connection.close(code, reason)


def _dropped(error: ConnectionClosed) -> Dropped:
    return Dropped(error.rcvd.code, error.rcvd.reason[:200]) if error.rcvd else Dropped()


async def dial(url: str, headers: Mapping[str, str]) -> Wire:
    """Opens a WebSocket over the network. It sends no pings of its own (some platforms forbid any frame from
    us); who dials watches for silence. Frames are at most 1 MiB, and few wait: the rest waits in the socket.
    """
    host = urlsplit(url).hostname or "nowhere"
    try:
        connection = await connect(
            url,
            additional_headers=dict(headers),
            open_timeout=10,
            close_timeout=2,
            ping_interval=None,
            max_size=LARGEST_FRAME,
            max_queue=64,
        )
    except InvalidStatus as error:
        raise _refusal(host, error.response.status_code, error.response.headers.get("Retry-After")) from None
    except (OSError, TimeoutError, WebSocketException) as error:
        raise Transient(f"{host} cannot be reached: {why_unreached(error)}") from None
    return _Socket(connection)


def _refusal(host: str, status: int, retry_after: str | None) -> Exception:
    said = f"{host} did not take the connection ({status})."
    if status == 401:
        return AuthNeeded(said, remedy="Log in again: castmate connectors login.")
    if status in (403, 451):
        return Blocked(said, remedy="Look at the account's page on the platform.")
    if status == 429:
        wait = float(retry_after) if retry_after and retry_after.isdecimal() else None
        return RateLimited(said, retry_after=wait)
    return Transient(said)
