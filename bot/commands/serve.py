"""castmate serve: the console, and shows that start at their time."""

import asyncio
import secrets
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from schedules.planner import Planner

from bot.clock import SystemClock
from bot.console.server import serve as serve_pages
from bot.console.settings import ConsoleSettings
from bot.fleet.local import LocalLauncher
from bot.settings import Settings
from schedules.showfile import load_show

console = Console()


def serve(
    shows: Annotated[
        list[Path] | None, typer.Argument(help="Show files to start at their `start` time.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the pages.")] = None,
) -> None:
    """Serve the console and the live room, and start shows when their time has come. Ctrl-C ends all."""
    settings = Settings()
    raise typer.Exit(asyncio.run(_serve(shows or [], settings, host or settings.host, port or settings.port)))


async def _serve(shows: list[Path], settings: Settings, host: str, port: int) -> int:
    clock = SystemClock()
    token, key = secrets.token_urlsafe(24), secrets.token_urlsafe(9)
    stop, on = asyncio.Event(), asyncio.Event()
    launcher = LocalLauncher(f"ws://{host}:{port}/link", token)
    planner = Planner(settings.database_url, clock.now, launcher.start)
    for path in shows:
        planner.plan(path, load_show(path))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def ready(base: str) -> None:
        console.print(f"Console  {base}/console?key={key}")
        for run in planner.coming():
            console.print(f"  {run.start_utc:%Y-%m-%d %H:%M} UTC  {run.show}")
        on.set()

    async with asyncio.TaskGroup() as tasks:
        pages = ConsoleSettings(token, key, settings.data / "pictures", key_uses=1000)
        tasks.create_task(serve_pages(pages, host, port, stop=stop, ready=ready))
        await on.wait()
        planner.start()
        await stop.wait()
        planner.close()
        await launcher.close()
    return 0
