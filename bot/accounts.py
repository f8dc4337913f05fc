"""The shop's accounts on platforms, sealed on the disk: tokens, keys of applications, stream keys.

A file for each account in CASTMATE_DATA/accounts: AES-256-GCM over JSON, with platform and name bound in, so
that no account's file can be put in another's place. The key lies where the keys of sealed personal data lie.
"""

import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.settings import Settings
from products.errors import SetupError

MAGIC = b"castmate account 1\n"
SUFFIX = ".sealed"
KEY_FILE = "accounts.key"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PLATFORM = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")


class SealedKeeper:
    """Implements connectors.account.Keeper. Safe from several processes: two shows may refresh one token.

    Raises SetupError: a name of another form, a file or a key that cannot be read, a file that does not open.
    """

    def __init__(self, folder: Path, key_file: Path) -> None:
        self._folder, self._key_file = folder, key_file

    def read(self, platform: str, name: str) -> Mapping[str, str]:
        return self._open(self._path(platform, name), platform, name)

    def write(self, platform: str, name: str, changed: Mapping[str, str | None]) -> Mapping[str, str]:
        path = self._path(platform, name)
        with self._locked():
            key = self._key(make=True)
            both = {**self._open(path, platform, name), **changed}
            kept = {k: v for k, v in both.items() if v is not None}
            nonce = secrets.token_bytes(12)
            sealed = AESGCM(key).encrypt(nonce, json.dumps(kept).encode(), _bound(platform, name))
            _replace(path, MAGIC + nonce + sealed)
        return kept

    def names(self) -> tuple[tuple[str, str], ...]:
        found = (p.name.removesuffix(SUFFIX).partition(".") for p in self._folder.glob(f"*.*{SUFFIX}"))
        return tuple(sorted((platform, name) for platform, _, name in found))

    def forget(self, platform: str, name: str) -> bool:
        path = self._path(platform, name)
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

    def _path(self, platform: str, name: str) -> Path:
        if not _PLATFORM.fullmatch(platform) or not _NAME.fullmatch(name):
            raise SetupError(
                f"{platform}:{name} cannot be the name of an account.",
                remedy="Use up to 40 small letters, digits and hyphens.",
            )
        return self._folder / f"{platform}.{name}{SUFFIX}"

    def _open(self, path: Path, platform: str, name: str) -> dict[str, str]:
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SetupError(
                f"The account file {path} cannot be read: {error.strerror}.", remedy="Look at its rights."
            ) from None
        head = len(MAGIC)
        try:
            plain = AESGCM(self._key(make=False)).decrypt(
                raw[head : head + 12], raw[head + 12 :], _bound(platform, name)
            )
            fields = json.loads(plain)
        except (InvalidTag, ValueError):
            raise SetupError(
                f"The account file {path} does not open: it was changed, or the key is another one.",
                remedy=f"Run castmate keys restore, or log in anew: castmate connectors login {platform} "
                f"--account {name} --again",
            ) from None
        return {str(k): str(v) for k, v in fields.items()}

    def _key(self, *, make: bool) -> bytes:
        """The key; made where there is none and nothing was sealed by one."""
        try:
            key = self._key_file.read_bytes()
        except FileNotFoundError:
            if make and not self.names():
                key = secrets.token_bytes(32)
                self._key_file.parent.mkdir(parents=True, exist_ok=True)
                _replace(self._key_file, key)
            else:
                raise SetupError(
                    f"The key of the accounts, {self._key_file}, is not there.",
                    remedy="Run castmate keys restore; or remove the account files and log in again.",
                ) from None
        except OSError as error:
            what = f"The key {self._key_file} cannot be read: {error.strerror}."
            raise SetupError(what, remedy="Look at its rights.") from None
        if len(key) != 32:
            raise SetupError(f"{self._key_file} holds no key.", remedy="Run castmate keys restore.")
        return key

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            what = f"Accounts cannot be kept in {self._folder}: {error.strerror}."
            raise SetupError(what, remedy="Look at the disk and its rights.") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def account_keeper(settings: Settings) -> SealedKeeper:
    """Where this shop's accounts are kept."""
    return SealedKeeper(settings.data / "accounts", (settings.keys or settings.data / "keys") / KEY_FILE)


def _bound(platform: str, name: str) -> bytes:
    return MAGIC + f"{platform}\0{name}".encode()


def _replace(path: Path, data: bytes) -> None:
    """All of it or the old file; on the disk when it returns. Raises SetupError."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise SetupError(f"{path} cannot be written: {error.strerror}.", remedy="Look at the disk.") from None
