"""Passwords, codes of an authenticator app, recovery codes. Secrets that must be read again are sealed."""

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
import unicodedata
from pathlib import Path

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from products.errors import SetupError

# RFC 9106, section 4, second recommended option (64 MiB), with one lane: the console runs on two cores.
HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)
NOBODY = HASHER.hash(secrets.token_urlsafe(16))  # verified for unknown names, so that they take as long
SHORTEST = 12  # NIST SP 800-63B asks for 8 at least and for no rules of composition
LONGEST = 200
RECOVERY_CODES = 10
STEP_S = 30  # RFC 6238
COMMON = frozenset(
    "password123 123456789012 passwordpassword qwertyuiop12 iloveyou1234 correcthorsebatterystaple "
    "administrator 1q2w3e4r5t6y qwerty123456 letmeinletmein castmatecastmate".split()
)


def weakness(password: str, name: str) -> str | None:
    """Why this cannot be a password (a key of the pages' words), or None."""
    folded = fold(password)
    if len(password) < SHORTEST:
        return "password_short"
    if len(password) > LONGEST:
        return "password_long"
    plain = re.sub(r"[\W_]+", "", folded)
    if folded in COMMON or plain in COMMON or len(set(folded)) < 4:
        return "password_common"
    if len(fold(name)) > 3 and fold(name) in folded and len(folded) - len(fold(name)) < 6:
        return "password_name"
    return None


def hashed(password: str) -> str:
    """Argon2id with its salt and parameters. About 0.1 s and 64 MiB."""
    return HASHER.hash(unicodedata.normalize("NFKC", password))


def verified(stored: str | None, password: str) -> bool:
    """Takes as long for an account without a password, or none at all."""
    try:
        right = HASHER.verify(stored or NOBODY, unicodedata.normalize("NFKC", password[: LONGEST + 1]))
    except (Argon2Error, InvalidHashError):
        return False
    return right and stored is not None


def outdated(stored: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def fold(name: str) -> str:
    """How a name is compared: without regard to case, width and spaces around it."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def digest(token: str) -> str:
    """How a random token is kept. It has 128 bits or more, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())


# ---- codes


def new_totp() -> str:
    """A secret for an authenticator app, base32, 160 bits (RFC 4226, section 4)."""
    return pyotp.random_base32()


def totp_uri(secret: str, name: str, issuer: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def totp_step(secret: str, code: str, seconds: float, last: int) -> int | None:
    """The half minute whose code this is, one early or late; None for a wrong code or one at or before
    `last`: a code counts once.
    """
    given = re.sub(r"\s", "", code)
    if re.fullmatch(r"[0-9]{6}", given) is None:
        return None
    now, maker = int(seconds // STEP_S), pyotp.TOTP(secret)
    for step in (now, now - 1, now + 1):
        if step > last and same(given, maker.generate_otp(step)):
            return step
    return None


def new_recovery_codes() -> tuple[str, ...]:
    """Codes of 80 bits each, for the day when the phone is gone."""
    return tuple(_grouped(secrets.token_bytes(10)) for _ in range(RECOVERY_CODES))


def recovery_digest(code: str) -> str:
    return digest(re.sub(r"[^a-z0-9]", "", code.casefold()))


def _grouped(random: bytes) -> str:
    text = base64.b32encode(random).decode().lower()
    return "-".join(text[k : k + 4] for k in range(0, 16, 4))


# ---- sealing


class Sealer:
    """Seals small secrets under one key: AES-256-GCM, bound to what they are for."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._key = key
        self.mark = hmac.new(key, b"castmate cookies", hashlib.sha256).digest()

    def password(self, purpose: str) -> bytes:
        """For files that are sealed with a password of their own kind (PEM)."""
        return hmac.new(self._key, b"password " + purpose.encode(), hashlib.sha256).hexdigest().encode()

    def seal(self, secret: bytes, purpose: str) -> str:
        nonce = secrets.token_bytes(12)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, secret, purpose.encode())).decode()

    def open(self, sealed: str, purpose: str) -> bytes:
        """Raises SetupError when it was sealed under another key or for another purpose."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:12], raw[12:], purpose.encode())
        except (InvalidTag, ValueError):
            raise SetupError(
                "A secret of the console does not open with the key at hand.",
                remedy="Restore console.key from the copy of the keys that belongs to this data.",
            ) from None


def console_key(path: Path) -> bytes:
    """The 32 bytes that seal the console's secrets; made on first use (mode 0600). Raises SetupError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(32))
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            pass
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SetupError(f"The key {path} can be read by others.", remedy=f"Run: chmod 600 {path}")
        key = path.read_bytes()
    except OSError as error:
        what = error.strerror or str(error)
        raise SetupError(
            f"The key {path} cannot be used: {what}.", remedy="Restore it from a copy."
        ) from None
    if len(key) != 32:
        raise SetupError(f"{path} holds no key of the console.", remedy="Restore it from a copy.")
    return key
