"""Keys in one sealed file, to be kept apart from the data; and back, without what was erased since.

The file: b"castmate keys 1\\n", 16 bytes of salt, 12 of nonce, then AES-256-GCM over JSON; the key from a
passphrase by scrypt (n 2^15, r 8, p 1: RFC 7914, about 0.1 s and 32 MiB). It carries the office ledger's last
checkpoint: a restore beside an older or another office ledger would bring back what was promised to be gone.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bot.compliance.erasure import erased
from bot.compliance.ledger_file import Checkpoint, verify
from bot.compliance.persons import PersonKeys
from bot.compliance.proofs import Grown
from products.errors import SetupError

MAGIC = b"castmate keys 1\n"
SHORTEST = 10


@dataclass(frozen=True)
class Places:
    """Where keys lie: `files`, folders by the name that the backup gives them; `persons`: the store of
    personal keys; `office`: the office's own ledger, which lists what was erased.
    """

    files: tuple[tuple[str, Path], ...]
    persons: Path
    office: Path


@dataclass(frozen=True)
class Restored:
    """`files`, `persons`: put back; `erased`: keys of persons that were in the backup and stay destroyed."""

    files: int
    persons: int
    erased: int


def backup(places: Places, passphrase: str, to: Path) -> int:
    """Seals all keys into a new file; how many of persons. Raises SetupError: short passphrase, the file is
    there already, the disk refuses.
    """
    if len(passphrase) < SHORTEST:
        raise SetupError("The passphrase is too short.", remedy=f"{SHORTEST} characters at least.")
    store = PersonKeys(places.persons)
    rows = store.rows()
    store.close()
    files = {}
    for name, folder in places.files:
        for path in sorted(p for p in folder.glob("*") if p.is_file() and p.name != places.persons.name):
            files[f"{name}/{path.name}"] = _text(path.read_bytes())
    log = Grown(places.office) if places.office.exists() else None
    last = log.checkpoints[-1].model_dump(mode="json") if log is not None and log.checkpoints else None
    plain = {"files": files, "persons": [[a, p, s, _text(k)] for a, p, s, k in rows], "office": last}
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, json.dumps(plain).encode(), MAGIC)
    try:
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(MAGIC + salt + nonce + sealed)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        what = f"The backup {to} cannot be written: {error.strerror}."
        raise SetupError(what, remedy="Name a file that is not there yet, on another disk.") from None
    return len(rows)


def restore(places: Places, passphrase: str, source: Path) -> Restored:
    """Puts keys back that are missing here, apart from those that were erased: these never open again.

    Raises SetupError: wrong passphrase or a changed file; the office's ledger is older than the backup or was
    changed; another key lies where one should go. Nothing is written then.
    """
    plain = _unsealed(passphrase, source)
    _office_goes_on(places.office, plain["office"])
    gone = erased(places.office)
    folders, missing = dict(places.files), []
    for name, text in plain["files"].items():
        folder, _, file = name.partition("/")
        if folder not in folders:
            raise SetupError(
                "The backup holds keys from a folder of their own.",
                remedy="Set CASTMATE_KEYS as it was then.",
            )
        path, data = folders[folder] / Path(file).name, base64.b64decode(text)
        if not path.exists():
            missing.append((path, data))
        elif path.read_bytes() != data:
            raise SetupError(f"{path} holds another key.", remedy="Move it away first; it signs newer logs.")
    rows = [(a, p, s, base64.b64decode(k)) for a, p, s, k in plain["persons"]]
    store = PersonKeys(places.persons)
    put_back = store.take_back(row for row in rows if row[0] not in gone)
    store.destroy(gone)  # what an erasure that broke off has left here
    store.close()
    for path, data in missing:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)
    return Restored(len(missing), put_back, sum(row[0] in gone for row in rows))


def _office_goes_on(office: Path, last: dict[str, Any] | None) -> None:
    """The list of erasures must be whole, and at least as long as when the backup was made."""
    checkpoint = None if last is None else Checkpoint.model_validate(last)
    if checkpoint is not None and not office.exists():
        what = f"The office's ledger {office} is gone, and with it the list of what was erased."
        raise SetupError(what, remedy="Restore the data folder first, then the keys.")
    report = verify(office, None, checkpoint) if office.exists() else None
    if report is not None and not report.ok:
        what = f"The office's ledger {office} does not go on from the backup's: {report.troubles[0]}."
        raise SetupError(what, remedy="Restore a newer copy of the data folder first, then the keys.")


def _unsealed(passphrase: str, source: Path) -> dict[str, Any]:
    try:
        raw = source.read_bytes()
    except OSError as error:
        what = f"The backup {source} cannot be read: {error.strerror}."
        raise SetupError(what, remedy="Check the path.") from None
    head = len(MAGIC)
    if not raw.startswith(MAGIC):
        raise SetupError(f"{source} is no backup of keys.", remedy="castmate keys backup writes one.")
    salt, nonce, sealed = raw[head : head + 16], raw[head + 16 : head + 28], raw[head + 28 :]
    try:
        plain: dict[str, Any] = json.loads(AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed, MAGIC))
    except (InvalidTag, ValueError):
        what = f"{source} does not open: a wrong passphrase, or it was changed."
        raise SetupError(what, remedy="Try again, or take another copy.") from None
    return plain


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
