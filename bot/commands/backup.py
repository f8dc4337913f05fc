"""castmate backup and castmate restore: the shop's data in one file, and back, with every ledger verified."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot import archive
from bot.clock import SystemClock
from bot.compliance.keys import read_public_key
from bot.compliance.ledger import Checkpoint, Report, verify
from bot.fleet.leases import dsn_of
from bot.settings import Settings, read_settings

console = Console(highlight=False, soft_wrap=True)


def backup(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet, e.g. /backups/shop.tar.gz.")],
    recordings: Annotated[bool, typer.Option("--recordings", help="The shows' recordings too.")] = False,
) -> None:
    """Write database, ledgers, sealed packs and papers into one file; shows may be on the air meanwhile.

    Keys are not in it: castmate keys backup writes them, to be kept elsewhere.
    """
    settings = read_settings()
    held = archive.back_up(
        settings.data, file, SystemClock().now(), recordings=recordings, dsn=_dsn(settings)
    )
    what = f"{len(held.files)} files, {held.bytes / 1e6:.1f} MB, {held.ledgers} ledgers"
    console.print(f"Backed up: {what}: {escape(str(file))}")
    if held.vanished:
        console.print(f"{held.vanished} files went while it was made and are not in it.")
    console.print("Without the keys (castmate keys backup) what is sealed in it does not open.")


def restore(
    file: Annotated[Path, typer.Argument(help="What castmate backup wrote.")],
) -> None:
    """Put a backup into the empty data folder of CASTMATE_DATA, and verify every ledger in it.

    Then castmate keys restore: it keeps destroyed what was erased. Exit code 1: a ledger is not whole.
    """
    settings = read_settings()
    held = archive.restore(file, settings.data, dsn=_dsn(settings))
    console.print(f"Restored: {len(held.files)} files, each as it was, into {escape(str(settings.data))}.")
    reports = [_verified(settings, path) for path in sorted(settings.data.rglob("ledger.jsonl"))]
    broken = [r for r in reports if not r.ok]
    for report in broken:
        console.print(
            f"[bold red]Not whole[/bold red]: {escape(report.path)}: {escape(str(report.troubles[0]))}"
        )
    console.print(f"{len(reports) - len(broken)} of {len(reports)} ledgers verified.")
    console.print("Now the keys: castmate keys restore FILE.")
    if broken:
        raise typer.Exit(1)


def _verified(settings: Settings, path: Path) -> Report:
    """By the checkpoint beside it, and by the shop's public key where that signed it."""
    beside = path.with_name(path.name + ".checkpoint")
    checkpoint = Checkpoint.model_validate_json(beside.read_text("utf-8")) if beside.exists() else None
    public = settings.data / "keys" / "ledger.pem.pub"
    return verify(path, read_public_key(public) if public.exists() else None, checkpoint)


def _dsn(settings: Settings) -> str | None:
    """Of a PostgreSQL as its own programs take it; None with SQLite, whose file lies in the data folder."""
    return dsn_of(settings.database_url) if settings.database_url.startswith("postgres") else None
