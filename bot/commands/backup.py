"""castmate backup and castmate restore: the data of a shop, or of a fleet's node, in one file, and back, with
every ledger verified.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot import archive
from bot.clock import SystemClock
from bot.compliance.known_keys import KnownKeys, known_keys, opened_with
from bot.compliance.ledger import Checkpoint, Report, verify
from bot.fleet.copies import Copies
from bot.fleet.leases import dsn_of
from bot.fleet.rights import kept_from
from bot.settings import Settings, read_settings
from bot.store import open_engine

console = Console(highlight=False, soft_wrap=True)


def backup(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet, e.g. /backups/shop.tar.gz.")],
    recordings: Annotated[bool, typer.Option("--recordings", help="The shows' recordings too.")] = False,
    no_database: Annotated[
        bool, typer.Option("--no-database", help="Leave a PostgreSQL out: what lies on this machine alone.")
    ] = False,
) -> None:
    """Write database, ledgers, sealed packs and papers into one file; shows may be on the air meanwhile.

    On a node of a fleet, whose role may not read all of the database, what lies there; the database goes into
    the console's backup. Keys are not in it: castmate keys backup writes them, to be kept elsewhere.
    """
    settings = read_settings()
    dsn = _dsn(settings)
    why = "" if dsn is None else "as you asked" if no_database else _kept_from(settings)
    held = archive.back_up(
        settings.data,
        file,
        SystemClock().now(),
        recordings=recordings,
        dsn=None if why else dsn,
        elsewhere=bool(why),
    )
    what = f"{len(held.files)} files, {held.bytes / 1e6:.1f} MB, {held.ledgers} ledgers"
    console.print(f"Backed up: {what}: {escape(str(file))}")
    if why:
        console.print(
            f"[yellow]The database is not in it[/yellow]: {escape(why)}. The console's backup has it."
        )
    if held.vanished:
        console.print(f"{held.vanished} files went while it was made and are not in it.")
    console.print("Without the keys (castmate keys backup) what is sealed in it does not open.")


def restore(
    file: Annotated[Path, typer.Argument(help="What castmate backup wrote.")],
) -> None:
    """Put a backup into the empty data folder of CASTMATE_DATA, and verify every ledger in it.

    So are the copies of nodes' ledgers that a fleet's database brings. Then castmate keys restore: it keeps
    destroyed what was erased. Exit code 1: a ledger is not whole.
    """
    settings = read_settings()
    held = archive.restore(file, settings.data, dsn=_dsn(settings))
    console.print(f"Restored: {len(held.files)} files, each as it was, into {escape(str(settings.data))}.")
    keys = known_keys(settings.data)
    ledgers = [_verified(keys, path) for path in sorted(settings.data.rglob("ledger.jsonl"))]
    whole = _told(ledgers, "ledgers")
    if archive.DUMP in held.files:
        whole = _told(_copies(settings, keys), "copies of nodes' ledgers") and whole
    if held.elsewhere:
        console.print("The database was not in it: it comes with the console's backup.")
    console.print("Now the keys: castmate keys restore FILE.")
    if not whole:
        raise typer.Exit(1)


Verified = tuple[Report, str]  # and what to do about it


def _verified(keys: KnownKeys, path: Path) -> Verified:
    """By the checkpoint beside it, and by the key that it names where that is known."""
    beside = path.with_name(path.name + ".checkpoint")
    checkpoint = Checkpoint.model_validate_json(beside.read_text("utf-8")) if beside.exists() else None
    report = verify(path, keys.of(path), checkpoint)
    return report, keys.hint(report, opened_with(path))


def _copies(settings: Settings, keys: KnownKeys) -> list[Verified]:
    engine = open_engine(settings.database_url)
    try:
        copies = Copies(engine)
        return [copies.verify(each, keys) for each in copies.all()]
    finally:
        engine.dispose()


def _told(found: list[Verified], what: str) -> bool:
    """Whether all are whole."""
    for report, hint in found:
        if not report.ok:
            said = f"{report.path}: {report.troubles[0]}. {hint}"
            console.print(f"[bold red]Not whole[/bold red]: {escape(said)}")
    whole = sum(report.ok for report, _ in found)
    if found or what == "ledgers":
        console.print(f"{whole} of {len(found)} {what} verified.")
    return whole == len(found)


def _kept_from(settings: Settings) -> str:
    """Why the database cannot be in it; "" when it can. Raises RemoteError: it does not answer."""
    engine = open_engine(settings.database_url)
    try:
        role = kept_from(engine)
    finally:
        engine.dispose()
    return f"{role} may not read all of it" if role else ""


def _dsn(settings: Settings) -> str | None:
    """Of a PostgreSQL as its own programs take it; None with SQLite, whose file lies in the data folder."""
    return dsn_of(settings.database_url) if settings.database_url.startswith("postgres") else None
