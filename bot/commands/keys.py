"""castmate keys: all keys in one sealed file, to be kept apart from the data, and back."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.compliance.backup import Places
from bot.compliance.backup import backup as write_backup
from bot.compliance.backup import restore as read_backup
from bot.settings import Settings, read_settings

app = typer.Typer(
    help="Keys: of ledgers, of the shop's certificate, of what is sealed about persons.", no_args_is_help=True
)
console = Console()
Passphrase = Annotated[
    str | None,
    typer.Option(envvar="CASTMATE_BACKUP_PASSPHRASE", hidden=True, help="Asked for when it is not given."),
]


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet, best on another disk.")],
    passphrase: Passphrase = None,
) -> None:
    """Write all keys into one file, sealed with a passphrase. Keep it apart from the data."""
    words = passphrase or typer.prompt(
        "A passphrase of ten characters or more", hide_input=True, confirmation_prompt=True
    )
    persons = write_backup(_places(read_settings()), words, file)
    console.print(f"Sealed: {file}, with the keys of {persons} persons. Without the passphrase it is lost.")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="What `castmate keys backup` wrote.")],
    passphrase: Passphrase = None,
) -> None:
    """Put back the keys that are missing here. Whatever was erased since the backup stays erased.

    The list of erasures is in the compliance office's ledger in the data folder: restore that folder first.
    Where it is older than the backup, nothing is restored.
    """
    words = passphrase or typer.prompt("Passphrase", hide_input=True)
    found = read_backup(_places(read_settings()), words, file)
    console.print(f"Put back: {found.files} files and the keys of {found.persons} persons.")
    if found.erased:
        console.print(f"{found.erased} keys of persons were erased since and stay destroyed.")


def _places(settings: Settings) -> Places:
    folders = [("keys", settings.data / "keys"), ("compliance", settings.office / "keys")]
    if settings.keys is not None:  # the key of the accounts lies there, beside that of personal data
        folders.append(("sealing", settings.keys))
    return Places(tuple(folders), settings.person_keys, settings.office / "ledger.jsonl")
