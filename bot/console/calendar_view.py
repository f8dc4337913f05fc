"""The calendar as the page draws it: wall-clock minutes of days, words of a language. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.console.calendar_board import Plannable, Span
from schedules.agenda import Duty, Entry, day_bounds
from schedules.conflicts import Conflict, Kind, coverage
from schedules.recurrence import clock_changes
from schedules.rulebook import Rule
from schedules.tables import ShowRunRow

DAY_MIN = 1440
LEAST_MIN = 5  # a piece is never drawn shorter

Words = Mapping[str, str]
Titles = Mapping[str, str]


def week_of(day: date) -> date:
    """Its Monday."""
    return day - timedelta(days=day.weekday())


def view(
    span: Span,
    shows: Iterable[Plannable],
    zone: ZoneInfo,
    first: date,
    days: int,
    words: Words,
    language: str,
) -> dict[str, Any]:
    """Everything the page draws for `days` days from `first` on, as JSON values."""
    titles = {show.show: show.title_in(language) for show in shows}
    told = conflict_texts(span.conflicts, span.entries, titles, zone, words)
    follows = _handovers(span.entries, titles)
    return {
        "first": first.isoformat(),
        "days": [_day(first + timedelta(days=n), span.entries, zone, words) for n in range(days)],
        "entries": [
            _entry(e, span.rules, titles, zone, first, days, told.get(e.key, []), follows.get(e.key, ""))
            for e in span.entries
        ],
        "duties": [_duty(d, titles, zone, first, days) for d in span.duties],
    }


def _day(day: date, entries: Sequence[Entry], zone: ZoneInfo, words: Words) -> dict[str, Any]:
    start, end = day_bounds(day, zone)
    whole = round((end - start).total_seconds() / 60)
    found = coverage(entries, start, end)
    covered, full = round(found.covered_s / 360) / 10, not found.holes and found.covered_s > 0
    notes = [
        words["cal_forward" if change.by > timedelta() else "cal_back"].format(
            by=round(abs(change.by.total_seconds()) / 60),
            at=f"{(change.at - timedelta(seconds=1)).astimezone(zone) + timedelta(seconds=1):%H:%M}",
            hours=f"{whole / 60:g}",
        )
        for change in clock_changes(zone, start, end)
    ]
    part = words["cal_covered"].format(h=f"{covered:g}", all=f"{whole / 60:g}")
    said = words["cal_covered_all"] if full else part
    return {"date": day.isoformat(), "covered": said, "full": full, "notes": notes}


def pieces(
    start: datetime, end: datetime | None, zone: ZoneInfo, first: date, days: int
) -> list[dict[str, int]]:
    """The parts of a time in each drawn day: minutes on the wall from midnight, `to` above `from`."""
    here = start.astimezone(zone)
    there = (end or start + timedelta(hours=1)).astimezone(zone)
    at = (here.date() - first).days * DAY_MIN + here.hour * 60 + here.minute
    to = (there.date() - first).days * DAY_MIN + there.hour * 60 + there.minute
    to = max(to, at + LEAST_MIN)  # an hour that comes twice may end before it begins, on the wall
    found = []
    for n in range(max(0, at // DAY_MIN), min(days - 1, (to - 1) // DAY_MIN) + 1):
        low, high = max(at - n * DAY_MIN, 0), min(to - n * DAY_MIN, DAY_MIN)
        if high > low:
            found.append({"day": n, "from": low, "to": high})
    return found


def _entry(
    entry: Entry,
    rules: Mapping[int, Rule],
    titles: Titles,
    zone: ZoneInfo,
    first: date,
    days: int,
    told: list[dict[str, str]],
    follower: str,
) -> dict[str, Any]:
    here = entry.start.astimezone(zone)
    minutes = None if entry.end is None else round((entry.end - entry.start).total_seconds() / 60, 2)
    rule = rules.get(entry.rule) if entry.rule is not None else None
    return {
        "key": entry.key,
        "rule": entry.rule if rule is not None else None,
        "slot": entry.slot,
        "show": entry.show,
        "title": titles.get(entry.show, entry.show),
        "at": here.replace(tzinfo=None).isoformat(timespec="seconds"),
        "since": f"{here:%H:%M}",
        "until": "" if entry.end is None else f"{entry.end.astimezone(zone):%H:%M}",
        "minutes": minutes,
        "pieces": pieces(entry.start, entry.end, zone, first, days),
        "state": entry.state,
        "note": entry.note,
        "repeats": entry.repeats,
        "changed": entry.changed,
        "cohost": entry.cohost,
        "conflicts": told,
        "follower": follower,
        "written": None if rule is None else _written(rule),
    }


def _written(rule: Rule) -> dict[str, Any]:
    """The rule as the dialog shows it."""
    recurrence = rule.recurrence
    return {
        "first": recurrence.first.isoformat(timespec="seconds"),
        "rrule": recurrence.rule,
        "minutes": recurrence.minutes,
        "gap": recurrence.clocks.gap.value,
        "overlap": recurrence.clocks.overlap.value,
        "ends": recurrence.clocks.ends.value,
        "late_s": rule.late_s,
        "cohost": rule.cohost,
    }


def _duty(duty: Duty, titles: Titles, zone: ZoneInfo, first: date, days: int) -> dict[str, Any]:
    return {
        "shift": duty.shift,
        "person": duty.person,
        "show": titles.get(duty.show, duty.show),
        "since": f"{duty.start.astimezone(zone):%H:%M}",
        "until": f"{duty.end.astimezone(zone):%H:%M}",
        "pieces": pieces(duty.start, duty.end, zone, first, days),
    }


def _handovers(entries: Sequence[Entry], titles: Titles) -> dict[str, str]:
    """Who takes over from whom, by key."""
    if not entries:
        return {}
    found = coverage(entries, entries[0].start, entries[-1].end or entries[-1].start)
    shows = {entry.key: entry.show for entry in entries}
    return {
        one: titles.get(shows[two], shows[two]) for one, two in found.handovers if shows[one] != shows[two]
    }


def conflict_texts(
    found: Iterable[Conflict], entries: Iterable[Entry], titles: Titles, zone: ZoneInfo, words: Words
) -> dict[str, list[dict[str, str]]]:
    """By the key of the occurrence: what stands against it, in words, each once."""
    told: dict[str, list[dict[str, str]]] = {}
    for conflict in found:
        one = {"kind": conflict.kind.value, "text": conflict_text(conflict, titles, zone, words)}
        mine = told.setdefault(conflict.key, [])
        if one not in mine:
            mine.append(one)
    return told


def conflict_text(conflict: Conflict, titles: Titles, zone: ZoneInfo, words: Words) -> str:
    values = dict(conflict.values)
    if "show" in values:
        values["show"] = titles.get(values["show"], values["show"])
    form = "%d.%m. %H:%M" if conflict.kind is Kind.LICENCE_ENDS else "%H:%M"
    for name, at in (("since", conflict.since), ("until", conflict.until)):
        values[name] = "…" if at is None else at.astimezone(zone).strftime(form)
    return words[f"cal_conflict_{conflict.kind.value}"].format_map(_Known(values))


class _Known(dict[str, str]):
    """A place that has no value stays empty."""

    def __missing__(self, key: str) -> str:
        return "…"


def run_view(run: ShowRunRow, titles: Titles, zone: ZoneInfo) -> dict[str, Any]:
    """A run that is on."""
    since = (run.started_at or run.start_utc).astimezone(zone)
    return {
        "show": run.show,
        "title": titles.get(run.show, run.show),
        "state": run.state,
        "since": f"{since:%H:%M}",
        "until": "" if run.end_utc is None else f"{run.end_utc.astimezone(zone):%H:%M}",
        "note": run.note,
    }


def coming_view(entry: Entry, titles: Titles, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """One of those that come next. `today`: on this local day."""
    here = entry.start.astimezone(zone)
    return {
        "title": titles.get(entry.show, entry.show),
        "date": here.date().isoformat(),
        "today": here.date() == now.astimezone(zone).date(),
        "since": f"{here:%H:%M}",
    }
