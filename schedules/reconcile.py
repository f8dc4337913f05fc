"""What to do about a run: the calendar's wish held against what is there. Pure."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schedules.tables import RunState, ShowRunRow

GRACE = timedelta(minutes=10)
SETTLE = timedelta(seconds=20)  # another planner may have claimed a run and not have made its process yet
WORTH_IT = timedelta(seconds=5)  # what is left of a slot must be longer than this to be aired
RESTARTS = 5  # in a row; a process that lived for STEADY begins a new row
STEADY = timedelta(minutes=10)
BACKOFF_S = (0, 5, 15, 45, 120)  # from the process that died to the next, by restarts so far
MEETS = timedelta(seconds=90)  # an end and a start so close to each other are a hand-over
HANDOVER = GRACE  # so long the earlier show goes on while the next one is not on the air yet


class Step(StrEnum):
    """START it. MISS: too late to start it. AIRED: the air was reached. OVER: gone at its planned end.
    LOST: gone before. RESUME: take it up where it stood. GIVE_UP: it died too often, or its time is over.
    """

    START = "start"
    MISS = "miss"
    AIRED = "aired"
    OVER = "over"
    LOST = "lost"
    RESUME = "resume"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Actual:
    """What is there of a show: `running`, a process of it; `on_air`, viewers can see it."""

    running: bool
    on_air: bool


def next_step(run: ShowRunRow, actual: Actual, now: datetime, grace: timedelta = GRACE) -> Step | None:
    """The step that `run` needs at `now`, or None. A run late by at most `grace` (its own `late_s` before it)
    is started late; while an earlier run of the same show still runs, it waits that long.
    """
    if run.state == RunState.PLANNED:
        return _planned(run, actual, now, grace)
    if run.state == RunState.CRASHED:
        return _crashed(run, actual, now)
    if run.state not in (RunState.STARTING, RunState.ON_AIR):
        return None
    if not actual.running:
        if now - _launched(run) <= SETTLE:
            return None
        return Step.OVER if run.end_utc is not None and now >= run.end_utc else Step.LOST
    return Step.AIRED if actual.on_air and run.state == RunState.STARTING else None


def _planned(run: ShowRunRow, actual: Actual, now: datetime, grace: timedelta) -> Step | None:
    if now < run.start_utc:
        return None
    late = grace if run.late_s is None else max(timedelta(seconds=run.late_s), SETTLE)
    slot_over = run.rule_id is not None and run.end_utc is not None and now + WORTH_IT >= run.end_utc
    if now - run.start_utc > late or slot_over:
        return Step.MISS
    return None if actual.running else Step.START


def _crashed(run: ShowRunRow, actual: Actual, now: datetime) -> Step | None:
    if actual.running:
        return None
    over = run.end_utc is not None and now + WORTH_IT >= run.end_utc
    if over or run.restarts >= RESTARTS:
        return Step.GIVE_UP
    wait = timedelta(seconds=BACKOFF_S[min(run.restarts, len(BACKOFF_S) - 1)])
    return Step.RESUME if now - _launched(run) >= wait else None


def _launched(run: ShowRunRow) -> datetime:
    return run.launched_at or run.started_at or run.start_utc


def restarts_after(run: ShowRunRow, now: datetime) -> int:
    """How many restarts in a row the next one makes."""
    return 1 if now - _launched(run) >= STEADY else run.restarts + 1


Channels = Callable[[str], Collection[str]]  # of a show: the names of its channels


def successor(run: ShowRunRow, runs: Iterable[ShowRunRow], channels: Channels) -> ShowRunRow | None:
    """The run that takes over a channel of `run` at its end, by another show; None when nobody does."""
    if run.end_utc is None:
        return None
    mine = set(channels(run.show))
    for other in runs:
        meets = abs(other.start_utc - run.end_utc) <= MEETS and other.start_utc > run.start_utc
        if other.show != run.show and meets and mine & set(channels(other.show)):
            return other
    return None


def may_end(run: ShowRunRow, runs: Iterable[ShowRunRow], channels: Channels, now: datetime) -> bool:
    """Whether a run that is on the air has been relieved: its time is over, its successor on the air."""
    if run.state != RunState.ON_AIR or run.end_utc is None or now < run.end_utc - MEETS:
        return False
    following = successor(run, runs, channels)
    return following is not None and following.state == RunState.ON_AIR
