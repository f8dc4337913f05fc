"""castmate clip SCRIPT: a short labelled video by the show's host."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.app import prepare_reel, rehearsal_clock
from bot.clip import PLATFORM, ClipBuilder, make_clip
from bot.clip_script import script_language
from bot.commands.air import explain
from bot.commands.demo import sample_show
from bot.commands.progress import bar
from bot.rehearsal import rehearsal_report
from bot.settings import read_settings
from bot.shop import ShowOrder, new_folder
from products.errors import ContentError

console = Console(stderr=True)


def clip(
    script: Annotated[
        str,
        typer.Argument(
            help="What is said: a text file, one spoken line per line; PRODUCT/LANGUAGE/VERSION, an approved "
            "script; or PRODUCT/LANGUAGE/VERSION#LINE, one line of it."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The clip, .mp4; its captions go beside it, .vtt.")] = Path(
        "clip.mp4"
    ),
    show: Annotated[
        Path | None, typer.Option(help="The show whose host and catalogue it has; else the sample show.")
    ] = None,
    persona: Annotated[Path | None, typer.Option(help="Another persona file.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language: en or zh.")] = None,
    product: Annotated[
        str | None, typer.Option(help="What a text file is about: a handle. Else what it calls by name.")
    ] = None,
    platform: Annotated[
        str, typer.Option(help="Where it will be shown, so whose rules apply and the licence must cover.")
    ] = PLATFORM,
    audience: Annotated[
        list[str] | None, typer.Option(help="Where viewers are, e.g. US. Repeatable.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="The report, .json.")] = None,
) -> None:
    """Make a short video by the show's host: every line cleared, the AI label on every picture, signed.

    It runs through the code of a show, off air: the same stage, clearance and label. Captions are in the
    picture and beside it as WebVTT; AIGC metadata and Content Credentials say that it was made by AI. A
    performer's clone needs a licence whose uses name "clip" and whose platforms name where it goes. A line
    that may not be said is named, and nothing is made.
    """
    if out.suffix.lower() != ".mp4":
        raise ContentError(f"{out} cannot carry Content Credentials.", remedy="End the name in .mp4.")
    settings = read_settings()
    order = ShowOrder(
        file=show or sample_show(),
        language=script_language(script, lang),
        platform=platform,
        audience=tuple(audience or ()),
        persona=persona,
        seed=0,
        accounts=False,
        record=False,
    )
    sys.setswitchinterval(0.0005)
    clock = rehearsal_clock()
    folder = new_folder(settings, "clip", clock.now())
    try:
        builder = ClipBuilder(order, settings, clock, folder, script, product)
    except BaseException:
        if not any(folder.iterdir()):
            folder.rmdir()
        raise
    began = time.monotonic()
    try:
        builder.licence.refuse_ended(clock.now())
        explain(builder.decision)
        with bar("Opening the host") as progress:
            reel = prepare_reel(builder.shop, settings, progress)
        with bar("Making the clip") as progress:
            run = asyncio.run(make_clip(builder, reel, out, clock, progress))
    finally:
        builder.close()
    told = rehearsal_report(run, out, time.monotonic() - began) | {
        "script": builder.script.source,
        "captions": out.with_suffix(".vtt").name,
        "ledger": str(folder / "ledger.jsonl"),
    }
    if report is not None:
        report.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
    figures = told["figures"]
    console.print(
        f"Clip: {escape(str(out))}, {figures['seconds']:.1f} s, {figures['loudness_lufs']:.1f} LUFS, "
        f"{figures['lines']} line(s), label seen in {figures['label_coverage']:.0%} of "
        f"{figures['label_looks']} looks. Captions: {escape(str(out.with_suffix('.vtt')))}",
        soft_wrap=True,
    )
