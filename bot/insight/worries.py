"""When an operator should be told that people turn away: followers fall, anger at the AI rises. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.insight.stretches import Stretch

RECENT = timedelta(minutes=10)  # what is held against the time before it
WINDOW = timedelta(minutes=60)
ANGRY = 5  # angry messages in RECENT, at least: two people in a bad mood are no trend
TIMES = 3.0  # as many a minute as before
LOST, LOST_SHARE = 10, 0.01  # followers of a channel: so many, and so large a part of them


@dataclass(frozen=True, slots=True)
class Worry:
    """`number`: angry messages in the last ten minutes, or followers lost in the last hour; `channel`: whose
    followers; `before`: angry messages in ten minutes until then, or followers an hour ago.
    """

    kind: Literal["anger", "followers"]
    number: int
    before: float
    channel: str = ""

    def words(self) -> str:
        """For the desk."""
        if self.kind == "anger":
            return f"{self.number} angry messages about the AI in 10 minutes (before: {self.before:.1f})"
        return f"{self.channel} lost {self.number} of {self.before:.0f} followers within the hour"


def worries(stretches: Iterable[Stretch], now: datetime) -> tuple[Worry, ...]:
    """What the last hour of a show says. Anger counts as rising when the last ten minutes had ANGRY messages
    and TIMES the rate of the time before (of which ten minutes are looked at, at least).
    """
    window = [s for s in stretches if now - s.at <= WINDOW]
    recent = [s for s in window if now - s.at <= RECENT]
    before = [s for s in window if now - s.at > RECENT]
    found: list[Worry] = []
    angry = sum(s.anger for s in recent)
    ten_minutes = max(RECENT.total_seconds(), sum(s.seconds for s in before)) / RECENT.total_seconds()
    usual = sum(s.anger for s in before) / ten_minutes
    if angry >= ANGRY and angry >= TIMES * usual:
        found.append(Worry("anger", angry, usual))
    for channel, (first, last) in followers(window).items():
        if first - last >= max(LOST, LOST_SHARE * first):
            found.append(Worry("followers", first - last, float(first), channel))
    return tuple(found)


def followers(stretches: Iterable[Stretch]) -> Mapping[str, tuple[int, int]]:
    """By channel that tells: followers in the first and in the last of these stretches."""
    found: dict[str, tuple[int, int]] = {}
    for s in stretches:
        for channel, told in s.channels.items():
            number = told.get("followers")
            if number is not None:
                found[channel] = (found.get(channel, (number, 0))[0], number)
    return found
