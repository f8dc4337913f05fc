"""castmate clips SHOW: the filmed clips of a show: what they are, whose, and whether they may be cut in."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clips import ShowClips, refuse_machine_made, sha256_of
from bot.clock import SystemClock
from bot.commands.progress import bar
from bot.settings import read_settings
from bot.shop import make_folders
from bot.stage.clip_film import looked_at, prepare
from products.errors import CastmateError, ContentError
from schedules.clips import ClipEntry
from schedules.showfile import ShowFile, load_show

console = Console()


def clips(
    show: Annotated[Path, typer.Argument(help="The show file.")],
    approve: Annotated[str | None, typer.Option(help="Id of a clip that you have looked at.")] = None,
    by: Annotated[str, typer.Option(help="Who approves it: your name.")] = "",
) -> None:
    """Look at a show's filmed clips: what each file holds, who is in it, whether it is what was approved.

    --approve prints the lines that pin a clip's bytes; write them into the show file. Exit code 2: one of
    them cannot be used. Licences are held against the show's rules by castmate preflight.
    """
    file = load_show(show)
    if not file.clips:
        console.print("The show has no clips. How to add some: docs/clone.md.")
        return
    if approve is not None:
        tell_approval(file, approve, by)
        return
    table, bad = Table(show_edge=False, pad_edge=False), 0
    for name in ("clip", "file", "shows", "people", "rights", "sound", "state"):
        table.add_column(name, overflow="fold")
    for entry in file.clips:
        state, well = state_of(entry, file.folder)
        bad += not well
        people = ", ".join(p.licence for p in entry.people) or "none"
        row = (entry.id, str(entry.file), entry.product or "-", people, entry.rights, entry.sound)
        table.add_row(*(escape(cell) for cell in row), f"[{'green' if well else 'red'}]{escape(state)}[/]")
    console.print(table, highlight=False)
    if bad:
        raise typer.Exit(2)


def prepare_clips(clips: ShowClips) -> None:
    """Those that the show plays, with a progress bar where there are any. Raises ContentError, SetupError."""
    if clips.used:
        with bar("Reading the clips") as progress:
            clips.prepare(progress)


def state_of(entry: ClipEntry, folder: Path) -> tuple[str, bool]:
    """What is to be said of a clip's file, and whether it may be used."""
    path = folder / entry.file
    try:
        found = sha256_of(path)
        refuse_machine_made(path)
        facts = looked_at(path)
    except CastmateError as error:
        return str(error), False
    said = f"{facts.seconds:.1f} s, {facts.width}x{facts.height}"
    if entry.approved is None:
        return f"{said}; not approved", False
    if entry.approved.sha256 != found:
        return f"{said}; changed since {entry.approved.by} approved it", False
    return f"{said}; approved by {entry.approved.by}", True


def tell_approval(file: ShowFile, name: str, by: str) -> None:
    """The lines to write into the show file. The clip is prepared first, as a show would: what cannot be
    aired cannot be approved. Raises ContentError.
    """
    entry = next((e for e in file.clips if e.id == name), None)
    if entry is None:
        known = ", ".join(e.id for e in file.clips)
        raise ContentError(f"The show has no clip {name!r}.", remedy=f"It has: {known}.")
    if len(by.strip()) < 2:
        raise ContentError("An approval names who gives it.", remedy="Add --by YOUR_NAME.")
    settings = read_settings()
    make_folders(settings)
    path, own = file.folder / entry.file, entry.sound == "own"
    found = sha256_of(path)
    refuse_machine_made(path)
    width, height = (int(v) for v in file.size.split("x"))
    with TemporaryDirectory(dir=settings.cache) as trial, bar("Reading the clip") as progress:
        film = prepare(path, Path(trial) / "clip", width, height, own_sound=own, progress=progress)
    now = SystemClock().now()
    console.print(f"{path}, {film.seconds:.1f} s. Write this into the clip {name}:\n")
    console.print(f"    approved: {{by: {by.strip()}, at: {now:%Y-%m-%dT%H:%M:%SZ}, sha256: {found}}}",
                  markup=False, highlight=False, soft_wrap=True)  # fmt: skip
