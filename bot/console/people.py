"""The people of a console: their accounts, roles, invitations. Every change is noted where it is made."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from bot.console.account_book import Book, end_sessions, open_account
from bot.console.account_tables import AccountRow, ApiTokenRow, InvitationRow, PasskeyRow
from bot.console.credentials import digest, fold
from bot.console.roles import Role
from products.errors import ContentError

INVITED_FOR = timedelta(days=3)
RESET_FOR = timedelta(hours=24)
NAME = 60
DEMO = "operator"  # who opens a demo's printed link


@dataclass(frozen=True, slots=True)
class Invited:
    """A link that is still good. `account`: whose credentials it replaces; None: it makes an account."""

    id: int
    name: str
    role: Role
    account: int | None


class People:
    def __init__(self, book: Book) -> None:
        self._book = book

    def begun(self) -> bool:
        """Whether anybody can sign in: until then the set-up link is open."""
        with self._book.work() as session:
            return session.exec(select(func.count()).select_from(AccountRow)).one() > 0

    def all(self) -> list[AccountRow]:
        with self._book.work() as session:
            return list(session.exec(select(AccountRow).order_by(col(AccountRow.id))))

    def get(self, account: int) -> AccountRow | None:
        with self._book.work() as session:
            return session.get(AccountRow, account)

    def by_login(self, name: str) -> AccountRow | None:
        """The open account of that name."""
        with self._book.work() as session:
            row = session.exec(select(AccountRow).where(AccountRow.login == fold(name))).first()
            return row if row is not None and row.closed_at is None else None

    def found(self, name: str, password: str | None) -> AccountRow:
        """The first owner. ContentError when there is anybody already."""
        with self._book.work() as session:
            if session.exec(select(func.count()).select_from(AccountRow)).one():
                raise ContentError("This console is set up already.", remedy="Sign in.")
            row = self._add(session, name, Role.OWNER, password)
            self._book.note(session, "set_up", row.id, row.id)
            return row

    def of_the_demo(self) -> AccountRow:
        """Who opens a demo's printed link: an owner without a password, made when asked for."""
        with self._book.work() as session:
            row = session.exec(select(AccountRow).where(AccountRow.login == DEMO)).first()
            return row or self._add(session, DEMO, Role.OWNER, None)

    def _add(self, session: Session, name: str, role: Role, password: str | None) -> AccountRow:
        shown = " ".join(name.split())
        if not 1 <= len(shown) <= NAME or not shown.isprintable():
            raise ContentError("name_length", remedy=f"A name has 1 to {NAME} characters.")
        row = AccountRow(
            login=fold(shown),
            name=shown,
            role=role,
            handle=secrets.token_urlsafe(32),
            password=password,
            made_at=self._book.now(),
        )
        try:
            session.add(row)
            session.flush()
        except IntegrityError:
            raise ContentError("name_taken", remedy="Choose another name.") from None
        return row

    # ---- invitations

    def invite(self, name: str, role: Role, by: int | None) -> str:
        """A link's key, good once within three days, for a new account."""
        with self._book.work() as session:
            return self._invitation(session, name, role, None, by, INVITED_FOR)

    def reset(self, account: int, by: int | None) -> str:
        """A link's key, good once within a day, with which a person sets a new password. What they had goes
        on working until then.
        """
        with self._book.work() as session:
            row = open_account(session, account)
            return self._invitation(session, row.name, Role(row.role), account, by, RESET_FOR)

    def _invitation(
        self, session: Session, name: str, role: Role, account: int | None, by: int | None, lasts: timedelta
    ) -> str:
        now, key = self._book.now(), secrets.token_urlsafe(24)
        session.add(
            InvitationRow(
                digest=digest(key),
                name=" ".join(name.split())[:NAME],
                role=role,
                account_id=account,
                made_by=by,
                made_at=now,
                expires_at=now + lasts,
            )
        )
        self._book.note(session, "invited" if account is None else "reset_link", by, account, role=role)
        return key

    def invited(self, key: str) -> Invited | None:
        """What a link's key is good for; None: nothing (any more)."""
        with self._book.work() as session:
            row = self._good(session, key)
            if row is None or row.id is None:
                return None
            return Invited(row.id, row.name, Role(row.role), row.account_id)

    def _good(self, session: Session, key: str) -> InvitationRow | None:
        row = session.exec(select(InvitationRow).where(InvitationRow.digest == digest(key))).first()
        return row if row is not None and row.used_at is None and self._book.now() < row.expires_at else None

    def accept(self, key: str, name: str, password: str | None) -> AccountRow:
        """Uses a link up: a new account, or a new password for an old one, whose other ways in end: passkeys,
        codes, browsers, tokens. ContentError when the link is not good.
        """
        with self._book.work() as session:
            row = self._good(session, key)
            if row is None:
                raise ContentError("link_gone", remedy="Ask for a new one.")
            row.used_at = self._book.now()
            if row.account_id is None:
                account = self._add(session, name, Role(row.role), password)
                self._book.note(session, "joined", account.id, account.id, role=row.role)
                return account
            account = open_account(session, row.account_id)
            account.password, account.totp, account.recovery = password, None, []
            _forget_keys(session, row.account_id)
            end_sessions(session, row.account_id)
            self._book.note(session, "credentials_reset", account.id, account.id)
            return account

    def open_invitations(self) -> list[InvitationRow]:
        with self._book.work() as session:
            rows = session.exec(select(InvitationRow).where(col(InvitationRow.used_at).is_(None)))
            return [row for row in rows if self._book.now() < row.expires_at]

    def withdraw(self, invitation: int, by: int) -> None:
        with self._book.work() as session:
            row = session.get(InvitationRow, invitation)
            if row is not None and row.used_at is None:
                session.delete(row)
                self._book.note(session, "invitation_withdrawn", by)

    # ---- changes

    def give_role(self, account: int, role: Role, by: int) -> None:
        """Their browsers are signed out: no page goes on with rights that are gone."""

        def change(session: Session, row: AccountRow) -> None:
            old, row.role = row.role, role
            self._book.note(session, "role_changed", by, account, old=old, new=role)

        self._change(account, change, keeps_owner=role is Role.OWNER)

    def close(self, account: int, by: int) -> None:
        """The person can sign in no more; their name stays with what they did."""

        def change(session: Session, row: AccountRow) -> None:
            row.closed_at = self._book.now()
            row.password, row.totp, row.recovery = None, None, []
            _forget_keys(session, account)
            self._book.note(session, "account_closed", by, account)

        self._change(account, change, keeps_owner=False)

    def _change(
        self, account: int, change: Callable[[Session, AccountRow], None], *, keeps_owner: bool
    ) -> None:
        with self._book.work() as session:
            row = open_account(session, account)
            if row.role == Role.OWNER and not keeps_owner and _owners(session) == 1:
                raise ContentError("last_owner", remedy="Make somebody else an owner first.")
            change(session, row)
            end_sessions(session, account)


def _owners(session: Session) -> int:
    query = select(func.count()).select_from(AccountRow)
    open_ones = query.where(AccountRow.role == Role.OWNER, col(AccountRow.closed_at).is_(None))
    return int(session.exec(open_ones).one())


def _forget_keys(session: Session, account: int) -> None:
    for kind in (PasskeyRow, ApiTokenRow):
        for row in session.exec(select(kind).where(kind.account_id == account)):
            session.delete(row)
