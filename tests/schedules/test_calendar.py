"""Local starts as instants: both changes of the clocks, on both sides of the Atlantic, and bad words."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.calendar import Daily, Once, instant, occurrences, parse_start, zone_named

NEW_YORK, BERLIN, SHANGHAI = (ZoneInfo(n) for n in ("America/New_York", "Europe/Berlin", "Asia/Shanghai"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        # America/New_York 2026: clocks jump 02:00 -> 03:00 on 8 March, fall back 02:00 -> 01:00 on 1 November
        (NEW_YORK, "2026-03-08 01:59", "2026-03-08 06:59"),
        (NEW_YORK, "2026-03-08 02:30", "2026-03-08 07:30"),  # does not exist: 03:30 EDT
        (NEW_YORK, "2026-03-08 03:00", "2026-03-08 07:00"),
        (NEW_YORK, "2026-11-01 00:59", "2026-11-01 04:59"),
        (NEW_YORK, "2026-11-01 01:30", "2026-11-01 05:30"),  # twice: the first, EDT
        (NEW_YORK, "2026-11-01 02:00", "2026-11-01 07:00"),
        # Europe/Berlin 2026: 02:00 -> 03:00 on 29 March, 03:00 -> 02:00 on 25 October
        (BERLIN, "2026-03-29 01:59", "2026-03-29 00:59"),
        (BERLIN, "2026-03-29 02:30", "2026-03-29 01:30"),  # does not exist: 03:30 CEST
        (BERLIN, "2026-03-29 03:00", "2026-03-29 01:00"),
        (BERLIN, "2026-10-25 02:30", "2026-10-25 00:30"),  # twice: the first, CEST
        (BERLIN, "2026-10-25 03:00", "2026-10-25 02:00"),
        (SHANGHAI, "2026-11-11 20:00", "2026-11-11 12:00"),
    ],
)
def test_an_instant_of_a_local_time(zone: ZoneInfo, local: str, expected: str) -> None:
    assert instant(datetime.fromisoformat(local), zone) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "clock", "after", "starts"),
    [
        (
            NEW_YORK,
            "02:30",
            "2026-03-07 07:00",
            ["2026-03-07 07:30", "2026-03-08 07:30", "2026-03-09 06:30"],
        ),
        (
            NEW_YORK,
            "01:30",
            "2026-10-31 05:00",
            ["2026-10-31 05:30", "2026-11-01 05:30", "2026-11-02 06:30"],
        ),
        (BERLIN, "02:30", "2026-03-28 01:00", ["2026-03-28 01:30", "2026-03-29 01:30", "2026-03-30 00:30"]),
        (BERLIN, "02:30", "2026-10-24 00:00", ["2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30"]),
    ],
)
def test_daily_over_a_change_of_the_clocks(zone: ZoneInfo, clock: str, after: str, starts: list[str]) -> None:
    found = occurrences(Daily(time.fromisoformat(clock)), zone, utc(after), 3)
    assert [o.start for o in found] == [utc(s) for s in starts]
    assert [o.key[-8:] for o in found] == [f"{clock}:00"] * 3


def test_the_second_of_two_local_times_is_no_second_start() -> None:
    between = utc("2026-11-01 06:00")  # 01:00 EST, after 01:30 EDT, before 01:30 EST
    (only,) = occurrences(Daily(time(1, 30)), NEW_YORK, between, 1)
    assert only.start == utc("2026-11-02 06:30")


def test_a_gap_that_shifts_past_midnight() -> None:
    """America/Nuuk jumped from 23:00 on 29 March 2025 to 00:00: 23:30 came at half past midnight."""
    nuuk = ZoneInfo("America/Nuuk")
    first, second = occurrences(Daily(time(23, 30)), nuuk, utc("2025-03-30 01:10"), 2)
    assert first.start == utc("2025-03-30 01:30") and first.key == "2025-03-29T23:30:00"
    assert first.start.astimezone(nuuk).time() == time(0, 30)
    assert second.start == utc("2025-03-31 00:30") and second.key == "2025-03-30T23:30:00"


def test_once() -> None:
    rule = parse_start("2026-12-01 20:00")
    assert rule == Once(datetime.fromisoformat("2026-12-01 20:00"))
    (only,) = occurrences(rule, BERLIN, utc("2026-11-22 00:00"), 3)
    assert only.start == utc("2026-12-01 19:00") and only.key == "2026-12-01T20:00:00"
    assert occurrences(rule, BERLIN, only.start, 3) == ()


@given(
    day=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    clock=st.times().map(lambda t: t.replace(microsecond=0, fold=0)),
    seconds=st.integers(0, 86399),
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Shanghai"]),
)
def test_daily_is_once_a_local_day_and_never_early(day: date, clock: time, seconds: int, zone: str) -> None:
    after = datetime.combine(day, time(), UTC) + timedelta(seconds=seconds)
    found = occurrences(Daily(clock), ZoneInfo(zone), after, 4)
    assert all(o.start > after for o in found)
    assert found[0].start - after <= timedelta(hours=25)
    days = [o.local.date() for o in found]
    assert days == [days[0] + timedelta(days=n) for n in range(4)]
    assert all(timedelta(hours=22) < b.start - a.start < timedelta(hours=26) for a, b in pairwise(found))
    # asked again from just before any of them, the same comes first
    assert all(
        occurrences(Daily(clock), ZoneInfo(zone), o.start - timedelta(seconds=1), 1)[0] == o for o in found
    )


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("daily 20:00", Daily(time(20))),
        ("  daily   7:05:09 ", Daily(time(7, 5, 9))),
        ("2026-12-01T08:00", Once(datetime.fromisoformat("2026-12-01 08:00"))),
        ("2026-12-01 08:00:30", Once(datetime.fromisoformat("2026-12-01 08:00:30"))),
    ],
)
def test_what_may_be_written(text: str, rule: object) -> None:
    assert parse_start(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        *("", "20:00", "1200", "daily", "daily 24:00", "daily 20:60", "Monday 20:00"),
        *("2026-02-30 20:00", "2026-12-01", "2026-12-01 20:00+01:00"),
    ],
)
def test_what_may_not(text: str) -> None:
    with pytest.raises(ValueError, match="daily 20:00"):
        parse_start(text)


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "America", "/etc/localtime"])
def test_zones_that_are_none(name: str) -> None:
    with pytest.raises(ValueError, match="no such time zone"):
        zone_named(name)
