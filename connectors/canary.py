"""Whether a connection still hears. A socket that answers heartbeats may be deaf: its subscription ended, its
room moved on. Pure; the time is an argument (seconds, monotonic).
"""

from enum import StrEnum

WITHIN_S = 60.0


class Ear(StrEnum):
    HEARS = "hears"
    DEAD = "dead"  # not even heartbeats
    DEAF = "deaf"  # heartbeats, and nothing that was to come


class Canary:
    """Tells a dead and a deaf connection.

    dead_after_s    without any frame it is dead (two heartbeats and a margin)
    probe_every_s   so long without an event, something that must come back is due: a message of our own, or
                    asking the platform what it knows of our subscription
    answer_s        so long may the answer take

    probe_every_s + answer_s is at most 60: a deaf connection is known within a minute. ValueError else.
    """

    def __init__(
        self, now: float, *, dead_after_s: float, probe_every_s: float = 30.0, answer_s: float = 25.0
    ) -> None:
        if probe_every_s + answer_s > WITHIN_S or min(dead_after_s, probe_every_s, answer_s) <= 0:
            raise ValueError(f"a deaf connection is to be noticed within {WITHIN_S:.0f} s")
        self._dead_after, self._every, self._answer = dead_after_s, probe_every_s, answer_s
        self._frame = self._proof = now
        self._probed: float | None = None
        self._denied = False

    def frame(self, now: float) -> None:
        """Anything came, a heartbeat say."""
        self._frame = now

    def proof(self, now: float) -> None:
        """An event came, or the probe was answered: it hears."""
        self._frame = self._proof = now
        self._probed, self._denied = None, False

    def due(self, now: float) -> bool:
        """Whether a probe is to be sent now."""
        return self._probed is None and not self._denied and now - self._proof >= self._every

    def probed(self, now: float, since: float | None = None) -> None:
        """A probe was sent. `since`: when the sending began, where that took a while: what came since then
        may have been the answer, and proves as much.
        """
        if self._probed is None and (since is None or self._proof < since):
            self._probed = now

    def retry(self) -> None:
        """The probe could not be made: it is due again, and nothing is proven."""
        self._probed = None

    def denied(self) -> None:
        """The probe says that nothing will come."""
        self._denied = True

    def ear(self, now: float) -> Ear:
        if now - self._frame > self._dead_after:
            return Ear.DEAD
        late = self._probed is not None and now - self._probed > self._answer
        overdue = now - self._proof > self._every + self._answer
        return Ear.DEAF if self._denied or late or overdue else Ear.HEARS
