"""One machine of a fleet: claims shows, runs each through the local launcher, renews, hands over.

Nothing here decides whether a show may send: that is the deadline (fence.py) which only an answer of the
database moves. A node that is frozen, cut off or dead therefore needs nobody to stop it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.fleet.asking import Asking
from bot.fleet.fence import Fence, Post, boottime_ns
from bot.fleet.lease import (
    Answer,
    Claim,
    Orders,
    again_s,
    answer_s,
    beat_s,
    deadline_ns,
    next_try,
    orders,
    places,
)
from bot.fleet.leases import Holding, LeaseBook
from bot.fleet.ledger_copy import LedgerTail
from bot.fleet.placement import Offer
from products.errors import CastmateError, RemoteError, SetupError
from schedules.planner import Busy, Tell
from schedules.tables import RunState, ShowRunRow

log = logging.getLogger(__name__)
BUSY_S = 1.0  # an earlier process of the show is still going on this machine


class Local(Protocol):
    """What a node asks of the launcher of its machine (bot/fleet/local.py)."""

    async def start(
        self, run: ShowRunRow, tell: Tell, until: datetime | None = None, *, lease: Path | None = None
    ) -> None: ...
    def end(self, show: str) -> None: ...
    def cut(self, show: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What a node is. `id`: of this process alone, so that one that comes back owns nothing of before;
    `capacity`: shows at once; `ttl_s`: term of a lease, the same on all nodes; `offer`: what the node has
    beside places, for shows with needs.
    """

    id: str
    name: str
    capacity: int
    ttl_s: float
    offer: Offer | None = None


@dataclass(slots=True)
class _Held:
    """A show that runs here. `leaving`: it was cut off so that another node goes on; `ending`: it was asked
    to end.
    """

    claim: Claim
    post: Post
    tail: LedgerTail
    begun_ns: int
    leaving: bool = False
    ending: bool = False

    @property
    def holding(self) -> Holding:
        return Holding(self.claim.wish.show, self.claim.epoch, self.tail.position)


@dataclass(frozen=True, slots=True)
class _Over:
    """What a process told at its end."""

    held: _Held
    state: RunState
    why: str


@dataclass(slots=True)
class NodeStats:
    """Counted since the start: heartbeats, those without an answer, shows begun, shows lost, copies of
    ledgers that had to wait; slowest_s: the longest that the database took for a heartbeat.
    """

    beats: int = 0
    unanswered: int = 0
    begun: int = 0
    lost: int = 0
    uncopied: int = 0
    slowest_s: float = 0.0


class Node:
    """All methods from one event loop. `run` lasts until it was asked to leave and holds nothing more.

    folder   of this machine's data: `leases/`, and `shows/` with the ledgers
    now      aware; for what people read and for finding ledgers. Deadlines never come from it
    """

    def __init__(
        self, terms: Terms, book: LeaseBook, launcher: Local, folder: Path, now: Callable[[], datetime]
    ) -> None:
        self._terms, self._book, self._launcher, self._folder, self._now = terms, book, launcher, folder, now
        self._ask = Asking(book, answer_s(terms.ttl_s))
        self._held: dict[str, _Held] = {}
        self._over: deque[_Over] = deque()  # one a show at most, so bounded by the capacity
        self._wake = asyncio.Event()
        self._leaving = False
        self.resting = False
        self.stats = NodeStats()

    def leave(self) -> None:
        """Hands all shows over and ends `run`. Asking again changes nothing."""
        self._leaving = True
        self._wake.set()

    @property
    def shows(self) -> tuple[str, ...]:
        return tuple(self._held)

    async def run(self) -> None:
        """Raises SetupError when the database refuses at the first heartbeat: later ones are tried again."""
        await self._clear()
        try:
            while not self._done:
                self._wake.clear()
                heard = await self._try_beat()
                if self._leaving and not heard:
                    break  # nobody hears that we leave: the leases expire
                if not self._done:
                    await self._rest(beat_s(self._terms.ttl_s) if heard else again_s(self._terms.ttl_s))
        finally:
            for show in list(self._held):  # no goodbye: another node goes on with them
                self._drop(show)

    async def _try_beat(self) -> bool:
        """Whether the database answered."""
        try:
            await self._beat()
        except (RemoteError, SetupError) as error:
            self.stats.unanswered += 1
            if isinstance(error, SetupError) and self.stats.unanswered == self.stats.beats:
                raise
            log.warning("heartbeat of %s without an answer: %s", self._terms.name, error)
            return False
        return True

    @property
    def _done(self) -> bool:
        return self._leaving and not self._held and not self._over

    async def _rest(self, seconds: float) -> None:
        self.resting = True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self.resting = False

    def look(self) -> None:
        """The next heartbeat is due now."""
        self._wake.set()

    async def _clear(self) -> None:
        """Removes deadlines that have passed, of an earlier node on this machine."""
        for path in (self._folder / "leases").glob("*"):
            await asyncio.to_thread(_remove_past, path)

    async def _beat(self) -> None:
        self.stats.beats += 1
        await self._write_over()
        asked = boottime_ns()
        answer = await self._renew()
        self.stats.slowest_s = max(self.stats.slowest_s, (boottime_ns() - asked) / 10**9)
        held = {show: h.claim.epoch for show, h in self._held.items()}
        await self._obey(orders(held, answer, leaving=self._leaving), deadline_ns(asked, self._terms.ttl_s))
        await self._copy(list(self._held.values()))

    async def _renew(self) -> Answer:
        mine, terms = [h.holding for h in self._held.values()], self._terms
        free = 0 if self._leaving else places(terms.capacity, len(mine) + len(self._over), draining=False)
        return await self._ask(
            self._book.beat, terms.id, terms.name, terms.capacity, terms.ttl_s, mine, free, terms.offer
        )

    async def _obey(self, todo: Orders, deadline: int) -> None:
        for show in todo.extend:
            self._held[show].post.move(deadline)
        for show in todo.drop:
            self.stats.lost += 1
            log.warning(
                "%s is no longer ours: it is stopped", show, extra={"show": show, "event": "lease.lost"}
            )
            self._drop(show)
        for claim in todo.begin:
            await self._begin(claim, deadline)
        for show in todo.end:
            self._held[show].ending = True
            self._launcher.end(show)
        for show in todo.hand_over:
            held = self._held[show]
            held.leaving = True
            held.post.take_back()
            self._launcher.cut(show)

    def _drop(self, show: str) -> None:
        """Another node has it: its senders stop now, and nothing more is written of it."""
        held = self._held.pop(show)
        held.post.close()
        self._launcher.cut(show)

    async def _begin(self, claim: Claim, deadline: int) -> None:
        wish, now = claim.wish, self._now()
        if boottime_ns() >= deadline:
            return  # we were held up so long that it is not ours any more; the lease expires
        tail = LedgerTail(self._folder / "shows", Path(wish.file), wish.show, now)
        post = Post(self._folder / "leases" / f"{wish.show}.{claim.epoch}", claim.epoch, deadline)
        held = _Held(claim, post, tail, boottime_ns())
        self._held[wish.show] = held
        row = ShowRunRow(
            id=wish.run,
            show=wish.show,
            file=wish.file,
            occurrence_key=wish.key,
            start_utc=wish.start,
            launched_at=now,
            position=wish.position,
        )
        try:
            await self._launcher.start(
                row, lambda state, why: self._hear(held, state, why), wish.until, lease=post.path
            )
            self.stats.begun += 1
            log.info(
                "%s is begun, epoch %d",
                wish.show,
                claim.epoch,
                extra={"show": wish.show, "event": "show.begun"},
            )
        except Busy as error:
            self._hear(held, RunState.PLANNED, error.message)
        except (CastmateError, OSError) as error:
            self._hear(held, RunState.FAILED, f"not started on {self._terms.name}: {error}")

    def _hear(self, held: _Held, state: RunState, why: str) -> None:
        """A process is over. What it was of may have been lost meanwhile: then nobody is told."""
        show = held.claim.wish.show
        if self._held.get(show) is held:
            del self._held[show]
            self._over.append(_Over(held, state, why))
            log.info("%s is over here: %s", show, why or state, extra={"show": show, "event": "show.over"})
            self._wake.set()

    async def _write_over(self) -> None:
        """What ended is written down while the lease is still ours: the last lines, then that it is free."""
        while self._over:
            over = self._over[0]
            lapsed = boottime_ns() >= over.held.post.deadline_ns
            over.held.post.take_back()
            await self._copy([over.held])
            await self._let_go(over, lapsed=lapsed)
            over.held.post.close()
            self._over.popleft()

    async def _let_go(self, over: _Over, *, lapsed: bool) -> None:
        held, node = over.held, self._terms.id
        crashes = held.claim.crashes
        if over.state in (RunState.ENDED, RunState.FAILED) and not held.leaving:
            asked = held.ending and over.state is RunState.ENDED
            why = "it was asked to end" if asked else over.why
            await self._ask(self._book.finish, node, held.holding, str(over.state), why)
        elif over.state is RunState.PLANNED:
            await self._ask(
                self._book.release, node, held.holding, crashes=crashes, wait_s=BUSY_S, note=over.why
            )
        elif held.leaving or lapsed:  # it did nothing wrong
            await self._ask(self._book.release, node, held.holding, crashes=crashes, note="handed over")
        elif (again := next_try(crashes, (boottime_ns() - held.begun_ns) / 10**9)) is None:
            await self._ask(self._book.finish, node, held.holding, str(RunState.FAILED), over.why)
        else:
            await self._ask(
                self._book.release, node, held.holding, crashes=again[0], wait_s=again[1], note=over.why
            )

    async def _copy(self, of: Sequence[_Held]) -> None:
        """New lines of ledgers into the database, after the heartbeat, which they must not delay. What the
        database does not take stays on this disk and is tried again.
        """
        rows: list[tuple[Holding, int, str]] = []
        for held in of:
            lines = await asyncio.to_thread(held.tail.read)
            rows += [(held.holding, n, line) for n, line in lines]
        if not rows:
            return
        try:
            await self._ask(self._book.copy, self._terms.id, rows)
        except RemoteError as error:
            self.stats.uncopied += 1
            log.warning("%d lines of ledgers were not copied: %s", len(rows), error)
            return
        for held in of:
            held.tail.kept()


def _remove_past(path: Path) -> None:
    with suppress(OSError, ValueError):
        if not Fence(path).holds():
            path.unlink()
