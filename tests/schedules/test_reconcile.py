"""What a run needs, case by case."""

from datetime import UTC, datetime, timedelta

import pytest

from schedules.reconcile import Actual, Step, next_step
from schedules.tables import RunState, ShowRunRow

EIGHT = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
S, M = timedelta(seconds=1), timedelta(minutes=1)
GONE, UP, AIRING = Actual(False, False), Actual(True, False), Actual(True, True)
PLANNED, STARTING, ON_AIR = RunState.PLANNED, RunState.STARTING, RunState.ON_AIR


@pytest.mark.parametrize(
    ("state", "actual", "after", "step"),
    [
        (PLANNED, GONE, -S, None),
        (PLANNED, GONE, 0 * S, Step.START),
        (PLANNED, GONE, 10 * M, Step.START),  # late, within the grace
        (PLANNED, GONE, 10 * M + S, Step.MISS),
        (PLANNED, GONE, 400 * M, Step.MISS),
        (PLANNED, UP, 5 * M, None),  # an earlier run of this show is still there
        (PLANNED, AIRING, 11 * M, Step.MISS),
        (STARTING, GONE, 10 * S, None),  # claimed, its process is not there yet
        (STARTING, GONE, M, Step.LOST),
        (STARTING, UP, M, None),
        (STARTING, AIRING, M, Step.AIRED),
        (ON_AIR, AIRING, 5 * M, None),
        (ON_AIR, UP, 5 * M, None),  # the link is away for a while
        (ON_AIR, UP, 31 * M, None),  # the goodbye takes as long as it takes
        (ON_AIR, GONE, 29 * M, Step.LOST),
        (ON_AIR, GONE, 30 * M, Step.OVER),
        *((state, GONE, 5 * M, None) for state in (RunState.ENDED, RunState.MISSED, RunState.FAILED)),
    ],
)
def test_the_next_step(state: RunState, actual: Actual, after: timedelta, step: Step | None) -> None:
    run = ShowRunRow(
        show="a", file="a.yaml", occurrence_key="a", start_utc=EIGHT, end_utc=EIGHT + 30 * M, state=state,
        started_at=None if state == PLANNED else EIGHT,
    )  # fmt: skip
    assert next_step(run, actual, EIGHT + after) is step


def test_a_show_without_an_end_is_never_over_by_itself() -> None:
    run = ShowRunRow(
        show="a", file="a.yaml", occurrence_key="a", start_utc=EIGHT, state=ON_AIR, started_at=EIGHT
    )
    assert next_step(run, GONE, EIGHT + 600 * M) is Step.LOST
