"""What stands in the calendar between two moments: rules walked ahead, and what became of their runs.
Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from schedules.calendar import Daily, Once, Start, zone_named
from schedules.recurrence import Recurrence, Slot, slots
from schedules.rulebook import Rule, Shift
from schedules.tables import RunState, ShowRunRow

LONG_AGO = date(2020, 1, 1)  # where the walk of "daily" begins


@dataclass(frozen=True, slots=True)
class FileStart:
    """A show whose file says when it starts."""

    show: str
    file: str
    zone: str
    start: Start
    minutes: float | None

    def recurrence(self) -> Recurrence:
        if isinstance(self.start, Once):
            return Recurrence(self.start.at, zone_named(self.zone), "", self.minutes)
        first = datetime.combine(LONG_AGO, self.start.at)
        return Recurrence(first, zone_named(self.zone), "FREQ=DAILY", self.minutes)

    def key(self, slot: Slot) -> str:
        return f"{self.show}/{slot.key}/{self.zone}"

    @property
    def daily(self) -> bool:
        return isinstance(self.start, Daily)


@dataclass(frozen=True, slots=True)
class Entry:
    """An occurrence of a show. `end`: None without one. `rule`: None when its show file says when.

    slot     the local start that the rule gives, which names the occurrence in the rule ("" for a run whose
             rule is gone); state, note: of its run, "planned" when nothing has happened yet
    """

    key: str
    show: str
    start: datetime
    end: datetime | None
    rule: int | None = None
    slot: str = ""
    repeats: bool = False
    changed: bool = False
    cohost: str = ""
    state: str = RunState.PLANNED.value
    note: str = ""

    @property
    def coming(self) -> bool:
        return self.state == RunState.PLANNED.value


@dataclass(frozen=True, slots=True)
class Duty:
    """A co-host's shift as instants. `show`: "" for every show."""

    shift: int
    person: str
    show: str
    start: datetime
    end: datetime
    key: str = ""


def agenda(
    rules: Iterable[Rule],
    files: Iterable[FileStart],
    runs: Iterable[ShowRunRow],
    after: datetime,
    before: datetime,
    now: datetime,
) -> tuple[Entry, ...]:
    """Every occurrence that starts in [after, before), by start. `runs`: those of that time. What a rule
    would have had in the past without a run was not planned then, and does not count.
    """
    found: dict[str, Entry] = {}
    for rule in rules:
        for slot in slots(rule.recurrence, after, before):
            key = rule.key(slot.key)
            repeats = bool(rule.recurrence.rule)
            found[key] = Entry(
                key, rule.show, slot.start, slot.end, rule.id, slot.key, repeats, slot.changed, rule.cohost
            )
    for file in files:
        for slot in slots(file.recurrence(), after, before):
            key = file.key(slot)
            found[key] = Entry(key, file.show, slot.start, slot.end, slot=slot.key, repeats=file.daily)
    kept = {key: entry for key, entry in found.items() if entry.start >= now}
    for run in runs:
        before_it = found.get(run.occurrence_key)
        kept[run.occurrence_key] = Entry(
            run.occurrence_key,
            run.show,
            run.start_utc,
            run.end_utc,
            run.rule_id,
            before_it.slot if before_it else "",
            before_it.repeats if before_it else False,
            before_it.changed if before_it else False,
            before_it.cohost if before_it else "",
            run.state,
            run.note,
        )
    return tuple(sorted(kept.values(), key=lambda e: (e.start, e.show)))


def duties(shifts: Sequence[Shift], after: datetime, before: datetime) -> tuple[Duty, ...]:
    """Every shift that has a part in [after, before), by start."""
    found = []
    for shift in shifts:
        length = shift.recurrence.minutes or 0.0
        early = datetime.fromtimestamp(after.timestamp() - (length + 120) * 60, UTC)
        for slot in slots(shift.recurrence, early, before):
            if slot.end is not None and slot.end > after:
                found.append(Duty(shift.id, shift.person, shift.show, slot.start, slot.end, slot.key))
    return tuple(sorted(found, key=lambda d: (d.start, d.person)))


def day_bounds(day: date, zone: ZoneInfo, days: int = 1) -> tuple[datetime, datetime]:
    """The instants (UTC) at which `days` local days begin and end: 23 to 25 hours each."""
    first = datetime.combine(day, datetime.min.time(), zone)
    last = datetime.combine(date.fromordinal(day.toordinal() + days), datetime.min.time(), zone)
    return first.astimezone(UTC), last.astimezone(UTC)
