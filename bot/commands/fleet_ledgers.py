"""castmate fleet ledgers: the copies of nodes' ledgers in the fleet's database."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.compliance.known_keys import known_keys
from bot.compliance.ledger import Report
from bot.fleet.copies import Copied, Copies
from bot.fleet.leases import dsn_of
from bot.settings import read_settings
from bot.store import open_engine

console = Console(highlight=False, soft_wrap=True)


def ledgers(
    folder: Annotated[
        Path | None, typer.Argument(help="Write them there too, as ledgers that every command reads.")
    ] = None,
) -> None:
    """Verify the copies of nodes' ledgers that are in the database, also of machines that are gone.

    By this machine's key and those in CASTMATE_DATA/keys/nodes. Exit code 1: one is not whole, or is signed
    by a key that is not known.
    """
    settings = read_settings()
    dsn_of(settings.database_url)
    keys, whole = known_keys(settings.data), 0
    engine = open_engine(settings.database_url)
    try:
        copies = Copies(engine)
        every = copies.all()
        for each in every:
            report, hint = copies.verify(each, keys)
            whole += report.ok
            console.print(_told(each, report, hint))
            if folder is not None:
                copies.write(each, folder)
    finally:
        engine.dispose()
    console.print(f"{whole} of {len(every)} copies verified.")
    if whole < len(every):
        raise typer.Exit(1)


def _told(copied: Copied, report: Report, hint: str) -> str:
    who = escape(f"{copied.show}, epoch {copied.epoch}, from {copied.node}: {copied.entries} entries")
    if not report.ok:
        return f"{who}, [bold red]not whole[/bold red]: {escape(f'{report.troubles[0]}. {hint}')}"
    if not report.authentic:
        return f"{who}, whole; nobody vouches for it: no key is known here"
    loose = "" if report.closed else "; not closed: it is being written, or it was broken off"
    return f"{who}, whole, {report.signed} of them signed{loose}"
