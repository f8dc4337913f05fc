"""Named objects that lie elsewhere: put, got, listed, deleted, each held against its SHA-256.

A name is a path with "/" between parts, the same as below CASTMATE_DATA: "shows/evening-1/ledger.jsonl". All
methods block and may be called from several threads. What is put is there whole or not at all; what is got
lies under its name only once its hash was found right.
"""

import hashlib
import os
import secrets
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from products.errors import ContentError, SetupError

PIECE = 1 << 20  # bytes read at once
LONGEST = 900  # bytes of a name in UTF-8; S3 takes 1024 with the prefix
RESERVED = (".sha256", ".part")  # how names in a store do not end


@dataclass(frozen=True, slots=True)
class Item:
    """One object. `sha256`: hex, of its bytes as they were put; "" where the store does not say."""

    name: str
    size: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Cargo:
    """What is to be put: the first `size` bytes of a file (which may grow meanwhile), or bytes."""

    source: Path | bytes
    size: int
    sha256: str

    @classmethod
    def of(cls, source: Path | bytes) -> "Cargo":
        """All of it, as it is now. Raises OSError."""
        if isinstance(source, bytes):
            return cls(source, len(source), hashlib.sha256(source).hexdigest())
        return cls.first(source, source.stat().st_size)

    @classmethod
    def first(cls, source: Path, size: int) -> "Cargo":
        """The first `size` bytes of a file. Raises OSError."""
        digest = hashlib.sha256()
        for piece in _pieces(source, size):
            digest.update(piece)
        return cls(source, size, digest.hexdigest())

    @classmethod
    def lines(cls, source: Path) -> "Cargo":
        """The whole lines of a file that others append to. Raises OSError."""
        return cls.first(source, whole_lines(source))

    def pieces(self) -> Iterator[bytes]:
        """The bytes; raises ContentError at the end when they are not what was told, OSError."""
        digest = hashlib.sha256()
        left = self.size
        for piece in _pieces(self.source, self.size):
            digest.update(piece)
            left -= len(piece)
            if not left and digest.hexdigest() != self.sha256:
                break
            yield piece
        if left or digest.hexdigest() != self.sha256:
            what = self.source.name if isinstance(self.source, Path) else "What was to be stored"
            raise ContentError(
                f"{what} is not what it was when it was made: it was changed.",
                remedy="castmate recording verify SHOW_FOLDER tells what is damaged.",
            )


class Store(Protocol):
    """What all kinds of storage do.

    Errors: SetupError (keys refused, no bucket, a disk that cannot be written: somebody must act),
    RemoteError (away, slow, in trouble: it may pass), ContentError (not there, or not the bytes that were
    put).
    """

    @property
    def shown(self) -> str:
        """Where it is, for people; holds no secret."""
        ...

    def put(self, name: str, cargo: Cargo) -> None:
        """Whole or not at all; what was under that name is replaced."""
        ...

    def get(self, name: str, into: Path, sha256: str = "") -> Item:
        """Into a file, atomically. `sha256`: as it must be; "" = as the store noted when it was put."""
        ...

    def look(self, name: str) -> Item | None:
        """What is there; None when nothing is."""
        ...

    def names(self, prefix: str) -> Iterator[Item]:
        """All whose name begins with the parts of `prefix` ("shows/evening-1"), by name; without hashes."""
        ...

    def delete(self, name: str) -> None:
        """What is not there is no error."""
        ...


def checked(name: str) -> str:
    """The name, if it can be one. Raises ContentError: it leads elsewhere, or no store would keep it."""
    parts = name.split("/")
    bad = any(p in ("", ".", "..") or p != p.strip() for p in parts) or name.endswith(RESERVED)
    if bad or len(name.encode()) > LONGEST or any(unicodedata.category(c) == "Cc" or c == "\\" for c in name):
        raise ContentError(f"{name!r} cannot be a name in the store.", remedy="Rename the file or folder.")
    return name


def written(pieces: Iterable[bytes], into: Path, allowed: Collection[str], name: str) -> Item:
    """Writes a file under its name once all is there and its hash is one of `allowed` (none given: whatever
    it is). Raises ContentError, SetupError.
    """
    fresh = into.with_name(f".{into.name}.{secrets.token_hex(4)}.part")
    digest, size = hashlib.sha256(), 0
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        found, told = digest.hexdigest(), next(iter(allowed), "")
        if allowed and found not in allowed:
            raise ContentError(
                f"{name} came back changed: its hash is {found[:16]}…, it was put with {told[:16]}….",
                remedy="Nothing of it was kept. Restore it in the store from a version or a copy.",
            )
        fresh.replace(into)
    except OSError as error:
        raise disk(into, error) from error
    finally:
        fresh.unlink(missing_ok=True)
    return Item(name, size, found)


def disk(path: Path, error: OSError) -> SetupError:
    """A disk that refuses, in words."""
    what = f"{path} cannot be written or read: {error.strerror or error}."
    return SetupError(what, remedy="Check the folder, its rights and the room on its disk.")


def missing(name: str, shown: str) -> ContentError:
    """Something is not in the store."""
    return ContentError(f"{name} is not in {shown}.", remedy="castmate store list tells what is there.")


def whole_lines(path: Path) -> int:
    """Bytes up to the end of the last whole line. Raises OSError."""
    with path.open("rb") as file:
        return whole_lines_of(file)


def whole_lines_of(file: IO[bytes]) -> int:
    """The same of an open file."""
    at = file.seek(0, os.SEEK_END)
    while at > 0:
        start = max(0, at - 65_536)
        file.seek(start)
        found = file.read(at - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        at = start
    return 0


def _pieces(source: Path | bytes, size: int) -> Iterator[bytes]:
    if isinstance(source, bytes):
        if source:
            yield source
        return
    with source.open("rb") as file:
        left = size
        while left and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
