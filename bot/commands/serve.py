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

from bot.alarms import Alarms
from bot.app import make_decision, prepare_reel
from bot.clock import SystemClock
from bot.commands.air import explain
from bot.commands.alarm_watch import WATCH_S, AlarmWatch
from bot.commands.console_ways import open_ways
from bot.commands.feeds import LOOK_S, SAID_OF_FEED, open_feeds
from bot.commands.fleet_pages import add_fleet_page
from bot.commands.insights import add_insight_pages, engines_of
from bot.commands.pages import link_address, pages
from bot.commands.progress import bar
from bot.commands.records import add_records
from bot.commands.shelf import PictureShelf, add_pictures
from bot.commands.timetable import Timetable
from bot.commands.way_in import WayIn, way_in
from bot.commands.workrooms import add_workrooms
from bot.compliance.office import open_office
from bot.console.app import create_app
from bot.console.calendar import add_calendar
from bot.console.catalogue_page import Goods, add_catalogue
from bot.console.catalogue_uploads import Uploads
from bot.console.feeds import Feed
from bot.console.hub import Hub
from bot.fleet.leases import LeaseBook
from bot.fleet.local import LocalLauncher, link_token
from bot.fleet.needs import needs_of_file
from bot.fleet.placing import FleetLauncher
from bot.licensed import ShowLicence
from bot.logs import open_logs
from bot.mailing import mail_of
from bot.settings import Settings, read_settings
from bot.shop import Shop, ShowOrder, open_shop
from bot.show.session import Air
from bot.storage.arriving import picture_finder
from bot.storage.upkeep import EVERY_S as STORE_S
from bot.storage.upkeep import Upkeep
from bot.store import migrate, open_engine
from products.errors import CastmateError
from schedules.planner import Planner
from schedules.runs import RunBook
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
    host: Annotated[
        str | None, typer.Option(help="What people call this machine; off this machine alone, by HTTPS.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the pages; with a --host, phones use the next too.")
    ] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy brings the HTTPS for --host and says who asks.")
    ] = False,
    listen: Annotated[str | None, typer.Option(help="Address to listen on, where --host is a name.")] = None,
    fleet: Annotated[
        bool, typer.Option("--fleet", help="Shows run on the fleet's nodes (castmate fleet node), not here.")
    ] = False,
) -> None:
    """Serve the console and the live room, and start shows when their time has come. Ctrl-C ends all."""
    settings = read_settings()
    open_logs(settings, {})
    way = way_in(host or settings.host, port or settings.port, behind_proxy=behind_proxy, listen=listen)
    shops = [(file, _checked(file, settings)) for file in shows or []]
    engine = open_engine(settings.database_url)
    migrate(engine)
    served = _Served(settings, shops, engine, way, fleet=fleet)
    raise typer.Exit(asyncio.run(served.run(way.listen, way.port)))


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

    def __init__(
        self,
        settings: Settings,
        shops: Sequence[tuple[Path, Shop]],
        engine: Engine,
        way: WayIn,
        *,
        fleet: bool = False,
    ) -> None:
        self._settings, self._clock, self._engine = settings, SystemClock(), engine
        self._timetable = Timetable()
        for file, shop in shops:
            self._timetable.add(file, shop)
        self._shops = (*shops, *self._timetable.add_planned(engine, settings, self._clock.now))
        self._token = link_token(settings.data / "keys" / "link.token")
        key = secrets.token_urlsafe(18)
        self._ways = open_ways(way, settings, engine, self._clock, self._token, key)
        self._app = create_app(self._ways.console)
        self._shelf = PictureShelf((shop.catalogue for _, shop in self._shops), picture_finder(settings))
        self._upkeep = Upkeep(settings, self._clock.now, self._shelf.wanted)
        add_pictures(self._app, self._shelf)
        self._wake: Callable[[], object] = bool  # once there is a planner: it looks again
        add_calendar(
            self._app,
            self._timetable.board(engine, settings, self._clock.now, wake=self._look_again),
        )
        uploads = Uploads(settings.data / "uploads", settings.database_url, self._clock.now)
        self._feeds = open_feeds(
            settings, uploads, self._ways.console, engine, self._clock.now, self._say_feed
        )
        add_catalogue(self._app, Goods(engine, uploads, self._clock.now, self._feeds))
        self._rehearsals = add_workrooms(self._app, self._timetable, settings, self._clock.now)
        add_records(self._app, settings, self._clock.now)
        add_insight_pages(
            self._app,
            lambda: engines_of(engine, self._timetable),
            lambda: self._timetable.shop_zone,
            self._clock,
        )
        self._fleet_seen = add_fleet_page(self._app, settings, self._clock)
        self._stop = asyncio.Event()
        mail = mail_of(settings.alarm_mail.get_secret_value())
        self._alarms = Alarms(settings.alarm_url.get_secret_value(), self._clock.now, mail=mail)
        self._watch = AlarmWatch(self._alarms)
        self._leases = LeaseBook(settings.database_url) if fleet else None

    async def _launcher(self, group: asyncio.TaskGroup, link: str) -> LocalLauncher | FleetLauncher:
        """Who airs the shows: processes of this machine, or the nodes of the fleet."""
        if self._leases is None:
            return LocalLauncher(group, link, self._token, self._settings.data)
        fleet = FleetLauncher(group, self._leases, RunBook(self._engine), needs_of_file)
        await fleet.open()
        return fleet

    async def run(self, host: str, port: int) -> int:
        """Until SIGINT or SIGTERM. Raises CastmateError: a port that is taken, a start that has passed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        engine = self._engine
        ways = self._ways
        async with pages(ways.console, host, port, self._app, tls=ways.tls) as (base, group):
            group.create_task(ways.beside(self._app, self._stop))
            link = ways.link or link_address(base, host)
            launcher = await self._launcher(group, link)

            def told(run: ShowRunRow) -> None:
                self._say(run)
                self._watch.run(run)
                if run.state == RunState.ON_AIR:  # it read its catalogue anew
                    group.create_task(self._refresh_pictures())

            planner = Planner(
                engine,
                self._clock.now,
                launcher,
                on_air=self._on_air,
                told=told,
                channels=self._timetable.channels(),
                gap=self._gap,
            )
            planner.every("feeds", LOOK_S, self._feeds.look)
            planner.every("alarms", WATCH_S, self._look_at_shows)
            planner.every("store", STORE_S, self._upkeep)
            ringing = group.create_task(self._alarms.run())
            self._wake = lambda: loop.call_soon_threadsafe(
                lambda: None if self._stop.is_set() else group.create_task(planner.reconcile())
            )
            try:
                self._timetable.write_starts(planner)
                self._say_addresses(ways.way.address, planner)
                if await self._draw_hosts():
                    await planner.start()
                    rendering = group.create_task(self._rehearsals.run())
                    await self._stop.wait()
                    rendering.cancel()
            finally:
                await launcher.close()
                await planner.close()
                ringing.cancel()
        if self._fleet_seen is not None:
            self._fleet_seen.close()
        engine.dispose()
        return 0

    async def _look_at_shows(self) -> None:
        self._watch.look(self._app.state.hub.shows())

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

    def _gap(self, show: str) -> float | None:
        """The longest gap with which a show took over a channel, in seconds."""
        live = self._app.state.hub.get(show)
        figures = {} if live is None else live.figures
        gaps = [points[-1][1] for name, points in figures.items() if name.startswith("gap_ms.") and points]
        return max(gaps) / 1000 if gaps else None

    def _say_addresses(self, base: str, planner: Planner) -> None:
        for line in self._ways.said():
            console.print(line)
        console.print(f"Calendar {base}/calendar")
        console.print(f"Scripts  {base}/scripts, rehearsals {base}/rehearsals")
        for file, shop in self._shops:
            console.print(f"Room     {base}/room/{shop.show.show}")
            if shop.show.start is None and shop.show.show not in self._timetable.planned:
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

    def _say_feed(self, feed: Feed) -> None:
        """From a thread of its own."""
        colour, said = SAID_OF_FEED[feed.state]
        self._watch.feed(feed)
        when = f"{self._clock.now():%H:%M:%S}"
        console.print(f"{when}  the feed {escape(feed.shown)} [{colour}]{said}[/{colour}]")
        if feed.state == "failed":
            console.print(f"  {escape(feed.why)} {escape(feed.remedy)}")

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
