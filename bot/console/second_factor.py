"""A person's password and the code after it: set, checked, taken away."""

from dataclasses import dataclass

from bot.console.account_book import Book, end_sessions, open_account
from bot.console.account_tables import AccountRow
from bot.console.credentials import (
    Sealer,
    digest,
    hashed,
    new_recovery_codes,
    outdated,
    recovery_digest,
    totp_step,
    verified,
    weakness,
)
from products.errors import ContentError, SetupError


@dataclass(frozen=True, slots=True)
class Checked:
    """A password was right. `code`: the second factor is still owed."""

    account: int
    code: bool


class Secrets:
    """Methods hash and wait for the database: call them from a thread."""

    def __init__(self, book: Book, sealer: Sealer) -> None:
        self._book, self._sealer = book, sealer

    def new_password(self, password: str, name: str) -> str:
        """The hash to keep. ContentError (a key of the pages' words) when it is weak."""
        if (why := weakness(password, name)) is not None:
            raise ContentError(why)
        return hashed(password)

    def check_password(self, account: AccountRow | None, password: str) -> Checked | None:
        """None when it is wrong; nobody's password takes as long as a wrong one."""
        right = verified(None if account is None else account.password, password)
        if account is None or account.id is None or not right:
            return None
        if account.password is not None and outdated(account.password):
            with self._book.work() as session:
                open_account(session, account.id).password = hashed(password)
        return Checked(account.id, account.totp is not None)

    def set_password(self, account: int, password: str, name: str, session_id: int) -> None:
        """Signs out all their other browsers. ContentError when it is weak."""
        kept = self.new_password(password, name)
        with self._book.work() as session:
            open_account(session, account).password = kept
            end_sessions(session, account, but=session_id)
            self._book.note(session, "password_set", account, account)

    # ---- the authenticator app

    def begin_totp(self, account: int, secret: str) -> str:
        """The secret sealed, for the page to bring back with the first code."""
        return self._sealer.seal(secret.encode(), f"new totp of {account}")

    def totp_begun(self, account: int, sealed: str) -> str:
        """Raises SetupError when it was not made for this person."""
        return self._sealer.open(sealed, f"new totp of {account}").decode()

    def set_totp(self, account: int, secret: str, code: str, session_id: int) -> tuple[str, ...] | None:
        """Turns codes on, once the app has shown a right one; None for a wrong one. Gives the recovery
        codes, which are told this once.
        """
        step = totp_step(secret, code, self._book.now().timestamp(), 0)
        if step is None:
            return None
        codes = new_recovery_codes()
        with self._book.work() as session:
            row = open_account(session, account)
            row.totp = self._sealer.seal(secret.encode(), f"totp of {account}")
            row.totp_step, row.recovery = step, [recovery_digest(code) for code in codes]
            end_sessions(session, account, but=session_id)
            self._book.note(session, "codes_on", account, account)
        return codes

    def drop_totp(self, account: int) -> None:
        with self._book.work() as session:
            row = open_account(session, account)
            row.totp, row.recovery = None, []
            self._book.note(session, "codes_off", account, account)

    def check_code(self, account: int, code: str) -> bool:
        """A code of the app, or a recovery code, which is used up by it."""
        with self._book.work() as session:
            row = open_account(session, account)
            if row.totp is None:
                return False
            secret = self._sealer.open(row.totp, f"totp of {account}").decode()
            step = totp_step(secret, code, self._book.now().timestamp(), row.totp_step)
            if step is not None:
                row.totp_step = step
                return True
            mark = recovery_digest(code)
            if mark in row.recovery and code.strip():
                row.recovery = [kept for kept in row.recovery if kept != mark]
                self._book.note(session, "recovery_code_used", account, account, left=len(row.recovery))
                return True
            return False

    # ---- browsers that signed in before

    def device_mark(self, account: int) -> str:
        """A cookie's value that tells this browser from unknown ones, for this account alone."""
        return self._sealer.seal(str(account).encode(), "known browser")

    def known(self, cookie: str, account: int | None) -> str:
        """A short mark when the cookie is of this account, else ""."""
        try:
            right = (
                account is not None and self._sealer.open(cookie, "known browser") == str(account).encode()
            )
        except SetupError:
            return ""
        return digest(cookie)[:16] if right else ""
