"""castmate watermark: is this film or stream Castmate's, and of which show?"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from bot.commands.progress import bar
from bot.settings import read_settings
from bot.stage.watermark_reader import Reading
from bot.watermarked import Findings, find, shows_with

console = Console()


def watermark(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A film, or the address of a stream (rtmp, http, srt).")
    ],
    seconds: Annotated[
        float | None,
        typer.Option(min=4, help="Look at so much of it. Default: all; say it for a stream that goes on."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look for the watermark that stands, unseen, in all pictures with a synthetic host.

    It outlives a platform's encoder and a smaller picture, and names the show; not a turned or cropped
    picture, nor another speed. Exit code 0: found. 1: not found. 2: it could not be looked at.
    """
    with bar("Looking for the watermark") as progress:
        found = find(source, seconds, progress)
    shows = () if found.code is None else shows_with(found.code, read_settings().data / "shows")
    if as_json:
        told = {"found": bool(found.found), "code": _hex(found.code), "shows": shows}
        windows = [{**asdict(r), "code": _hex(r.code)} for r in found.readings]
        console.out(json.dumps({**told, "windows": windows}, indent=1), highlight=False)
    else:
        _tell(found, shows)
    raise typer.Exit(0 if found.found else 1)


def _tell(found: Findings, shows: Sequence[str]) -> None:
    for since, until, there in stretches(found.readings):
        said = "[green]found[/green]" if there else "[yellow]not found[/yellow]"
        console.print(f"{since:8.1f} s to {until:8.1f} s  {said}")
    if found.code is not None:
        whose = ", ".join(shows) or "no show in this data folder"
        console.print(f"It carries the code {_hex(found.code)}: {whose}.")
    elif found.found:
        console.print("The code of the show could not be read: give a longer piece.")


def stretches(readings: Sequence[Reading]) -> list[tuple[float, float, bool]]:
    """(since, until, found), neighbours that say the same as one."""
    out: list[tuple[float, float, bool]] = []
    for reading in readings:
        if out and out[-1][2] == reading.found:
            out[-1] = (out[-1][0], reading.until, reading.found)
        else:
            out.append((reading.since, reading.until, reading.found))
    return out


def _hex(code: int | None) -> str | None:
    return None if code is None else f"{code:06x}"
