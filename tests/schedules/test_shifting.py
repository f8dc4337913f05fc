"""A rule that is moved as a whole."""

from datetime import datetime

import pytest

from products.errors import ContentError
from schedules.shifting import shifted

at = datetime.fromisoformat
TUESDAY = at("2026-11-24 20:00")


@pytest.mark.parametrize(
    ("rule", "to", "expected"),
    [
        ("", "2026-11-30 08:00", ("2026-11-30 08:00", "")),
        ("FREQ=DAILY", "2026-11-24 21:15", ("2026-11-03 21:15", "FREQ=DAILY")),
        ("FREQ=WEEKLY;BYDAY=TU,SA", "2026-11-25 20:00", ("2026-11-04 20:00", "FREQ=WEEKLY;BYDAY=WE,SU")),
        ("FREQ=WEEKLY;BYDAY=TU,SU", "2026-11-23 19:00", ("2026-11-02 19:00", "FREQ=WEEKLY;BYDAY=MO,SA")),
        ("FREQ=WEEKLY;INTERVAL=2", "2026-11-26 20:00", ("2026-11-05 20:00", "FREQ=WEEKLY;INTERVAL=2")),
        ("FREQ=DAILY;BYHOUR=8,20", "2026-11-25 20:00", ("2026-11-04 20:00", "FREQ=DAILY;BYHOUR=8,20")),
        ("FREQ=MONTHLY;BYDAY=1TU", "2026-11-24 21:00", ("2026-11-03 21:00", "FREQ=MONTHLY;BYDAY=1TU")),
    ],
)
def test_all_move_as_far_as_one(rule: str, to: str, expected: tuple[str, str]) -> None:
    first, found = shifted(at("2026-11-03 20:00"), rule, TUESDAY, at(to))
    assert (first, found) == (at(expected[0]), expected[1])


@pytest.mark.parametrize(
    ("rule", "to"),
    [
        ("FREQ=DAILY;BYHOUR=8,20", "2026-11-24 21:00"),
        ("FREQ=MONTHLY;BYDAY=1TU", "2026-11-25 20:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=24", "2026-11-25 20:00"),
    ],
)
def test_what_a_rule_names_is_not_moved(rule: str, to: str) -> None:
    with pytest.raises(ContentError, match="cannot be moved together"):
        shifted(at("2026-11-03 20:00"), rule, TUESDAY, at(to))
