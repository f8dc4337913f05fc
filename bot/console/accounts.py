"""All that belongs to accounts, opened together over one database."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from bot.console.account_book import Book
from bot.console.audit import Audit
from bot.console.credentials import Sealer, console_key
from bot.console.passkeys import Passkeys
from bot.console.people import People
from bot.console.second_factor import Secrets
from bot.console.sessions import Sessions
from bot.console.tokens import Tokens
from products.store import open_engine


@dataclass(frozen=True, slots=True)
class Accounts:
    """`lasting`: kept in the shop's database; else in memory, for as long as a demo runs, where the printed
    link alone opens everything. `audit`: what brings the acts to the ledger.
    """

    book: Book
    people: People
    sessions: Sessions
    secrets: Secrets
    passkeys: Passkeys
    tokens: Tokens
    sealer: Sealer
    lasting: bool
    audit: Audit | None = None


def open_accounts(
    engine: Engine,
    now: Callable[[], datetime],
    key: bytes,
    *,
    lasting: bool = True,
    audit: Audit | None = None,
) -> Accounts:
    """Over a database whose tables are there. `key`: 32 bytes."""
    book, sealer = Book(engine, now), Sealer(key)
    return Accounts(
        book,
        People(book),
        Sessions(book),
        Secrets(book, sealer),
        Passkeys(book),
        Tokens(book),
        sealer,
        lasting,
        audit,
    )


def accounts_in_memory(now: Callable[[], datetime]) -> Accounts:
    """For a demo: nothing of it is kept."""
    made = open_accounts(open_engine("sqlite://"), now, secrets.token_bytes(32), lasting=False)
    made.book.make_tables()
    return made


def accounts_of(
    engine: Engine, now: Callable[[], datetime], *, key: Path, ledger: Path, signs: Path
) -> Accounts:
    """The shop's. `key`: of what is sealed, made on first use; `ledger`, `signs`: the console's ledger and
    the key of its checkpoints. Raises SetupError.
    """
    return open_accounts(engine, now, console_key(key), audit=Audit(Book(engine, now), ledger, signs))
