"""Carries files into the store in the background: one thread, a bounded queue, patience that grows.

Whoever hands something in never waits. What the store does not take is tried again, in order, with pauses
that double and are spread by chance; what finds no room in the queue is counted and stays on the disk, from
where a later sweep takes it (bot/storage/sweeping.py).
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

from bot.storage.base import Cargo, Store
from products.errors import CastmateError, ContentError

log = logging.getLogger(__name__)  # at a level that a terminal does not show: it is told there in words
WAITING = 1500  # a day of segments
FIRST_S, LONGEST_S = 1.0, 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """One thing to carry. `cargo`: made when its turn comes, None = there is nothing; may raise OSError."""

    name: str
    cargo: Callable[[], Cargo | None]


def once(store: Store, name: str, path: Path) -> Load:
    """A file that goes only where the store has it not already."""

    def cargo() -> Cargo | None:
        found = Cargo.of(path)
        seen = store.look(name)
        return None if seen is not None and seen.sha256 == found.sha256 else found

    return Load(name, cargo)


@dataclass(frozen=True, slots=True)
class Carried:
    """How it stands: loads that wait (with the one under way), that were stored, tries that failed, loads for
    which there was no room; `trouble`: why the store takes nothing now, "" = it does.
    """

    waiting: int = 0
    stored: int = 0
    failed: int = 0
    dropped: int = 0
    trouble: str = ""


class Done(Protocol):
    """Told on the carrier's thread when something is stored."""

    def __call__(self, name: str, cargo: Cargo) -> object: ...


class Carrier:
    """`add` from any thread; `close` once. `lost`: told what could not be carried at all, and why."""

    def __init__(
        self,
        store: Store,
        done: Done,
        lost: Callable[[str, str], object],
        rng: Random,
        *,
        room: int = WAITING,
        first_s: float = FIRST_S,
    ) -> None:
        self._store, self._done, self._lost, self._rng = store, done, lost, rng
        self._room, self._first_s = room, first_s
        self._loads: deque[Load] = deque()
        self._turn = threading.Condition()
        self._stopping, self._hurry = threading.Event(), threading.Event()
        self._busy: Load | None = None
        self._stored = self._failed = self._dropped = 0
        self._trouble = ""
        self._thread = threading.Thread(target=self._guarded, name="store", daemon=True)
        self._thread.start()

    def add(self, load: Load) -> bool:
        """False: there is no room. One that waits under the same name already is not added again."""
        with self._turn:
            if any(load.name == other.name for other in self._loads):
                return True
            if len(self._loads) >= self._room:
                self._dropped += 1
                return False
            self._loads.append(load)
            self._turn.notify_all()
        return True

    def state(self) -> Carried:
        with self._turn:
            waiting = len(self._loads) + (self._busy is not None)
            return Carried(waiting, self._stored, self._failed, self._dropped, self._trouble)

    def left(self) -> tuple[str, ...]:
        """The names of what waits."""
        with self._turn:
            busy = () if self._busy is None else (self._busy.name,)
            return (*busy, *(load.name for load in self._loads))

    def settle(self, seconds: float) -> bool:
        """Waits until all is stored, so long at most; whether it is. What failed is tried again at once."""
        self._hurry.set()
        with self._turn:
            return self._turn.wait_for(lambda: not self._loads and self._busy is None, seconds)

    def close(self, seconds: float = 0.0) -> tuple[str, ...]:
        """Ends it after `seconds` at most; what is not stored stays on the disk and is returned by name."""
        self.settle(seconds)
        self._stopping.set()
        self._hurry.set()
        with self._turn:
            self._turn.notify_all()
        self._thread.join(0.5)  # one that waits for the network ends with the process
        return self.left()

    def _guarded(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001  nobody awaits a thread: a person is told by `state`
            with self._turn:
                self._trouble = f"Bug: carrying ended by {type(error).__name__}: {error}"
                self._turn.notify_all()

    def _work(self) -> None:
        pause = self._first_s
        while (load := self._next()) is not None:
            self._hurry.clear()  # before the try: who hurries while it lasts is not forgotten
            try:
                cargo = load.cargo()
                if cargo is not None:
                    self._store.put(load.name, cargo)
            except (CastmateError, OSError) as error:
                if self._hopeless(error):
                    self._give_up(load, error)
                    continue
                self._fail(load, error)
                self._hurry.wait(pause * self._rng.uniform(0.5, 1.0))
                pause = min(2 * pause, LONGEST_S)
                continue
            pause = self._first_s
            if cargo is not None:
                self._done(load.name, cargo)  # before it counts as done: who waits for that finds it noted
            self._end(stored=cargo is not None)

    def _next(self) -> Load | None:
        with self._turn:
            self._turn.wait_for(lambda: self._loads or self._stopping.is_set())
            if self._stopping.is_set():
                return None
            self._busy = self._loads.popleft()
            return self._busy

    def _hopeless(self, error: Exception) -> bool:
        """What is gone from our disk or was changed on it never can be stored."""
        return isinstance(error, (ContentError, FileNotFoundError))

    def _give_up(self, load: Load, error: Exception) -> None:
        log.warning("not stored: %s: %s", load.name, error, extra={"event": "store.lost"})
        self._lost(load.name, str(error))
        self._end(stored=False)

    def _fail(self, load: Load, error: Exception) -> None:
        with self._turn:
            first, self._trouble = not self._trouble, str(error)
            self._failed += 1
            self._loads.appendleft(load)
            self._busy = None
        if first:
            log.info("the store takes nothing: %s", error, extra={"event": "store.trouble"})

    def _end(self, *, stored: bool) -> None:
        with self._turn:
            well, self._busy = bool(self._trouble) and stored, None
            self._stored += stored
            self._trouble = "" if stored else self._trouble
            self._turn.notify_all()
        if well:
            log.info("the store takes things again", extra={"event": "store.well"})
