"""castmate air SHOW: one show in a process of its own."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer
from rich.console import Console

from bot.addresses import is_push, platforms_in, read_address
from bot.app import FPS, ShowBuilder, live_clock, prepare_reel
from bot.commands.clips import prepare_clips
from bot.commands.last_resort import last_resort
from bot.commands.progress import bar
from bot.commands.signals import END_SIGNALS, signals_interrupt
from bot.commands.traced import traces_of
from bot.commands.withheld import tell_withheld
from bot.compliance.decision import Decision, Mode
from bot.compliance.handing import hand_over
from bot.compliance.preflight import Checklist
from bot.flat import keep_flat
from bot.fleet.fence import inherited
from bot.logs import open_logs
from bot.metrics import Exporter
from bot.painter import share_painter
from bot.preflight import check_show
from bot.settings import Settings, read_settings
from bot.shop import ShowOrder, new_folder
from bot.show.link import Link
from bot.show.run import ShowRun
from bot.show.session import Air
from bot.show.spare_studio import SpareStudio
from bot.storage.arriving import arrive, bring_pictures
from bot.storage.shows import ShowCopy
from connectors.rtmp.hosts import host_of, is_loopback, platform_of
from products.errors import CastmateError, Refused, SetupError

console = Console(stderr=True)
log = logging.getLogger(__name__)  # at a level that a terminal does not show: it is told there in words
TELL_S = 0.2
TO = "NAME:ACCOUNT, rtmp(s)://, srt://, whip+https://, .mp4/.flv file, or @FILE that holds one. Repeatable."
UNTIL = "%Y-%m-%dT%H:%M:%S"  # of the calendar, in UTC
SWITCH_S = 0.0001  # the air thread gets the interpreter back soon (media.md 8.2)


def air(
    show: Annotated[Path, typer.Argument(help="The show file, e.g. sample/show.yaml.")],
    to: Annotated[list[str] | None, typer.Option(help=TO)] = None,
    platform: Annotated[str | None, typer.Option(help="Whose rules apply, e.g. youtube.")] = None,
    market: Annotated[str | None, typer.Option(help="Market of the account, e.g. US.")] = None,
    audience: Annotated[
        list[str] | None, typer.Option(help="Where viewers are, e.g. US. Repeatable.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the show: en or zh.")] = None,
    persona: Annotated[Path | None, typer.Option(help="Another persona file.")] = None,
    minutes: Annotated[float | None, typer.Option(help="End after so many minutes.")] = None,
    link: Annotated[str | None, typer.Option(help="Console to join: ws://HOST:PORT/link/SHOW.")] = None,
    speed: Annotated[
        float, typer.Option(help="People's time runs so much faster (for trying timers).")
    ] = 1.0,
    seed: Annotated[int | None, typer.Option(help="Same seed, same words.")] = None,
    metrics: Annotated[int | None, typer.Option(help="Port of /metrics on this machine, e.g. 9108.")] = None,
    until: Annotated[
        datetime | None, typer.Option(hidden=True, help="End then, UTC.", formats=[UNTIL])
    ] = None,
    resume: Annotated[str, typer.Option(hidden=True, help="Begin where a run stood that died.")] = "",
    while_open: Annotated[
        int | None, typer.Option(hidden=True, help="End when the other end of this pipe closes.")
    ] = None,
    *,
    context: typer.Context,
) -> None:
    """Put a show on the air and push it to the addresses given with --to. Ctrl-C ends it with a goodbye.

    Known ingest hosts decide the platform themselves; any other address off this machine is refused.
    """
    addresses = tuple(read_address(given) for given in to or ())
    order = ShowOrder(
        file=show,
        language=lang,
        minutes=minutes,
        platform=platform_for(platform, addresses),
        market=market,
        audience=tuple(audience or ()),
        persona=persona,
        to=addresses,
        link=link,
        speed=speed,
        seed=seed,
        metrics=metrics,
        until=None if until is None else until.replace(tzinfo=UTC),
        resume=resume,
    )
    raise typer.Exit(run_show(order, read_settings(), while_open, context.obj))


def platform_for(named: str | None, addresses: Sequence[str]) -> str | None:
    """The platform whose rules apply; of several the first, and the rules of all are merged (bot/app.py).

    Raises Refused when an address does not say and is not on this machine.
    """
    pushes = [a for a in addresses if is_push(a)]
    for address in pushes:
        if platform_of(address) is None and not is_loopback(host_of(address)):
            raise Refused(
                f"Nobody knows whose rules apply at {host_of(address)}.",
                remedy="Push to a known platform, or to a server on this machine.",
            )
    known = platforms_in(addresses)
    if known:
        if named is not None and named not in known:
            raise Refused(
                f"The address belongs to {known[0]}, not to {named}.", remedy=f"Use --platform {known[0]}."
            )
        return named or known[0]
    return "rtmp" if pushes and named is None else named


def run_show(
    order: ShowOrder, settings: Settings, while_open: int | None = None, spare: SpareStudio | None = None
) -> int:
    """Runs one show to its end in this process. 0: it ended in order; 1: it failed.

    `while_open`: read end of a pipe; when its other end closes, whoever wanted the show is gone and it ends.
    `spare`: a studio that waits for it.
    """
    inherited()  # in a fleet this process ends with its lease
    sys.setswitchinterval(SWITCH_S)
    keep_flat()
    try:
        with signals_interrupt():
            return _prepare_and_run(order, settings, while_open, spare)
    except KeyboardInterrupt:
        console.print("Ended before the show began.")
        return 0


def _prepare_and_run(
    order: ShowOrder, settings: Settings, while_open: int | None, spare: SpareStudio | None
) -> int:
    clock = live_clock(order)
    if trouble := arrive(settings, order):
        console.print("Not all was fetched from the store.", style="bold yellow", end=" ")
        console.print(trouble, markup=False, highlight=False)
    folder = new_folder(settings, order.file.stem, clock.now())
    builder = ShowBuilder(order, settings, clock, folder)
    builder.spare = spare
    bring_pictures(settings, builder.shop.pictures)
    open_logs(settings, {"show": builder.shop.show.show})
    try:
        refuse_other_link(order.link, builder.shop.show.show)
        builder.licence.refuse_ended(clock.now())
        explain(builder.decision, told=order.link is not None)
        tell_withheld(builder, console)
        with bar("Drawing the host") as progress:
            reel = prepare_reel(builder.shop, settings, progress)
        prepare_clips(builder.clips)
        share_painter(builder.shop.persona, settings, reel, FPS)
        builder.checklist = check_show(builder, reel)
        refuse_unready(builder.checklist)
        with metrics_of(builder), traces_of(builder):
            return asyncio.run(_run(builder, reel, while_open))
    finally:
        builder.close()


def refuse_other_link(link: str | None, show: str) -> None:
    """Raises SetupError when `link` is no address of a console, or one where another show is awaited: the
    console would refuse it for as long as the show lasts.
    """
    if link is None:
        return
    try:
        parts = urlsplit(link)
        whole = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.path.startswith("/link/")
    except ValueError:
        parts, whole = urlsplit(""), False
    if not whole:
        raise SetupError(
            "That is no address of a console to link to.", remedy=f"Use --link ws://HOST:PORT/link/{show}."
        )
    named = unquote(parts.path.removeprefix("/link/"))
    if named != show:
        raise SetupError(
            f"The link is for the show {named or 'without a name'}, and this show's name is {show}.",
            remedy=f"Use --link {parts.scheme}://{parts.netloc.rpartition('@')[2]}/link/{show}.",
        )


@contextmanager
def metrics_of(builder: ShowBuilder) -> Iterator[None]:
    """The figures of this show for Prometheus, if a port was asked for. SetupError when it is taken."""
    if builder.order.metrics is None:
        yield
        return
    exporter = Exporter(builder.shop.show.show, builder.order.metrics)
    builder.health = exporter.take
    console.print(f"Metrics on http://127.0.0.1:{exporter.port}/metrics")
    try:
        yield
    finally:
        exporter.close()


def refuse_unready(checklist: Checklist) -> None:
    """Raises Refused when an item of the preflight has failed."""
    if not checklist.ok:
        lines = [f"{item.name}: {item.message} {item.remedy}".rstrip() for item in checklist.failed]
        text = "\n  ".join(["The show may not go live; its preflight failed:", *lines])
        raise Refused(text, remedy="castmate preflight SHOW tells every item.")


async def _run(builder: ShowBuilder, reel: Path, while_open: int | None) -> int:
    loop = asyncio.get_running_loop()
    for number in END_SIGNALS:  # first: what comes while the show is built is heard once it is
        loop.add_signal_handler(number, lambda: run.ask_to_end("the operator ended the show"))
    run: ShowRun = builder.build(reel)
    if while_open is not None:
        _end_with(while_open, lambda: run.ask_to_end("who started the show is gone"))
    failed = await _live(run, None if builder.parts is None else builder.parts.link)
    if builder.outputs is not None and builder.outputs.copy is not None:
        await _store_rest(builder.outputs.copy)
    kept = hand_checkpoint(builder.folder, builder.settings)
    for task_error in failed:
        raise task_error
    console.print(f"[bold]The show is over[/bold]: {(run.reason or 'the planned time is over').rstrip('.')}.")
    console.print(f"  said {run.chronicle.lines_said} lines, answered {run.conversation.answered} questions")
    console.print(f"  everything is in {builder.folder}")
    if run.unrecorded is not None:
        console.print("Its record is not complete.", style="bold red", end=" ")
        console.print(str(run.unrecorded), markup=False, highlight=False)
        return run.unrecorded.exit_code
    if kept is not None:
        console.print(f"  its last checkpoint was handed to compliance: {kept}")
    console.print(f"  check its log: castmate ledger verify {builder.folder / 'ledger.jsonl'}")
    return 1 if run.session.air is Air.FAILED else 0


async def _store_rest(copy: ShowCopy) -> None:
    """The closed ledger, and what still waits; what the store does not take now is left to a later sweep."""
    left = await asyncio.to_thread(copy.finish)
    if left:
        log.warning(
            "%d files are not stored yet: %s", len(left), ", ".join(left), extra={"event": "store.left"}
        )
        console.print(f"[bold yellow]{len(left)} files are not in the store yet[/]: castmate store push")


def hand_checkpoint(folder: Path, settings: Settings) -> Path | None:
    """The show's last checkpoint goes to compliance staff; that it could not is told, and stops nothing."""
    try:
        return hand_over(folder / "ledger.jsonl", settings.handed_over)
    except SetupError as error:
        log.warning("no checkpoint handed over: %s", error.message, extra={"event": "checkpoint.kept_back"})
        console.print("Its last checkpoint was not handed over.", style="bold yellow", end=" ")
        console.print(str(error), markup=False, highlight=False)
        return None


async def tell_holds(run: ShowRun) -> None:
    """Until cancelled: the terminal says when the show holds and why, and when it goes on."""
    told: tuple[str, ...] | None = None
    while True:
        held = run.session.reasons if run.session.air is Air.HOLD else None
        if held is not None and held != told:
            console.print("The show holds.", style="bold yellow", end=" ")
            console.print("; ".join(held) or "The operator asked for it.", markup=False, highlight=False)
            log.info("the show holds: %s", "; ".join(held), extra={"event": "show.holds"})
        if held is None and told is not None and run.session.air is Air.LIVE:
            console.print("The show goes on.")
            log.info("the show goes on", extra={"event": "show.goes_on"})
        told = held
        await asyncio.sleep(TELL_S)


async def tell_troubles(run: ShowRun) -> None:
    """Until cancelled: the terminal says which channel does not get the picture and why, and when it does."""
    told: Mapping[str, str] = {}
    while True:
        now = dict(run.troubles)
        for name, why in now.items():
            if told.get(name) != why:
                console.print(f"{name} does not get the picture.", style="bold yellow", end=" ")
                console.print(why, markup=False, highlight=False)
                log.info("no picture: %s", why, extra={"event": "channel.trouble", "channel": name})
        for name in told.keys() - now.keys():
            console.print(f"{name} gets the picture again.")
            log.info("picture again", extra={"event": "channel.well", "channel": name})
        told = now
        await asyncio.sleep(TELL_S)


async def tell_store(run: ShowRun) -> None:
    """Until cancelled: the terminal says when what was recorded cannot be stored, and when it can again."""
    told = ""
    while True:
        now = run.unstored
        if now and not told:
            console.print(
                "The show goes on; what was recorded stays on this disk.", style="bold yellow", end=" "
            )
            console.print(now, markup=False, highlight=False)
        if told and not now:
            console.print("What was recorded is stored again.")
        told = now
        await asyncio.sleep(TELL_S)


async def tell_link(link: Link) -> None:
    """Until cancelled: the terminal says why the console does not take this show, and when it does."""
    told = ""
    while True:
        now = link.trouble
        if now and now != told:
            console.print("The console does not have this show.", style="bold yellow", end=" ")
            console.print(now, markup=False, highlight=False)
            log.info("not linked: %s", now, extra={"event": "link.trouble"})
        if told and not now:
            console.print("The console has this show.")
        told = now
        await asyncio.sleep(TELL_S)


def _end_with(pipe: int, end: Callable[[], None]) -> None:
    """Calls `end` once nobody holds the other end of `pipe`. From the event loop."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(pipe, 1):
            loop.remove_reader(pipe)
            end()

    loop.add_reader(pipe, readable)


async def _live(run: ShowRun, link: Link | None = None) -> list[BaseException]:
    failed: list[BaseException] = []
    try:
        async with asyncio.TaskGroup() as tasks:
            telling = [tasks.create_task(t(run)) for t in (tell_holds, tell_troubles, tell_store)]
            telling.append(tasks.create_task(last_resort()))
            if link is not None:
                telling.append(tasks.create_task(tell_link(link)))
            await run.live()
            for task in telling:
                task.cancel()
    except* CastmateError as group:
        failed = list(_leaves(group))
    return failed


def _leaves(group: BaseExceptionGroup) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def explain(decision: Decision, *, told: bool = False, console_there: bool = False) -> None:
    """Says what the rules allow, unless that was `told` already; raises Refused when they allow nothing."""
    where = ", ".join(str(d) for d in decision.destinations)
    if not decision.may_air:
        lines = [f"{f.message} ({f.rule})" for f in decision.against]
        text = "\n  ".join(["This show may not air on " + where + ":", *lines])
        raise Refused(text, remedy="castmate packs explain --platform ... says what to find out or to mend.")
    if decision.mode is Mode.PROMPTER and not (told or console_there):
        raise Refused(
            f"On {where} a person hosts before a camera, which takes the console's page.",
            remedy="castmate demo or castmate serve open it; the clone cannot host there.",
        )
    if told:
        return
    console.print(f"Rules of {where}: mode [bold]{decision.mode}[/bold]")
    for finding in decision.missing[:6]:
        console.print(f"  [yellow]missing[/yellow] {finding.message} [dim]({finding.rule})[/dim]")
    if len(decision.missing) > 6:
        console.print(f"  [dim]and {len(decision.missing) - 6} more; castmate packs explain lists all[/dim]")
