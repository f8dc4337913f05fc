"""Whether a connection lives: decided from what its sender reports and from time, which is an argument."""

from dataclasses import dataclass
from enum import StrEnum

DIAL_S, STALLED_S, DEAD_S = 4.5, 1.0, 4.0
GOOD_AFTER_S = 5.0  # where the system tells nothing, a connection of this age counts as live
LIVE_BYTES = 8_000  # confirmed bytes beyond any handshake: the server takes the stream


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. dial: a server that has not taken the stream by then is given up; stalled: nothing confirmed
    for this long, though there is something to confirm; dead: then it is dialled again."""

    dial: float = DIAL_S
    stalled: float = STALLED_S
    dead: float = DEAD_S


PATIENCE = Patience()


class Health(StrEnum):
    """connecting: not yet taken; live; stalled: noticed, still hoped for; dead: to be replaced."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALLED = "stalled"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Report:
    """A sender's status. acked: bytes that the peer has confirmed, None where that cannot be known; pending:
    bytes handed to the system and not confirmed yet."""

    sent: int = 0
    acked: int | None = 0
    pending: int = 0


class Pulse:
    """One connection's health. `born`: monotonic seconds at which the sender was told where to send.

    A frozen server's kernel goes on confirming until its receive buffer is full (some 64 kB, when it gets
    no bursts), so a freeze shows that much stream later; then nothing is confirmed while something waits. A
    sender that says nothing at all counts as one whose server confirms nothing.
    """

    def __init__(self, born: float, patience: Patience = PATIENCE) -> None:
        self._born, self._moved, self._patience = born, born, patience
        self._last = Report()
        self._taken = False

    @property
    def pending(self) -> int:
        """Bytes in the system's hands that the peer has not confirmed."""
        return self._last.pending

    def age(self, now: float) -> float:
        return now - self._born

    def see(self, now: float, report: Report | None) -> Health:
        """The health at `now`, after a new `report` (None: none came)."""
        if report is not None:
            before, self._last = self._last, report
            if report.acked is None or report.acked > (before.acked or 0) or report.pending == 0:
                self._moved = now
        if not self._taken:
            if self._last.acked is None:
                self._taken = self.age(now) >= GOOD_AFTER_S
                return Health.CONNECTING
            self._taken = self._last.acked >= LIVE_BYTES
            if not self._taken:
                return Health.DEAD if self.age(now) >= self._patience.dial else Health.CONNECTING
        still = now - self._moved
        if still >= self._patience.dead:
            return Health.DEAD
        return Health.STALLED if still >= self._patience.stalled else Health.LIVE
