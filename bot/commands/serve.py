"""castmate serve: the console, and shows that start at their time."""

import asyncio
import secrets
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError

from bot.app import make_decision, prepare_reel
from bot.clock import SystemClock
from bot.commands.air import explain
from bot.commands.pages import link_address, pages
from bot.commands.progress import bar
from bot.commands.shelf import PictureShelf, add_pictures
from bot.compliance.office import open_office
from bot.console.app import create_app
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
    served = _Served(settings, shops)
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

    def __init__(self, settings: Settings, shops: Sequence[tuple[Path, Shop]]) -> None:
        self._settings, self._shops, self._clock = settings, shops, SystemClock()
        self._zones = {shop.show.show: ZoneInfo(shop.show.time_zone) for _, shop in shops}
        self._token = link_token(settings.data / "keys" / "link.token")
        self._key = secrets.token_urlsafe(9)
        console_settings = ConsoleSettings(
            self._token,
            self._key,
            key_uses=1000,
            metrics_token=settings.metrics_token.get_secret_value(),
        )
        self._app, self._console = create_app(console_settings), console_settings
        self._shelf = PictureShelf(shop.catalogue for _, shop in shops)
        add_pictures(self._app, self._shelf)
        self._stop = asyncio.Event()

    async def run(self, host: str, port: int) -> int:
        """Until SIGINT or SIGTERM. Raises CastmateError: a port that is taken, a start that has passed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        engine = open_engine(self._settings.database_url)
        migrate(engine)
        async with pages(self._console, host, port, self._app) as (base, group):
            launcher = LocalLauncher(group, link_address(base, host), self._token, self._settings.data)

            def told(run: ShowRunRow) -> None:
                self._say(run)
                if run.state == RunState.ON_AIR:  # it read its catalogue anew
                    group.create_task(self._refresh_pictures())

            planner = Planner(engine, self._clock.now, launcher, on_air=self._on_air, told=told)
            try:
                self._plan(planner)
                self._say_addresses(base, planner)
                if await self._draw_hosts():
                    await planner.start()
                    await self._stop.wait()
            finally:
                await launcher.close()
                await planner.close()
        engine.dispose()
        return 0

    def _plan(self, planner: Planner) -> None:
        for file, shop in self._shops:
            if shop.show.start is not None:
                planner.plan(file, shop.show)

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
        for file, shop in self._shops:
            console.print(f"Room     {base}/room/{shop.show.show}")
            if shop.show.start is None:
                console.print(
                    f"  {escape(str(file))} has no start time, so it does not start by itself. Add e.g. "
                    f'start: "daily 20:00", or air it now: castmate demo {escape(str(file))}'
                )
        for run in planner.coming():
            local = run.start_utc.astimezone(self._zones[run.show])
            console.print(f"  {local:%Y-%m-%d %H:%M:%S %Z}  {run.show}  {run.state}")
        console.print("Ctrl-C ends everything.")

    def _say(self, run: ShowRunRow) -> None:
        said = SAID.get(RunState(run.state))
        if said is not None:
            local = self._clock.now().astimezone(self._zones[run.show])
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
