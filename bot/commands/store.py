"""castmate store: whether it works, what is there, what is not there yet."""

from collections import Counter
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.clock import SystemClock
from bot.settings import read_settings
from bot.stage.recording import megabytes
from bot.storage.opening import the_store
from bot.storage.shared import PACKS, Moved, Shared
from bot.storage.shows import SHOWS
from bot.storage.sweeping import free
from bot.storage.trial import try_out
from bot.storage.upkeep import Upkeep
from bot.store import migrate, open_engine
from products.store import SqlCatalogue

app = typer.Typer(
    help="Where recordings, ledgers and sealed clones lie besides (CASTMATE_STORE).", no_args_is_help=True
)
console = Console(highlight=False, soft_wrap=True)


@app.command("check")
def check() -> None:
    """Try whether the store can be written, read back, listed and deleted, and say what to do when not.

    Exit code 0: it can. 1: it cannot.
    """
    store = the_store(read_settings())
    console.print(f"The store is {escape(store.shown)}.")
    steps = try_out(store)
    for step in steps:
        console.print(f"  {'[green]can[/]' if step.ok else '[bold red]cannot[/]'} be {step.what}")
        if step.error is not None:
            console.print(f"    {escape(step.error.message)}")
            console.print(f"    What to do: {escape(step.error.remedy)}")
    if not all(step.ok for step in steps):
        raise typer.Exit(1)


@app.command("list")
def list_names(
    under: Annotated[str, typer.Argument(help="Only what lies under this name, e.g. shows/evening-1.")] = "",
    names: Annotated[bool, typer.Option("--names", help="Every name, not sums.")] = False,
) -> None:
    """List what is in the store: sums by folder, or every name."""
    store = the_store(read_settings())
    sizes: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for item in store.names(under.strip("/")):
        folder = item.name if names else _folder(item.name)
        sizes[folder] += item.size
        count[folder] += 1
    for folder in sorted(sizes):
        files = "" if names else f", {count[folder]} files"
        console.print(f"{escape(folder)}: {megabytes(sizes[folder])}{files}")
    if not sizes:
        console.print(f"Nothing is in {escape(store.shown)}{escape('/' + under if under else '')}.")


def _folder(name: str) -> str:
    """What a name is summed under: each show, each performer; all pictures together."""
    top, *rest = name.split("/")
    return f"{top}/{rest[0]}" if top in (SHOWS, PACKS) and rest else top


@app.command("push")
def push() -> None:
    """Store what is here and not there: shows that are over, sealed licences and accounts, signed papers,
    pictures of the catalogue; and fetch what is new there. Exit code 1: something could not be stored.
    """
    settings = read_settings()
    shown = the_store(settings).shown
    engine = open_engine(settings.database_url)
    migrate(engine)
    pictures = [p.picture for p in SqlCatalogue(engine).products() if p.picture is not None]
    engine.dispose()
    moved = Upkeep(settings, SystemClock().now, lambda: pictures).once()
    console.print(f"{len(moved.names)} files were stored or fetched; the store is {escape(shown)}.")
    _tell(moved)


@app.command("pull")
def pull() -> None:
    """Fetch what shows need and this machine lacks: sealed licences and accounts, signed papers. Clones come
    as a show that has one begins.
    """
    settings = read_settings()
    moved = Shared(settings, the_store(settings)).pull()
    for name in moved.names:
        console.print(f"fetched {escape(name)}")
    console.print(f"{len(moved.names)} files were fetched.")
    _tell(moved)


@app.command("free")
def free_disk(
    days: Annotated[
        float, typer.Option(min=0.1, help="Of shows that ended so many days ago, or longer.")
    ] = 7.0,
) -> None:
    """Delete recordings here that are in the store, each after its hash there was compared with its ledger's.

    Ledgers stay. Exporting, verifying and reports fetch what they need.
    """
    settings = read_settings()
    before = SystemClock().now() - timedelta(days=days)
    sizes = [size for _, size in free(settings.show_folder, the_store(settings), before)]
    console.print(f"{len(sizes)} files were deleted here: {megabytes(sum(sizes))}. The store keeps them.")


def _tell(moved: Moved) -> None:
    for name, why in moved.failed:
        console.print(f"[bold red]not[/] {escape(name)}: {escape(why)}")
    if moved.failed:
        raise typer.Exit(1)
