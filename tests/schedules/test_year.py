"""Virtual years of the calendar: four zones, every night in which clocks change, processes and machines that
die at any moment. Each occurrence is begun once or told as missed, none is lost, none is begun twice.

CASTMATE_PROOF_YEAR=1 walks the whole year and tries more troubles (`make prove`); otherwise the days around
the changes.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from schedules.planner import Planner
from schedules.reconcile import SETTLE
from schedules.recurrence import Clocks, Ends, Overlap, Slot, clock_changes, slots
from schedules.rulebook import Draft, Rule, RuleBook
from schedules.runs import RunBook
from schedules.tables import SCHEDULE_TABLES, RunState, ShowRunRow

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Shanghai")
S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
PASS = 3 * S
WHOLE = bool(os.environ.get("CASTMATE_PROOF_YEAR"))
pytestmark = [pytest.mark.slow] if WHOLE else []
AROUND = 30 * H if WHOLE else 14 * H
Tell = Callable[[RunState, str], None]


def memory() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    for table in SCHEDULE_TABLES:
        table.create(engine)
    return engine


@dataclass
class Process:
    key: str
    show: str
    began: datetime
    until: datetime
    tell: Tell | None
    ended: datetime | None = None


@dataclass
class World:
    """Castmate, its machine, and time. `up`: whether a planner is running."""

    engine: Engine = field(default_factory=memory)
    now: datetime = START
    processes: list[Process] = field(default_factory=list)
    fresh: dict[str, int] = field(default_factory=dict)
    resumed: dict[str, int] = field(default_factory=dict)
    passes: list[datetime] = field(default_factory=list)
    planner: Planner | None = None

    # ---- the launcher

    async def start(self, run: ShowRunRow, tell: Tell, until: datetime | None = None) -> None:
        assert until is not None and until > self.now
        assert not self.running(run.show), f"two processes of {run.show}"
        book = self.resumed if run.restarts else self.fresh
        book[run.occurrence_key] = book.get(run.occurrence_key, 0) + 1
        self.processes.append(Process(run.occurrence_key, run.show, self.now, until, tell))

    def running(self, show: str) -> bool:
        return any(p.show == show and p.ended is None for p in self.processes)

    def end(self, show: str) -> None:
        raise AssertionError("nobody shares a channel here")

    def position(self, run: ShowRunRow) -> str:
        return "0.2-cup"

    # ---- what happens

    def boot(self) -> None:
        self.planner = Planner(self.engine, lambda: self.now, self, on_air=self.running)

    def stop(self) -> None:
        self.planner = None
        for process in self.processes:
            process.tell = None  # nobody hears it any more

    def die(self, process: Process, state: RunState) -> None:
        process.ended = self.now
        if process.tell is not None:
            process.tell(state, "told")

    async def until(self, moment: datetime) -> None:
        """Lets time go on, each process to its own end."""
        for process in sorted(self.alive(), key=lambda p: p.until):
            if process.until <= moment:
                self.now = max(self.now, process.until)
                self.die(process, RunState.ENDED)
                await self.look()
        self.now = max(self.now, moment)
        await self.look()

    def alive(self) -> list[Process]:
        return [p for p in self.processes if p.ended is None]

    async def look(self) -> None:
        if self.planner is not None:
            self.passes.append(self.now)
            await self.planner.reconcile()


SHOWS = [
    Draft("night", "a.yaml", datetime.fromisoformat("2025-12-01 02:15"), ZONES[0], "FREQ=DAILY", 30),
    Draft("dawn", "b.yaml", datetime.fromisoformat("2025-12-01 01:30"), ZONES[0], "FREQ=DAILY", 45,
          Clocks(overlap=Overlap.BOTH)),
    Draft("berlin", "c.yaml", datetime.fromisoformat("2025-12-01 02:30"), ZONES[1], "FREQ=DAILY", 60),
    Draft("howe", "d.yaml", datetime.fromisoformat("2025-12-01 01:45"), ZONES[2], "FREQ=DAILY", 30),
    Draft("round", "e.yaml", datetime.fromisoformat("2025-12-01 00:00"), ZONES[3],
          "FREQ=DAILY;BYHOUR=0,12;BYMINUTE=0", 700, Clocks(ends=Ends.CLOCK), late_s=7200),
]  # fmt: skip


def expected(rules: tuple[Rule, ...], low: datetime, high: datetime) -> dict[str, tuple[Rule, Slot]]:
    return {rule.key(s.key): (rule, s) for rule in rules for s in slots(rule.recurrence, low, high)}


def check(world: World, due: dict[str, tuple[Rule, Slot]], high: datetime) -> None:
    rows = {r.occurrence_key: r for r in RunBook(world.engine).between(START - 30 * H, high)}
    assert rows.keys() == due.keys()  # none lost, none made up
    assert max(world.fresh.values(), default=0) <= 1  # none begun twice
    for key, (rule, slot) in due.items():
        row = rows[key]
        assert row.start_utc == slot.start and row.end_utc == slot.end
        assert row.state in (RunState.ENDED, RunState.MISSED, RunState.FAILED), (key, row.state)
        assert slot.end is not None
        last = min(slot.start + max(rule.late_s * S, SETTLE), slot.end - 6 * S)
        looked = any(slot.start <= at <= last for at in world.passes)
        assert (key in world.fresh) == looked == (row.state != RunState.MISSED), (key, row)
    for process in world.processes:
        row = rows.get(process.key)
        if row is None:
            continue  # it began after `high`
        assert row.end_utc is not None and process.until <= row.end_utc
        for other in world.processes:
            if other is not process and other.show == process.show:
                over = (p.ended or datetime.max.replace(tzinfo=UTC) for p in (process, other))
                assert next(over) <= other.began or next(over) <= process.began


async def walk(world: World, low: datetime, high: datetime) -> dict[str, tuple[Rule, Slot]]:
    """From `low` to `high` with nothing going wrong: a pass at each start, each end, and a little behind."""
    due = expected(RuleBook(world.engine).rules(), low, high)
    moments = {at for _, s in due.values() for at in (s.start, s.start + PASS) if at < high}
    for moment in sorted(moments):
        await world.until(moment)
    await world.until(high)
    return due


async def test_a_year_without_trouble() -> None:
    changes = {c.at for zone in ZONES for c in clock_changes(ZoneInfo(zone), START, END)}
    assert len(changes) == 6
    spans = [(START, END)] if WHOLE else [(at - AROUND, at + AROUND) for at in sorted(changes)]
    for low, high in spans:
        world = World(now=low)
        for draft in SHOWS:
            RuleBook(world.engine).add(draft, low)
        world.boot()
        await world.look()
        due = await walk(world, low, high)
        await world.until(high + 13 * H)
        check(world, due, high)
        assert not world.resumed and set(world.fresh) >= set(due)


TROUBLE = st.lists(
    st.tuples(
        st.integers(0, 28 * 60), st.sampled_from(["show", "serve", "machine"]), st.integers(1, 200)
    ),
    max_size=8,
)  # fmt: skip


@pytest.mark.parametrize("zone", ZONES[:3])
@settings(
    max_examples=60 if WHOLE else 4,
    deadline=None,
    derandomize=not WHOLE,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(which=st.integers(0, 1), trouble=TROUBLE)
async def test_none_is_lost_and_none_is_begun_twice(
    zone: str, which: int, trouble: list[tuple[int, str, int]]
) -> None:
    """The hours around a change of the clocks. (minute, what dies, minutes until Castmate is back)."""
    change = clock_changes(ZoneInfo(zone), START, END)[which].at
    low, high = change - AROUND, change + AROUND
    world = World(now=low)
    book = RuleBook(world.engine)
    for draft in SHOWS:
        book.add(draft, low)
    rules = book.rules()
    world.boot()
    await world.look()
    due = expected(rules, low, high)
    moments = sorted({at for _, s in due.values() for at in (s.start, s.start + PASS, s.start + 5 * M)})
    events = sorted((low + t * 60 * S, what, minutes) for t, what, minutes in trouble)
    for moment, what, minutes in events:
        for at in [m for m in moments if world.now < m <= moment]:
            await world.until(at)
        await world.until(max(moment, world.now))
        if what == "show":
            for process in world.alive()[:1]:
                world.die(process, RunState.CRASHED)
            for _ in range(3):
                await world.until(world.now + 10 * S)
            continue
        world.stop()
        if what == "machine":
            for process in world.alive():
                world.die(process, RunState.CRASHED)
        world.now += minutes * M
        for process in world.alive():
            if process.until <= world.now:
                process.ended = process.until
        world.boot()
        for _ in range(3):
            await world.until(world.now + 10 * S)
    for at in [m for m in moments if m > world.now]:
        await world.until(at)
    await world.until(max(high, world.now) + 13 * H)
    await world.until(world.now + 30 * S)
    check(world, expected(rules, low, high), high)


def test_a_month_of_standstill_is_told_to_the_last_run() -> None:
    """Pure: what a rule wants after a month in which nobody looked is every occurrence of that month."""
    from schedules.materialise import AT_ONCE, wanted

    engine = memory()
    book = RuleBook(engine)
    book.add(SHOWS[4], START)
    (rule,) = book.rules()
    want = wanted(rule, START + timedelta(days=31))
    assert len(want.add) == 2 * 33 and want.written_to == START + timedelta(days=33)
    assert {r.occurrence_key for r in want.add} <= want.keep
    far = wanted(rule, START + timedelta(days=365))
    assert len(far.add) == AT_ONCE and far.written_to == far.add[-1].start_utc + 12 * H
