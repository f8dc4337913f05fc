"""Starts shows at their time. The only file that knows APScheduler, and it knows it as an alarm clock only.

APScheduler runs a job at most once, forgets it when it is handed out, and stores that share one job store run
it twice; so nothing depends on an alarm having rung. The table of runs is the truth, `reconcile` holds it
against what is there every few seconds, and an alarm merely makes that happen on the second.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from products.errors import CastmateError, ContentError
from schedules.calendar import Once, Start, occurrences, parse_start, zone_named
from schedules.materialise import is_fresh, wanted
from schedules.reconcile import (
    GRACE,
    HANDOVER,
    Actual,
    Channels,
    Step,
    may_end,
    next_step,
    restarts_after,
    successor,
)
from schedules.rulebook import Rule, RuleBook
from schedules.runs import RunBook
from schedules.showfile import ShowFile
from schedules.tables import ALIVE, BEGUN, RunState, ShowRunRow

log = logging.getLogger(__name__)

AHEAD = 3  # runs of a repeating show that are written down beforehand
EVERY_S = 3.0
TOOK_OVER = "took its channel over with a gap of"
REPORTS = 1000  # a show tells one thing a run; more than this waiting means that the database is gone

Tell = Callable[[RunState, str], None]


class Busy(CastmateError):
    """The launcher cannot start this show now, and may soon: it is on the air elsewhere, or all is ending."""


class Launcher(Protocol):
    """Who puts shows on the air (bot/fleet). Never two processes for one show."""

    async def start(self, run: ShowRunRow, tell: Tell, until: datetime | None = None) -> None:
        """Starts the run at its `position`, to last until `until` (None: as its file says); later calls
        `tell` once, from the event loop, with ENDED, CRASHED (it may be taken up again) or FAILED, and why.

        Raises Busy to be asked again, any other CastmateError or OSError when it cannot be started.
        """
        ...

    def running(self, show: str) -> bool:
        """Whether a process of this show is there. True at least until `tell` was called."""
        ...

    def end(self, show: str) -> None:
        """Asks a show to end, with its goodbye; nothing when there is none. Asking again changes nothing."""
        ...

    def position(self, run: ShowRunRow) -> str:
        """Where in its rundown a run stood that died ("LAP.CUE"), "" when nobody knows. Blocks."""
        ...


@dataclass(frozen=True, slots=True)
class _Plan:
    path: Path
    rule: Start
    zone: str
    minutes: float | None


class Planner:
    """The shows of one Castmate and their runs. All methods from one event loop (`plan` and `coming` also
    before there is one).

    now      aware; the only time that decides anything
    on_air   whether viewers can see a show
    told     called with a run each time it changed: a late start, a missed run, an end
    channels of a show, by name: a show goes on over its end until the next one on its channel is on the air
    gap      seconds for which viewers of a channel saw nothing when a show took it over; None: it took
             none over
    """

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime],
        launcher: Launcher,
        *,
        on_air: Callable[[str], bool] = lambda _: False,
        told: Callable[[ShowRunRow], None] = lambda _: None,
        grace: timedelta = GRACE,
        channels: Channels = lambda _: (),
        gap: Callable[[str], float | None] = lambda _: None,
    ) -> None:
        self._book, self._rules = RunBook(engine), RuleBook(engine)
        self._channels, self._gap = channels, gap
        self._written: dict[int, Rule] = {}
        self._now, self._launcher, self._on_air, self._told, self._grace = now, launcher, on_air, told, grace
        self._plans: dict[str, _Plan] = {}
        self._reports: deque[tuple[int, RunState, str]] = deque(maxlen=REPORTS)
        self._one_at_a_time = asyncio.Lock()
        self._alarms = AsyncIOScheduler(jobstores={"default": MemoryJobStore()}, timezone="UTC")
        self._others: list[tuple[str, float, Callable[[], Awaitable[None]]]] = []
        self._closing = False
        self.failures = 0  # passes that the database refused

    def plan(self, path: Path, show: ShowFile) -> tuple[ShowRunRow, ...]:
        """Writes down the next runs of a show; doing it again changes nothing. A start that was moved in the
        file moves here too. Returns what is open, also runs that began before.

        Raises ContentError: two files of one name; no start (left) that could be kept.
        """
        if (other := self._plans.get(show.show)) is not None and other.path != path.resolve():
            raise ContentError(
                f"{other.path} and {path} are both called {show.show!r}.",
                remedy="Give each show a name of its own (field `show`).",
            )
        if show.start is None:
            raise ContentError(
                f"{path} has no start time.",
                remedy='Add e.g. start: "daily 20:00", or air it at once: castmate demo FILE.',
            )
        plan = _Plan(path.resolve(), parse_start(show.start), show.time_zone, show.minutes)
        self._plans[show.show] = plan
        runs = self._write(show.show, plan)
        if not runs and not self._book.all(show.show):
            del self._plans[show.show]
            raise ContentError(
                f"{path}: the start {show.start} ({show.time_zone}) has passed.", remedy="Choose a later one."
            )
        return self._book.open([show.show])

    def _write(self, show: str, plan: _Plan) -> list[ShowRunRow]:
        now = self._now()
        length = None if plan.minutes is None else timedelta(minutes=plan.minutes)
        found = [
            ShowRunRow(
                show=show,
                file=str(plan.path),
                occurrence_key=f"{show}/{o.key}/{plan.zone}",
                start_utc=o.start,
                end_utc=None if length is None else o.start + length,
            )
            for o in occurrences(plan.rule, zone_named(plan.zone), now - self._grace, AHEAD + 1)
        ]
        # A single start may be a little late. "Daily" first written at five past eight means tomorrow; a run
        # that was written down before eight stays, and is still started.
        new = [run for run in found if isinstance(plan.rule, Once) or run.start_utc > now][:AHEAD]
        self._book.plan(show, new, {run.occurrence_key for run in found}, now - self._grace)
        return new

    def coming(self) -> tuple[ShowRunRow, ...]:
        """Open runs of the planned shows, soonest first."""
        return self._book.open(self._plans.keys())

    def every(self, name: str, seconds: float, job: Callable[[], Awaitable[None]]) -> None:
        """Another job of this Castmate's one timer, from `start` to `close`. A job that still runs is called
        again: it sees to that itself.
        """

        async def ring() -> None:  # the timer would call an object with an async __call__ and not await it
            await job()

        self._others.append((name, seconds, ring))

    async def start(self) -> None:
        """Looks at once at what is due, then keeps watch until `close`. Alarms ring on the second."""
        self._alarms.start()
        for name, seconds, job in self._others:
            self._alarms.add_job(
                job,
                "interval",
                seconds=seconds,
                id=name,
                coalesce=True,
                misfire_grace_time=None,
                max_instances=2,
            )
        self._alarms.add_job(
            self.reconcile, "interval", seconds=EVERY_S, id="watch", coalesce=True, misfire_grace_time=None
        )
        await self.reconcile()

    async def close(self) -> None:
        """No alarm rings any more; what launchers told is written. Close the launcher first."""
        self._closing = True
        if self._alarms.running:
            self._alarms.remove_all_jobs()
        await asyncio.sleep(0)  # a pass that was just called takes its place in the queue before us
        async with self._one_at_a_time:
            if self._alarms.running:
                self._alarms.shutdown(wait=False)  # it would cancel a pass that goes on: there is none now
            try:
                await self._write_reports()
                await self._write_off()
            except SQLAlchemyError as error:  # the next planner finds these runs and sees that they are gone
                log.warning("the calendar's database refused (%s); the last runs stay as they stood", error)

    async def _write_off(self) -> None:
        """Runs that an earlier planner began tell us nothing; the launcher has just ended them."""
        for run in await asyncio.to_thread(self._book.open, list(self._plans)):
            if run.state in BEGUN and not self._launcher.running(run.show):
                await self._move(run, BEGUN, RunState.ENDED, "Castmate was ended")

    async def reconcile(self) -> None:
        """One pass: what ended is written, what is due is started, what cannot be kept is told."""
        async with self._one_at_a_time:
            try:
                await self._write_reports()
                await asyncio.to_thread(self._write_rules)
                for run in await asyncio.to_thread(self._book.open, list(self._plans)):
                    await self._take_step(run)
                await self._hand_over()
                self._set_alarms(await asyncio.to_thread(self._look_ahead))
            except SQLAlchemyError as error:  # the next pass tries again; nothing was lost
                self.failures += 1
                log.warning("the calendar's database refused (%s); trying again", error)

    async def _take_step(self, run: ShowRunRow) -> None:
        if any(told == run.id for told, _, _ in self._reports):
            return  # it ended since the pass began
        actual = Actual(self._launcher.running(run.show), self._on_air(run.show))
        match next_step(run, actual, self._now(), self._grace):
            case Step.START:
                await self._launch(run)
            case Step.MISS:
                why = "an earlier run was on the air" if actual.running else "Castmate was not running then"
                await self._move(run, (RunState.PLANNED,), RunState.MISSED, run.note or why)
            case Step.AIRED:
                await self._move(run, (RunState.STARTING,), RunState.ON_AIR, run.note)
            case Step.OVER:
                await self._move(run, ALIVE, RunState.ENDED, "it went off the air unwatched")
            case Step.LOST:
                await self._move(run, ALIVE, RunState.CRASHED, "its process was gone before its end")
            case Step.RESUME:
                await self._resume(run)
            case Step.GIVE_UP:
                await self._move(run, (RunState.CRASHED,), RunState.FAILED, run.note)
            case None:
                pass

    async def _launch(self, run: ShowRunRow) -> None:
        now = self._now()
        late = round((now - run.start_utc).total_seconds())
        note = f"{late} s late" if late >= 5 else ""
        end = run.end_utc
        if end is not None and run.rule_id is None:  # a slot of the calendar ends when the next may begin
            end += now - run.start_utc
        values = {"started_at": now, "launched_at": now, "end_utc": end}
        if (begun := await self._move(run, (RunState.PLANNED,), RunState.STARTING, note, **values)) is None:
            return  # another planner was faster
        back = {"started_at": None, "launched_at": None, "end_utc": run.end_utc}
        await self._make(begun, RunState.PLANNED, back)

    async def _resume(self, run: ShowRunRow) -> None:
        """Takes a run up again whose process died: at its place in the rundown, until its planned end."""
        now = self._now()
        position = await asyncio.to_thread(self._launcher.position, run) or run.position
        where = f" at {position}" if position else ""
        begun = await self._move(
            run,
            (RunState.CRASHED,),
            RunState.STARTING,
            f"taken up again{where}: {run.note}",
            launched_at=now,
            restarts=restarts_after(run, now),
            position=position,
        )
        if begun is not None:
            await self._make(
                begun, RunState.CRASHED, {"restarts": run.restarts, "launched_at": run.launched_at}
            )

    async def _make(self, run: ShowRunRow, origin: RunState, back: Mapping[str, Any]) -> None:
        """Has the process of a run made, which stands as STARTING; puts it back when that cannot be now."""
        number = run.id
        assert number is not None
        until = run.end_utc if run.rule_id is not None else None
        if until is not None and await asyncio.to_thread(self._is_relieved, run):
            until += HANDOVER
        try:
            await self._launcher.start(run, lambda state, why: self._hear(number, state, why), until)
        except Busy as error:
            await self._move(run, (RunState.STARTING,), origin, error.message, **back)
        except (CastmateError, OSError) as error:
            await self._move(run, (RunState.STARTING,), RunState.FAILED, f"not started: {error}")

    def _is_relieved(self, run: ShowRunRow) -> bool:
        return successor(run, self._book.open(list(self._plans)), self._channels) is not None

    async def _hand_over(self) -> None:
        """Ends each show whose time is over and whose successor on its channel is on the air."""
        runs = await asyncio.to_thread(self._book.open, list(self._plans))
        for run in runs:
            if may_end(run, runs, self._channels, self._now()):
                self._launcher.end(run.show)
            await self._note_gap(run)

    async def _note_gap(self, run: ShowRunRow) -> None:
        """Tells the calendar how long a channel showed nothing between two shows."""
        if run.state != RunState.ON_AIR or TOOK_OVER in run.note:
            return
        gap = self._gap(run.show)
        if gap is not None:
            told = f"{TOOK_OVER} {gap:.1f} s"
            await self._move(
                run, (RunState.ON_AIR,), RunState.ON_AIR, f"{run.note}; {told}" if run.note else told
            )

    def _hear(self, run: int, state: RunState, why: str) -> None:
        self._reports.append((run, state, why))
        if self._alarms.running and not self._closing:
            self._alarms.add_job(self.reconcile, id="heard", replace_existing=True, misfire_grace_time=None)

    async def _write_reports(self) -> None:
        while self._reports:
            number, state, why = self._reports[0]
            moved = await asyncio.to_thread(self._book.move, number, ALIVE, state, note=why)
            self._reports.popleft()
            if moved and (run := await asyncio.to_thread(self._book.one, number)) is not None:
                self._told(run)

    async def _move(
        self,
        run: ShowRunRow,
        origin: tuple[RunState, ...],
        to: RunState,
        note: str,
        **values: Any,
    ) -> ShowRunRow | None:
        """The run as it stands now; None when it did not stand in `origin` (any more)."""
        assert run.id is not None
        if not await asyncio.to_thread(self._book.move, run.id, origin, to, note=note, **values):
            return None
        if (changed := await asyncio.to_thread(self._book.one, run.id)) is not None:
            self._told(changed)
        return changed

    def _write_rules(self) -> None:
        """Writes down what the rules of the calendar want by now; what they do not want is taken back."""
        now, rules = self._now(), self._rules.rules()
        self._book.take_back([rule.id for rule in rules])
        for rule in rules:
            if is_fresh(rule, self._written.get(rule.id), now):
                continue
            want = wanted(rule, now)
            self._book.write(rule, want, now)
            self._written[rule.id] = replace(rule, written_to=want.written_to)

    def _look_ahead(self) -> tuple[ShowRunRow, ...]:
        """Writes further runs of repeating shows. Returns what is planned."""
        planned = [r for r in self.coming() if r.state == RunState.PLANNED]
        for show, plan in self._plans.items():
            if not isinstance(plan.rule, Once) and sum(r.show == show for r in planned) < AHEAD:
                self._write(show, plan)
        return tuple(r for r in self.coming() if r.state == RunState.PLANNED)

    def _set_alarms(self, planned: tuple[ShowRunRow, ...]) -> None:
        if not self._alarms.running or self._closing:
            return
        for run in planned:
            if run.start_utc > self._now():
                self._alarms.add_job(
                    self.reconcile,
                    "date",
                    run_date=run.start_utc,
                    id=f"run-{run.id}",
                    replace_existing=True,
                    misfire_grace_time=None,  # late is better than never: reconcile decides
                )
