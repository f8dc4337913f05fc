"""The calendar as the console and the command line see it: what stands in it, and what people do to it.

All methods block (SQLAlchemy's errors pass through); the web application calls them from a thread.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from products.errors import ContentError
from schedules.agenda import Duty, Entry, FileStart, agenda, day_bounds, duties
from schedules.conflicts import Ask, Conflict, conflicts
from schedules.recurrence import Change
from schedules.rulebook import Draft, Rule, RuleBook
from schedules.runs import RunBook
from schedules.shifting import shifted
from schedules.tables import ALIVE, RunState, ShowRunRow

MOST_DAYS = 62
AROUND = timedelta(days=2)  # of a plan that is tried: what can collide with it


@dataclass(frozen=True, slots=True)
class Plannable:
    """A show that can be planned. `title`: by language; `starts`: what its own file says of its start."""

    show: str
    file: str
    title: Mapping[str, str]
    zone: str
    minutes: float | None
    starts: FileStart | None = None

    def title_in(self, language: str) -> str:
        return self.title.get(language) or next(iter(self.title.values()), self.show)


@dataclass(frozen=True, slots=True)
class Span:
    """What stands in the calendar from `after` to `before`."""

    after: datetime
    before: datetime
    entries: tuple[Entry, ...]
    duties: tuple[Duty, ...]
    conflicts: tuple[Conflict, ...]
    rules: Mapping[int, Rule]


class CalendarBoard:
    """One calendar. `ask`: rules and licences; `shows`: those that can be planned, by name; `wake`: called
    from any thread after each change, so that it counts at once.
    """

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime],
        ask: Ask,
        shows: Callable[[], Mapping[str, Plannable]],
        zone: ZoneInfo,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._rules, self._runs = RuleBook(engine), RunBook(engine)
        self.now, self.zone, self._ask, self.shows, self._wake = now, zone, ask, shows, wake

    # ---- what stands in it

    def days(self, first: date, days: int) -> Span:
        """`days` local days (1 to MOST_DAYS) from `first` on, with what began the day before."""
        after, before = day_bounds(first, self.zone, max(1, min(days, MOST_DAYS)))
        return self.span(after - timedelta(days=1), before)

    def span(self, after: datetime, before: datetime) -> Span:
        return self._look(self._rules.rules(), after, before)

    def _look(self, rules: tuple[Rule, ...], after: datetime, before: datetime) -> Span:
        starts = [show.starts for show in self.shows().values() if show.starts is not None]
        runs = self._runs.between(after, before)
        entries = agenda(rules, starts, runs, after, before, self.now())
        duty = duties(self._rules.shifts(), after, before)
        found = conflicts(entries, duty, self._ask)
        return Span(after, before, entries, duty, found, {r.id: r for r in rules})

    def on_now(self) -> tuple[ShowRunRow, ...]:
        """The runs that are on, or just begin, or are being taken up again."""
        return tuple(r for r in self._runs.alive() if r.state in (*ALIVE, RunState.CRASHED))

    def coming(self, count: int = 3) -> tuple[Entry, ...]:
        """What is planned next."""
        now = self.now()
        entries = self.span(now - timedelta(minutes=1), now + timedelta(days=8)).entries
        return tuple(e for e in entries if e.coming)[:count]

    # ---- what people do

    def draft(self, show: str, at: datetime, **more: object) -> Draft:
        """A plan of a show that is known here. Raises ContentError."""
        known = self.shows().get(show)
        if known is None:
            named = ", ".join(sorted(self.shows())) or "none"
            raise ContentError(
                f"show: {show!r} is not known here.",
                remedy=f"Known: {named}. Give its file to castmate serve.",
            )
        given = Draft(show, known.file, at, str(self.zone), minutes=known.minutes or 60.0)
        return replace(given, **more).checked()  # type: ignore[arg-type]

    def plan(self, draft: Draft, by: str = "") -> int:
        """Plans a show; the rule's number. Raises ContentError: it is over before it begins."""
        rule = draft.checked()
        if not rule.rrule:
            start = _instant(rule.first, ZoneInfo(rule.zone))
            if start < self.now() - timedelta(minutes=1):
                raise ContentError(
                    f"start: {rule.first:%Y-%m-%d %H:%M} has passed.", remedy="Choose a later one."
                )
        number = self._rules.add(rule, self.now(), by)
        self._wake()
        return number

    def move(self, rule: int, slot: str, at: datetime, minutes: float | None = None) -> None:
        """Moves one occurrence, or changes its length."""
        self._held(rule)
        self._rules.change(rule, slot_local(slot), Change(at.replace(microsecond=0), minutes))
        self._wake()

    def move_all(self, rule: int, slot: str, at: datetime, minutes: float | None = None) -> None:
        """Moves every coming occurrence by as much as this one is moved. Raises ContentError."""
        self._rules.alter(rule, self._moved(self._held(rule), slot, at, minutes))
        self._wake()

    def alter(self, rule: int, draft: Draft) -> None:
        self._held(rule)
        self._rules.alter(rule, draft)
        self._wake()

    def take_out(self, rule: int, slot: str = "") -> None:
        """Takes one occurrence out, or the whole rule."""
        held = self._held(rule)
        if slot and held.recurrence.rule:
            self._rules.change(rule, slot_local(slot), Change(None))
        else:
            self._rules.end(rule, self.now())
        self._wake()

    def add_shift(self, person: str, draft: Draft, by: str = "") -> int:
        return self._rules.add_shift(person, draft, self.now(), by)

    def shift_draft(self, show: str, at: datetime, zone: str, rrule: str, minutes: float) -> Draft:
        """The times of a shift; `show`: "" for every show."""
        return Draft(show, "", at, zone, rrule, minutes).checked()

    def end_shift(self, shift: int) -> bool:
        return self._rules.end_shift(shift, self.now())

    # ---- what would be

    def tried(
        self, draft: Draft | None, at: datetime, rule: int = 0, slot: str = "", minutes: float | None = None
    ) -> tuple[Conflict, ...]:
        """What would stand against a plan: a new one (`draft`), or the occurrence `slot` of `rule` moved to
        `at`. Nothing is written.
        """
        rules = [r for r in self._rules.rules() if r.id != rule]
        if draft is not None:
            tried = Rule(
                rule, draft.show, draft.file, draft.recurrence(), draft.late_s, draft.cohost, self.now(), "",
                self.now(),
            )  # fmt: skip
        else:
            held = self._held(rule)
            changes = {**held.recurrence.changes, slot_local(slot): Change(at, minutes)}
            tried = replace(held, recurrence=replace(held.recurrence, changes=MappingProxyType(changes)))
        start = _instant(at, tried.recurrence.zone)
        span = self._look((*rules, tried), start - AROUND, start + AROUND)
        mine = {e.key for e in span.entries if e.rule == rule and abs(e.start - start) < timedelta(hours=2)}
        if slot:
            mine &= {tried.key(slot)} or mine
        return tuple(c for c in span.conflicts if c.key in mine)

    def _moved(self, held: Rule, slot: str, at: datetime, minutes: float | None) -> Draft:
        recurrence = held.recurrence
        first, rule = shifted(recurrence.first, recurrence.rule, slot_local(slot), at)
        return Draft(
            held.show,
            held.file,
            first,
            str(recurrence.zone),
            rule,
            minutes if minutes is not None else recurrence.minutes or 60.0,
            recurrence.clocks,
            held.late_s,
            held.cohost,
        )

    def moved_draft(self, rule: int, slot: str, at: datetime, minutes: float | None = None) -> Draft:
        """The rule as `move_all` would leave it."""
        return self._moved(self._held(rule), slot, at, minutes)

    def _held(self, rule: int) -> Rule:
        held = self._rules.rule(rule)
        if held is None:
            raise ContentError(
                f"rule: {rule} is not in the calendar (any more).", remedy="Load the calendar again."
            )
        return held


def slot_local(slot: str) -> datetime:
    """The naive local start that names an occurrence. Raises ContentError."""
    try:
        found = datetime.fromisoformat(slot.removesuffix("/2"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise ContentError(f"slot: {slot!r} names no occurrence.", remedy="Load the calendar again.")
    return found


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
