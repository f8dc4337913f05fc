"""What people planned, in the database: rules of shows, occurrences that differ, shifts of co-hosts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Self

from sqlalchemy import Connection, Engine, delete, insert, select, update

from products.errors import ContentError
from schedules.calendar import zone_named
from schedules.recurrence import USUAL, Change, Clocks, Ends, Gap, Overlap, Recurrence, check_rule
from schedules.tables import RULE_CHANGE, SHIFT, SHOW_RULE

RULES, SHIFTS = 2000, 2000  # in force at once, at most
CHANGES = 400  # single occurrences of one rule that differ, at most
LONGEST_MIN, SHORTEST_MIN = 24 * 60.0, 0.2
JUST_NOW = timedelta(minutes=1)  # a start so long ago was meant to be now
LATEST_S = 12 * 3600
YEARS = (2000, 2200)  # a first start lies between


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as somebody writes it, checked by `checked`."""

    show: str
    file: str
    first: datetime
    zone: str
    rrule: str = ""
    minutes: float = 60.0
    clocks: Clocks = USUAL
    late_s: int = 600
    cohost: str = ""

    def checked(self) -> Self:
        """Itself, its rule normalised. Raises ContentError naming the field and what to write instead."""
        try:
            rule = check_rule(self.rrule)
        except ValueError as error:
            raise _wrong(
                "repeat", str(error), "Write e.g. FREQ=WEEKLY;BYDAY=MO,WE,FR, or nothing for once."
            ) from error
        _check_times(self.first, self.zone, self.minutes)
        if not 0 <= self.late_s <= LATEST_S:
            raise _wrong("late", f"{self.late_s} s is out of range", f"Write 0 to {LATEST_S} seconds.")
        if len(self.cohost) > 80:
            raise _wrong("cohost", "the name is too long", "Write at most 80 characters.")
        return type(self)(
            self.show, self.file, self.first.replace(microsecond=0), self.zone, rule, self.minutes,
            self.clocks, self.late_s, self.cohost.strip(),
        )  # fmt: skip

    def recurrence(self) -> Recurrence:
        return Recurrence(self.first, zone_named(self.zone), self.rrule, self.minutes, self.clocks)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in force. `written_to`: up to when its occurrences stand in show_run."""

    id: int
    show: str
    file: str
    recurrence: Recurrence
    late_s: int
    cohost: str
    made_at: datetime
    made_by: str
    written_to: datetime

    def key(self, slot_key: str) -> str:
        """The occurrence key of its run, unique in show_run."""
        return f"rule {self.id}/{slot_key}"


@dataclass(frozen=True, slots=True)
class Shift:
    """A co-host's shift. `show`: "" for every show."""

    id: int
    person: str
    show: str
    recurrence: Recurrence


class RuleBook:
    """Reads and writes rules and shifts. Its methods block; SQLAlchemy's errors pass through."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ---- rules

    def add(self, draft: Draft, now: datetime, by: str = "") -> int:
        """Writes a rule down; its number. What came before `now` does not count. Raises ContentError."""
        rule = draft.checked()
        clocks = rule.clocks
        values = {
            "show": rule.show, "file": rule.file, "first": rule.first.isoformat(), "zone": rule.zone,
            "rrule": rule.rrule, "minutes": rule.minutes, "gap": clocks.gap.value,
            "overlap": clocks.overlap.value, "ends": clocks.ends.value, "late_s": rule.late_s,
            "cohost": rule.cohost, "made_by": by[:80], "made_at": now,
            "written_to": now - JUST_NOW,
        }  # fmt: skip
        with self._engine.begin() as connection:
            _room(connection, SHOW_RULE, RULES, "rules")
            made = connection.execute(insert(SHOW_RULE).values(**values))
        return int(made.inserted_primary_key[0])  # type: ignore[index]

    def rules(self) -> tuple[Rule, ...]:
        """Every rule in force, the oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(SHOW_RULE).where(SHOW_RULE.c.ended_at.is_(None)).order_by(SHOW_RULE.c.id)
            ).all()
            changes = connection.execute(select(RULE_CHANGE)).all()
        by_rule: dict[int, dict[datetime, Change]] = {}
        for row in changes:
            at = None if row.at is None else datetime.fromisoformat(row.at)
            by_rule.setdefault(row.rule_id, {})[datetime.fromisoformat(row.local)] = Change(at, row.minutes)
        return tuple(_rule(row, by_rule.get(row.id, {})) for row in rows)

    def rule(self, number: int) -> Rule | None:
        return next((r for r in self.rules() if r.id == number), None)

    def end(self, number: int, now: datetime) -> bool:
        """Takes a rule out of the calendar; False when it is not in force."""
        return self._end(SHOW_RULE, number, now)

    def alter(self, number: int, draft: Draft) -> bool:
        """Moves every coming occurrence of a rule; single ones that differ go back to the rule. Raises
        ContentError.
        """
        rule = draft.checked()
        clocks = rule.clocks
        with self._engine.begin() as connection:
            done = connection.execute(
                update(SHOW_RULE)
                .where(SHOW_RULE.c.id == number, SHOW_RULE.c.ended_at.is_(None))
                .values(
                    first=rule.first.isoformat(),
                    zone=rule.zone,
                    rrule=rule.rrule,
                    minutes=rule.minutes,
                    gap=clocks.gap.value,
                    overlap=clocks.overlap.value,
                    ends=clocks.ends.value,
                    late_s=rule.late_s,
                    cohost=rule.cohost,
                )
            )
            connection.execute(delete(RULE_CHANGE).where(RULE_CHANGE.c.rule_id == number))
            return done.rowcount == 1

    def change(self, number: int, local: datetime, change: Change | None) -> None:
        """Lets one occurrence differ; None: it goes back to its rule. Raises ContentError."""
        if change is not None and change.minutes is not None and not _fits(change.minutes):
            raise _length(change.minutes)
        with self._engine.begin() as connection:
            mine = RULE_CHANGE.c.rule_id == number
            connection.execute(delete(RULE_CHANGE).where(mine, RULE_CHANGE.c.local == local.isoformat()))
            if change is None:
                return
            if len(connection.execute(select(RULE_CHANGE.c.id).where(mine)).all()) >= CHANGES:
                raise ContentError(
                    f"{CHANGES} occurrences of this rule differ already.", remedy="Change the rule instead."
                )
            at = None if change.at is None else change.at.isoformat()
            values = {"rule_id": number, "local": local.isoformat(), "at": at, "minutes": change.minutes}
            connection.execute(insert(RULE_CHANGE).values(**values))

    # ---- the rota

    def add_shift(self, person: str, draft: Draft, now: datetime, by: str = "") -> int:
        """Writes a shift down; its number. Of `draft` the show ("" for all), times and rule count."""
        rule = draft.checked()
        name = person.strip()
        if not 0 < len(name) <= 80:
            raise _wrong("person", "a shift needs a name", "Write who it is, in at most 80 characters.")
        values = {
            "person": name, "show": rule.show, "first": rule.first.isoformat(), "zone": rule.zone,
            "rrule": rule.rrule, "minutes": rule.minutes, "made_by": by[:80], "made_at": now,
        }  # fmt: skip
        with self._engine.begin() as connection:
            _room(connection, SHIFT, SHIFTS, "shifts")
            made = connection.execute(insert(SHIFT).values(**values))
        return int(made.inserted_primary_key[0])  # type: ignore[index]

    def shifts(self) -> tuple[Shift, ...]:
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(SHIFT).where(SHIFT.c.ended_at.is_(None)).order_by(SHIFT.c.id)
            ).all()
        clocks = Clocks(ends=Ends.CLOCK)  # a person's shift goes by the clock on the wall
        return tuple(
            Shift(
                row.id,
                row.person,
                row.show,
                Recurrence(
                    datetime.fromisoformat(row.first), zone_named(row.zone), row.rrule, row.minutes, clocks
                ),
            )
            for row in rows
        )

    def end_shift(self, number: int, now: datetime) -> bool:
        return self._end(SHIFT, number, now)

    def _end(self, table: Any, number: int, now: datetime) -> bool:
        with self._engine.begin() as connection:
            done = connection.execute(
                update(table).where(table.c.id == number, table.c.ended_at.is_(None)).values(ended_at=now)
            )
            return done.rowcount == 1


def _rule(row: Any, changes: dict[datetime, Change]) -> Rule:
    clocks = Clocks(Gap(row.gap), Overlap(row.overlap), Ends(row.ends))
    recurrence = Recurrence(
        datetime.fromisoformat(row.first), zone_named(row.zone), row.rrule, row.minutes, clocks,
        MappingProxyType(changes),
    )  # fmt: skip
    return Rule(
        row.id,
        row.show,
        row.file,
        recurrence,
        row.late_s,
        row.cohost,
        row.made_at,
        row.made_by,
        row.written_to,
    )


def _room(connection: Connection, table: Any, most: int, what: str) -> None:
    if len(connection.execute(select(table.c.id).where(table.c.ended_at.is_(None))).all()) >= most:
        raise ContentError(f"The calendar holds {most} {what} already.", remedy="Take out what is over.")


def _check_times(first: datetime, zone: str, minutes: float) -> None:
    if first.tzinfo is not None or not YEARS[0] <= first.year < YEARS[1]:
        raise _wrong("start", f"{first} is no local time of these years", "Write e.g. 2026-12-01 20:00.")
    try:
        zone_named(zone)
    except ValueError as error:
        raise _wrong("zone", str(error), "Write a name such as Europe/Berlin.") from error
    if not _fits(minutes):
        raise _length(minutes)


def _fits(minutes: float) -> bool:
    return SHORTEST_MIN <= minutes <= LONGEST_MIN  # false for what is no number, too


def _length(minutes: float) -> ContentError:
    return _wrong(
        "minutes", f"{minutes:g} is out of range", f"Write {SHORTEST_MIN:g} to {LONGEST_MIN:g} minutes."
    )


def _wrong(field: str, why: str, remedy: str) -> ContentError:
    return ContentError(f"{field}: {why}.", remedy=remedy)
