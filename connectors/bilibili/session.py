"""Keeps a room's messages coming: start, connect, two heartbeats, reconnect, end.

The documents ("长链数据协议", "应用API" of open-live.bilibili.com) ask for both heartbeats every 20 s; the
server drops a socket without one for 30 s, and a game without one for 60 s (an interactive game) or 180 s (a
plug-in).
"""

import asyncio
from collections.abc import Mapping
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
from connectors.errors import AuthNeeded, Blocked, Transient
from connectors.feed import Feed
from connectors.outside import Outside, Wire
from connectors.rtmp.hosts import host_of, is_loopback
from connectors.sockets import After, Again, Handled, keep_open
from products.errors import CastmateError

BEAT_S = 20.0
SILENT_S = 45.0  # two heartbeats without any answer
STEADY_S = 60.0  # a connection that lasted so long was a good one, however quiet the room
END_S = 2.0
LARGE = 65_536  # a frame that is read beside the loop
AUTH_REFUSED = -101  # blivedm 3bf17fe, clients/ws_base.py


@dataclass(slots=True)
class Counts:
    """What came that is no event, and how often we began anew."""

    room: int = 0
    on_air: bool | None = None
    popularity: int = 0
    starts: int = 0
    withdrawn: int = 0
    malformed: int = 0
    unreadable: int = 0
    unknown: int = 0


class Room:
    """One room's messages, into `feed`; implements connectors.sockets.Session. `run` goes on until it is
    cancelled, or until only a person can mend it: then the feed fails with that error.
    """

    quiet_s = SILENT_S
    beat_s: float | None = BEAT_S

    def __init__(self, api: OpenLive, outside: Outside, feed: Feed) -> None:
        self._api, self._feed = api, feed
        self._outside = replace(outside, dial=self._dial)
        self._dials = outside.dial
        self._course = Course()
        self._game: Game | None = None
        self._wire: Wire | None = None
        self._admitted: float | None = None
        self._lost_at: datetime | None = None
        self._broken: CastmateError | None = None
        self.counts = Counts()

    async def run(self) -> None:
        keeper = asyncio.ensure_future(self._keep())
        try:
            await keep_open(self, self._outside, Backoff(self._outside.rng))
        except CastmateError as error:
            self._feed.fail(error)
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            await self._end()

    # ---- the game

    async def _start(self) -> None:
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

    async def _keep(self) -> None:
        """The project's heartbeat, whether connected or not. No answer is no reason to stop: the next one may
        come. A game that is over is left at once.
        """
        while True:
            await self._outside.sleep(BEAT_S)
            game = self._game
            if game is None or not game.id:
                continue
            try:
                await self._api.heartbeat(game.id)
            except GameOver:
                if game is self._game:
                    self._course.anew()
                    await self._hang_up()
            except Transient:
                continue
            except CastmateError as error:
                self._broken = error
                await self._hang_up()

    async def _hang_up(self) -> None:
        if self._wire is not None:
            try:
                await self._wire.close()
            except Transient:
                return

    # ---- the socket

    async def address(self, tries: int) -> tuple[str, Mapping[str, str]]:
        """The link whose turn it is, of a new game where the old one is over."""
        if self._broken is not None:
            raise self._broken
        self._feed.state(ChatState.OPENING)
        if self._course.fresh or self._game is None:
            await self._start()
        assert self._game is not None
        return _checked(self._game.links[self._course.link]), {}

    async def _dial(self, url: str, headers: Mapping[str, str]) -> Wire:
        """One link that refuses us is no end: there are others, and other games."""
        try:
            return await self._dials(url, headers)
        except (AuthNeeded, Blocked) as error:
            raise Transient(str(error)) from None

    async def opened(self, wire: Wire) -> None:
        self._wire = wire
        assert self._game is not None
        await wire.send(packet_of(self._game))

    async def beat(self, wire: Wire) -> None:
        await wire.send(HEARTBEAT)

    async def frame(self, data: str | bytes, wire: Wire) -> After:
        if isinstance(data, str):  # nothing that is documented
            self.counts.unknown += 1
            return None
        after: After = None
        for packet in await self._unpacked(data):
            after = await self._packet(packet, wire) or after
            if isinstance(after, Again):
                self._course.anew()
                break
        await asyncio.sleep(0)  # a flood leaves the loop to others
        return after

    def lost(self, why: str, wait_s: float) -> None:
        if self._admitted is not None and self._lost_at is None:
            self._lost_at = self._outside.now()
        self._wire = self._admitted = None
        self._course.lost()
        self._feed.state(ChatState.WAITING, why)

    async def _unpacked(self, frame: bytes) -> list[wire.Packet]:
        beside = len(frame) >= LARGE
        found, broken = await asyncio.to_thread(_readable, frame) if beside else _readable(frame)
        self.counts.malformed += broken
        return found

    async def _packet(self, packet: wire.Packet, socket: Wire) -> After:
        match packet.op:
            case wire.Op.AUTH_REPLY:
                return await self._answered(packet.body, socket)
            case wire.Op.HEARTBEAT_REPLY:
                self.counts.popularity = wire.popularity(packet)
                return self._steady()
            case wire.Op.MESSAGE:
                return self._message(packet.body)
            case _:
                self.counts.unknown += 1
                return None

    def _steady(self) -> After:
        if self._admitted is None or self._outside.time() - self._admitted < STEADY_S:
            return None
        self._course.handled()
        return Handled()

    async def _answered(self, body: bytes, socket: Wire) -> After:
        if (code := _code(body)) != 0:
            return Again(f"Bilibili's message server refuses us ({code}).")
        await socket.send(HEARTBEAT)
        if self._lost_at is not None:  # what was written meanwhile is lost: the platform does not repeat it
            self._feed.gap(self._lost_at, "the connection was lost")
            self._lost_at = None
        self._admitted = self._outside.time()
        self._feed.state(ChatState.OPEN)
        return None

    def _message(self, body: bytes) -> After:
        try:
            told = read_command(body, self._outside.now())
        except Unreadable:
            self.counts.unreadable += 1
            return None
        match told:
            case Event():
                self._course.handled()
                own = self._game is not None and told.viewer_id == self._game.host_id != ""
                self._feed.offer(replace(told, own=True) if own else told)
                return Handled()
            case Ended(game_id):
                over = self._game is not None and game_id == self._game.id
                return Again("Bilibili ended the game.") if over else None
            case Withdrawn(ids):
                self.counts.withdrawn += len(ids)
            case Live(on):
                self.counts.on_air = on
            case Unknown():
                self.counts.unknown += 1
        return None


HEARTBEAT = wire.packed(wire.Op.HEARTBEAT)


def packet_of(game: Game) -> bytes:
    """The first packet on a socket: who we are, in the server's own words."""
    return wire.packed(wire.Op.AUTH, game.auth.reveal().encode())


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
