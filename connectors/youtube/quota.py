"""What calls cost, counted against the project's units of a day. Pure: time is an argument.

10,000 units a day by default, new at midnight Pacific time, every call at least one:
developers.google.com/youtube/v3/determine_quota_cost. The count is our own; other programs of the same
project spend from the same units unseen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.errors import RateLimited

PACIFIC = ZoneInfo("America/Los_Angeles")
DAY_UNITS = 10_000
KEPT = 0.02  # of the day's units: for calls that cannot be spaced
TELL_AT = (0.5, 0.8, 0.95, 1.0)  # shares of the day's units at which the operator is told


@dataclass(frozen=True, slots=True)
class Cost:
    """`stated`: the quota page (videos, channels) or the method's own page (chat) names the figure; otherwise
    it is what its kind costs there (list 1, write 50), not stated for this method.
    """

    units: int
    stated: bool


COSTS: Mapping[str, Cost] = {
    "videos.list": Cost(1, True),
    "videos.update": Cost(50, True),
    "channels.list": Cost(1, True),
    "liveChatMessages.list": Cost(5, True),
    "liveChatMessages.streamList": Cost(5, True),
    "liveChatMessages.insert": Cost(50, False),
    "liveBroadcasts.list": Cost(1, False),
    "liveBroadcasts.insert": Cost(50, False),
    "liveBroadcasts.bind": Cost(50, False),
    "liveBroadcasts.transition": Cost(50, False),
    "liveStreams.list": Cost(1, False),
    "liveStreams.insert": Cost(50, False),
}


class QuotaSpent(RateLimited):
    """The day's units are spent: nothing but waiting helps. `until`: when there are new ones."""

    def __init__(self, until: datetime, now: datetime) -> None:
        super().__init__(
            "YouTube's daily quota of this project is spent.",
            remedy=f"New units come at midnight Pacific time ({until:%Y-%m-%d %H:%M} UTC); "
            "a larger quota is asked for in the Google API console.",
            retry_after=max(0.0, (until - now).total_seconds()),
        )
        self.until = until


class Quota:
    """Units of the current day. `budget`: what the project has, per day."""

    def __init__(self, budget: int = DAY_UNITS) -> None:
        self.budget = budget
        self.by_method: dict[str, int] = {}
        self.spent = 0
        self._day = ""
        self._told = 0
        self._notes: list[str] = []

    def spend(self, method: str, now: datetime) -> int:
        """Counts one call of `method`; its units. An unknown method counts as a write."""
        self._turn(now)
        units = COSTS.get(method, Cost(50, False)).units
        self.spent += units
        self.by_method[method] = self.by_method.get(method, 0) + units
        while self._told < len(TELL_AT) and self.spent >= TELL_AT[self._told] * self.budget:
            share, self._told = TELL_AT[self._told], self._told + 1
            new = next_midnight(now).astimezone(now.tzinfo)
            self._notes.append(
                f"{share:.0%} of today's {self.budget} YouTube quota units are spent; new ones come at "
                f"{new:%H:%M} UTC."
            )
        return units

    def left(self, now: datetime) -> int:
        """Units of today that are not spent; never below 0."""
        self._turn(now)
        return max(0, self.budget - self.spent)

    def exhausted(self, now: datetime) -> datetime:
        """YouTube itself says that nothing is left: until when."""
        self._turn(now)
        self.spent = max(self.spent, self.budget)
        return next_midnight(now)

    def spacing(self, method: str, share: float, now: datetime, kept: float = KEPT) -> float:
        """Seconds between calls of `method` so that they take no more than `share` of what is left today.
        With nothing left but what is kept for calls that cannot wait (`kept` of the day's units): until
        midnight.
        """
        seconds = (next_midnight(now) - now).total_seconds()
        units = COSTS[method].units
        calls = (self.left(now) - kept * self.budget) * share / units
        return seconds if calls < 1 else seconds / calls

    def pace(self, method: str, share: float, now: datetime, kept: float = KEPT) -> float:
        """Seconds between calls of `method` that are wanted often: 0 while more than half of the day's units
        is left, so that a short show is not slowed; then as `spacing`, so that a long one never runs dry.
        """
        return 0.0 if self.left(now) * 2 > self.budget else self.spacing(method, share, now, kept)

    def notes(self) -> tuple[str, ...]:
        """What the operator should be told since the last call."""
        notes, self._notes = tuple(self._notes), []
        return notes

    def _turn(self, now: datetime) -> None:
        day = now.astimezone(PACIFIC).date().isoformat()
        if day != self._day:
            self._day, self.spent, self._told = day, 0, 0
            self.by_method.clear()


def next_midnight(now: datetime) -> datetime:
    """When the next quota day begins, in UTC."""
    here = now.astimezone(PACIFIC)
    day = here.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=PACIFIC).astimezone(ZoneInfo("UTC"))
