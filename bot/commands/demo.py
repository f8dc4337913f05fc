"""castmate demo: the sample show in the live room, with its console, on this machine."""

import asyncio
import os
import secrets
import signal
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel

from bot.app import make_decision, prepare_reel
from bot.clock import SystemClock
from bot.commands.air import explain
from bot.commands.pages import link_address, pages
from bot.commands.progress import bar
from bot.commands.signals import END_SIGNALS, signals_interrupt
from bot.commands.traced import console_spans
from bot.compliance.decision import Decision
from bot.compliance.enrolled import FaceStore
from bot.compliance.office import open_office
from bot.compliance.persons import PersonKeys
from bot.console.settings import ConsoleSettings
from bot.fleet.process import STOP_S, ShowProcess, air_command
from bot.licensed import ShowLicence
from bot.settings import Settings, read_settings
from bot.shop import Shop, ShowOrder, open_shop
from products.errors import SetupError

console = Console()


def sample_show() -> Path:
    """The sample show: beside the packages in a checkout, inside them in a wheel."""
    for folder in (Path(str(files("bot"))).parent / "sample", Path(str(files("bot"))) / "sample"):
        if (folder / "show.yaml").is_file():
            return folder / "show.yaml"
    raise SetupError("The sample show is not installed.", remedy="Run from a checkout, or name a show file.")


def demo(
    show: Annotated[Path | None, typer.Argument(help="Another show file.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the show: en or zh.")] = None,
    minutes: Annotated[float | None, typer.Option(help="End by itself after so many minutes.")] = None,
    platform: Annotated[str | None, typer.Option(help="Try a platform's rules here, e.g. douyin.")] = None,
    persona: Annotated[
        Path | None, typer.Option(help="Another persona, e.g. sample/personas/tom.yaml.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port of the pages.")] = None,
    speed: Annotated[
        float | None,
        typer.Option(help="People's timers run so much faster. Default 20 with --platform, else 1."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same words.")] = None,
) -> None:
    """Put the sample show on the air in a live room on this machine. Nothing leaves it. Ctrl-C ends the
    show.
    """
    settings = read_settings() if port is None else read_settings(port=port)
    order = ShowOrder(
        file=show or sample_show(),
        language=lang,
        minutes=minutes,
        platform=platform,
        persona=persona,
        speed=speed if speed is not None else (20.0 if platform else 1.0),
        seed=seed,
        accounts=False,
    )
    try:
        with signals_interrupt():
            raise typer.Exit(run_demo(order, settings))
    except KeyboardInterrupt:
        console.print("Ended before the show began.")


def run_demo(order: ShowOrder, settings: Settings) -> int:
    """Prepares on the main thread, where Ctrl-C is heard at once, then runs pages and show to their end."""
    clock = SystemClock()
    shop = open_shop(order, settings, clock.now)
    decision = make_decision(
        order,
        shop,
        open_office(settings.office),
        clock.now(),
        ShowLicence(shop.persona, shop.language, settings),
    )
    explain(decision, console_there=True)
    if shop.persona.clone is None:  # a clone is opened by the show itself, and never kept
        with bar("Drawing the host") as progress:
            prepare_reel(shop, settings, progress)
    return asyncio.run(_demo(order, settings, shop, decision))


async def _demo(order: ShowOrder, settings: Settings, shop: Shop, decision: Decision) -> int:
    link_token, key = secrets.token_urlsafe(24), secrets.token_urlsafe(9)
    pictures = next((p.parent for p in shop.pictures.values()), None)
    title = shop.show.title_in(shop.language)
    console_pages = ConsoleSettings(
        link_token,
        key,
        pictures,
        title=title,
        key_uses=1000,
        hearing=settings.cache / "hearing",
        faces=FaceStore(settings.faces, PersonKeys(settings.person_keys)),
        metrics_token=settings.metrics_token.get_secret_value(),
        spans=console_spans(settings),
    )
    async with pages(console_pages, settings.host, settings.port) as (base, _):
        _say_addresses(base, shop.show.show, key, cohost=bool(decision.merged.presence))
        link = f"{link_address(base, settings.host)}/{shop.show.show}"
        return await _worker(order, link, link_token)


async def _worker(order: ShowOrder, link: str, token: str) -> int:
    """The show in a process of its own; Ctrl-C is passed on and waited for. Should we die, it ends too: it
    holds the read end of a pipe whose write end is ours alone.
    """
    held, ours = os.pipe()
    options = {
        "--lang": order.language,
        "--minutes": order.minutes,
        "--platform": order.platform,
        "--persona": order.persona,
        "--speed": order.speed,
        "--seed": order.seed,
        "--link": link,
        "--while-open": held,
    }
    try:
        process = await ShowProcess.make(air_command(order.file, options), token, kept=(held,))
    finally:
        os.close(held)
    loop = asyncio.get_running_loop()
    for number in END_SIGNALS:
        loop.add_signal_handler(number, process.end)
    try:
        return _outcome(process, await process.wait())
    finally:
        process.end()  # the pages failed under it: it ends too
        os.close(ours)


def _outcome(process: ShowProcess, code: int) -> int:
    """Our exit code for the show's, and words for an end that the show could not tell of itself."""
    if process.killed:
        console.print(f"The show did not end within {STOP_S:.0f} s and was stopped; its log is not closed.")
        return 1
    if process.asked and -code in END_SIGNALS:
        console.print("Ended before the show began.")
        return 0
    if code < 0:
        by = str(-code)
        with suppress(ValueError):
            by = signal.Signals(-code).name
        console.print(f"The show's process was ended from outside ({by}), without a goodbye.")
        console.print("Its log and recording are whole up to that second. Start castmate demo again.")
        return 1
    return code


def _say_addresses(base: str, show: str, key: str, *, cohost: bool) -> None:
    lines = [
        f"Live room  {base}/room/{show}",
        f"Console    {base}/console?key={key}",
    ]
    if cohost:
        lines.append(f"Co-host    {base}/cohost?key={key}")
        lines.append("The show waits until a co-host is there: open the co-host page and check in.")
    lines.append("Ask something in the room. Ctrl-C ends the show.")
    console.print(Panel("\n".join(lines), title="Castmate is on", expand=False))
