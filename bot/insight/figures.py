"""The arithmetic of the pages of insight. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.compliance.account import AI, DUET, HUMAN, SLATE
from bot.insight.stretches import HOUR_S
from bot.insight.sums import Run, Segment, Watched
from bot.insight.worries import ANGRY, LOST, LOST_SHARE, TIMES, followers

HOSTS = (AI, DUET, HUMAN, SLATE)
SHORT_S = 60.0  # segments that aired for less are not compared
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A day in the shop's time zone; orders and pieces of it."""

    day: date
    watched: Watched
    orders: int = 0
    pieces: int = 0


@dataclass(frozen=True, slots=True)
class Ends:
    """A show's before and after: viewers at its begin and end; followers in all, of the channels that told
    both times. None: nobody told.
    """

    viewers_before: int | None
    viewers_after: int | None
    followers_before: int | None
    followers_after: int | None

    @property
    def followers(self) -> int | None:
        """How many more there are after it."""
        if self.followers_before is None or self.followers_after is None:
            return None
        return self.followers_after - self.followers_before


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the shop should look: kind "anger" (angry messages an hour now and in the period before) or
    "followers" (how many of how many were lost in a run of a show).
    """

    kind: str
    now: float
    before: float
    show: str = ""
    begun: datetime | None = None


def edges(since: date, until: date, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The begins of the days from `since` to `until` (both counted) and the end of the last, UTC. Days in
    which clocks change have 23 or 25 hours.
    """
    count = (until - since).days + 2
    return tuple(
        datetime.combine(since + n * DAY, datetime.min.time(), zone).astimezone(UTC) for n in range(count)
    )


def days(
    hours: Iterable[tuple[int, Watched]],
    sold: Sequence[tuple[int, int]],
    since: date,
    until: date,
    zone: ZoneInfo,
) -> tuple[Day, ...]:
    """Each day from `since` to `until`, also those without a show. `sold`: (orders, pieces) of each day. An
    hour that two days share (zones with half hours) counts to the day in which it begins.
    """
    sums: dict[date, Watched] = {}
    for hour, watched in hours:
        day = datetime.fromtimestamp(hour * HOUR_S, zone).date()
        sums[day] = sums.get(day, Watched()) + watched
    found = (since + n * DAY for n in range((until - since).days + 1))
    return tuple(Day(day, sums.get(day, Watched()), *orders) for day, orders in zip(found, sold, strict=True))


def total(watched: Iterable[Watched]) -> Watched:
    return sum(watched, Watched())


def shares(hosts: Mapping[str, float]) -> Mapping[str, float]:
    """Share of the time on air (0..1) by host, all of HOSTS; empty when nothing aired."""
    whole = sum(hosts.get(host, 0.0) for host in HOSTS)
    return {host: hosts.get(host, 0.0) / whole for host in HOSTS} if whole > 0 else {}


def change(now: float | None, before: float | None) -> float | None:
    """By which share `now` is above `before` (-0.5: half of it); None where that says nothing."""
    return None if now is None or not before else now / before - 1


def ends(run: Run) -> Ends:
    """Before and after one run."""
    if run.first is None or run.last is None:
        return Ends(None, None, None, None)
    told = followers((run.first, run.last))
    both = [pair for name, pair in told.items() if name in run.first.channels]
    return Ends(
        run.first.first_viewers,
        run.last.last_viewers,
        sum(first for first, _ in both) if both else None,
        sum(last for _, last in both) if both else None,
    )


def compared(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Those that aired long enough to be held against each other and whose viewers are known, the one that
    gained most viewers each time first.
    """
    long = [s for s in segments if s.watched.seconds >= SHORT_S and s.watched.known_s > 0]
    return tuple(sorted(long, key=lambda s: -gain(s)))


def gain(segment: Segment) -> float:
    """Viewers won (or lost, below 0) in ten minutes of it."""
    return segment.watched.change * 600 / segment.watched.known_s if segment.watched.known_s else 0.0


def troubles(now: Watched, before: Watched, runs: Iterable[Run]) -> tuple[Trouble, ...]:
    """What the shop must be warned of: anger at the AI rose against the period before, or a show lost
    followers. The same bars as on the live desk (bot/insight/worries.py).
    """
    found = []
    angry, usual = now.an_hour(now.anger) or 0.0, before.an_hour(before.anger) or 0.0
    if now.anger >= ANGRY and before.seconds > 0 and angry >= TIMES * usual:
        found.append(Trouble("anger", angry, usual))
    for run in runs:
        seen = ends(run)
        lost = -(seen.followers or 0)
        if seen.followers_before and lost >= max(LOST, LOST_SHARE * seen.followers_before):
            found.append(Trouble("followers", lost, seen.followers_before, run.show, run.begun))
    return tuple(found)
