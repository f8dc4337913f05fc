"""Whether a painter can take another show: what all shows ask, times what a picture was measured to take."""

from collections.abc import Iterable
from dataclasses import dataclass

FULL = 0.8  # share of a painter's time that may be asked for; the rest is for what comes at once
NEWEST = 0.1  # weight of the newest measurement


@dataclass(frozen=True, slots=True)
class Asking:
    """A show: `rate` pictures a second while it speaks, each of which takes `seconds` of the painter."""

    rate: float
    seconds: float


def load(shows: Iterable[Asking]) -> float:
    """Share of the painter's time that they ask for, all speaking at once."""
    return sum(one.rate * one.seconds for one in shows)


def refusal(shows: Iterable[Asking], new: Asking) -> str:
    """Why there is no room for one more; empty when there is."""
    present = list(shows)
    now, then = load(present), load([*present, new])
    if then <= FULL + 1e-9:
        return ""
    rate = sum(one.rate for one in present)
    return (
        f"This painter has no room: {len(present)} shows ask {rate:.0f} pictures a second, "
        f"{now:.0%} of its time; {new.rate:.0f} more, at {new.seconds * 1000:.2f} ms each, would make "
        f"{then:.0%}, and {FULL:.0%} is the most."
    )


class Meter:
    """Seconds a picture of one clone takes in a full batch: measured when it is opened, and ever after."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def take(self, seconds: float, pictures: int) -> None:
        """A batch that was full took so long."""
        self.seconds += NEWEST * (seconds / pictures - self.seconds)
