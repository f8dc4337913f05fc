"""castmate serve: the console, and shows that start at their time."""

import asyncio
import secrets
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.app import make_decision, prepare_reel
from bot.clock import SystemClock
from bot.commands.air import explain
from bot.commands.pages import link_address, pages
from bot.commands.progress import bar
from bot.commands.shelf import PictureShelf, add_pictures
from bot.commands.timetable import Timetable
from bot.compliance.office import open_office
from bot.console.app import create_app
from bot.console.calendar import add_calendar
from bot.console.hub import Hub
from bot.console.settings import ConsoleSettings
from bot.fleet.local import LocalLauncher, link_token
from bot.licensed import ShowLicence
from bot.settings import Settings, read_settings
from bot.shop import Shop, ShowOrder, open_shop
from bot.show.session import Air
from bot.store import migrate, open_engine
from products.errors import CastmateError
from schedules.planner import Planner
from schedules.tables import RunState, ShowRunRow

console = Console(highlight=False, soft_wrap=True)
VISIBLE = frozenset({Air.LIVE, Air.HOLD, Air.ENDING})
SAID = {
    RunState.STARTING: "is starting",
    RunState.ON_AIR: "is on the air",
    RunState.ENDED: "is over",
    RunState.MISSED: "[yellow]was missed[/yellow]",
    RunState.CRASHED: "[yellow]died; it is taken up again[/yellow]",
    RunState.FAILED: "[bold red]failed[/bold red]",
}


def serve(
    shows: Annotated[
        list[Path] | None, typer.Argument(help="Show files to start at their `start` time.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the pages.")] = None,
) -> None:
    """Serve the console and the live room, and start shows when their time has come. Ctrl-C ends all."""
    settings = read_settings()
    shops = [(file, _checked(file, settings)) for file in shows or []]
    engine = open_engine(settings.database_url)
    migrate(engine)
    served = _Served(settings, shops, engine)
    raise typer.Exit(asyncio.run(served.run(host or settings.host, port or settings.port)))


def _checked(file: Path, settings: Settings) -> Shop:
    """The show's shop. Looks now at all that would stop the show at its time. Raises CastmateError."""
    clock, order = SystemClock(), ShowOrder(file)
    shop = open_shop(order, settings, clock.now)
    explain(
        make_decision(
            order,
            shop,
            open_office(settings.office),
            clock.now(),
            ShowLicence(shop.persona, shop.language, settings),
        ),
        console_there=True,
    )
    return shop


class _Served:
    """One run of `castmate serve`."""

    def __init__(self, settings: Settings, shops: Sequence[tuple[Path, Shop]], engine: Engine) -> None:
        self._settings, self._clock, self._engine = settings, SystemClock(), engine
        self._timetable = Timetable()
        for file, shop in shops:
            self._timetable.add(file, shop)
        self._shops = (*shops, *self._timetable.add_planned(engine, settings, self._clock.now))
        self._token = link_token(settings.data / "keys" / "link.token")
        self._key = secrets.token_urlsafe(9)
        console_settings = ConsoleSettings(
            self._token,
            self._key,
            key_uses=1000,
            metrics_token=settings.metrics_token.get_secret_value(),
        )
        self._app, self._console = create_app(console_settings), console_settings
        self._shelf = PictureShelf(shop.catalogue for _, shop in self._shops)
        add_pictures(self._app, self._shelf)
        self._wake: Callable[[], object] = bool  # once there is a planner: it looks again
        add_calendar(
            self._app,
            self._timetable.board(engine, settings, self._clock.now, wake=self._look_again),
        )
        self._stop = asyncio.Event()

    async def run(self, host: str, port: int) -> int:
        """Until SIGINT or SIGTERM. Raises CastmateError: a port that is taken, a start that has passed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        engine = self._engine
        async with pages(self._console, host, port, self._app) as (base, group):
            launcher = LocalLauncher(group, link_address(base, host), self._token, self._settings.data)

            def told(run: ShowRunRow) -> None:
                self._say(run)
                if run.state == RunState.ON_AIR:  # it read its catalogue anew
                    group.create_task(self._refresh_pictures())

            planner = Planner(
                engine,
                self._clock.now,
                launcher,
                on_air=self._on_air,
                told=told,
                channels=self._timetable.channels(),
            )
            self._wake = lambda: loop.call_soon_threadsafe(
                lambda: None if self._stop.is_set() else group.create_task(planner.reconcile())
            )
            try:
                self._timetable.write_starts(planner)
                self._say_addresses(base, planner)
                if await self._draw_hosts():
                    await planner.start()
                    await self._stop.wait()
            finally:
                await launcher.close()
                await planner.close()
        engine.dispose()
        return 0

    def _look_again(self) -> None:
        """Somebody changed the calendar. From any thread."""
        self._wake()

    async def _draw_hosts(self) -> bool:
        """Each persona's base reel, unless it is cached: a show then starts within seconds. False when it was
        given up because all is ending.
        """
        with bar("Drawing the host") as progress:
            step = _until(self._stop, progress)
            for _, shop in self._shops:
                try:
                    await asyncio.to_thread(prepare_reel, shop, self._settings, step)
                except _Stopped:
                    return False
        return not self._stop.is_set()

    async def _refresh_pictures(self) -> None:
        try:
            await asyncio.to_thread(self._shelf.refresh)
        except (CastmateError, SQLAlchemyError) as error:  # the pictures known so far stay
            console.print(f"[yellow]New pictures are not shown[/yellow]: {escape(str(error))}")

    def _on_air(self, show: str) -> bool:
        hub: Hub = self._app.state.hub
        live = hub.get(show)
        return (
            live is not None
            and live.linked
            and live.ended is None
            and live.state is not None
            and live.state.air in VISIBLE
        )

    def _say_addresses(self, base: str, planner: Planner) -> None:
        console.print(f"Console  {base}/console?key={self._key}")
        console.print(f"Calendar {base}/calendar")
        for file, shop in self._shops:
            console.print(f"Room     {base}/room/{shop.show.show}")
            if shop.show.start is None:
                console.print(
                    f"  {escape(str(file))} has no start time, so it does not start by itself. Plan it in "
                    'the calendar, add e.g. start: "daily 20:00", '
                    f"or air it now: castmate demo {escape(str(file))}"
                )
        for path, error in self._timetable.unread.items():
            console.print(
                f"  [yellow]{escape(path)} is planned and cannot be read[/yellow]: {escape(str(error))}"
            )
        for run in planner.coming():
            local = run.start_utc.astimezone(self._timetable.zone(run.show))
            console.print(f"  {local:%Y-%m-%d %H:%M:%S %Z}  {run.show}  {run.state}")
        console.print("Ctrl-C ends everything.")

    def _say(self, run: ShowRunRow) -> None:
        said = SAID.get(RunState(run.state))
        if said is not None:
            local = self._clock.now().astimezone(self._timetable.zone(run.show))
            why = f": {escape(run.note)}" if run.note else ""
            console.print(f"{local:%H:%M:%S}  {run.show} {said}{why}")


class _Stopped(Exception):
    """Drawing was given up."""


def _until(stop: asyncio.Event, progress: Callable[[float], None]) -> Callable[[float], None]:
    """`progress` that gives up once `stop` is set. Called from the drawing thread."""

    def step(share: float) -> None:
        if stop.is_set():
            raise _Stopped
        progress(share)

    return step
