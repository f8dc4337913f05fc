"""castmate recording: what was recorded of a show, whether it is as it was, and a file to hand out."""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import SystemClock
from bot.compliance.certificate import UNKNOWN
from bot.compliance.credentials import UNTRUSTED
from bot.compliance.keys import read_public_key
from bot.compliance.known_keys import known_keys
from bot.compliance.ledger import verify
from bot.keeping import open_signer
from bot.recorded import Damage, Inventory, as_json, export, inventory, verify_recording
from bot.settings import read_settings
from bot.stage.recording import megabytes
from bot.storage.arriving import brought
from products.errors import ContentError

app = typer.Typer(help="The recording of a show: list it, prove it whole, export it.")
Key = Annotated[
    Path | None,
    typer.Option(help="Public key (.pub). Default: this machine's own, or the known node's that wrote it."),
]
console = Console()
TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)")
Folder = Annotated[Path, typer.Argument(metavar="SHOW_FOLDER", help="The folder of a show that was aired.")]


@app.command("list")
def list_segments(
    folder: Folder, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Print the segments of a recording, how long it is to be kept, and what is missing between them."""
    found = inventory(brought(read_settings(), folder, end=0.0))
    if json:
        console.out(as_json(found, ()), highlight=False)
        return
    table = Table(show_edge=False, pad_edge=False)
    for name in ("segment", "from", "to", "size", "sha256"):
        table.add_column(name, justify="left" if name in ("segment", "sha256") else "right", no_wrap=True)
    for kept in found.kept:
        size = megabytes(kept.path.stat().st_size) if kept.path.exists() else "gone"
        name = kept.path.name + (" (torn)" if kept.torn else "")
        table.add_row(name, clock(kept.from_s), clock(kept.to_s), size, kept.sha256[:16] + "…")
    console.print(table)
    _tell_rest(found)


def _tell_rest(found: Inventory) -> None:
    for path in found.loose:
        console.print(f"{path.name} is not in the ledger: the open end of a show that was broken off.")
    for start, end in found.gaps:
        console.print(f"[yellow]Nothing was recorded[/yellow] from {clock(start)} to {clock(end)}.")
    for start, end in found.unseen:
        console.print(f"[yellow]The AI label was not seen[/yellow] from {clock(start)} to {clock(end)}.")
    if found.keep_until is not None:
        console.print(f"To be kept until {found.keep_until:%Y-%m-%d} (the rules of this show).")


@app.command("verify")
def verify_segments(
    folder: Folder,
    key: Key = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recompute every hash, compare it with the ledger, read every mark back, and name what is damaged. What
    lies only in the store is fetched first.

    Exit code 0: whole. 1: not whole. 2: it could not be checked.
    """
    folder = brought(read_settings(), folder)
    found = inventory(folder)
    ledger, known = folder / "ledger.jsonl", known_keys(read_settings().data)
    report = verify(ledger, read_public_key(key) if key is not None else known.of(ledger), None)
    damage = list(verify_recording(found))
    damage += [Damage("ledger.jsonl", "ledger", str(trouble)) for trouble in report.troubles]
    if json:
        console.out(as_json(found, damage), highlight=False)
    elif damage:
        console.print("[bold red]Not whole.[/bold red]")
        for item in damage:
            console.print(f"  {escape(str(item))}", highlight=False)
    else:
        count = len(found.kept)
        console.print(
            f"[bold green]Whole.[/bold green] {count} segment{'s' * (count != 1)}, as the ledger says."
        )
        if not report.authentic:
            console.print(
                "[yellow]No key vouches for the ledger itself.[/yellow] Use --key with a .pub file."
            )
    if not json:
        _tell_rest(found)
    if damage:
        raise typer.Exit(1)


@app.command("export")
def export_part(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="The file to write, .mp4 (signed) or .flv.")],
    start: Annotated[str, typer.Option("--from", help="Begin there: seconds, m:ss or h:mm:ss.")] = "0",
    end: Annotated[str | None, typer.Option("--to", help="End there, the same way.")] = None,
) -> None:
    """Join a recording, or a part of it, into one file: nothing encoded again, AIGC record kept, signed anew.

    It begins at the last keyframe that is not after --from. Damaged segments are refused. What lies only in
    the store is fetched first.
    """
    settings, now = read_settings(), SystemClock().now()
    until = None if end is None else seconds(end)
    folder = brought(settings, folder, seconds(start), until)
    found = inventory(folder)
    made = export(found, out, open_signer(settings, now), now, start=seconds(start), end=until)
    console.print(
        f"{made.path}: {clock(made.from_s)} to {clock(made.to_s)}, {made.seconds:.1f} s from "
        f"{len(made.segments)} segment{'s' * (len(made.segments) != 1)}."
    )
    if made.credentials is None:
        console.print("An .flv cannot carry Content Credentials; its AIGC record is there.")
    else:
        console.print(f"Content Credentials: {made.credentials.source}, signed by {made.credentials.signer}.")
        if UNTRUSTED in made.credentials.why:
            console.print(UNKNOWN)


def seconds(text: str) -> float:
    """ "90", "1:30" or "0:01:30" in seconds. Raises ContentError."""
    found = TIME.fullmatch(text.strip())
    if found is None:
        raise ContentError(f"{text!r} is no time.", remedy="Write seconds, m:ss or h:mm:ss.")
    hours, minutes, rest = found.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(rest)


def clock(at: float) -> str:
    """Seconds as h:mm:ss.s."""
    tenths = round(at * 10)
    return f"{tenths // 36000}:{tenths // 600 % 60:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"
