"""API tokens: a program's key, shown once, kept as a digest, with scopes and an end."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, select

from bot.console.account_book import Book, open_account
from bot.console.account_tables import AccountRow, ApiTokenRow
from bot.console.credentials import digest
from bot.console.roles import SCOPE_RIGHT, Role, Scope, rights_of, scopes_of
from products.errors import ContentError

PREFIX = "castmate_"  # so that scanners of repositories know a leaked one
DAYS = (7, 30, 90, 365)
MOST = 20
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Program:
    """Who asks with a token: its person, and what it may."""

    token: int
    account: int
    name: str
    scopes: frozenset[Scope]


class Tokens:
    def __init__(self, book: Book) -> None:
        self._book = book

    def make(self, account: int, name: str, scopes: Sequence[Scope], days: int) -> str:
        """The token. ContentError: a scope that the person has not, none at all, too many tokens."""
        now, token = self._book.now(), PREFIX + secrets.token_urlsafe(32)
        with self._book.work() as session:
            row = open_account(session, account)
            held = session.exec(select(ApiTokenRow).where(ApiTokenRow.account_id == account)).all()
            if not scopes or not set(scopes) <= set(scopes_of(Role(row.role))) or days not in DAYS:
                raise ContentError("token_scopes", remedy="Choose some of those that are shown.")
            if len(held) >= MOST:
                raise ContentError("tokens_full", remedy="Remove one that is not used.")
            session.add(
                ApiTokenRow(
                    account_id=account,
                    digest=digest(token),
                    name=" ".join(name.split())[:40] or "Token",
                    scopes=[str(scope) for scope in scopes],
                    made_at=now,
                    expires_at=now + timedelta(days=days),
                )
            )
            self._book.note(session, "token_made", account, account, scopes=[str(s) for s in scopes])
        return token

    def look(self, token: str) -> Program | None:
        """Whose token this is and what it may now: its scopes, less what its person lost since."""
        now = self._book.now()
        with self._book.work() as session:
            row = session.exec(select(ApiTokenRow).where(ApiTokenRow.digest == digest(token))).first()
            if row is None or row.id is None or now >= row.expires_at:
                return None
            account = session.get(AccountRow, row.account_id)
            if account is None or account.closed_at is not None:
                return None
            if row.used_at is None or now - row.used_at >= SEEN_EVERY:
                row.used_at = now
            rights = rights_of(Role(account.role))
            scopes = frozenset(s for s in Scope if s.value in row.scopes and SCOPE_RIGHT[s] in rights)
            return Program(row.id, row.account_id, account.name, scopes)

    def of(self, account: int) -> list[ApiTokenRow]:
        with self._book.work() as session:
            query = select(ApiTokenRow).where(ApiTokenRow.account_id == account)
            return list(session.exec(query.order_by(col(ApiTokenRow.id))))

    def remove(self, account: int, token: int) -> None:
        with self._book.work() as session:
            row = session.get(ApiTokenRow, token)
            if row is not None and row.account_id == account:
                session.delete(row)
                self._book.note(session, "token_removed", account, account)
