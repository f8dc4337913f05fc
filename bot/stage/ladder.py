"""The bitrate ladder: lower the rate rather than stall, come back up. Pure; time is an argument.

A channel's own view (`Ladder`) is which rung it needs. `share` decides what is encoded: the shared encode
runs at the best rung that any channel can take; channels that need less get one extra encode together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

RUNGS = (1.0, 0.7, 0.5, 0.35, 0.25)  # of the rate that was asked for
FLOOR_KBPS = 200  # below this a 720x1280 picture is not worth sending
HIGH_S = 0.5  # seconds of stream that wait in all queues: congested
LOW_S = 0.35  # and less than this: at ease
ROOM = 0.9  # of what came through: the rest lets the queues drain
DOWN_AFTER_S = 0.6  # congested for so long: a rung down
SETTLE_S = 3.0  # after a step down the queues get this long to drain before the next
UP_AFTER_S = 10.0  # at ease for so long: a rung up
RELAPSE_S = 15.0  # congested again so soon after a step up: the next one waits twice as long
LONGEST_UP_S = 120.0


@dataclass(frozen=True, slots=True)
class Congestion:
    """A channel's marks. waiting_s: age of the outbox, in seconds of stream; pending: bytes that the system
    holds unconfirmed; dropped: packets dropped for want of room, since the start; live: it has a connection;
    confirmed_kbps: what came through of late, None where that is not known.
    """

    waiting_s: float
    pending: int
    dropped: int
    live: bool
    confirmed_kbps: float | None = None


class Ladder:
    """One channel's rung: 0 is the full rate, larger is lower."""

    def __init__(self, rungs: int = len(RUNGS)) -> None:
        self._rungs, self.rung = rungs, 0
        self._high_since: float | None = None
        self._low_since: float | None = None
        self._stepped_down = self._stepped_up = -1e9
        self._patience, self._dropped, self._was_live = UP_AFTER_S, 0, False

    def step(self, now: float, mark: Congestion, kbps: float) -> int:
        """The rung after `mark`, seen at `now` seconds while the stream was sent at `kbps`."""
        lost, self._dropped = mark.dropped - self._dropped, mark.dropped
        fresh, self._was_live = mark.live and not self._was_live, mark.live
        if not mark.live or fresh:  # what is dropped while nobody is connected says nothing of the line
            self._high_since = self._low_since = None
            return self.rung
        behind = mark.waiting_s + mark.pending / (kbps * 125)
        self._high_since = (self._high_since or now) if behind >= HIGH_S or lost > 0 else None
        self._low_since = (self._low_since or now) if behind <= LOW_S and lost <= 0 else None
        if self._high_since is not None and (lost > 0 or now - self._high_since >= DOWN_AFTER_S):
            self._down(now, mark, kbps)
        elif self._low_since is not None and now - self._low_since >= self._patience:
            self._up(now)
        return self.rung

    def _down(self, now: float, mark: Congestion, kbps: float) -> None:
        """A rung at least; to the one that what comes through has room for, where that is known."""
        if self.rung + 1 >= self._rungs or now - self._stepped_down < SETTLE_S:
            return
        relapsed = now - self._stepped_up < RELAPSE_S
        self._patience = min(LONGEST_UP_S, 2 * self._patience) if relapsed else UP_AFTER_S
        self.rung += 1
        if mark.confirmed_kbps is not None:
            room = ROOM * mark.confirmed_kbps / kbps * RUNGS[self.rung - 1]
            while self.rung + 1 < self._rungs and RUNGS[self.rung] > room:
                self.rung += 1
        self._stepped_down, self._high_since = now, None

    def _up(self, now: float) -> None:
        if self.rung > 0:
            self.rung -= 1
            self._stepped_up, self._low_since = now, now


@dataclass(frozen=True, slots=True)
class Share:
    """What is encoded. shared: rung of the encode that all channels get; low: rung of the extra encode, None
    for none; `slow`: the channels that get that one."""

    shared: int = 0
    low: int | None = None
    slow: frozenset[str] = frozenset()


def share(rungs: Mapping[str, int]) -> Share:
    """One slow channel never lowers the others; a lone one lowers the shared encode; never two extras."""
    if not rungs:
        return Share()
    best = min(rungs.values())
    slow = frozenset(name for name, rung in rungs.items() if rung > best)
    return Share(best, max(rungs.values()) if slow else None, slow)


def rate_of(full_kbps: int, rung: int) -> int:
    """kb/s of a rung; never below FLOOR_KBPS, unless less was asked for in the first place."""
    return max(min(FLOOR_KBPS, full_kbps), round(full_kbps * RUNGS[rung]))
