"""Which mouths are painted next: those of one clone together, clones in turn, shows of one clone in turn.

Pure: the time is an argument. Painting begins when a batch is full, or the oldest question has waited for
LINGER_S; then clones have their turns, so one that floods waits for the others as they wait for it.
"""

from collections import deque
from dataclasses import dataclass
from math import inf

from persona.clone.painter.wire import SLOTS, Asked

MOST = 16  # mouths painted at once
LINGER_S = 0.003  # that a question waits for company


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A question of a show. `came`: monotonic seconds."""

    show: int
    clone: str
    asked: Asked
    came: float


class Turns:
    """All questions that wait: at most SLOTS of a show."""

    def __init__(self, most: int = MOST, linger: float = LINGER_S) -> None:
        self._most, self._linger = most, linger
        # both in the order of their turns: who was served last comes last, also when nothing of theirs waits
        self._clones: dict[str, dict[int, deque[Waiting]]] = {}

    def __len__(self) -> int:
        return sum(len(q) for shows in self._clones.values() for q in shows.values())

    def add(self, one: Waiting) -> bool:
        """False when the show has asked for more than may be under way: it is not taken."""
        line = self._clones.setdefault(one.clone, {}).setdefault(one.show, deque())
        if len(line) >= SLOTS:
            return False
        line.append(one)
        return True

    def expired(self, now: float) -> list[Waiting]:
        """What nobody wants any more, taken out."""
        out = [w for shows in self._clones.values() for q in shows.values() for w in q if w.asked.due < now]
        for late in out:
            self._clones[late.clone][late.show].remove(late)
        return out

    def take(self, now: float) -> list[Waiting]:
        """The next batch, of one clone; empty when nothing is ripe. Once anything is, whoever was served
        longest ago has their turn: waiting for company is for when there is nothing else to do.
        """
        if all(self._ripe(shows, now) > 0 for shows in self._clones.values()):
            return []
        clone = next(clone for clone, shows in self._clones.items() if any(shows.values()))
        self._clones[clone] = shows = self._clones.pop(clone)
        return self._batch(shows)

    def wait(self, now: float) -> float | None:
        """Seconds until something is ripe; None when nothing waits."""
        soonest = min((self._ripe(shows, now) for shows in self._clones.values()), default=inf)
        return None if soonest == inf else max(0.0, soonest)

    def leave(self, show: int) -> None:
        """Forget a show, and its questions."""
        for clone, shows in list(self._clones.items()):
            shows.pop(show, None)
            if not shows:
                del self._clones[clone]

    def _ripe(self, shows: dict[int, deque[Waiting]], now: float) -> float:
        """Seconds from now; 0 or less: ripe."""
        if sum(map(len, shows.values())) >= self._most:
            return 0.0
        return min((q[0].came for q in shows.values() if q), default=inf) + self._linger - now

    def _batch(self, shows: dict[int, deque[Waiting]]) -> list[Waiting]:
        """One question of each show, and again, until it is full or nothing is left."""
        out: list[Waiting] = []
        while len(out) < self._most:
            show = next((s for s, q in shows.items() if q), None)
            if show is None:
                break
            out.append(shows[show].popleft())
            shows[show] = shows.pop(show)
        return out
