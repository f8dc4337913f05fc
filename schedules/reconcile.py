"""What to do about a run: the calendar's wish held against what is there. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schedules.tables import RunState, ShowRunRow

GRACE = timedelta(minutes=10)
SETTLE = timedelta(seconds=20)  # another planner may have claimed a run and not have made its process yet


class Step(StrEnum):
    """START it. MISS: too late to start it. AIRED: the air was reached. OVER: gone at its planned end.
    LOST: gone before.
    """

    START = "start"
    MISS = "miss"
    AIRED = "aired"
    OVER = "over"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Actual:
    """What is there of a show: `running`, a process of it; `on_air`, viewers can see it."""

    running: bool
    on_air: bool


def next_step(run: ShowRunRow, actual: Actual, now: datetime, grace: timedelta = GRACE) -> Step | None:
    """The step that `run` needs at `now`, or None. A run late by at most `grace` is started late; while an
    earlier run of the same show still runs, it waits that long.
    """
    if run.state == RunState.PLANNED:
        if now < run.start_utc:
            return None
        if now - run.start_utc > grace:
            return Step.MISS
        return None if actual.running else Step.START
    if run.state not in (RunState.STARTING, RunState.ON_AIR):
        return None
    if not actual.running:
        if now - (run.started_at or run.start_utc) <= SETTLE:
            return None
        return Step.OVER if run.end_utc is not None and now >= run.end_utc else Step.LOST
    return Step.AIRED if actual.on_air and run.state == RunState.STARTING else None
