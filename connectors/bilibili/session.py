"""Keeps a room's messages coming: start, connect, two heartbeats, reconnect, end.

The documents ("长链数据协议", "应用API" of open-live.bilibili.com) ask for both heartbeats every 20 s; the
server drops a socket without one for 30 s, and a game without one for 60 s (an interactive game) or 180 s (a
plug-in).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from json import loads
from urllib.parse import urlsplit

from connectors.backoff import Backoff
from connectors.base import ChatState, Event
from connectors.bilibili import wire
from connectors.bilibili.api import Game, OpenLive
from connectors.bilibili.codes import GameOver
from connectors.bilibili.commands import Ended, Live, Unknown, Unreadable, Withdrawn, read_command
from connectors.bilibili.course import Course
from connectors.errors import AuthNeeded, Blocked, RateLimited, Transient
from connectors.feed import Feed
from connectors.outside import Outside, Wire
from connectors.rtmp.hosts import host_of, is_loopback
from products.errors import CastmateError

BEAT_S = 20.0
SILENT_S = 45.0  # two heartbeats without any answer
DIAL_S = 10.0
END_S = 2.0
LARGE = 65_536  # a frame that is read beside the loop
AUTH_REFUSED = -101


@dataclass(slots=True)
class Counts:
    """What came that is no event, and how often we began anew."""

    room: int = 0
    on_air: bool | None = None
    popularity: int = 0
    starts: int = 0
    connections: int = 0
    malformed: int = 0
    unreadable: int = 0
    unknown: int = 0


class Session:
    """One room's messages, into `feed`. `run` goes on until it is cancelled, or until only a person can mend
    it: then the feed fails with that error.

    withdrawn   is given the ids of paid messages that the platform took down
    """

    def __init__(
        self,
        api: OpenLive,
        outside: Outside,
        feed: Feed,
        *,
        withdrawn: Callable[[tuple[str, ...]], None] = lambda ids: None,
    ) -> None:
        self._api, self._outside, self._feed, self._withdrawn = api, outside, feed, withdrawn
        self._course = Course()
        self._backoff = Backoff(outside.rng)
        self._game: Game | None = None
        self._lost_at: datetime | None = None
        self._admitted_at: float | None = None
        self.counts = Counts()

    async def run(self) -> None:
        try:
            while True:
                await self._rest(await self._try())
        except CastmateError as error:
            self._feed.fail(error)
        finally:
            await self._end()

    async def _rest(self, wait_s: float) -> None:
        """Between two tries the game is kept: it may outlive the connection."""
        try:
            await self._keeping(self._outside.sleep(wait_s))
        except GameOver:
            self._course.anew()

    # ---- one try

    async def _try(self) -> float:
        """Starts a game if need be and stays connected as long as that lasts. Seconds until the next try."""
        least, over, self._admitted_at = 0.0, False, None
        try:
            if self._course.fresh:
                await self._start()
            await self._keeping(self._connected())
        except GameOver as error:
            over, why = True, str(error)
        except RateLimited as error:
            least, why = error.retry_after or 0.0, str(error)
        except Transient as error:
            why = str(error)
        else:
            why = ""
        self._course.lost(self._lasted(), game_over=over)
        if self._course.failures <= 1:
            self._backoff.handled()
        self._feed.state(ChatState.WAITING, why)
        return self._backoff.wait(least)

    def _lasted(self) -> float:
        """Seconds that the connection which was just lost was a good one; what is missed counts from now."""
        if self._admitted_at is None:
            return 0.0
        self._lost_at = self._outside.now()
        return self._outside.time() - self._admitted_at

    async def _start(self) -> None:
        self._feed.state(ChatState.OPENING)
        await self._end()  # an old game would stand in the new one's way (7001, 7002)
        self.counts.starts += 1
        self._game = await self._api.start()
        self._course.started(len(self._game.links))
        self.counts.room = self._game.room

    async def _end(self) -> None:
        """Best effort, bounded: the server closes a game that is not kept by itself."""
        game, self._game = self._game, None
        if game is None or not game.id:
            return
        try:
            async with asyncio.timeout(END_S):
                await self._api.end(game.id)
        except (CastmateError, TimeoutError):
            return

    async def _keeping(self, doing: Awaitable[None]) -> None:
        """Does it while the game is kept. Raises GameOver as soon as that is over."""
        try:
            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(self._keep())
                await doing
                keeper.cancel()
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _keep(self) -> None:
        """The project's heartbeat. An answer that does not come is no reason to stop: the next one may."""
        while self._game is not None and self._game.id:
            await self._outside.sleep(BEAT_S)
            try:
                await self._api.heartbeat(self._game.id)
            except GameOver:
                raise
            except Transient:
                continue

    # ---- one connection

    async def _connected(self) -> None:
        """Until the connection is lost, which it always is: raises Transient (Dropped, GameOver, ...)."""
        game = self._game
        assert game is not None
        self._feed.state(ChatState.OPENING)
        socket = await self._reached(_checked(game.links[self._course.link]))
        self.counts.connections += 1
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beating(socket, game))
                await self._read(socket)
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            await _hung_up(socket)

    async def _reached(self, url: str) -> Wire:
        try:
            async with asyncio.timeout(DIAL_S):
                return await self._outside.dial(url, {})
        except TimeoutError:
            raise Transient("Bilibili's message server does not answer.") from None
        except (AuthNeeded, Blocked) as error:  # by one of several: another, or another game's, may take us
            raise Transient(str(error)) from None

    async def _beating(self, socket: Wire, game: Game) -> None:
        """Says who we are, then sends the socket's heartbeat for ever."""
        await socket.send(wire.packed(wire.Op.AUTH, game.auth.reveal().encode()))
        while True:
            await self._outside.sleep(BEAT_S)
            await socket.send(wire.packed(wire.Op.HEARTBEAT))

    async def _read(self, socket: Wire) -> None:
        while True:
            try:
                async with asyncio.timeout(SILENT_S):
                    frame = await socket.recv()
            except TimeoutError:
                raise Transient("Bilibili's message server does not even answer heartbeats.") from None
            if isinstance(frame, str):  # nothing that is documented
                self.counts.unknown += 1
                continue
            for packet in await self._unpacked(frame):
                await self._handle(packet, socket)
            await asyncio.sleep(0)  # a flood leaves the loop to others

    async def _unpacked(self, frame: bytes) -> list[wire.Packet]:
        beside = len(frame) >= LARGE
        found, broken = await asyncio.to_thread(_readable, frame) if beside else _readable(frame)
        self.counts.malformed += broken
        return found

    async def _handle(self, packet: wire.Packet, socket: Wire) -> None:
        match packet.op:
            case wire.Op.AUTH_REPLY:
                await self._admitted(packet.body, socket)
            case wire.Op.HEARTBEAT_REPLY:
                self.counts.popularity = wire.popularity(packet)
            case wire.Op.MESSAGE:
                self._message(packet.body)
            case _:
                self.counts.unknown += 1

    async def _admitted(self, body: bytes, socket: Wire) -> None:
        if (code := _code(body)) != 0:
            raise GameOver(f"Bilibili's message server refuses us ({code}).")
        await socket.send(wire.packed(wire.Op.HEARTBEAT))
        if self._lost_at is not None:  # what was written meanwhile is lost: the platform does not repeat it
            self._feed.gap(self._lost_at, "the connection was lost")
            self._lost_at = None
        self._admitted_at = self._outside.time()
        self._feed.state(ChatState.OPEN)

    def _message(self, body: bytes) -> None:
        try:
            told = read_command(body, self._outside.now())
        except Unreadable:
            self.counts.unreadable += 1
            return
        match told:
            case Event():
                self._course.handled()
                own = self._game is not None and told.viewer_id == self._game.host_id != ""
                self._feed.offer(replace(told, own=True) if own else told)
            case Ended(game_id):
                if self._game is not None and game_id == self._game.id:
                    raise GameOver("Bilibili ended the game.")
            case Withdrawn(ids):
                self._withdrawn(ids)
            case Live(on):
                self.counts.on_air = on
            case Unknown():
                self.counts.unknown += 1


def _checked(url: str) -> str:
    """Only encrypted, or on this machine."""
    if urlsplit(url).scheme != "wss" and not is_loopback(host_of(url)):
        raise Blocked("Bilibili names a message server that is not encrypted.")
    return url


def _readable(frame: bytes) -> tuple[list[wire.Packet], bool]:
    """What can be read of a frame, and whether the rest cannot."""
    found: list[wire.Packet] = []
    try:
        for packet in wire.packets(frame):
            found.append(packet)
    except wire.Malformed:
        return found, True
    return found, False


def _code(body: bytes) -> int:
    try:
        code = loads(body)["code"]
    except (ValueError, RecursionError, KeyError, TypeError, IndexError):
        return AUTH_REFUSED
    return code if isinstance(code, int) else AUTH_REFUSED


async def _hung_up(socket: Wire) -> None:
    """Closes it; a far side that does not answer is left after a second."""
    try:
        async with asyncio.timeout(1.0):
            await socket.close()
    except (Transient, TimeoutError):
        return
