"""Signed-in browsers, kept on the server. The cookie holds 256 random bits; the database their digest."""

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, delete, or_, select

from bot.console.account_book import Book, end_sessions
from bot.console.account_tables import AccountRow, SessionRow
from bot.console.credentials import digest
from bot.console.roles import Right, Role, rights_of

log = logging.getLogger(__name__)

LASTS = timedelta(days=7)
IDLE = timedelta(hours=16)  # a working day and the night after it
CODE_LASTS = timedelta(minutes=5)
TURNS = timedelta(hours=1)  # a cookie gets a new value so often
OLD_WORKS = timedelta(seconds=60)  # requests under way still bring the one before
FRESH = timedelta(minutes=10)  # so long a shown credential opens what is delicate
SEEN_EVERY = timedelta(minutes=1)
MOST = 30  # browsers of one person


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who signed in. `session`: 0 for a program; `token`: a new value for the cookie."""

    account: int
    name: str
    role: Role
    rights: frozenset[Right]
    session: int
    only: Role | None = None
    proved_at: datetime | None = None
    digest: str = ""
    token: str | None = None
    how: str = ""  # the credential that was shown last: "passkey", "password" ...

    def fresh(self, now: datetime) -> bool:
        """Whether a credential was shown a short while ago."""
        return self.proved_at is not None and now - self.proved_at <= FRESH


@dataclass(frozen=True, slots=True)
class Browser:
    """What is kept to tell a person's browsers apart: "Safari on iPhone", and where from."""

    device: str = ""
    address: str = ""


class Sessions:
    def __init__(self, book: Book) -> None:
        self._book = book

    def begin(
        self,
        account: int,
        how: str,
        browser: Browser,
        *,
        only: Role | None = None,
        stage: str = "full",
        proved: bool = True,
        turned_from: int | None = None,
    ) -> str:
        """A session's cookie. `turned_from`: a session that ends with it (the cookie changes at sign-in).
        `proved`: a credential was shown.
        """
        now, token = self._book.now(), secrets.token_urlsafe(32)
        with self._book.work() as session:
            if turned_from is not None and (old := session.get(SessionRow, turned_from)) is not None:
                session.delete(old)
            self._make_room(session, account, now)
            session.add(
                SessionRow(
                    account_id=account,
                    digest=digest(token),
                    turned_at=now,
                    only=only or "",
                    stage=stage,
                    how=how,
                    device=browser.device[:80],
                    address=browser.address[:60],
                    made_at=now,
                    seen_at=now,
                    proved_at=now if proved else None,
                    expires_at=now + (LASTS if stage == "full" else CODE_LASTS),
                )
            )
            if stage == "full":
                self._book.note(session, "signed_in", account, how=how, only=only or "")
        return token

    def look(self, token: str, *, turn: bool = True) -> Who | None:
        """Who brings this cookie; None: nobody (any more). With `turn`, and when it is time, the answer holds
        a new value for the cookie; the old one works until the new one came back, and a minute longer.
        """
        now, mark = self._book.now(), digest(token)
        with self._book.work() as session:
            row = self._row(session, mark, now)
            account = None if row is None else session.get(AccountRow, row.account_id)
            if row is None or account is None or account.closed_at is not None or row.stage != "full":
                return None
            who = _who(row, account, mark, None)
            if not _stale(row, mark, now, turn):
                return who
        try:
            return replace(who, token=self._touch(who.session, mark, now, turn))
        except OperationalError as error:  # a long import holds the database: next time
            log.info("a session's time was not written down: %s", error)
            return who

    def _touch(self, session_id: int, mark: str, now: datetime, turn: bool) -> str | None:
        """Writes down that a session was seen, and turns its cookie when it is time: the new value."""
        with self._book.work() as session:
            row = session.get(SessionRow, session_id)
            if row is None:
                return None
            if row.digest == mark and not row.came_back:
                row.came_back, row.turned_at = True, now
            fresh = None
            if turn and _turns(row, mark, now):
                fresh = secrets.token_urlsafe(32)
                row.before, row.digest, row.turned_at, row.came_back = mark, digest(fresh), now, False
            if now - row.seen_at >= SEEN_EVERY:
                row.seen_at = now
            return fresh

    def pending(self, token: str) -> tuple[int, int] | None:
        """(account, session) of a browser that gave the right password and owes the code."""
        now = self._book.now()
        with self._book.work() as session:
            row = self._row(session, digest(token), now)
            return None if row is None or row.stage != "code" else (row.account_id, row.id or 0)

    def _row(self, session: Session, mark: str, now: datetime) -> SessionRow | None:
        found = session.exec(
            select(SessionRow).where(or_(SessionRow.digest == mark, SessionRow.before == mark))
        ).first()
        if found is None or now >= found.expires_at or now - found.seen_at >= IDLE:
            return None
        if found.digest != mark and found.came_back and now - found.turned_at > OLD_WORKS:
            # An old cookie after its time: one of the two who hold this session took it from the other.
            self._book.note(session, "session_taken", found.account_id)
            session.delete(found)
            return None
        return found

    def _make_room(self, session: Session, account: int, now: datetime) -> None:
        session.exec(
            delete(SessionRow).where(
                or_(col(SessionRow.expires_at) <= now, col(SessionRow.seen_at) <= now - IDLE)
            )
        )
        rows = session.exec(
            select(SessionRow)
            .where(SessionRow.account_id == account)
            .order_by(col(SessionRow.seen_at).desc())
        ).all()
        for row in rows[MOST - 1 :]:
            session.delete(row)

    def prove(self, session_id: int, how: str) -> None:
        """The person has shown a credential again."""
        with self._book.work() as session:
            if (row := session.get(SessionRow, session_id)) is not None:
                row.proved_at, row.how = self._book.now(), how

    def of(self, account: int) -> list[SessionRow]:
        """A person's browsers, the latest first."""
        now = self._book.now()
        with self._book.work() as session:
            rows = session.exec(
                select(SessionRow)
                .where(SessionRow.account_id == account, SessionRow.stage == "full")
                .order_by(col(SessionRow.seen_at).desc())
            )
            return [row for row in rows if now < row.expires_at and now - row.seen_at < IDLE]

    def end(self, account: int, session_id: int) -> None:
        """Signs one of a person's own browsers out; of another's: nothing."""
        with self._book.work() as session:
            row = session.get(SessionRow, session_id)
            if row is not None and row.account_id == account:
                session.delete(row)
                self._book.note(session, "signed_out", account)

    def end_all(self, account: int, by: int, but: int | None = None) -> int:
        """Signs a person out everywhere, or everywhere `but` here."""
        with self._book.work() as session:
            number = end_sessions(session, account, but)
            self._book.note(session, "signed_out_everywhere", by, account, browsers=number)
            return number


def _turns(row: SessionRow, mark: str, now: datetime) -> bool:
    """Whether the cookie gets a new value: its hour is over, or the answer with the new one never arrived."""
    if row.digest != mark:
        return not row.came_back
    return row.came_back and now - row.turned_at >= TURNS


def _stale(row: SessionRow, mark: str, now: datetime, turn: bool) -> bool:
    """Whether something is to be written down."""
    came = row.digest == mark and not row.came_back
    return came or now - row.seen_at >= SEEN_EVERY or (turn and _turns(row, mark, now))


def _who(row: SessionRow, account: AccountRow, mark: str, token: str | None) -> Who:
    role, only = Role(account.role), Role(row.only) if row.only else None
    return Who(
        account=row.account_id,
        name=account.name,
        role=role,
        rights=rights_of(role, only),
        session=row.id or 0,
        only=only,
        proved_at=row.proved_at,
        digest=mark,
        token=token,
        how=row.how,
    )
