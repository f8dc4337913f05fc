"""castmate ledger erase and retention: what is about persons goes when they ask or when its time is over."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import SystemClock
from bot.compliance.erasure import erase, replay
from bot.compliance.holds import Holds, read_holds
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.compliance.office import open_office
from bot.compliance.persons import PersonKeys
from bot.compliance.retention import Due, dues
from bot.settings import Settings, read_settings
from bot.storage.base import Store
from bot.storage.opening import open_store
from bot.storage.shared import Shared
from bot.storage.sweeping import fetch_ledger, shows_in, stored_files
from products.errors import Refused, SetupError

console = Console()
DELETED = {"pictures of the co-host": "snapshots.deleted"}


def erase_command(
    person: Annotated[str, typer.Option(help="As the log names them: douyin/123, cohost/Wei Lin.")],
    by: Annotated[str, typer.Option(help="Who erases.")],
    why: Annotated[str, typer.Option(help="Why: who asked, and when.")],
) -> None:
    """Erase all that ledgers hold about a person, by destroying their keys. It cannot be undone.

    Every ledger stays whole and verifiable. Refused while a legal hold names them or a show of theirs.
    """
    settings, now = read_settings(), SystemClock().now()
    keys = PersonKeys(settings.person_keys)
    replay(keys, settings.office / "ledger.jsonl")
    known = keys.aliases(person=person)
    if not known:
        raise SetupError(
            f"Nothing is kept about {person!r}.",
            remedy="Look it up: castmate ledger show, field viewer or name.",
        )
    holds, day = _holds(settings), now.date()
    held = holds.on_person(person, day) or next(filter(None, (holds.on_show(s, day) for _, s in known)), None)
    if held is not None:
        raise Refused(
            f"A legal hold of {held.by} keeps it: {held.why}", remedy="Compliance staff must lift it first."
        )
    gone = _destroy(settings, keys, now, {"by": by, "why": why}, [alias for alias, _ in known])
    console.print(f"[bold]Erased.[/bold] {gone} keys destroyed, in {len(known)} shows.")
    console.print("Backups of keys made before do not bring them back; throw old copies away all the same.")


def retention_command(
    apply: Annotated[
        bool, typer.Option("--apply", help="Delete what may go. Default: only list it.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who deletes, for the office's log.")] = "",
) -> None:
    """List what shows left, how long it must be kept and what may go; with --apply, delete that.

    Recordings are deleted, here and in the store where one is set; personal data loses its keys; entries of a
    ledger stay for ever.
    """
    settings, now = read_settings(), SystemClock().now()
    if apply and not by:
        raise SetupError("It must be known who deletes.", remedy="Add --by NAME.")
    store = open_store(settings)
    if (
        store is not None
    ):  # first the holds that others laid down, and the ledgers of shows that aired elsewhere
        _arrive(settings, store)
    keys, holds = PersonKeys(settings.person_keys), _holds(settings)
    table = Table(show_edge=False, pad_edge=False)
    for name in ("show", "what", "how many", "kept until (UTC)", "now"):
        table.add_column(name, overflow="fold")
    there = (lambda show, part: ()) if store is None else partial(stored_files, store)
    found = list(dues(settings.show_folder, keys, holds, now, there))
    for due in found:
        state = f"held by {due.held}" if due.held else "may go" if due.may_go(now) else "kept"
        count = str(max(len(due.files), len(due.stored)) + len(due.aliases))
        table.add_row(escape(due.show), due.what, count, f"{due.until:%Y-%m-%d}", escape(state))
    console.print(table)
    for name in holds.doubtful:
        console.print(
            f"[yellow]The hold {escape(name)} bears no valid signature[/yellow]; it holds all the same."
        )
    if apply:
        _apply(settings, keys, now, by, [due for due in found if due.may_go(now)], store)


def _arrive(settings: Settings, store: Store) -> None:
    """First the holds that others laid down, and the ledgers of shows that aired elsewhere. Raises what a
    store raises: where a hold may be that cannot be read, nothing is deleted.
    """
    moved = Shared(settings, store).pull()
    if moved.failed:
        raise SetupError(
            f"Not all could be read from {store.shown}: {moved.failed[0][0]}: {moved.failed[0][1]}",
            remedy="Mend it first: it may be a hold.",
        )
    for show in shows_in(store):
        fetch_ledger(settings.show_folder / show, store)


def _apply(
    settings: Settings,
    keys: PersonKeys,
    now: datetime,
    by: str,
    going: Sequence[Due],
    store: Store | None = None,
) -> None:
    files = aliases = stored = 0
    for due in going:
        why = {"by": by, "why": f"kept until {due.until.isoformat()}", "show": due.show}
        if due.aliases:
            aliases += _destroy(settings, keys, now, why, due.aliases)
        if due.files or due.stored:
            kind = DELETED.get(due.what, "recording.deleted")
            told: dict[str, JsonValue] = {**why, "files": [p.name for p in due.files]}
            if due.stored:
                told["stored"] = list(due.stored)
            asyncio.run(_note(settings, now, Entry(kind=kind, at=now, data=told)))
            for name in due.stored:
                if store is not None:
                    store.delete(name)
            for path in due.files:
                path.unlink(missing_ok=True)
            files, stored = files + len(due.files), stored + len(due.stored)
    console.print(
        f"[bold]Deleted:[/bold] {files} files of recordings and pictures, {aliases} keys of persons."
    )
    if stored:
        console.print(f"In the store: {stored} files.")


def _holds(settings: Settings) -> Holds:
    return read_holds(settings.office, open_office(settings.office).keys)


def _office(settings: Settings, now: datetime) -> Ledger:
    key = signing_key(settings.data / "keys" / "ledger.pem")
    return Ledger.open(settings.office / "ledger.jsonl", key, "compliance office", now, lasting=True)


def _destroy(
    settings: Settings, keys: PersonKeys, now: datetime, why: dict[str, str], aliases: Sequence[str]
) -> int:
    async def work() -> int:
        ledger = _office(settings, now)
        try:
            return await erase(keys, ledger, Entry(kind="erasure", at=now, data=dict(why)), aliases)
        finally:
            await ledger.leave(now)

    return asyncio.run(work())


async def _note(settings: Settings, now: datetime, entry: Entry) -> None:
    ledger = _office(settings, now)
    try:
        await ledger.append(entry)
    finally:
        await ledger.leave(now)
