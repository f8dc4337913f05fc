"""The accounts' database: one transaction a change, and the note of it in the same transaction."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel, col, select

from bot.console.account_tables import ACCOUNT_TABLES, AccountRow, EventRow, SessionRow
from products.errors import ContentError

KEPT_EVENTS = 20_000  # rows that the page can show; all are in the ledger


class Book:
    """What the modules of accounts write to. Methods of its users block on the database: they are called
    from threads, never from the event loop.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self.now = engine, now
        # In memory all threads share one connection, and a transaction on it is one thread's at a time.
        self._turn: AbstractContextManager[Any] = (
            threading.RLock() if isinstance(engine.pool, StaticPool) else nullcontext()
        )

    def make_tables(self) -> None:
        """For a database in memory, which has no past to migrate from."""
        SQLModel.metadata.create_all(self._engine, tables=list(ACCOUNT_TABLES))

    @contextmanager
    def work(self) -> Iterator[Session]:
        """A transaction: committed at the end, undone on an error."""
        with self._turn, Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    def note(
        self, session: Session, what: str, who: int | None, about: int | None = None, **data: object
    ) -> None:
        """Writes down an act with the change that it is about. No names, words or addresses in `data`."""
        session.add(EventRow(at=self.now(), who=who, what=what, about=about, data=data))

    def events(self, limit: int = 100) -> list[EventRow]:
        """The newest acts first."""
        with self.work() as session:
            return list(session.exec(select(EventRow).order_by(col(EventRow.id).desc()).limit(limit)))

    def record(self, what: str, who: int | None, about: int | None = None, **data: object) -> None:
        """Writes down an act that changed no table."""
        with self.work() as session:
            self.note(session, what, who, about, **data)


def open_account(session: Session, account: int) -> AccountRow:
    """The row of an account that is open. ContentError when there is none."""
    row = session.get(AccountRow, account)
    if row is None or row.closed_at is not None:
        raise ContentError("There is no such person.", remedy="Choose one of the list.")
    return row


def end_sessions(session: Session, account: int, but: int | None = None) -> int:
    """Signs a person's browsers out, all or all `but` one. Returns how many."""
    rows = session.exec(select(SessionRow).where(SessionRow.account_id == account))
    gone = [row for row in rows if row.id != but]
    for row in gone:
        session.delete(row)
    return len(gone)
