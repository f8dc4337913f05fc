"""Rules of the calendar in the planner: moved, taken out, missed, taken up again, handed over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from products.errors import ContentError
from schedules.planner import Busy, Planner
from schedules.reconcile import HANDOVER, RESTARTS
from schedules.recurrence import Change
from schedules.rulebook import Draft, RuleBook
from schedules.runs import RunBook
from schedules.tables import SCHEDULE_TABLES, RunState, ShowRunRow

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
EIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)
LOCAL = EIGHT.replace(tzinfo=None)
S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class Bench:
    """A calendar, its planner, and a fleet whose shows are names in a dict."""

    def __init__(self) -> None:
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        for table in SCHEDULE_TABLES:
            table.create(engine)
        self.now = NOON
        self.rules, self.runs = RuleBook(engine), RunBook(engine)
        self.up: dict[str, Callable[[RunState, str], None]] = {}
        self.on_air: set[str] = set()
        self.started: list[tuple[str, datetime | None, str]] = []
        self.asked: list[str] = []
        self.stood, self.busy = "", False
        self.planner = Planner(
            engine, lambda: self.now, self, on_air=self.on_air.__contains__, channels=lambda _: {"room"}
        )

    async def start(
        self, run: ShowRunRow, tell: Callable[[RunState, str], None], until: datetime | None = None
    ) -> None:
        if self.busy:
            raise Busy("busy")
        assert run.show not in self.up
        self.up[run.show] = tell
        self.started.append((run.show, until, run.position))

    def running(self, show: str) -> bool:
        return show in self.up

    def end(self, show: str) -> None:
        self.asked.append(show)

    def position(self, run: ShowRunRow) -> str:
        return self.stood

    def over(self, show: str, state: RunState = RunState.ENDED) -> None:
        self.up.pop(show)(state, "told")
        self.on_air.discard(show)

    def plan(
        self, show: str = "a", at: datetime = LOCAL, rule: str = "", minutes: float = 60, **more: object
    ) -> int:
        draft = Draft(show, f"{show}.yaml", at, "UTC", rule, minutes, **more)  # type: ignore[arg-type]
        return self.rules.add(draft, self.now)

    async def at(self, moment: datetime) -> None:
        self.now = moment
        await self.planner.reconcile()

    def states(self, show: str = "a") -> list[tuple[str, str]]:
        return [(f"{r.start_utc:%d %H:%M}", r.state) for r in self.runs.all(show)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_plan_of_now_is_started_and_lasts_until_its_end(bench: Bench) -> None:
    bench.now = EIGHT + 2 * S
    bench.plan()
    await bench.at(EIGHT + 3 * S)
    assert bench.started == [("a", EIGHT + H, "")]


async def test_late_it_airs_the_rest_of_its_slot(bench: Bench) -> None:
    bench.plan()
    await bench.at(NOON)
    await bench.at(EIGHT + 9 * M)
    assert bench.started == [("a", EIGHT + H, "")]
    (run,) = bench.runs.all("a")
    assert run.end_utc == EIGHT + H and run.note == "540 s late"


@pytest.mark.parametrize(
    ("late", "after", "state"),
    [
        (0, 21 * S, "missed"),
        (0, 10 * S, "starting"),
        (3600, 50 * M, "starting"),
        (3600, H - 4 * S, "missed"),
    ],
)
async def test_how_late_is_the_rules_to_say(bench: Bench, late: int, after: timedelta, state: str) -> None:
    bench.plan(late_s=late)
    await bench.at(NOON)
    await bench.at(EIGHT + after)
    assert bench.states() == [("01 20:00", state)]


async def test_a_rule_that_is_moved_taken_out_or_excepted(bench: Bench) -> None:
    number = bench.plan(rule="FREQ=DAILY")
    await bench.at(NOON)
    assert bench.states() == [("01 20:00", "planned"), ("02 20:00", "planned")]
    bench.rules.change(number, LOCAL, Change(LOCAL + H))
    bench.rules.change(number, LOCAL + 24 * H, Change(None))
    await bench.at(NOON + S)
    assert bench.states() == [("01 21:00", "planned")]
    bench.rules.change(number, LOCAL + 24 * H, None)
    await bench.at(NOON + 2 * S)
    assert bench.states() == [("01 21:00", "planned"), ("02 20:00", "planned")]
    bench.rules.alter(number, Draft("a", "a.yaml", LOCAL - 2 * H, "UTC", "FREQ=DAILY", 30))
    await bench.at(NOON + 3 * S)
    assert bench.states() == [("01 18:00", "planned"), ("02 18:00", "planned")]
    assert bench.rules.end(number, bench.now) and not bench.rules.end(number, bench.now)
    await bench.at(NOON + 4 * S)
    assert bench.states() == []


async def test_what_ran_is_never_taken_back(bench: Bench) -> None:
    number = bench.plan(rule="FREQ=DAILY")
    await bench.at(NOON)
    await bench.at(EIGHT)
    bench.rules.end(number, bench.now)
    bench.over("a")
    await bench.at(EIGHT + S)
    assert bench.states() == [("01 20:00", "ended")]


async def test_a_missed_run_can_be_moved_to_later(bench: Bench) -> None:
    number = bench.plan(late_s=0)
    await bench.at(NOON)
    await bench.at(EIGHT + H)
    assert bench.states() == [("01 20:00", "missed")]
    bench.rules.change(number, LOCAL, Change(LOCAL + 2 * H))
    await bench.at(EIGHT + H + S)
    assert bench.states() == [("01 22:00", "planned")]
    await bench.at(EIGHT + 2 * H)
    assert len(bench.started) == 1


async def test_a_crash_goes_on_where_it_stood(bench: Bench) -> None:
    bench.plan()
    await bench.at(NOON)
    await bench.at(EIGHT)
    bench.stood = "1.3-cup"
    bench.now = EIGHT + 30 * M
    bench.over("a", RunState.CRASHED)
    await bench.at(EIGHT + 30 * M)
    await bench.at(EIGHT + 30 * M + S)
    assert bench.started[1:] == [("a", EIGHT + H, "1.3-cup")]
    (run,) = bench.runs.all("a")
    assert (run.state, run.restarts, run.note) == ("starting", 1, "taken up again at 1.3-cup: told")


async def test_a_show_that_dies_again_and_again_is_given_up(bench: Bench) -> None:
    bench.plan()
    await bench.at(NOON)
    await bench.at(EIGHT)
    bench.stood = "0.1-welcome"
    for n in range(150):
        if "a" in bench.up:
            bench.over("a", RunState.CRASHED)
            if len(bench.started) > 1:
                bench.stood = ""  # it does not get far enough to be seen: the last place counts
        await bench.at(EIGHT + n * 3 * S)
    assert len(bench.started) == 1 + RESTARTS and bench.states() == [("01 20:00", "failed")]
    assert {position for _, _, position in bench.started[1:]} == {"0.1-welcome"}


async def test_a_crash_at_the_very_end_is_not_taken_up(bench: Bench) -> None:
    bench.plan()
    await bench.at(NOON)
    await bench.at(EIGHT)
    bench.over("a", RunState.CRASHED)
    await bench.at(EIGHT + H - S)
    assert len(bench.started) == 1 and bench.states() == [("01 20:00", "failed")]


async def test_a_launcher_that_is_busy_is_asked_again_after_a_crash(bench: Bench) -> None:
    bench.plan()
    await bench.at(NOON)
    await bench.at(EIGHT)
    bench.over("a", RunState.CRASHED)
    bench.busy = True
    await bench.at(EIGHT + 5 * M)
    (run,) = bench.runs.all("a")
    assert (run.state, run.restarts) == ("crashed", 0)
    bench.busy = False
    await bench.at(EIGHT + 5 * M + 3 * S)
    assert len(bench.started) == 2


async def test_a_hand_over_leaves_no_gap(bench: Bench) -> None:
    bench.plan("a", LOCAL, minutes=60)
    bench.plan("b", LOCAL + H, minutes=60)
    await bench.at(NOON)
    await bench.at(EIGHT)
    assert bench.started == [("a", EIGHT + H + HANDOVER, "")]
    bench.on_air.add("a")
    await bench.at(EIGHT + S)
    await bench.at(EIGHT + H)
    assert bench.started[1] == ("b", EIGHT + 2 * H, "") and bench.asked == []
    await bench.at(EIGHT + H + 20 * S)  # it is not on the air yet: the earlier one goes on
    assert bench.asked == []
    bench.on_air.add("b")
    await bench.at(EIGHT + H + 23 * S)
    await bench.at(EIGHT + H + 26 * S)
    assert bench.asked and set(bench.asked) == {"a"}


async def test_two_rules_of_one_show_at_a_time_run_one_after_another_or_are_told(bench: Bench) -> None:
    bench.plan(minutes=60)
    bench.plan(at=LOCAL + 30 * M, minutes=60)
    await bench.at(NOON)
    await bench.at(EIGHT)
    await bench.at(EIGHT + 41 * M)
    assert bench.states() == [("01 20:00", "starting"), ("01 20:30", "missed")]


@pytest.mark.parametrize(
    "more",
    [
        {"rrule": "FREQ=HOURLY"}, {"minutes": 0.0}, {"minutes": float("nan")}, {"minutes": 1e9},
        {"zone": "Moon"}, {"late_s": -1}, {"cohost": "x" * 81}, {"first": NOON},
        {"first": LOCAL.replace(year=1)},
    ],
)  # fmt: skip
def test_what_cannot_be_planned(bench: Bench, more: dict[str, object]) -> None:
    fields = {"show": "a", "file": "a.yaml", "first": LOCAL, "zone": "UTC", **more}
    with pytest.raises(ContentError, match=r"\w+: ") as caught:
        bench.rules.add(Draft(**fields), NOON)  # type: ignore[arg-type]
    assert caught.value.remedy
