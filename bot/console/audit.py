"""Brings the acts that the accounts' database notes into the console's ledger.

An act and its note are one transaction; the ledger gets it a moment later, in order, by the one process that
holds the ledger. A crash between the two brings a note twice, never not at all: `event` tells.
"""

import asyncio
import logging
from datetime import datetime
from pathlib import Path

import anyio
from sqlmodel import col, select

from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.console.account_book import KEPT_EVENTS, Book
from bot.console.account_tables import EventRow
from products.errors import SetupError

log = logging.getLogger(__name__)

EVERY_S = 1.0
AT_ONCE = 200
NAME = "console"


class Audit:
    """`ledger`: the file; `key`: what signs its checkpoints."""

    def __init__(self, book: Book, ledger: Path, key: Path) -> None:
        self._book, self._path, self._key = book, ledger, key
        self._ledger: Ledger | None = None

    async def run(self) -> None:
        """Until cancelled. A ledger that cannot be written is tried again; the notes wait in the database."""
        told = ""
        try:
            while True:
                try:
                    await self.catch_up()
                    told = ""
                except SetupError as error:
                    if str(error) != told:
                        log.warning("acts of the console wait for their ledger: %s", error)
                    told = str(error)
                    self._ledger = None
                await anyio.sleep(EVERY_S)
        finally:
            with anyio.CancelScope(shield=True):
                await self.close()

    async def catch_up(self) -> int:
        """Brings all that waits; returns how many. Raises SetupError: the ledger is another's or refuses."""
        waiting = await asyncio.to_thread(self._waiting)
        if not waiting:
            return 0
        if self._ledger is None:
            self._ledger = await asyncio.to_thread(self._open, self._book.now())
        ledger = self._ledger
        written = [
            (row.id, (await ledger.append(_entry(row))).index) for row in waiting if row.id is not None
        ]
        await asyncio.to_thread(self._mark, written)
        return len(written)

    async def close(self) -> None:
        """Brings what came last, signs, and lets go of the ledger."""
        try:
            await self.catch_up()
            if self._ledger is not None:
                await self._ledger.leave(self._book.now())
        except SetupError as error:
            log.warning("acts of the console wait for their ledger: %s", error)
        self._ledger = None

    def _open(self, now: datetime) -> Ledger:
        return Ledger.open(self._path, signing_key(self._key), NAME, now, lasting=True)

    def _waiting(self) -> list[EventRow]:
        with self._book.work() as session:
            query = select(EventRow).where(col(EventRow.entry).is_(None)).order_by(col(EventRow.id))
            return list(session.exec(query.limit(AT_ONCE)))

    def _mark(self, written: list[tuple[int, int]]) -> None:
        with self._book.work() as session:
            for event, entry in written:
                if (row := session.get(EventRow, event)) is not None:
                    row.entry = entry
            if written and written[-1][0] > KEPT_EVENTS:
                too_old = written[-1][0] - KEPT_EVENTS
                rows = select(EventRow).where(col(EventRow.id) <= too_old, col(EventRow.entry).is_not(None))
                for row in session.exec(rows.limit(AT_ONCE)):
                    session.delete(row)


def _entry(row: EventRow) -> Entry:
    people = {"who": row.who, "about": row.about}
    data = {"event": row.id, **{k: v for k, v in people.items() if v is not None}, **row.data}
    return Entry(kind=f"console.{row.what}", at=row.at, data=data)
