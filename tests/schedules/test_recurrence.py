"""Rules that come again: every night in which clocks change, exceptions, and what may not be written."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.recurrence import (
    Change,
    Clocks,
    Ends,
    Gap,
    Overlap,
    Recurrence,
    check_rule,
    clock_changes,
    exists,
    slots,
    twice,
)

NEW_YORK, BERLIN, SHANGHAI, LORD_HOWE = (
    ZoneInfo(n) for n in ("America/New_York", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe")
)
# 2026: the night of the gap and that of the overlap, and by how many minutes (zoneinfo and tzdata say so too)
NIGHTS = {
    NEW_YORK: ("2026-03-08 02:30", "2026-11-01 01:30", 60),
    BERLIN: ("2026-03-29 02:30", "2026-10-25 02:30", 60),
    LORD_HOWE: ("2026-10-04 02:15", "2026-04-05 01:45", 30),
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return at(text).replace(tzinfo=UTC)


def year(recurrence: Recurrence) -> list[datetime]:
    return [s.start for s in slots(recurrence, utc("2026-01-01"), utc("2027-01-01"))]


@pytest.mark.parametrize("zone", NIGHTS)
def test_the_gap_shifts_or_skips(zone: ZoneInfo) -> None:
    gap, _, minutes = NIGHTS[zone]
    local = at(gap)
    assert not exists(local, zone)
    day = (local.replace(tzinfo=zone).astimezone(UTC) - timedelta(hours=12), timedelta(days=1))
    for policy, count in ((Gap.SHIFT, 1), (Gap.SKIP, 0)):
        first = local - timedelta(days=60)
        rule = Recurrence(first, zone, "FREQ=DAILY", 30, Clocks(gap=policy))
        found = slots(rule, day[0], day[0] + day[1])
        assert len(found) == count
        if found:
            wall = found[0].start.astimezone(zone).replace(tzinfo=None)
            assert wall == local + timedelta(minutes=minutes) == found[0].local.replace(tzinfo=None)
            assert found[0].key == local.isoformat(timespec="seconds")
            assert found[0].end == found[0].start + timedelta(minutes=30)


@pytest.mark.parametrize("zone", NIGHTS)
def test_the_overlap_has_a_first_a_second_or_both(zone: ZoneInfo) -> None:
    _, overlap, minutes = NIGHTS[zone]
    local = at(overlap)
    assert twice(local, zone)
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = first + timedelta(minutes=minutes)
    once = Recurrence(local, zone, "", 10)
    window = (first - timedelta(hours=3), first + timedelta(hours=6))
    for policy, starts, keys in (
        (Overlap.FIRST, [first], [""]),
        (Overlap.SECOND, [second], [""]),
        (Overlap.BOTH, [first, second], ["", "/2"]),
    ):
        found = slots(Recurrence(once.first, zone, "", 10, Clocks(overlap=policy)), *window)
        assert [s.start for s in found] == starts
        assert [s.key.removeprefix(local.isoformat()) for s in found] == keys


@pytest.mark.parametrize("zone", [*NIGHTS, SHANGHAI])
def test_a_year_of_daily_shows_is_once_a_day(zone: ZoneInfo) -> None:
    starts = year(Recurrence(at("2025-06-01 02:10"), zone, "FREQ=DAILY", 30))
    days = [s.astimezone(zone).date() for s in starts]
    assert days == [days[0] + timedelta(days=n) for n in range(365)]
    assert {round((b - a).total_seconds() / 60) for a, b in pairwise(starts)} <= {
        1380,
        1410,
        1440,
        1470,
        1500,
    }


@pytest.mark.parametrize("zone", [*NIGHTS, SHANGHAI])
def test_slots_around_the_clock_that_end_by_the_clock_meet_all_year(zone: ZoneInfo) -> None:
    """Six slots a day, one of which begins inside the hour that is missing or comes twice."""
    rule = Recurrence(
        at("2025-12-01 02:00"),
        zone,
        "FREQ=DAILY;BYHOUR=2,6,10,14,18,22;BYMINUTE=0",
        240,
        Clocks(ends=Ends.CLOCK),
    )
    found = slots(rule, utc("2026-01-01"), utc("2027-01-01"))
    assert all(a.end == b.start for a, b in pairwise(found))
    lengths = {round((s.end - s.start).total_seconds() / 60) for s in found if s.end}
    assert lengths == {240} if zone is SHANGHAI else len(lengths) == 3
    assert len({s.key for s in found}) == len(found) == 365 * 6


def test_slots_that_last_their_length_leave_a_hole_or_collide() -> None:
    rule = Recurrence(at("2026-01-01 00:00"), NEW_YORK, "FREQ=DAILY;BYHOUR=0,8,16;BYMINUTE=0", 480)
    found = slots(rule, utc("2026-03-01"), utc("2026-11-15"))
    odd = [(b.start - a.end).total_seconds() / 3600 for a, b in pairwise(found) if a.end and a.end != b.start]
    assert odd == [-1.0, 1.0]


def test_two_occurrences_never_fall_on_one_instant() -> None:
    """02:30 is shifted onto the 03:30 of the same rule."""
    rule = Recurrence(at("2026-03-01 02:30"), NEW_YORK, "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30", 10)
    found = slots(rule, utc("2026-03-08 00:00"), utc("2026-03-09 00:00"))
    assert [s.start for s in found] == [utc("2026-03-08 07:30")]
    assert found[0].key == "2026-03-08T03:30:00"


def test_exceptions() -> None:
    monday = at("2026-11-02 20:00")
    rule = Recurrence(
        monday, BERLIN, "FREQ=WEEKLY;BYDAY=MO", 60, changes={
            at("2026-11-09 20:00"): Change(None),
            at("2026-11-16 20:00"): Change(at("2026-11-17 21:00"), 90),
        },
    )  # fmt: skip
    found = slots(rule, utc("2026-11-01"), utc("2026-11-30"))
    assert [(s.key, s.start, s.changed) for s in found] == [
        ("2026-11-02T20:00:00", utc("2026-11-02 19:00"), False),
        ("2026-11-16T20:00:00", utc("2026-11-17 20:00"), True),
        ("2026-11-23T20:00:00", utc("2026-11-23 19:00"), False),
    ]
    assert found[1].end == utc("2026-11-17 21:30")
    # one that was moved far away is found where it is, and not where it was
    far = Recurrence(monday, BERLIN, "FREQ=WEEKLY", 60, changes={monday: Change(at("2026-12-24 10:00"))})
    assert [s.key for s in slots(far, utc("2026-12-24"), utc("2026-12-25"))] == ["2026-11-02T20:00:00"]


def test_counts_and_ends() -> None:
    first = at("2026-11-02 20:00")
    count = Recurrence(first, SHANGHAI, "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5", 60)
    assert [s.key[:10] for s in slots(count, utc("2026-01-01"), utc("2027-01-01"))] == [
        "2026-11-02", "2026-11-05", "2026-11-09", "2026-11-12", "2026-11-16",
    ]  # fmt: skip
    until = Recurrence(first, SHANGHAI, "FREQ=DAILY;UNTIL=20261104", 60)
    assert len(year(until)) == 2  # UNTIL of a day is its first moment, in local time
    last = Recurrence(at("2026-01-30 20:00"), SHANGHAI, "FREQ=MONTHLY;BYDAY=-1FR", 60)
    assert len(year(last)) == 12


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (NEW_YORK, [("2026-03-08 07:00", 60), ("2026-11-01 06:00", -60)]),
        (BERLIN, [("2026-03-29 01:00", 60), ("2026-10-25 01:00", -60)]),
        (LORD_HOWE, [("2026-04-04 15:00", -30), ("2026-10-03 15:30", 30)]),
        (SHANGHAI, []),
    ],
)
def test_when_clocks_change(zone: ZoneInfo, expected: list[tuple[str, int]]) -> None:
    found = clock_changes(zone, utc("2026-01-01"), utc("2027-01-01"))
    assert [(c.at, round(c.by.total_seconds() / 60)) for c in found] == [(utc(t), m) for t, m in expected]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY", "FREQ=SECONDLY", "DAILY", "FREQ=DAILY;FREQ=WEEKLY", "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;UNTIL=20261345",
        "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=MONTHLY;BYSETPOS=1", "FREQ=DAILY;BYHOUR=24", "FREQ=DAILY;X=1",
        "FREQ=MONTHLY;BYDAY=6MO", "FREQ=DAILY;" + "BYHOUR=1" * 60, "FREQ=WEEKLY;BYDAY=", "FREQ=DAILY;;",
    ],
)  # fmt: skip
def test_what_may_not_be_written(rule: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        check_rule(rule)


def test_what_may() -> None:
    assert check_rule(" rrule:freq=weekly;byday=mo,th ") == "FREQ=WEEKLY;BYDAY=MO,TH"
    assert check_rule("") == ""


@given(
    rule=st.sampled_from(
        ["", "FREQ=DAILY", "FREQ=DAILY;INTERVAL=366", "FREQ=WEEKLY;INTERVAL=53;BYDAY=SU",
         "FREQ=YEARLY;INTERVAL=9",
         "FREQ=MONTHLY;INTERVAL=11;BYMONTHDAY=31", "FREQ=MONTHLY;BYDAY=5MO",
         "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-4",
         "FREQ=WEEKLY;BYDAY=MO,SA,SU;BYHOUR=1,2,3;BYMINUTE=0,30"]
    ),
    zone=st.sampled_from([*NIGHTS, SHANGHAI]),
    first=st.integers(0, 2 * 365 * 24 * 4).map(lambda n: at("2025-01-01") + timedelta(minutes=15 * n)),
    clocks=st.builds(Clocks, st.sampled_from(Gap), st.sampled_from(Overlap), st.sampled_from(Ends)),
    cut=st.integers(0, 365 * 24),
)  # fmt: skip
def test_the_calendar_is_the_same_however_it_is_cut(
    rule: str, zone: ZoneInfo, first: datetime, clocks: Clocks, cut: int
) -> None:
    recurrence = Recurrence(first, zone, check_rule(rule), 90, clocks)
    low, high = utc("2026-01-01"), utc("2027-01-01")
    middle = low + timedelta(hours=cut)
    whole = slots(recurrence, low, high)
    assert slots(recurrence, low, middle) + slots(recurrence, middle, high) == whole
    assert len({s.key for s in whole}) == len({s.start for s in whole}) == len(whole)
    assert all(s.end is not None and s.end > s.start for s in whole)
    assert [s.start for s in whole] == sorted(s.start for s in whole)
