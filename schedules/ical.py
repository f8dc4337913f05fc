"""The calendar as iCalendar (RFC 5545), for the programs in which people keep theirs.

Each occurrence is an event of its own, in UTC. A repeating rule would be shorter, but RFC 5545 (3.3.10)
leaves out what falls into the gap of a clock change, while a show here may be shifted: the file says what
will happen.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from icalendar import Calendar, Event

from schedules.agenda import Entry
from schedules.tables import RunState

PRODUCT = "-//Castmate//Calendar//EN"
OPEN_ENDED = timedelta(hours=1)  # how long a show without an end is drawn


def export(
    entries: Sequence[Entry],
    name: str,
    now: datetime,
    *,
    title: Callable[[str], str],
    says: Callable[[Entry], str] = lambda _: "",
    host: str = "castmate.invalid",
) -> bytes:
    """A file with every entry that did not fail or was missed. `title`: of a show; `says`: what stands in an
    event's description; `host`: in whose name the events' numbers (UID) are.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    for entry in entries:
        if entry.state in (RunState.MISSED, RunState.FAILED):
            continue
        calendar.add_component(_event(entry, now, title(entry.show), says(entry), host))
    return bytes(calendar.to_ical())


def _event(entry: Entry, now: datetime, title: str, description: str, host: str) -> Event:
    event = Event()
    event.add("uid", f"{sha256(entry.key.encode()).hexdigest()[:32]}@{host}")
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("dtstart", entry.start)
    event.add("dtend", entry.end or entry.start + OPEN_ENDED)
    event.add("summary", title)
    event.add("status", "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("categories", ["Castmate"])
    if description:
        event.add("description", description)
    return event
