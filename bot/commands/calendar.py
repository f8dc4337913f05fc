"""castmate calendar: the calendar for people without a browser. What it writes, a running serve sees at
once.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape

from bot.clock import SystemClock
from bot.commands.timetable import Timetable
from bot.console.calendar_board import CalendarBoard
from bot.console.calendar_view import conflict_text
from bot.console.calendar_words import EN
from bot.settings import read_settings
from bot.shop import ShowOrder, open_shop
from bot.store import migrate, open_engine
from products.errors import ContentError, Refused
from schedules.agenda import Entry, day_bounds
from schedules.calendar import zone_named
from schedules.conflicts import Conflict, coverage
from schedules.ical import export as to_ical
from schedules.recurrence import Clocks, Ends, Gap, Overlap

app = typer.Typer(help="Plan shows; see what is planned, and what stands against it.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)
DAYS = Annotated[int, typer.Option(help="How many days from today on.", min=1, max=62)]
FILES = Annotated[list[Path] | None, typer.Argument(help="Show files; those of planned shows are known.")]
ZONE = Annotated[str | None, typer.Option(help="Times are told in this zone, e.g. Europe/Berlin.")]


@app.command("list")
def list_(shows: FILES = None, days: DAYS = 14, zone: ZONE = None) -> None:
    """Say what is on, what is planned, and what became of the runs of today."""
    board, _ = _open(shows or (), zone)
    for run in board.on_now():
        console.print(f"on now  {run.show}  {run.state}  {escape(run.note)}")
    span = board.days(_today(board), days)
    for entry in span.entries:
        console.print(_line(entry, board.zone))
    for duty in span.duties:
        here, there = duty.start.astimezone(board.zone), duty.end.astimezone(board.zone)
        console.print(f"{here:%a %Y-%m-%d %H:%M}-{there:%H:%M}  [dim]co-host[/dim]  {escape(duty.person)}")
    if not span.entries:
        console.print("Nothing is planned. castmate calendar plan SHOW.yaml --at '2026-12-01 20:00'")


@app.command()
def plan(
    show: Annotated[Path, typer.Argument(help="The show file.")],
    at: Annotated[str, typer.Option(help="First start, local: '2026-12-01 20:00'.")],
    minutes: Annotated[float | None, typer.Option(help="Length; else as the show file says, or 60.")] = None,
    repeat: Annotated[str, typer.Option(help="RFC 5545, e.g. FREQ=WEEKLY;BYDAY=MO,FR; else once.")] = "",
    zone: Annotated[str | None, typer.Option(help="Zone of the start; else the show's.")] = None,
    gap: Annotated[Gap, typer.Option(help="A start in the hour that is missing in spring.")] = Gap.SHIFT,
    overlap: Annotated[Overlap, typer.Option(help="A start in the hour that comes twice.")] = Overlap.FIRST,
    ends: Annotated[Ends, typer.Option(help="Over such a night: keep length or clock.")] = Ends.LENGTH,
    late: Annotated[int, typer.Option(help="Seconds within which a missed start is made up for.")] = 600,
    cohost: Annotated[str, typer.Option(help="Who is there; else who has the shift.")] = "",
    anyway: Annotated[bool, typer.Option("--anyway", help="Plan it against all that is told.")] = False,
) -> None:
    """Plan a show, once or repeating. What stands against it is told before it is written."""
    board, table = _open([show], zone)
    name = next(n for n, (order, _) in table.shops.items() if order.file == show.resolve())
    more: dict[str, object] = {
        "rrule": repeat, "clocks": Clocks(gap, overlap, ends), "late_s": late, "cohost": cohost,
        "zone": zone or str(table.zone(name)),
    }  # fmt: skip
    if minutes is not None:
        more["minutes"] = minutes
    draft = board.draft(name, _moment(at), **more)
    found = board.tried(draft, draft.first)
    for conflict in found:
        console.print(f"[yellow]against it[/yellow] {escape(_words(conflict, board.zone))}")
    if found and not anyway:
        raise Refused("Not planned: something stands against it.", remedy="Choose another time, or --anyway.")
    number = board.plan(draft)
    console.print(
        f"Planned as rule {number}. castmate serve starts it. castmate calendar cancel {number} ends it."
    )


@app.command()
def cancel(
    rule: Annotated[int, typer.Argument(help="The rule's number, as castmate calendar list says.")],
    only: Annotated[str, typer.Option(help="Only the one of this local start: '2026-12-01 20:00'.")] = "",
) -> None:
    """Take a planned show out of the calendar, or one occurrence of it. A show that is on goes on."""
    board, _ = _open((), None)
    board.take_out(rule, _moment(only).isoformat() if only else "")
    console.print("Taken out." if not only else f"The one of {only} is taken out.")


@app.command()
def shift(
    person: Annotated[str, typer.Argument(help="The co-host's name.")],
    at: Annotated[str, typer.Option(help="First start, local: '2026-12-01 18:00'.")],
    minutes: Annotated[float, typer.Option(help="Length of the shift.")] = 480,
    repeat: Annotated[str, typer.Option(help="RFC 5545, e.g. FREQ=WEEKLY;BYDAY=MO,TU.")] = "",
    show: Annotated[str, typer.Option(help="For this show alone.")] = "",
    zone: Annotated[str, typer.Option(help="Zone of the start.")] = "UTC",
) -> None:
    """Add a co-host's shift to the rota."""
    board, _ = _open((), zone)
    number = board.add_shift(person, board.shift_draft(show, _moment(at), zone, repeat, minutes))
    console.print(f"Shift {number} of {escape(person)} is in the rota.")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The .ics file to write.")],
    days: DAYS = 62,
    zone: ZONE = None,
) -> None:
    """Write the calendar as iCalendar (RFC 5545), each occurrence an event."""
    board, _ = _open((), zone)
    after, before = day_bounds(_today(board), board.zone, days)
    shows = board.shows()
    data = to_ical(
        board.span(after, before).entries,
        "Castmate",
        board.now(),
        title=lambda show: shows[show].title_in("en") if show in shows else show,
        says=lambda entry: entry.cohost,
    )
    try:
        out.write_bytes(data)
    except OSError as error:
        text = f"{out} cannot be written: {error.strerror}."
        raise ContentError(text, remedy="Choose another file.") from error
    console.print(f"{out}: {data.count(b'BEGIN:VEVENT')} events")


@app.command()
def check(
    shows: FILES = None,
    days: DAYS = 28,
    zone: ZONE = None,
    cover: Annotated[bool, typer.Option("--cover", help="Also say when nothing is planned (24/7).")] = False,
) -> None:
    """Say what stands against what is planned. Exit code 2 when something does."""
    board, table = _open(shows or (), zone)
    first = _today(board)
    span = board.days(first, days)
    entries = {entry.key: entry for entry in span.entries}
    for path, error in table.unread.items():
        console.print(f"[yellow]{escape(path)} cannot be read[/yellow]: {escape(str(error))}")
    told = 0
    for conflict in span.conflicts:
        told += 1
        words = escape(_words(conflict, board.zone))
        console.print(f"{_line(entries[conflict.key], board.zone)}\n    {words}")
    if cover:
        after, before = day_bounds(first, board.zone, days)
        for since, until in coverage(span.entries, max(after, board.now()), before).holes:
            told += 1
            here, there = since.astimezone(board.zone), until.astimezone(board.zone)
            console.print(f"nothing from {here:%a %Y-%m-%d %H:%M} to {there:%a %Y-%m-%d %H:%M}")
    if told:
        raise Refused(f"{told} things stand against the calendar.", remedy="Mend what is named above.")
    console.print(f"Nothing stands against the next {days} days ({len(entries)} shows).")


def _open(files: Sequence[Path], zone: str | None) -> tuple[CalendarBoard, Timetable]:
    """The calendar of the settings' database, with the shows of `files` and those that are planned."""
    settings, clock, table = read_settings(), SystemClock(), Timetable()
    named = _zone(zone)
    for file in files:
        table.add(file, open_shop(ShowOrder(file), settings, clock.now))
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    migrate(engine)
    table.add_planned(engine, settings, clock.now)
    return table.board(engine, settings, clock.now, zone=named), table


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else zone_named(name)
    except ValueError as error:
        raise ContentError(f"zone: {error}.", remedy="Write e.g. --zone Europe/Berlin.") from error


def _today(board: CalendarBoard) -> date:
    return board.now().astimezone(board.zone).date()


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise ContentError(f"start: {text!r} is no local time.", remedy="Write e.g. '2026-12-01 20:00'.")
    return found


def _line(entry: Entry, zone: ZoneInfo) -> str:
    here = entry.start.astimezone(zone)
    until = "     " if entry.end is None else f"-{entry.end.astimezone(zone):%H:%M}"
    rule = "file" if entry.rule is None else f"rule {entry.rule}"
    note = f" [dim]{escape(entry.note)}[/dim]" if entry.note else ""
    return f"{here:%a %Y-%m-%d %H:%M}{until}  {rule:8}  {entry.show}  {entry.state}{note}"


def _words(conflict: Conflict, zone: ZoneInfo) -> str:
    return conflict_text(conflict, {}, zone, EN)
