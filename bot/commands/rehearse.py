"""castmate rehearse SHOW: the same show off air, faster than real time, with a report."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.app import ShowBuilder, prepare_reel, rehearsal_clock
from bot.clip_script import script_language
from bot.commands.air import explain
from bot.commands.clips import prepare_clips
from bot.commands.progress import bar, told_in
from bot.commands.withheld import tell_withheld
from bot.rehearsal import rehearsal_report
from bot.script_rehearsal import ScriptRehearsal
from bot.settings import read_settings
from bot.shop import ShowOrder, new_folder

console = Console(stderr=True)


def rehearse(
    show: Annotated[Path, typer.Argument(help="The show file.")],
    minutes: Annotated[float | None, typer.Option(help="Length of the rehearsal.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language: en or zh.")] = None,
    persona: Annotated[Path | None, typer.Option(help="Another persona file.")] = None,
    platform: Annotated[str | None, typer.Option(help="Whose rules apply.")] = None,
    out: Annotated[Path, typer.Option(help="The film, .mp4 or .flv.")] = Path("rehearsal.mp4"),
    report: Annotated[Path | None, typer.Option(help="The report, .json.")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed and hour, same words.")] = None,
    hour: Annotated[
        int | None, typer.Option(min=0, max=23, help="Hour of the show's clock to write the words for.")
    ] = None,
    script: Annotated[
        str | None, typer.Option(help="Only this script, a draft too: PRODUCT/LANGUAGE/VERSION.")
    ] = None,
    progress: Annotated[
        Path | None, typer.Option(hidden=True, help="Tells how far it is: a file of JSON, for the console.")
    ] = None,
) -> None:
    """Render a show off air and say what it says: every line with its facts, findings, label, loudness."""
    settings = read_settings()
    order = ShowOrder(
        file=show,
        language=lang if script is None else script_language(script, lang),
        minutes=minutes or 10.0,
        persona=persona,
        platform=platform,
        seed=seed,
        hour=hour,
        accounts=False,
    )
    sys.setswitchinterval(0.0005)
    clock = rehearsal_clock()
    folder = new_folder(settings, f"rehearsal-{show.stem}", clock.now())
    builder = (
        ShowBuilder(order, settings, clock, folder)
        if script is None
        else ScriptRehearsal(order, settings, clock, folder, script)
    )

    async def run(reel: Path) -> dict[str, object]:
        began = time.monotonic()
        made = builder.build(reel, rehearsal=True, out=out)
        with bar("Rehearsing") as step:
            told = told_in(progress, "rehearsing", step)
            share = builder.share if isinstance(builder, ScriptRehearsal) else 1.0
            await made.rehearse(clock, lambda done: told(min(1.0, done / share)))
        return rehearsal_report(made, out, time.monotonic() - began)

    try:
        builder.licence.refuse_ended(clock.now())
        explain(builder.decision)
        if script is None:
            tell_withheld(builder, console)
        with bar("Drawing the host") as step:
            reel = prepare_reel(builder.shop, settings, told_in(progress, "drawing", step))
        prepare_clips(builder.clips)
        told = asyncio.run(run(reel))
    finally:
        builder.close()
    if report is not None:
        part = report.with_name(f"{report.name}.part")  # whole or not at all: its being there says "done"
        part.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
        part.replace(report)
        console.print(f"Report: {report}")
    figures = told["figures"]
    assert isinstance(figures, dict)
    console.print(
        f"Film: {out}, {figures['seconds']:.0f} s in {figures['seconds_taken']:.0f} s "
        f"({figures['speed']:.1f} x real time)"
    )
