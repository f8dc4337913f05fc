"""The console's launcher in a fleet: a run is written down as wanted, and some node airs it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.fleet.asking import Asking
from bot.fleet.lease import Wish
from bot.fleet.leases import LeaseBook, ShowSeen
from bot.fleet.placement import ANYWHERE, Needs
from products.errors import CastmateError
from schedules.planner import Busy, Tell
from schedules.runs import RunBook
from schedules.tables import ALIVE, RunState, ShowRunRow

log = logging.getLogger(__name__)
LOOK_S = 1.0
ANSWER_S = 5.0
WAITS = "waits: "  # what the note of a show begins with that no node could take when it was placed
_OUTCOMES = {"ended": RunState.ENDED, "failed": RunState.FAILED}


class FleetLauncher:
    """Implements schedules.planner.Launcher. All methods from the event loop of `group`, which awaits the
    watching; `open` it first.

    What it answers is as old as the last look (LOOK_S), or older while the database is away: shows then count
    as they stood. Crashes are the nodes' matter: they are told only once a node has given up. Closing it ends
    no show: a console may restart. How a run ended that an earlier console placed is written into `runs`
    before `running` says that it is gone: the planner would take it for lost and air it again.

    `needs`: what a show needs of its node, by its file; blocks, called in a thread. A show that no node could
    take waits, with the reason in its note: a node may come, and its time is planned.
    """

    def __init__(
        self,
        group: asyncio.TaskGroup,
        book: LeaseBook,
        runs: RunBook,
        needs: Callable[[Path], Needs] = lambda _: ANYWHERE,
    ) -> None:
        self._group, self._book, self._runs, self._needs = group, book, runs, needs
        self._ask = Asking(book, ANSWER_S)
        self._seen: dict[str, ShowSeen] = {}
        self._tells: dict[str, tuple[int | None, Tell]] = {}
        self._watching: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()  # what was seen before a show was placed says nothing of it

    async def open(self) -> None:
        """Looks for the first time. Raises RemoteError or SetupError when the database cannot be asked."""
        await self._look()
        self._watching = self._group.create_task(self._watch())

    async def start(self, run: ShowRunRow, tell: Tell, until: datetime | None = None) -> None:
        """Wants a run on the air. Raises Busy when this show is wanted already, RemoteError or SetupError,
        DocumentError when its file cannot be read.
        """
        needs = await asyncio.to_thread(self._needs, Path(run.file))
        wish = Wish(
            show=run.show,
            file=run.file,
            key=run.occurrence_key,
            start=run.start_utc,
            until=until,
            run=run.id,
            position=run.position,
            needs=needs,
        )
        async with self._one_at_a_time:
            refused = await self._ask(self._book.admitted, needs)
            note = "" if refused is None else WAITS + refused.why
            if not await self._ask(self._book.place, wish, note):
                raise Busy(f"{run.show} is on the air already.")
            self._tells[run.show] = run.id, tell

    def running(self, show: str) -> bool:
        seen = self._seen.get(show)
        return show in self._tells or (seen is not None and seen.state == "wanted")

    def end(self, show: str) -> None:
        self._group.create_task(self._end(show))

    async def _end(self, show: str) -> None:
        try:
            await self._ask(self._book.end, show)
        except CastmateError as error:  # the planner asks again with its next pass
            log.warning("%s was not asked to end: %s", show, error, extra={"show": show})

    def position(self, run: ShowRunRow) -> str:
        seen = self._seen.get(run.show)
        return "" if seen is None else seen.position

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        self._book.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self._look()
            except (CastmateError, SQLAlchemyError) as error:
                log.warning("the fleet was not seen: %s", error)

    async def _look(self) -> None:
        async with self._one_at_a_time:
            await self._look_and_tell()

    async def _look_and_tell(self) -> None:
        seen_now = {s.show: s for s in await self._ask(self._book.shows)}
        for show, seen in seen_now.items():
            if show not in self._tells and self._seen.get(show) != seen:
                await asyncio.to_thread(self._write_outcome, seen)
        self._seen = seen_now
        for show, (run, tell) in list(self._tells.items()):
            mine = self._seen.get(show)
            if mine is not None and mine.run == run and (outcome := _OUTCOMES.get(mine.state)) is not None:
                del self._tells[show]
                tell(outcome, mine.note)

    def _write_outcome(self, seen: ShowSeen) -> None:
        """Of a run that nobody here waits for. Changes nothing when it is written already."""
        outcome = _OUTCOMES.get(seen.state)
        if outcome is not None and seen.run is not None:
            self._runs.move(seen.run, ALIVE, outcome, note=seen.note)
