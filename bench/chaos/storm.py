"""Two nodes behind proxies to a throw-away PostgreSQL, and the faults, as they are due, on real processes.

One thread does all: what is due, a look at where the shows stand, a line of progress. What cannot be done yet
(the database is away) is tried again at each look.
"""

import heapq
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

from bench.chaos.ledgers import Books, compare, on_disk
from bench.chaos.plan import Strike
from bench.chaos.report import TTL_S, Storm, Struck
from bench.chaos.witness import Witness

from fleet_stand import NodeProcess, Stand, gone  # isort: skip  (witness.py makes it known)
from postgres import Postgres  # isort: skip
from proxy import Proxy  # isort: skip

from bot.fleet.leases import LeaseBook
from products.errors import RemoteError

SHOWS = 20
LOOK_S = 0.2
TOLD_S = 30.0
SETTLED_S = 180.0  # at most, from the last fault's end until every show sends
NODES = ("a", "b")


class Ground(Stand):
    """The fleet that is struck."""

    receiver_kind = Witness
    receiver: Witness

    def __init__(self, database: Postgres, folder: Path, lines: dict[str, Proxy]) -> None:
        super().__init__(database, folder, TTL_S, SHOWS)
        self.lines = lines

    def grow(self, name: str) -> NodeProcess:
        return self.node(name, port=self.lines[name].port)

    @property
    def standing(self) -> list[NodeProcess]:
        return [n for n in self.nodes if n.process.poll() is None]

    def sending(self) -> int:
        """Shows of which a packet came within the last second."""
        now = time.monotonic()
        return sum(now - runs[-1].last_at < 1.0 for runs in list(self.receiver.runs.values()))


class Weather:
    """Strikes what is due and undoes it. `plan`: in the order of time."""

    def __init__(self, ground: Ground, plan: tuple[Strike, ...], tell: Callable[[str], None]) -> None:
        self._ground, self._tell, self._number = ground, tell, count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._pending: list[tuple[NodeProcess, bool]] = []  # to be drained, or not any more
        self._kills: Counter[str] = Counter()
        self._felled: set[int] = set()
        self._dark = False
        self._eyes = LeaseBook(ground.database.url())
        self.struck: list[Struck] = []
        self.stood: dict[tuple[str, int], int] = {}
        self._places: dict[str, tuple[int, int]] = {}
        self.passed_over = self.fell = 0
        self.begun = time.monotonic()
        for strike in plan:
            self._at(self.begun + strike.at_s, lambda s=strike: self._strike(s))

    def _at(self, when: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._due, (when, next(self._number), do))

    @property
    def over(self) -> bool:
        return not self._due and not self._pending

    def look(self) -> None:
        """Does what is due, and notes where the shows stand."""
        while self._due and self._due[0][0] <= time.monotonic():
            heapq.heappop(self._due)[2]()
        with suppress(RemoteError):
            self._pending = [p for p in self._pending if not self._drained(*p)]
            for show in self._eyes.shows():
                self._place(show.show, show.epoch, show.position)
        for node in self._ground.nodes:
            if node.process.poll() is not None and node.process.pid not in self._felled:
                self.fell += 1
                self._tell(f"{node.id} ended unasked: {node.log.read_text()[-500:]}")
                self._fell(node, 1.0)

    def close(self) -> None:
        self._eyes.close()

    def _place(self, show: str, epoch: int, position: str) -> None:
        """The last line that the database told under an earlier epoch is where the next one must stand."""
        line = int((position or "0.0-").partition(".")[2].partition("-")[0])
        before, _ = self._places.get(show, (0, 0))
        if epoch > before:
            for between in range(before + 1, epoch + 1):
                self.stood[show, between] = self._places.get(show, (0, 0))[1]
        self._places[show] = epoch, line

    def _strike(self, strike: Strike) -> None:
        now = time.monotonic()
        hit, undo = getattr(self, f"_{strike.fault}")(strike)
        if not hit:
            self.passed_over += 1
            return
        struck = Struck(strike.fault, now, now, hit)
        self.struck.append(struck)
        self._tell(f"{strike.fault} {hit} for {strike.holds_s:.1f} s")

        def undone() -> None:
            undo()
            struck.over_at = time.monotonic()

        struck.over_at = now + strike.holds_s
        if undo is not None:
            self._at(now + strike.holds_s, undone)

    def _whom(self, strike: Strike) -> NodeProcess | None:
        there = [n for n in self._ground.standing if n.process.pid not in self._felled]
        return there[int(strike.draw * len(there))] if there else None

    def _fell(self, node: NodeProcess, for_s: float) -> None:
        """Another is started in its place."""
        self._felled.add(node.process.pid)
        self._at(time.monotonic() + for_s, lambda: self._replace(node))

    def _replace(self, node: NodeProcess) -> None:
        node.process.wait(30)
        self._ground.nodes.remove(node)
        self._ground.grow(node.name)

    def _worker_killed(self, strike: Strike) -> tuple[str, None]:
        """Of the shows that were killed least: one that crashes five times in a row is given up."""
        workers = {s: n for node in self._ground.nodes for s, n in node.workers().items()}
        if not workers:
            return "", None
        least = min(self._kills[s] for s in workers)
        shows = sorted(s for s in workers if self._kills[s] == least)
        show = shows[int(strike.draw * len(shows))]
        with suppress(ProcessLookupError):
            os.kill(workers[show], signal.SIGKILL)
        self._kills[show] += 1
        return show, None

    def _node_killed(self, strike: Strike) -> tuple[str, Callable[[], None] | None]:
        if (node := self._whom(strike)) is None:
            return "", None
        node.process.kill()
        self._felled.add(node.process.pid)
        return node.name, lambda: self._replace(node)

    def _machine_killed(self, strike: Strike) -> tuple[str, Callable[[], None] | None]:
        if (node := self._whom(strike)) is None:
            return "", None
        node.signal_all(signal.SIGKILL)
        self._felled.add(node.process.pid)
        return node.name, lambda: self._replace(node)

    def _node_frozen(self, strike: Strike) -> tuple[str, Callable[[], None] | None]:
        if (node := self._whom(strike)) is None:
            return "", None
        node.process.send_signal(signal.SIGSTOP)
        return node.name, lambda: node.process.send_signal(signal.SIGCONT)

    def _machine_frozen(self, strike: Strike) -> tuple[str, Callable[[], None] | None]:
        if (node := self._whom(strike)) is None:
            return "", None
        node.signal_all(signal.SIGSTOP)
        return node.name, lambda: node.signal_all(signal.SIGCONT)

    def _database_restarted(self, strike: Strike) -> tuple[str, Callable[[], None] | None]:
        return self._database_away(signal.SIGINT)

    def _database_gone(self, strike: Strike) -> tuple[str, Callable[[], None] | None]:
        return self._database_away(signal.SIGQUIT)

    def _database_away(self, how: signal.Signals) -> tuple[str, Callable[[], None] | None]:
        if self._dark:
            return "", None
        self._dark = True
        try:
            self._ground.database.stop(how)
        except subprocess.TimeoutExpired:  # it waits for a client that stands still
            self._ground.database.stop(signal.SIGQUIT)

        def back() -> None:
            self._ground.database.start()
            self._dark = False

        return "the database", back

    def _network_cut(self, strike: Strike) -> tuple[str, Callable[[], None] | None]:
        if (node := self._whom(strike)) is None:
            return "", None
        line = self._ground.lines[node.name]
        line.frozen = True

        def mended() -> None:
            line.frozen = False
            line.reset()

        return node.name, mended

    def _node_drained(self, strike: Strike) -> tuple[str, Callable[[], None] | None]:
        if (node := self._whom(strike)) is None:
            return "", None
        self._pending.append((node, True))

        def undrained() -> None:
            self._pending = [(n, wanted) for n, wanted in self._pending if n is not node]
            self._pending.append((node, False))

        return node.name, undrained

    def _drained(self, node: NodeProcess, wanted: bool) -> bool:
        """Whether it was told; one that is gone needs no telling, one that is not heard of is told later."""
        return gone(node.process.pid) or self._eyes.drain(node.id, wanted=wanted)


def blow(ground: Ground, plan: tuple[Strike, ...], seconds: float, tell: Callable[[str], None]) -> Storm:
    """Runs the plan on a fleet whose shows all send. Raises AssertionError when they never did."""
    ground.begin()
    for name in NODES:
        ground.grow(name)
    ground.until(lambda: ground.sending() == SHOWS)
    weather = Weather(ground, plan, tell)
    next_told = 0.0
    try:
        while (run_s := time.monotonic() - weather.begun) < seconds or not weather.over:
            weather.look()
            if run_s >= next_told:
                next_told += TOLD_S
                tell(
                    f"-- {run_s / 60:4.1f} of {seconds / 60:.1f} min, {len(weather.struck)} faults, "
                    f"{ground.sending()} of {SHOWS} shows send, {ground.receiver.doubles} double sends"
                )
            time.sleep(LOOK_S)
        calm = time.monotonic()
        while ground.sending() < SHOWS and time.monotonic() - calm < SETTLED_S:
            weather.look()
            time.sleep(LOOK_S)
        back_s = time.monotonic() - calm
        given_up = [s for s in ground.names if not _sends(ground, s)]
        time.sleep(2 * TTL_S)  # the copies of ledgers come after
        weather.look()
        books = _books(ground)
        runs = [r for of in ground.receiver.runs.values() for r in of]
        return Storm(
            seconds,
            SHOWS,
            weather.struck,
            ground.receiver.take_overs(),
            weather.stood,
            ground.receiver.doubles,
            sum(r.packets for r in runs),
            sum(r.missing for r in runs),
            books,
            weather.passed_over,
            weather.fell,
            given_up,
            back_s,
        )
    finally:
        weather.close()


def _sends(ground: Ground, show: str) -> bool:
    runs = ground.receiver.runs.get(show, [])
    return bool(runs) and time.monotonic() - runs[-1].last_at < 1.0


def _books(ground: Ground) -> Books:
    """The database is asked before the files are read: what is copied then is in the files."""
    current = {show: s.epoch for show, s in ground.seen().items()}
    with ground.database.connect() as connection:
        copies = connection.execute("select show, epoch, n, line from ledger_copy order by show, epoch, n")
        copied = copies.fetchall()
    sent = {(r.show, r.epoch): r.packets for of in ground.receiver.runs.values() for r in list(of)}
    disk, twice = on_disk(ground.folder)
    return compare(disk, twice, copied, sent, current)
