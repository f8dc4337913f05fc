"""From the local time that people write to the instants at which shows start. Pure.

People write wall-clock time in a place; a start is an instant (UTC). Twice a year the two disagree:

    gap      clocks jump ahead, a local time does not exist: the start shifts by the jump (02:30 -> 03:30)
    overlap  clocks fall back, a local time comes twice: the first one counts, so a daily show runs once

Both follow from PEP 495's fold=0: an offset from before the change, in a gap and in an overlap alike.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_HINT = 'write "2026-12-01 20:00" or "daily 20:00", in quotes'
_CLOCK = r"(?P<clock>\d{1,2}:\d{2}(:\d{2})?)"
_ONCE = re.compile(rf"(?P<day>\d{{4}}-\d{{2}}-\d{{2}})[ T]{_CLOCK}")
_DAILY = re.compile(rf"daily\s+{_CLOCK}")


@dataclass(frozen=True, slots=True)
class Once:
    """One start. `at`: local, without a zone."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Daily:
    """A start on every local day. `at`: local, without a zone."""

    at: time


Start = Once | Daily


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One start of a rule. `local`: as the rule says it (naive); `start`: the instant (aware, UTC)."""

    local: datetime
    start: datetime

    @property
    def key(self) -> str:
        """The same for the same occurrence, whenever it is computed: local time as the rule says it."""
        return self.local.isoformat(timespec="seconds")


def parse_start(text: str) -> Start:
    """`"2026-12-01 20:00"` or `"daily 20:00"`, seconds allowed. Raises ValueError in words for the writer."""
    words = text.strip()
    try:
        if found := _ONCE.fullmatch(words):
            return Once(datetime.combine(datetime.fromisoformat(found["day"]).date(), _clock(found["clock"])))
        if found := _DAILY.fullmatch(words):
            return Daily(_clock(found["clock"]))
    except ValueError as error:
        raise ValueError(f"{error}; {_HINT}") from error
    raise ValueError(f"not a start time; {_HINT}")


def _clock(text: str) -> time:
    hour, minute, second = ([int(part) for part in text.split(":")] + [0])[:3]
    return time(hour, minute, second)


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone. Raises ValueError in words for the writer."""
    try:
        return ZoneInfo(name)
    except (
        ZoneInfoNotFoundError,
        ValueError,
        OSError,
    ) as error:  # OSError: a folder of zones, e.g. "America"
        raise ValueError("no such time zone; write a name such as Europe/Berlin or Asia/Shanghai") from error


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive local time: shifted in a gap, the first of two in an overlap."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def occurrences(rule: Start, zone: ZoneInfo, after: datetime, count: int) -> tuple[Occurrence, ...]:
    """The next `count` starts later than `after` (aware), soonest first; fewer when the rule has no more."""
    if isinstance(rule, Once):
        once = Occurrence(rule.at, instant(rule.at, zone))
        return (once,) if once.start > after and count > 0 else ()
    found: list[Occurrence] = []
    day = after.astimezone(zone).date() - timedelta(days=1)  # a gap may shift yesterday's start past midnight
    while len(found) < count:
        local = datetime.combine(day, rule.at)
        start = instant(local, zone)
        if start > after:
            found.append(Occurrence(local, start))
        day += timedelta(days=1)
    return tuple(found)
