"""The planner over virtual time: `now` is set by the tests and passes are asked for; no alarm need ring."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from products.errors import ContentError, SetupError
from products.store import open_engine
from schedules.planner import AHEAD, Busy, Planner
from schedules.runs import RunBook
from schedules.showfile import ShowFile
from schedules.tables import SCHEDULE_TABLES, RunState, ShowRunRow

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
M = timedelta(minutes=1)


class Fleet:
    """A launcher whose shows are names in a set."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.tells: dict[str, Callable[[RunState, str], None]] = {}
        self.up: set[str] = set()
        self.fails: Exception | None = None
        self.asked: list[str] = []
        self.stood = ""

    async def start(
        self, run: ShowRunRow, tell: Callable[[RunState, str], None], until: datetime | None = None
    ) -> None:
        if self.fails is not None:
            raise self.fails
        assert run.show not in self.up
        self.started.append(run.occurrence_key)
        self.tells[run.show] = tell
        self.up.add(run.show)

    def running(self, show: str) -> bool:
        return show in self.up

    def end(self, show: str) -> None:
        self.asked.append(show)

    def position(self, run: ShowRunRow) -> str:
        return self.stood

    def over(self, show: str, state: RunState = RunState.ENDED, why: str = "") -> None:
        self.tells[show](state, why)
        self.up.discard(show)


class Bench:
    """A planner, its fleet, its time and what it told."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.now, self.fleet = engine, NOON, Fleet()
        self.on_air: set[str] = set()
        self.told: list[tuple[str, str]] = []
        self.gap: float | None = None
        self.planner = self.another()

    def another(self) -> Planner:
        return Planner(
            self.engine,
            lambda: self.now,
            self.fleet,
            on_air=lambda show: show in self.on_air,
            told=lambda run: self.told.append((run.state, run.note)),
            gap=lambda show: self.gap,
        )

    def rows(self, show: str = "evening") -> tuple[ShowRunRow, ...]:
        return RunBook(self.engine).all(show)

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    async def at(self, moment: datetime) -> None:
        self.now = moment
        await self.planner.reconcile()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    engine = open_engine(str(tmp_path / "castmate.db"))
    for table in SCHEDULE_TABLES:
        table.create(engine)
    return Bench(engine)


def show(start: str | None = "2026-12-01 20:00", zone: str = "UTC", **more: object) -> ShowFile:
    fields = {
        "show": "evening",
        "title": {"en": "Evening"},
        "persona": "p.yaml",
        "rundown": ["welcome"],
        **more,
    }
    return ShowFile.model_validate({"start": start, "time_zone": zone, **fields})


EIGHT = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
FILE = Path("evening.yaml")


async def test_a_show_starts_at_its_time_reaches_the_air_and_ends(bench: Bench) -> None:
    bench.planner.plan(FILE, show(minutes=30))
    await bench.at(EIGHT - timedelta(seconds=1))
    assert bench.fleet.started == []
    await bench.at(EIGHT)
    await bench.at(EIGHT)
    assert bench.fleet.started == ["evening/2026-12-01T20:00:00/UTC"] and bench.states() == ["starting"]
    bench.on_air.add("evening")
    await bench.at(EIGHT + M)
    assert bench.states() == ["on_air"]
    bench.fleet.over("evening", why="the planned time is over")
    await bench.at(EIGHT + 31 * M)
    (row,) = bench.rows()
    assert (row.state, row.note) == ("ended", "the planned time is over")
    assert (row.started_at, row.end_utc) == (EIGHT, EIGHT + 30 * M)
    await bench.at(EIGHT + 40 * M)
    assert len(bench.fleet.started) == 1
    assert [state for state, _ in bench.told] == ["starting", "on_air", "ended"]


async def test_the_calendar_tells_once_with_which_gap_a_channel_was_taken_over(bench: Bench) -> None:
    bench.planner.plan(FILE, show(minutes=30))
    await bench.at(EIGHT + timedelta(seconds=10))
    bench.gap = 1.149  # not on the air yet: nothing is told
    await bench.at(EIGHT + timedelta(seconds=20))
    bench.on_air.add("evening")
    await bench.at(EIGHT + M)
    await bench.at(EIGHT + 2 * M)
    (row,) = bench.rows()
    assert row.state == "on_air" and row.note == "10 s late; took its channel over with a gap of 1.1 s"
    assert len(bench.told) == 3


def test_planning_twice_plans_once(bench: Bench) -> None:
    daily = show("daily 20:00", "America/New_York", minutes=60)
    first = bench.planner.plan(FILE, daily)
    assert bench.planner.plan(FILE, daily) == first and bench.another().plan(FILE, daily) == first
    assert [r.start_utc.isoformat() for r in first] == [f"2026-12-0{d}T01:00:00+00:00" for d in (2, 3, 4)]
    assert all(r.end_utc is not None and r.end_utc - r.start_utc == 60 * M for r in first)
    assert len({r.occurrence_key for r in first}) == AHEAD == len(bench.rows())


def test_a_start_moved_in_the_file_moves_in_the_calendar(bench: Bench) -> None:
    bench.planner.plan(FILE, show("daily 20:00"))
    bench.planner.plan(FILE, show("daily 21:00", minutes=5))
    assert [r.start_utc.hour for r in bench.rows()] == [21] * AHEAD
    bench.planner.plan(FILE, show("daily 21:00", minutes=9))
    assert all(r.end_utc == r.start_utc + 9 * M for r in bench.rows())


async def test_a_start_moved_a_little_later_is_not_started_twice(bench: Bench) -> None:
    bench.planner.plan(FILE, show("daily 20:00"))
    bench.now = EIGHT + M
    bench.planner.plan(FILE, show("daily 20:03"))
    await bench.planner.reconcile()
    assert bench.fleet.started == []
    await bench.at(EIGHT + 3 * M)
    assert bench.fleet.started == ["evening/2026-12-01T20:03:00/UTC"]


async def test_a_repeating_show_is_always_planned_ahead(bench: Bench) -> None:
    bench.planner.plan(FILE, show("daily 20:00"))
    for day in range(5):
        await bench.at(EIGHT + timedelta(days=day))
        bench.fleet.over("evening")
    await bench.at(EIGHT + timedelta(days=4, minutes=1))
    assert bench.states() == ["ended"] * 5 + ["planned"] * AHEAD


async def test_late_within_the_grace_it_starts_with_its_full_length(bench: Bench) -> None:
    bench.planner.plan(FILE, show(minutes=30))
    await bench.at(EIGHT + 9 * M)
    (row,) = bench.rows()
    assert (row.state, row.note) == ("starting", "540 s late")
    assert row.end_utc == EIGHT + 39 * M


async def test_after_the_grace_it_is_missed_and_told(bench: Bench) -> None:
    bench.planner.plan(FILE, show("daily 20:00"))
    await bench.at(EIGHT + 11 * M)
    assert bench.fleet.started == []
    assert bench.told == [("missed", "Castmate was not running then")]
    assert bench.states() == ["missed"] + ["planned"] * AHEAD


async def test_a_restart_within_the_grace_starts_what_the_book_holds(bench: Bench) -> None:
    """Daily, written down before eight; a new planner comes up at three past."""
    bench.planner.plan(FILE, show("daily 20:00"))
    bench.now = EIGHT + 3 * M
    bench.planner = bench.another()
    bench.planner.plan(FILE, show("daily 20:00"))
    await bench.planner.reconcile()
    assert bench.fleet.started == ["evening/2026-12-01T20:00:00/UTC"]


async def test_daily_written_just_after_its_time_means_tomorrow(bench: Bench) -> None:
    bench.now = EIGHT + M
    bench.planner.plan(FILE, show("daily 20:00"))
    await bench.planner.reconcile()
    assert bench.fleet.started == [] and bench.rows()[0].start_utc == EIGHT + timedelta(days=1)


async def test_two_planners_start_it_once(bench: Bench) -> None:
    other = bench.another()
    for planner in (bench.planner, other):
        planner.plan(FILE, show())
    bench.now = EIGHT
    await bench.planner.reconcile()
    await other.reconcile()
    assert len(bench.fleet.started) == 1


async def test_an_earlier_run_is_waited_for_and_then_the_next_is_missed(bench: Bench) -> None:
    bench.planner.plan(FILE, show("daily 20:00"))
    await bench.at(EIGHT)
    bench.on_air.add("evening")
    await bench.at(EIGHT + timedelta(days=1, minutes=5))
    assert bench.states()[:2] == ["on_air", "planned"]
    await bench.at(EIGHT + timedelta(days=1, minutes=11))
    assert bench.told[-1] == ("missed", "an earlier run was on the air")
    assert bench.states()[:2] == ["on_air", "missed"]


@pytest.mark.parametrize(
    "error", [SetupError("The voice is missing.", remedy="Run make setup."), OSError("no more processes")]
)
async def test_a_start_that_fails_is_failed_and_says_why(bench: Bench, error: Exception) -> None:
    bench.fleet.fails = error
    bench.planner.plan(FILE, show())
    await bench.at(EIGHT)
    assert bench.told[-1] == ("failed", f"not started: {error}")
    bench.fleet.fails = None
    await bench.at(EIGHT + M)
    assert bench.fleet.started == []


async def test_a_busy_launcher_is_asked_again(bench: Bench) -> None:
    bench.fleet.fails = Busy("on the air elsewhere")
    bench.planner.plan(FILE, show(minutes=30))
    await bench.at(EIGHT)
    (row,) = bench.rows()
    assert (row.state, row.started_at, row.end_utc) == ("planned", None, EIGHT + 30 * M)
    bench.fleet.fails = None
    await bench.at(EIGHT + M)
    assert bench.states() == ["starting"]


@pytest.mark.parametrize(("minutes", "state"), [(30, "starting"), (3, "ended")])
async def test_a_run_that_vanished_while_nobody_watched(bench: Bench, minutes: float, state: str) -> None:
    bench.planner.plan(FILE, show(minutes=minutes))
    await bench.at(EIGHT)
    bench.fleet.up.clear()
    bench.planner = bench.another()
    bench.now = EIGHT + 5 * M
    bench.planner.plan(FILE, show(minutes=minutes))
    await bench.planner.reconcile()
    await bench.planner.reconcile()
    assert bench.states() == [state]
    assert bench.rows()[0].restarts == (1 if state == "starting" else 0)


async def test_a_run_that_goes_on_without_us_is_left_on_the_air(bench: Bench) -> None:
    bench.planner.plan(FILE, show())
    await bench.at(EIGHT)
    bench.on_air.add("evening")
    bench.planner = bench.another()
    bench.planner.plan(FILE, show())
    await bench.at(EIGHT + 5 * M)
    assert bench.states() == ["on_air"] and len(bench.fleet.started) == 1


async def test_close_writes_off_what_an_earlier_planner_began(bench: Bench) -> None:
    bench.planner.plan(FILE, show("daily 20:00"))
    await bench.at(EIGHT)
    bench.planner = bench.another()
    bench.planner.plan(FILE, show("daily 20:00"))
    await bench.at(EIGHT + M)
    bench.fleet.up.clear()  # the launcher ended it
    await bench.planner.close()
    assert bench.states() == ["ended"] + ["planned"] * AHEAD
    assert bench.told[-1] == ("ended", "Castmate was ended")


async def test_shows_that_were_not_given_are_left_alone(bench: Bench) -> None:
    bench.planner.plan(FILE, show())
    bench.planner = bench.another()
    bench.planner.plan(Path("morning.yaml"), show(show="morning"))
    await bench.at(EIGHT)
    assert bench.fleet.started == ["morning/2026-12-01T20:00:00/UTC"] and bench.states() == ["planned"]


def test_what_cannot_be_planned(bench: Bench) -> None:
    with pytest.raises(ContentError, match="no start time"):
        bench.planner.plan(FILE, show(None))
    with pytest.raises(ContentError, match="has passed"):
        bench.planner.plan(FILE, show("2026-12-01 11:00"))
    bench.planner.plan(FILE, show())
    with pytest.raises(ContentError, match="both called 'evening'"):
        bench.planner.plan(Path("copy.yaml"), show())


async def test_a_start_that_passed_and_was_kept_is_no_error(bench: Bench) -> None:
    bench.planner.plan(FILE, show())
    await bench.at(EIGHT)
    bench.fleet.over("evening")
    await bench.at(EIGHT + 60 * M)
    assert bench.another().plan(FILE, show()) == ()


async def test_a_database_that_refuses_loses_nothing(bench: Bench) -> None:
    bench.planner.plan(FILE, show())
    await bench.at(EIGHT)
    bench.fleet.over("evening", RunState.FAILED, "exit code 1")
    with bench.engine.begin() as connection:
        connection.execute(text("ALTER TABLE show_run RENAME TO elsewhere"))
    await bench.at(EIGHT + M)
    assert bench.planner.failures == 1
    with pytest.raises(OperationalError):
        bench.states()
    with bench.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO show_run"))
    await bench.at(EIGHT + 2 * M)
    assert bench.told[-1] == ("failed", "exit code 1") and bench.states() == ["failed"]


async def test_close_writes_what_was_told(bench: Bench) -> None:
    bench.planner.plan(FILE, show())
    await bench.at(EIGHT)
    bench.fleet.over("evening")
    await bench.planner.close()
    assert bench.states() == ["ended"]


async def test_alarms_ring_at_the_start_and_at_the_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the machine's clock, with the regular pass out of the way: only alarms can wake the planner."""
    monkeypatch.setattr("schedules.planner.EVERY_S", 3600)
    planner = Planner(
        bench.engine,
        lambda: datetime.now(UTC),
        bench.fleet,
        told=lambda run: bench.told.append((run.state, run.note)),
    )
    due = datetime.now(UTC) + timedelta(seconds=2)
    planner.plan(FILE, show(f"{due:%Y-%m-%d %H:%M:%S}"))
    await planner.start()
    try:
        await until(lambda: bench.fleet.started != [])
        assert datetime.now(UTC) >= due.replace(microsecond=0)
        bench.fleet.over("evening", why="the planned time is over")
        await until(lambda: ("ended", "the planned time is over") in bench.told)
    finally:
        await planner.close()
    assert bench.states() == ["ended"]


class Job:
    """Work that is called as an object; the timer's own look at what is a coroutine does not see that."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    async def __call__(self) -> None:
        self.rung.set()


@pytest.mark.parametrize("as_object", [False, True])
async def test_other_jobs_ring_by_the_same_timer(bench: Bench, as_object: bool) -> None:
    work = Job()
    rung = work.rung

    async def job() -> None:
        rung.set()

    bench.planner.every("feeds", 0.01, work if as_object else job)
    await bench.planner.start()
    await asyncio.wait_for(rung.wait(), 60)
    await bench.planner.close()


async def test_close_waits_for_a_pass_that_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench.planner.plan(FILE, show())
    bench.now = EIGHT
    await bench.planner.start()
    writing, move = threading.Event(), RunBook.move

    def slow(*arguments: Any, **values: Any) -> bool:
        writing.set()
        time.sleep(0.3)
        return move(*arguments, **values)

    monkeypatch.setattr(RunBook, "move", slow)
    bench.fleet.over("evening", why="over")
    await until(writing.is_set)
    await bench.planner.close()
    assert bench.told == [("starting", ""), ("ended", "over")]
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.02)
