"""A rule moved as a whole: as far as one of its occurrences is moved, all the others are. Pure."""

from datetime import datetime, timedelta

from products.errors import ContentError

WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def shifted(first: datetime, rule: str, was: datetime, at: datetime) -> tuple[datetime, str]:
    """First start and rule after the occurrence of `was` (naive local) is moved to `at`, and all with it.

    Raises ContentError where the rule names what cannot be moved: hours, days of a month.
    """
    by = at - was
    if not rule:
        return at, ""
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    days = at.date().toordinal() - was.date().toordinal()
    clock_moved = by != timedelta(days=days)
    if ("BYHOUR" in parts or "BYMINUTE" in parts) and clock_moved:
        raise _named("hours")
    if parts["FREQ"] == "MONTHLY" and days and ("BYDAY" in parts or "BYMONTHDAY" in parts):
        raise _named("days of a month")
    if "BYDAY" in parts and parts["FREQ"] == "WEEKLY":
        moved = {WEEK[(WEEK.index(day) + days) % 7] for day in parts["BYDAY"].split(",")}
        parts["BYDAY"] = ",".join(day for day in WEEK if day in moved)
    return first + by, ";".join(f"{name}={value}" for name, value in parts.items())


def _named(what: str) -> ContentError:
    return ContentError(
        f"repeat: the rule names {what}, which cannot be moved together.", remedy="Change the rule itself."
    )
