"""From a rule of the calendar to the runs that must stand in the database. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schedules.recurrence import slots
from schedules.rulebook import Rule
from schedules.tables import ShowRunRow

HORIZON = timedelta(hours=48)  # so far ahead runs are written down
FRESH = timedelta(hours=1)  # they are written anew after so long
AT_ONCE = 500  # runs written in one transaction; after a long standstill the next pass goes on


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be there. `add`: runs to write unless their key is known; `keep`: every key that may stay
    planned from `since` on; `written_to`: up to when all is then written.
    """

    add: tuple[ShowRunRow, ...]
    keep: frozenset[str]
    since: datetime
    written_to: datetime


def wanted(rule: Rule, now: datetime) -> Wanted:
    """Every occurrence since the rule was last written, however long ago that was: none is lost. Those
    that have passed will be started late or told as missed. A rule that was altered says nothing of the past.
    """
    low = min(rule.written_to, now)
    since = now - timedelta(seconds=rule.late_s)
    horizon = now + HORIZON
    found = slots(rule.recurrence, min(low, since), horizon)
    new = [s for s in found if s.start >= low]
    if len(new) > AT_ONCE:
        horizon = new[AT_ONCE].start
        new = new[:AT_ONCE]
    runs = tuple(
        ShowRunRow(
            show=rule.show,
            file=rule.file,
            occurrence_key=rule.key(slot.key),
            start_utc=slot.start,
            end_utc=slot.end,
            rule_id=rule.id,
            late_s=rule.late_s,
        )
        for slot in new
    )
    return Wanted(runs, frozenset(rule.key(s.key) for s in found), since, horizon)


def is_fresh(rule: Rule, last: Rule | None, now: datetime) -> bool:
    """Whether what was written for `last` (the same rule, as it was written) still holds."""
    return rule == last and rule.written_to - now > HORIZON - FRESH
