"""Licences in their folder, a key for each in another, and what is sealed with it.

    data/licences/ID/licence.yaml   what was signed, for people to read
    data/licences/ID/licence.seal   the same, sealed with the licence's key: shows a file changed later
    data/licences/ID/withdrawn.seal the time of its withdrawal, sealed before the key went: who has the key
                                    elsewhere can believe it
    keys/ID.key                     32 bytes (mode 0600), apart from the data: one copy never holds both
    withdrawn.jsonl                 in both folders: licence and time of each withdrawal

To withdraw is to destroy the key: whatever was sealed with it can never be opened again, in any copy.
Copies of keys may come back with a restore; each opening of the store therefore replays the withdrawals of
both folders first. Sealed: magic, nonce (12 bytes, random), AES-256-GCM of the bytes, bound to the
licence's id and the file's name.
"""

import json
import os
import re
import secrets
import stat
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import yaml
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from persona.licence import Licence, load_licence
from products.errors import ContentError, Refused, SetupError

MAGIC = b"castmate sealed 1\n"
NONCE = 12
KEY = 32
TOMBSTONES = "withdrawn.jsonl"
WITHDRAWN = "withdrawn.seal"
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")  # as Licence has it: never a path


class LicenceStore:
    """All licences of a shop. `data`: their folder; `keys`: the folder of their keys. Replays withdrawals
    at once.
    """

    def __init__(self, data: Path, keys: Path) -> None:
        if keys.resolve().is_relative_to(data.resolve()) or data.resolve().is_relative_to(keys.resolve()):
            raise SetupError(
                f"The keys of licences ({keys}) and the licences ({data}) lie in one another.",
                remedy="Set CASTMATE_LICENCE_KEYS to a folder of its own.",
            )
        self.data, self.keys = data, keys
        self.withdrawn: Mapping[str, datetime] = self._replay()

    def ids(self) -> tuple[str, ...]:
        """Ids of all licences, sorted."""
        return tuple(sorted(p.parent.name for p in self.data.glob("*/licence.yaml")))

    def path(self, licence: str) -> Path:
        """The licence's file."""
        return self.data / licence / "licence.yaml"

    def add(self, licence: Licence) -> Path:
        """A new licence gets its key and its seal. SetupError when there is one of that id, Refused when
        it was withdrawn.
        """
        if licence.id in self.withdrawn:
            raise Refused(
                f"The licence {licence.id} was withdrawn, and that is never undone.",
                remedy="A new agreement gets a new id.",
            )
        if self.path(licence.id).exists() or self._key_file(licence.id).exists():
            raise SetupError(f"There is a licence {licence.id} already.", remedy="Choose another id.")
        _write(self._key_file(licence.id), secrets.token_bytes(KEY), mode=0o600)
        return self.rewrite(licence)

    def rewrite(self, licence: Licence) -> Path:
        """The same licence with its phrase confirmed: file and seal anew."""
        path = self.path(licence.id)
        _write(path, _as_file(licence))
        _write(path.with_suffix(".seal"), self.seal(licence.id, "licence", _canonical(licence)))
        return path

    def read(self, path: Path) -> Licence:
        """The licence in this file as it holds now: with its withdrawal, and only if it is what was sealed.

        Raises SetupError (there is none), DocumentError (not readable as a licence), Refused (changed since
        it was signed, key gone).
        """
        if not path.is_file():
            raise self._none(path)
        licence = load_licence(path)
        gone = self.withdrawn.get(licence.id)
        if gone is not None:
            return licence.model_copy(update={"withdrawn_at": min(gone, licence.withdrawn_at or gone)})
        sealed = self.data / licence.id / "licence.seal"
        try:
            original = self.open(licence.id, "licence", sealed.read_bytes())
        except OSError:
            raise Refused(
                f"The licence {licence.id} ({path}) is not in this shop's store.",
                remedy=f"Take it in: castmate licence new {path} --document THE_SIGNED_FILE",
            ) from None
        if original != _canonical(licence):
            raise Refused(
                f"{path} is not what was signed: it was changed after the licence {licence.id} was made.",
                remedy="Restore the file; new terms need a new licence.",
            )
        return licence

    def _none(self, path: Path) -> SetupError:
        """Names the licence by its id, where that is all that was given, and says how one is had."""
        known = ", ".join(self.ids()) or "none"
        own = path.name == "licence.yaml" and path.is_relative_to(self.data)
        name = path.parent.relative_to(self.data) if own else path
        return SetupError(
            f"There is no licence {str(name)!r}; known: {known}.",
            remedy="A person's clone needs their licence. Fill in the form (castmate licence form > FILE), "
            "have it signed, then: castmate licence new FILE --document THE_SIGNED_FILE",
        )

    def unfold(self, licence: str) -> bool:
        """Writes the licence's file from its seal where only that is there. False: nothing to do, or the key
        is not here. Raises Refused (the seal was changed), DocumentError.
        """
        path = self.path(licence)
        sealed = path.with_suffix(".seal")
        if path.exists() or not sealed.exists() or not self.has_key(licence):
            return False
        found = Licence.model_validate_json(self.open(licence, "licence", sealed.read_bytes()))
        _write(path, _as_file(found))
        return True

    def heard(self, licence: str) -> bool:
        """Withdraws a licence here whose withdrawal was sealed elsewhere and brought here. False: nothing was
        brought, or it is known already. Raises Refused: what was brought is not from who has the key.
        """
        sealed = self.data / licence / WITHDRAWN
        if licence in self.withdrawn or not self.has_key(licence) or not sealed.exists():
            return False
        at = datetime.fromisoformat(self.open(licence, "withdrawn", sealed.read_bytes()).decode())
        self.withdraw(licence, at)
        return True

    def withdraw(self, licence: str, at: datetime) -> None:
        """Destroys the key and writes the withdrawal into both folders; what was sealed can never be
        opened again. Raises SetupError for an id that nobody knows. A second withdrawal changes nothing.
        """
        if not ID.fullmatch(licence) or (licence not in self.ids() and not self.has_key(licence)):
            known = ", ".join(self.ids()) or "none"
            raise SetupError(
                f"There is no licence {licence!r}; known: {known}.", remedy="castmate licence show"
            )
        if licence not in self.withdrawn:
            if self.has_key(licence) and not (self.data / licence / WITHDRAWN).exists():
                told = self.seal(licence, "withdrawn", at.isoformat().encode())
                _write(self.data / licence / WITHDRAWN, told)
            line = _tombstone(licence, at)
            for folder in (
                self.keys,
                self.data,
            ):  # before the key goes: a crash in between is mended by the replay
                _append(folder / TOMBSTONES, line)
        self.withdrawn = self._replay()

    def seal(self, licence: str, name: str, content: bytes) -> bytes:
        """`content` sealed with the licence's key, bound to `name`."""
        nonce = secrets.token_bytes(NONCE)
        return MAGIC + nonce + AESGCM(self._key(licence)).encrypt(nonce, content, _bound(licence, name))

    def open(self, licence: str, name: str, sealed: bytes) -> bytes:
        """What `seal` closed. Raises Refused: withdrawn, key gone, another key, changed, or another
        name.
        """
        key = self._key(licence)
        if not sealed.startswith(MAGIC) or len(sealed) < len(MAGIC) + NONCE + 16:
            raise Refused(f"{name} is no sealed file of Castmate.", remedy="Restore it from a copy.")
        nonce, body = sealed[len(MAGIC) : len(MAGIC) + NONCE], sealed[len(MAGIC) + NONCE :]
        try:
            return AESGCM(key).decrypt(nonce, body, _bound(licence, name))
        except InvalidTag:
            raise Refused(
                f"{name} cannot be opened with the key of the licence {licence}: it was changed.",
                remedy="Restore it from a copy.",
            ) from None

    def has_key(self, licence: str) -> bool:
        """Whether what is sealed under this licence can still be opened."""
        return self._key_file(licence).exists()

    def _key_file(self, licence: str) -> Path:
        return self.keys / f"{licence}.key"

    def _key(self, licence: str) -> bytes:
        path = self._key_file(licence)
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise SetupError(f"The key {path} can be read by others.", remedy=f"Run: chmod 600 {path}")
            key = path.read_bytes()
        except OSError as error:
            why = "it was withdrawn" if licence in self.withdrawn else error.strerror or str(error)
            raise Refused(
                f"The key of the licence {licence} is gone ({why}); nothing sealed under it can be opened.",
                remedy="If it was not withdrawn, restore the folder of keys from its own copy.",
            ) from None
        if len(key) != KEY:
            raise SetupError(f"{path} is no key of 32 bytes.", remedy="Restore it from a copy.")
        return key

    def _replay(self) -> Mapping[str, datetime]:
        """Brings the two lists of withdrawals together and destroys every key that a restore brought
        back.
        """
        lists = [(f / TOMBSTONES, _read_tombstones(f / TOMBSTONES)) for f in (self.data, self.keys)]
        everything: dict[str, datetime] = {}
        for _, found in lists:
            for licence, at in found.items():
                everything[licence] = min(at, everything.get(licence, at))
        for path, found in lists:
            for licence in sorted(everything.keys() - found.keys()):
                _append(path, _tombstone(licence, everything[licence]))
        for licence in everything:
            _destroy(self._key_file(licence))
        return everything


def _as_file(licence: Licence) -> bytes:
    return yaml.safe_dump(licence.model_dump(mode="json"), allow_unicode=True, sort_keys=False).encode()


def _canonical(licence: Licence) -> bytes:
    """What is sealed: the licence as it was signed, without a withdrawal, which comes from elsewhere."""
    return licence.model_dump_json(exclude={"withdrawn_at"}).encode()


def _bound(licence: str, name: str) -> bytes:
    return f"{licence}\0{name}".encode()


def _tombstone(licence: str, at: datetime) -> str:
    return json.dumps({"licence": licence, "withdrawn_at": at.isoformat()}) + "\n"


def _read_tombstones(path: Path) -> dict[str, datetime]:
    """Fails closed: a list that cannot be read stops everything that would open a licence."""
    found: dict[str, datetime] = {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return found
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be read: {error}.", remedy="Restore it from a copy.") from None
    for number, line in enumerate(lines, 1):
        try:
            raw = json.loads(line)
            licence, at = str(raw["licence"]), datetime.fromisoformat(raw["withdrawn_at"])
            if at.tzinfo is None or not ID.fullmatch(licence):
                raise ValueError(line)
        except (ValueError, KeyError, TypeError):
            raise ContentError(
                f"{path}, line {number}: this is no withdrawal.", remedy="Restore the file from a copy."
            ) from None
        found[licence] = min(at, found.get(licence, at))
    return found


def _append(path: Path, line: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise SetupError(
            f"{path} cannot be written: {error.strerror}.", remedy="Check folder and disk."
        ) from None


def _destroy(path: Path) -> None:
    """Overwritten, then removed. A copy elsewhere is destroyed by the next replay, wherever it comes
    back.
    """
    try:
        if path.exists():
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(KEY))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
    except OSError as error:
        text = f"The key {path} of a withdrawn licence cannot be destroyed: {error.strerror}."
        raise SetupError(text, remedy="Remove it by hand, now.") from None


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise SetupError(
            f"{path} cannot be written: {error.strerror}.", remedy="Check folder and disk."
        ) from None
