"""The export, read back by another's parser."""

from datetime import UTC, datetime, timedelta

from ical.calendar_stream import IcsCalendarStream

from schedules.agenda import Entry
from schedules.ical import export

EIGHT = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
LONG = "Nützlich; 中文标题很长，要折行 — “quoted”, back\\slash\nand a second line " + "x" * 200


def entries() -> list[Entry]:
    made = [
        Entry(f"rule 1/{n}", "evening", EIGHT + timedelta(days=n), EIGHT + timedelta(days=n, hours=1))
        for n in range(3)
    ]
    return [
        *made,
        Entry("rule 2/0", "open", EIGHT, None, state="on_air"),
        Entry("rule 2/1", "gone", EIGHT, None, state="missed"),
    ]


def test_another_parser_reads_what_will_happen() -> None:
    data = export(entries(), "Shop", NOW, title=lambda show: f"{show}: {LONG}", says=lambda _: LONG)
    found = IcsCalendarStream.calendar_from_ics(data.decode("utf-8"))
    events = list(found.events)
    assert len(events) == 4 and len({e.uid for e in events}) == 4
    first = min((e for e in events if e.summary and e.summary.startswith("evening")), key=lambda e: e.dtstart)
    assert first.dtstart == EIGHT and first.dtend == EIGHT + timedelta(hours=1)
    assert first.summary == f"evening: {LONG}" and first.description == LONG
    assert first.dtstamp == NOW.replace(microsecond=0)


def test_it_is_as_rfc_5545_asks() -> None:
    data = export(entries(), "Shop", NOW, title=lambda show: f"{show}: {LONG}")
    assert data.startswith(b"BEGIN:VCALENDAR\r\n") and data.endswith(b"END:VCALENDAR\r\n")
    lines = data.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines) and b"\n" not in data.replace(b"\r\n", b"")
    assert b"VERSION:2.0" in lines
    for line in lines:
        line.decode("utf-8")  # a fold never cuts a character in two


def test_the_same_occurrence_keeps_its_number() -> None:
    one, two = (export(entries(), "Shop", at, title=str) for at in (NOW, NOW + timedelta(days=1)))
    uids = [{line for line in data.splitlines() if line.startswith(b"UID")} for data in (one, two)]
    assert uids[0] == uids[1]
