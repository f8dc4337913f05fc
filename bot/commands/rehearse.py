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
from bot.commands.air import explain
from bot.commands.progress import bar
from bot.commands.withheld import tell_withheld
from bot.rehearsal import rehearsal_report
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
) -> None:
    """Render a show off air and say what it says: every line with its facts, findings, label, loudness."""
    settings = read_settings()
    order = ShowOrder(
        file=show,
        language=lang,
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
    builder = ShowBuilder(order, settings, clock, folder)

    async def run(reel: Path) -> dict[str, object]:
        began = time.monotonic()
        made = builder.build(reel, rehearsal=True, out=out)
        with bar("Rehearsing") as progress:
            await made.rehearse(clock, progress)
        return rehearsal_report(made, out, time.monotonic() - began)

    try:
        explain(builder.decision)
        tell_withheld(builder, console)
        with bar("Drawing the host") as progress:
            reel = prepare_reel(builder.shop, settings, progress)
        told = asyncio.run(run(reel))
    finally:
        builder.close()
    if report is not None:
        report.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
        console.print(f"Report: {report}")
    figures = told["figures"]
    assert isinstance(figures, dict)
    console.print(
        f"Film: {out}, {figures['seconds']:.0f} s in {figures['seconds_taken']:.0f} s "
        f"({figures['speed']:.1f} x real time)"
    )
