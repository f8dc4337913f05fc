"""A channel's connections: the one that carries the stream, the one that takes over, those that close.

A new address is opened and fed from a keyframe while the old one still carries the stream; when the new
server takes it the old connection is closed. Where the address stays the same (one key, limited broadcasts)
two connections would fight over it: the old one ends before a keyframe, and what comes meanwhile waits for
the new one. Either way no picture is lost.
"""

import threading
from collections.abc import Callable, Mapping

from bot.clock import Clock
from bot.stage.child import SenderFailed
from bot.stage.connection import Connection, Route
from bot.stage.encoder import Packet, Template
from bot.stage.pulse import Health
from bot.stage.rollover import Rollover
from connectors.base import Ingest
from products.errors import CastmateError, RemoteError

CLOSE_S = 3.0  # an old connection gets so long to close
CUT_S = 2.0  # and so long where the new one waits for it
Renew = Callable[[], Ingest]


class Fetch:
    """Asks for a new address on a thread of its own: a platform may take its time."""

    def __init__(self, renew: Renew) -> None:
        self._renew = renew
        self.ingest: Ingest | None = None
        self.error: CastmateError | None = None
        self._thread = threading.Thread(target=self._run, name="next-ingest", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.ingest = self._renew()
        except CastmateError as e:
            self.error = e
        except Exception as e:  # noqa: BLE001 (nobody else would see it: it is told as this channel's trouble)
            self.error = RemoteError(f"No new address: {type(e).__name__}.", remedy="Open the channel again.")

    @property
    def done(self) -> bool:
        return self.ingest is not None or self.error is not None


class Lines:
    """One channel's connections while it is up. One thread uses it; `kill` may come from any.

    first      the connection that carries the stream, started
    term       when to change over; `done` and `failed` are called on it
    renew      gives the next address; None: there is none, so nothing is changed over
    rollovers  how often it was changed over; `trouble`: why the last attempt failed
    """

    def __init__(
        self,
        first: Connection,
        term: Rollover,
        renew: Renew | None,
        clock: Clock,
        route_of: Callable[[Ingest], Route],
        template: Template,
        metadata: Mapping[str, str],
    ) -> None:
        self.current, self._term, self._renew, self._clock = first, term, renew, clock
        self._route_of, self._template, self._metadata = route_of, template, metadata
        self._fetch: Fetch | None = None
        self._next: tuple[Connection, Ingest] | None = None
        self._cut: tuple[Connection, Ingest] | None = None  # a spare, started at the next keyframe
        self._held: tuple[Packet, float] | None = None  # that keyframe, while the old connection closes
        self._ending: list[tuple[Connection, float]] = []
        self.want_key = False
        self.rollovers, self.trouble = 0, ""

    @property
    def ready(self) -> bool:
        """Whether the next packet may be written. One that takes over has a queue of its own, which its
        deadline bounds."""
        return self._held is None and not self.current.waiting

    def write(self, packet: Packet) -> int:
        """1 when the packet went in."""
        if self._cut is not None and packet.kind == "video" and packet.is_key:
            self.current.finish()
            self._held = packet, self._clock.time() + CUT_S
            return 1
        n = self.current.write(packet)
        if self._next is not None:
            n = max(n, self._next[0].write(packet))
        return n

    def pump(self, timeout: float) -> None:
        """Moves bytes everywhere and goes on with a change-over. Raises SenderFailed when the stream has no
        connection left."""
        self._pump_ending()
        self._pump_next()
        if self._held is not None:
            self._pump_cut(timeout)
            return
        try:
            self.current.pump(timeout)
        except SenderFailed:
            if self._next is None:
                raise
            self._promote()
        self.want_key = self.current.wants_key() or self.want_key
        self._turn()

    def _turn(self) -> None:
        """Begins a change-over when it is due, and takes the address when it has come."""
        now = self._clock.now()
        if self._fetch is None:
            idle = self._next is None and self._cut is None
            if idle and self._renew is not None and self._term.wanted(now):
                self._fetch = Fetch(self._renew)
            return
        if not self._fetch.done:
            return
        fetch, self._fetch = self._fetch, None
        if fetch.ingest is None:
            self._fail(fetch.error.message if fetch.error is not None else "no new address")
            return
        try:
            self._open(fetch.ingest)
        except (OSError, CastmateError) as e:
            self._fail(f"the sender could not be started: {type(e).__name__}")

    def _open(self, ingest: Ingest) -> None:
        route = self._route_of(ingest)
        spare = Connection(route.program, self._clock.time)
        self.want_key = True
        if ingest.url.reveal() == self._term.ingest.url.reveal():
            self._cut = spare, ingest
            return
        spare.start(route, self._template, self._metadata)
        self._next = spare, ingest

    def _pump_next(self) -> None:
        if self._next is None:
            return
        connection, _ = self._next
        try:
            connection.pump(0)
        except SenderFailed as e:
            self._next = None
            connection.release()
            self._fail(e.words)
            return
        if connection.health is Health.LIVE:
            self.current.finish()
            self._ending.append((self.current, self._clock.time() + CLOSE_S))
            self._promote(closing=True)

    def _promote(self, closing: bool = False) -> None:
        assert self._next is not None
        if not closing:
            self.current.release()
        self.current, ingest = self._next
        self._next = None
        self._done(ingest)

    def _pump_cut(self, timeout: float) -> None:
        """Waits until the old connection is closed, then starts the spare one with the held keyframe."""
        assert self._held is not None and self._cut is not None
        packet, until = self._held
        try:
            self.current.pump(timeout)
        except SenderFailed as e:
            self.trouble = e.words  # it was to close anyway
            until = 0.0
        if not self.current.gone and self._clock.time() < until:
            return
        self.current.release()
        self.current, ingest = self._cut
        self._cut = self._held = None
        self.current.start(self._route_of(ingest), self._template, self._metadata)
        self.current.write(packet)
        self._done(ingest)

    def _pump_ending(self) -> None:
        for entry in list(self._ending):
            connection, until = entry
            try:
                connection.pump(0)
                if not connection.gone and self._clock.time() < until:
                    continue
            except SenderFailed as e:
                self.trouble = e.words  # the stream goes on elsewhere
            self._ending.remove(entry)
            connection.release()

    def _done(self, ingest: Ingest) -> None:
        self._term.done(ingest, self._clock.now())
        self.rollovers += 1
        self.trouble = ""

    def _fail(self, words: str) -> None:
        self.trouble = words
        self._term.failed(self._clock.now())

    def finish(self) -> None:
        """The show ends: the stream is closed properly. Pump until `gone`."""
        self.current.finish()
        if self._next is not None:
            self._next[0].finish()

    @property
    def gone(self) -> bool:
        return self.current.gone

    def kill(self) -> None:
        """Ends every sender now."""
        for connection in self._all():
            connection.kill()

    def release(self) -> None:
        for connection in self._all():
            connection.release()

    def _all(self) -> list[Connection]:
        more = [pair[0] for pair in (self._next, self._cut) if pair is not None]
        return [self.current, *more, *(c for c, _ in self._ending)]
