"""Passkeys (WebAuthn level 2), always with user verification: the device itself knows who holds it."""

import json
import secrets
import struct
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bot.console.account_book import Book, open_account
from bot.console.account_tables import AccountRow, PasskeyRow
from products.errors import ContentError

CEREMONY_S = 300.0
CEREMONIES = 2000
MOST = 20  # of one person
# What the library raises for answers that are no answers: its own, and those of its parsers.
UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError, struct.error)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a browser stands: `host` names the passkeys' owner, `origin` is compared to the last letter."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class _Ceremony:
    challenge: bytes
    account: int | None
    until: float


class Ceremonies:
    """Challenges that wait for their answer, each good once. In memory: a restart asks anew."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Ceremony] = OrderedDict()

    def begin(self, account: int | None, now: float) -> tuple[str, bytes]:
        """(id, challenge). `account`: who registers; None: somebody signs in."""
        name, challenge = secrets.token_urlsafe(18), secrets.token_bytes(32)
        self._open[name] = _Ceremony(challenge, account, now + CEREMONY_S)
        if len(self._open) > CEREMONIES:
            self._open.popitem(last=False)
        return name, challenge

    def end(self, name: str, account: int | None, now: float) -> bytes:
        """The challenge of `name`, once. ContentError: unknown, somebody else's, too late."""
        found = self._open.pop(name, None)
        if found is None or found.account != account or now > found.until:
            raise ContentError("passkey_late", remedy="Begin again.")
        return found.challenge


class Passkeys:
    def __init__(self, book: Book) -> None:
        self._book = book

    def registration(self, account: int, site: Site, title: str, challenge: bytes) -> dict[str, Any]:
        """What the browser is asked, as JSON values."""
        with self._book.work() as session:
            row = open_account(session, account)
            held = session.exec(select(PasskeyRow).where(PasskeyRow.account_id == account)).all()
        if len(held) >= MOST:
            raise ContentError("passkeys_full", remedy="Remove one that is not used.")
        return _json(
            generate_registration_options(
                rp_id=site.host,
                rp_name=title,
                user_name=row.name,
                user_id=base64url_to_bytes(row.handle),
                challenge=challenge,
                exclude_credentials=[
                    PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential)) for key in held
                ],
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED,
                    user_verification=UserVerificationRequirement.REQUIRED,
                ),
            )
        )

    def register(
        self, account: int, site: Site, challenge: bytes, answer: dict[str, Any], name: str
    ) -> PasskeyRow:
        """ContentError when the answer does not hold."""
        try:
            found = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                require_user_verification=True,
            )
        except UNREADABLE as error:
            raise ContentError("passkey_wrong", remedy="Try again.") from error
        credential = bytes_to_base64url(found.credential_id)
        with self._book.work() as session:
            open_account(session, account)
            if session.exec(select(PasskeyRow).where(PasskeyRow.credential == credential)).first():
                raise ContentError("passkey_known", remedy="Use it to sign in.")
            row = PasskeyRow(
                account_id=account,
                credential=credential,
                public_key=bytes_to_base64url(found.credential_public_key),
                sign_count=found.sign_count,
                name=" ".join(name.split())[:40] or "Passkey",
                made_at=self._book.now(),
            )
            session.add(row)
            self._book.note(session, "passkey_added", account, account)
        return row

    def authentication(self, site: Site, challenge: bytes) -> dict[str, Any]:
        """What the browser is asked. It names nobody: the passkey knows whose it is."""
        return _json(
            generate_authentication_options(
                rp_id=site.host,
                challenge=challenge,
                user_verification=UserVerificationRequirement.REQUIRED,
            )
        )

    def authenticate(self, site: Site, challenge: bytes, answer: dict[str, Any]) -> AccountRow:
        """Whose passkey this is. ContentError when it is nobody's, or the answer does not hold."""
        with self._book.work() as session:
            known = session.exec(
                select(PasskeyRow).where(PasskeyRow.credential == str(answer.get("id", "")))
            ).first()
        if known is None:
            raise ContentError("passkey_unknown", remedy="Sign in with your password.")
        try:
            found = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                credential_public_key=base64url_to_bytes(known.public_key),
                credential_current_sign_count=known.sign_count,
                require_user_verification=True,
            )
        except UNREADABLE as error:
            self._book.record("passkey_refused", None, known.account_id)
            raise ContentError("passkey_wrong", remedy="Try again.") from error
        with self._book.work() as session:
            account = open_account(session, known.account_id)
            row = session.get(PasskeyRow, known.id)
            if row is None or not _names(answer, account):
                raise ContentError("passkey_wrong", remedy="Try again.")
            row.sign_count, row.used_at = found.new_sign_count, self._book.now()
            return account

    def of(self, account: int) -> list[PasskeyRow]:
        with self._book.work() as session:
            query = select(PasskeyRow).where(PasskeyRow.account_id == account)
            return list(session.exec(query.order_by(col(PasskeyRow.id))))

    def remove(self, account: int, passkey: int) -> None:
        """ContentError when it is the last way in."""
        with self._book.work() as session:
            row = session.get(PasskeyRow, passkey)
            if row is None or row.account_id != account:
                return
            held = session.exec(select(PasskeyRow).where(PasskeyRow.account_id == account)).all()
            if len(held) == 1 and open_account(session, account).password is None:
                raise ContentError("last_way_in", remedy="Set a password first.")
            session.delete(row)
            self._book.note(session, "passkey_removed", account, account)


def _names(answer: dict[str, Any], account: AccountRow) -> bool:
    """A discoverable passkey says whose it is; that must be the one we know it of."""
    response = answer.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    return handle is None or handle == account.handle


def _json(options: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(options_to_json(options))
    return made
