"""Small pictures of a co-host at the moments that count: sealed, and kept as long as the show's rules ask.

A file each in the show's folder, AES-256-GCM under the person's key of that show (bot/compliance/persons.py):
when the key is destroyed none of them opens any more, and the ledger, which holds their hashes, stays whole.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.compliance.ledger import read_ledger
from bot.compliance.personal import COHOST
from bot.compliance.persons import PersonKeys
from products.errors import ContentError, SetupError

KIND = "cohost.snapshot"
FOLDER = "snapshots"
MOST = 2000  # in one show: a day of one every forty seconds
_NAME = re.compile(r"[0-9]{5}-([0-9a-f]{32})\.sealed")


class Snapshots:
    """Those of one running show. `folder`: the show's. Methods block on the disk."""

    def __init__(self, folder: Path, keys: PersonKeys) -> None:
        self._folder, self._show, self._keys = folder / FOLDER, folder.name, keys
        self._count = 0

    def keep(self, name: str, jpeg: bytes) -> dict[str, str]:
        """Seals a picture of the person; {"file", "sha256"} for the ledger, {} when there are MOST already.

        Raises SetupError: the disk or the store of keys refuses.
        """
        if self._count >= MOST:
            return {}
        alias, key = self._keys.key(COHOST.prefix + name, self._show)
        nonce = secrets.token_bytes(12)
        hidden = nonce + AESGCM(key).encrypt(nonce, jpeg, _bound(alias))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._free(alias)
            with path.open("xb") as out:
                out.write(hidden)
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise SetupError(
                f"A picture of the co-host cannot be kept in {self._folder}: {error.strerror or error}.",
                remedy="Look at the disk of the data folder.",
            ) from None
        return {"file": path.name, "sha256": hashlib.sha256(hidden).hexdigest()}

    def _free(self, alias: str) -> Path:
        while True:  # a show that was taken up again finds its own
            self._count += 1
            if not any(self._folder.glob(f"{self._count:05d}-*")):
                return self._folder / f"{self._count:05d}-{alias}.sealed"


def there(show: Path, file: str, keys: PersonKeys | None) -> bool:
    """Whether it can still be opened: neither deleted in its time nor erased."""
    found = _NAME.fullmatch(file)
    key = None if found is None or keys is None else keys.opening(found[1])
    return key is not None and (show / FOLDER / file).is_file()


def opened(show: Path, file: str, keys: PersonKeys | None) -> bytes:
    """The JPEG. Raises ContentError: no such picture, its key was destroyed, or it was changed."""
    found = _NAME.fullmatch(file)
    path = show / FOLDER / file
    if found is None or not path.is_file():
        raise ContentError(f"There is no picture {file!r}.", remedy="It may have been deleted in its time.")
    key = None if keys is None else keys.opening(found[1])
    if key is None:
        raise ContentError(f"The picture {file} was erased with its person's key.", remedy="It stays so.")
    raw = path.read_bytes()
    try:
        return AESGCM(key).decrypt(raw[:12], raw[12:], _bound(found[1]))
    except (InvalidTag, ValueError):
        raise ContentError(f"The picture {file} was changed.", remedy="Verify the show's ledger.") from None


def damages(show: Path) -> Iterator[str]:
    """Which pictures are not those that the ledger names; one that is gone is not (its time may be over)."""
    for recorded in read_ledger(show / "ledger.jsonl"):
        entry = recorded.entry
        path = show / FOLDER / str(entry.data.get("file", ""))
        if entry.kind == KIND and path.is_file():
            if hashlib.sha256(path.read_bytes()).hexdigest() != entry.data.get("sha256"):
                yield f"the picture {path.name} (entry {recorded.index}) was changed"


def _bound(alias: str) -> bytes:
    return b"castmate snapshot 1\0" + alias.encode()
