"""Shows that come again: a first start on the clock on the wall, a rule (RFC 5545), exceptions. Pure.

People plan by the clock on the wall of a place. Twice a year that clock jumps; what then holds is chosen for
each rule and told wherever the rule is shown:

    gap      a local time that does not exist (02:30 when clocks go from 02:00 to 03:00)
             shift: it starts as much later as the clocks jumped (03:30) · skip: not on that day
    overlap  a local time that comes twice
             first (before the clocks go back) · second · both
    ends     length: it lasts as long as planned · clock: it ends at the planned local time, so that slots
             around the clock meet without a hole when a night has 23 or 25 hours

dateutil walks the rule over naive local times, which know no such nights; the instants are found here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

DAY = timedelta(days=1)
LONGEST_RULE = 200  # characters
ALLOWED = {
    "DAILY": frozenset({"INTERVAL", "COUNT", "UNTIL", "BYHOUR", "BYMINUTE"}),
    "WEEKLY": frozenset({"INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST", "BYHOUR", "BYMINUTE"}),
    "MONTHLY": frozenset({"INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYSETPOS"}),
    "YEARLY": frozenset({"INTERVAL", "COUNT", "UNTIL"}),
}
MOST_INTERVAL = {"DAILY": 366, "WEEKLY": 53, "MONTHLY": 11, "YEARLY": 9}
PARTS = {
    "INTERVAL": re.compile(r"[1-9]\d{0,2}"),
    "COUNT": re.compile(r"[1-9]\d{0,4}"),
    "UNTIL": re.compile(r"\d{8}(T\d{6})?"),
    "WKST": re.compile(r"MO|SU"),
    "BYDAY": re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU))*"),
    "BYMONTHDAY": re.compile(r"-?([1-9]|[12]\d|3[01])(,-?([1-9]|[12]\d|3[01]))*"),
    "BYSETPOS": re.compile(r"-?[1-4]"),
    "BYHOUR": re.compile(r"(\d|1\d|2[0-3])(,(\d|1\d|2[0-3]))*"),
    "BYMINUTE": re.compile(r"[0-5]?\d(,[0-5]?\d)*"),
}


class Gap(StrEnum):
    SHIFT = "shift"
    SKIP = "skip"


class Overlap(StrEnum):
    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


class Ends(StrEnum):
    LENGTH = "length"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Clocks:
    """What holds in the two nights of a year in which clocks change."""

    gap: Gap = Gap.SHIFT
    overlap: Overlap = Overlap.FIRST
    ends: Ends = Ends.LENGTH


USUAL = Clocks()


@dataclass(frozen=True, slots=True)
class Change:
    """One occurrence that differs from its rule. `at`: naive local, None: it does not take place. `minutes`:
    None as the rule says.
    """

    at: datetime | None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Recurrence:
    """`first`: naive local; `rule`: an RRULE without its name ("" for once); `minutes`: length, None without
    an end; `changes`: by the naive local start that the rule gives.
    """

    first: datetime
    zone: ZoneInfo
    rule: str = ""
    minutes: float | None = None
    clocks: Clocks = USUAL
    changes: Mapping[datetime, Change] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Slot:
    """One occurrence as instants (UTC). `key`: the same whenever it is computed: the local start that the
    rule gives, "/2" behind it for the second of an overlap. `local`: the wall's time at the start (aware).
    """

    key: str
    start: datetime
    end: datetime | None
    local: datetime
    changed: bool = False


def check_rule(text: str) -> str:
    """The rule in upper case, "" for once. Raises ValueError in words for the writer.

    Only what shows need, and nothing that can never come true: dateutil would look for it until the year
    9999.
    """
    rule = text.strip().upper().removeprefix("RRULE:")
    if not rule:
        return ""
    if len(rule) > LONGEST_RULE:
        raise ValueError(f"a rule has at most {LONGEST_RULE} characters")
    parts = dict(p.partition("=")[::2] for p in rule.split(";"))
    if len(parts) != rule.count(";") + 1:
        raise ValueError("a part of the rule stands twice")
    freq = parts.pop("FREQ", "")
    if freq not in ALLOWED:
        raise ValueError("a rule begins with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")
    for name, value in parts.items():
        if name not in ALLOWED[freq]:
            raise ValueError(
                f"{name} does not go with FREQ={freq}; it may have {', '.join(sorted(ALLOWED[freq]))}"
            )
        if not PARTS[name].fullmatch(value):
            raise ValueError(f"{name}={value} cannot be read")
    _check_sense(freq, parts)
    try:
        rrulestr(rule, dtstart=datetime.fromisoformat("2026-01-01"))
    except (ValueError, TypeError) as error:
        raise ValueError(f"the rule cannot be read: {error}") from error
    return rule


def _check_sense(freq: str, parts: Mapping[str, str]) -> None:
    if int(parts.get("INTERVAL", "1")) > MOST_INTERVAL[freq]:
        raise ValueError(f"INTERVAL is at most {MOST_INTERVAL[freq]} with FREQ={freq}")
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise ValueError("COUNT and UNTIL do not go together")
    if {"BYDAY", "BYMONTHDAY"} <= parts.keys():
        raise ValueError("BYDAY and BYMONTHDAY do not go together")
    if "BYSETPOS" in parts and "BYDAY" not in parts:
        raise ValueError("BYSETPOS needs BYDAY")
    if freq == "WEEKLY" and re.search(r"\d", parts.get("BYDAY", "")):
        raise ValueError("with FREQ=WEEKLY days stand alone: BYDAY=MO,TH")
    if "BYSETPOS" in parts and re.search(r"\d", parts["BYDAY"]):
        raise ValueError("days stand alone beside BYSETPOS: BYDAY=MO,TH")


def _locals(recurrence: Recurrence, after: datetime, before: datetime) -> Iterator[datetime]:
    """Naive local starts that the rule gives, from `after` to `before`, exceptions not looked at."""
    if not recurrence.rule:
        if after <= recurrence.first <= before:
            yield recurrence.first
        return
    if before < recurrence.first:
        return
    walk = rrulestr(recurrence.rule, dtstart=recurrence.first)
    yield from walk.between(after, before, inc=True)


def slots(recurrence: Recurrence, after: datetime, before: datetime) -> tuple[Slot, ...]:
    """Occurrences that start in [after, before) (aware), soonest first; no two at one instant.

    The first start counts only when the rule gives it: a Monday's rule from a Tuesday on begins on Monday.
    """
    zone = recurrence.zone
    low = after.astimezone(zone).replace(tzinfo=None, fold=0) - 2 * DAY
    high = before.astimezone(zone).replace(tzinfo=None, fold=0) + 2 * DAY
    found: list[Slot] = []
    plain = [at for at in _locals(recurrence, low, high) if at not in recurrence.changes]
    for at in plain:
        found += _instants(recurrence, at, at, recurrence.minutes, changed=False)
    for at, change in recurrence.changes.items():
        if change.at is not None and low <= change.at <= high:
            minutes = recurrence.minutes if change.minutes is None else change.minutes
            found += _instants(recurrence, at, change.at, minutes, changed=True)
    once: dict[datetime, Slot] = {}
    for slot in sorted(found, key=lambda s: (s.start, s.key)):
        if after <= slot.start < before:
            kept = once.setdefault(slot.start, slot)
            if kept.local.replace(tzinfo=None).isoformat() not in kept.key and not slot.changed:
                once[slot.start] = slot  # shifted onto another: the one that is meant for this time stays
    return tuple(once.values())


def _instants(
    recurrence: Recurrence, named: datetime, at: datetime, minutes: float | None, *, changed: bool
) -> Iterator[Slot]:
    zone, clocks = recurrence.zone, recurrence.clocks
    key = named.isoformat(timespec="seconds")
    if not exists(at, zone):
        if clocks.gap is Gap.SKIP:
            return
        start = _utc(at, zone, 0)
        yield Slot(key, start, _end(at, start, 0, minutes, recurrence), start.astimezone(zone), changed)
        return
    for fold in _folds(at, zone, clocks.overlap):
        start = _utc(at, zone, fold)
        second = "/2" if fold and clocks.overlap is Overlap.BOTH else ""
        end = _end(at, start, fold, minutes, recurrence)
        yield Slot(key + second, start, end, start.astimezone(zone), changed)


def _folds(at: datetime, zone: ZoneInfo, overlap: Overlap) -> tuple[int, ...]:
    if not twice(at, zone):
        return (0,)
    return {Overlap.FIRST: (0,), Overlap.SECOND: (1,), Overlap.BOTH: (0, 1)}[overlap]


def _end(
    at: datetime, start: datetime, fold: int, minutes: float | None, recurrence: Recurrence
) -> datetime | None:
    if minutes is None:
        return None
    length, zone, clocks = timedelta(minutes=minutes), recurrence.zone, recurrence.clocks
    if clocks.ends is Ends.LENGTH:
        return start + length
    wall = at + length
    if not twice(wall, zone):
        end = _utc(wall, zone, 0)
    elif clocks.overlap is Overlap.FIRST:  # where the next slot of the same kind begins
        end = _utc(wall, zone, 0)
    elif clocks.overlap is Overlap.SECOND:
        end = _utc(wall, zone, 1)
    else:
        end = _utc(wall, zone, fold)
    return end if end > start else start + length


def exists(local: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks of the zone ever show this naive local time."""
    there = local.replace(tzinfo=zone, fold=0).astimezone(UTC).astimezone(zone)
    return there.replace(tzinfo=None, fold=0) == local.replace(fold=0)


def twice(local: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks of the zone show this naive local time twice."""
    return exists(local, zone) and _utc(local, zone, 0) != _utc(local, zone, 1)


def _utc(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The night in which clocks change. `at`: the instant; `by`: how far they go (minus: back)."""

    at: datetime
    by: timedelta


def clock_changes(zone: ZoneInfo, after: datetime, before: datetime) -> tuple[ClockChange, ...]:
    """Changes of the zone's clocks in [after, before) (aware), to the second."""
    found: list[ClockChange] = []
    at = after.astimezone(UTC)
    while at < before:
        then = min(at + DAY, before.astimezone(UTC))
        one, other = _offset(at, zone), _offset(then, zone)
        if one != other:
            low, high = at, then
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                middle = middle.replace(microsecond=0) if middle.replace(microsecond=0) > low else middle
                low, high = (middle, high) if _offset(middle, zone) == one else (low, middle)
            found.append(ClockChange(high, other - one))
        at = then
    return tuple(found)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
