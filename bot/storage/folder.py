"""A folder as the store: of this machine, or one that several machines mount.

Beside each file stands NAME.sha256, as sha256sum writes it. While a file is replaced it holds both hashes, so
that a crash at any moment leaves a file that one of its lines fits.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bot.durable import keep_names
from bot.storage.base import PIECE, RESERVED, Cargo, Item, checked, disk, missing, written


class FolderStore:
    """Implements bot.storage.base.Store below `root`, which need not be there yet."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def shown(self) -> str:
        return str(self.root)

    def put(self, name: str, cargo: Cargo) -> None:
        path = self._path(name)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for piece in cargo.pieces():
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            before = self._noted(path) if path.exists() else ()
            self._note(path, (cargo.sha256, *(h for h in before if h != cargo.sha256)))
            fresh.replace(path)
            if before:
                self._note(path, (cargo.sha256,))
            keep_names(path.parent)
        except OSError as error:
            raise disk(path, error) from error
        finally:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)

    def get(self, name: str, into: Path, sha256: str = "") -> Item:
        path = self._path(name)
        try:
            allowed = (sha256,) if sha256 else self._noted(path)
            with path.open("rb") as file:
                return written(iter(lambda: file.read(PIECE), b""), into, allowed, name)
        except FileNotFoundError:
            raise missing(name, self.shown) from None
        except OSError as error:
            raise disk(path, error) from error

    def look(self, name: str) -> Item | None:
        path = self._path(name)
        try:
            size = path.stat().st_size
            noted = self._noted(path)
            if len(noted) != 1:  # replaced right now, or put there by hand
                with path.open("rb") as file:
                    noted = (hashlib.file_digest(file, "sha256").hexdigest(),)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk(path, error) from error
        return Item(name, size, noted[0])

    def names(self, prefix: str) -> Iterator[Item]:
        top = self._path(prefix) if prefix else self.root
        try:
            found = [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.is_file())
            for path in found:
                if not path.name.startswith(".") and not path.name.endswith(RESERVED):
                    yield Item(path.relative_to(self.root).as_posix(), path.stat().st_size)
        except OSError as error:
            raise disk(top, error) from error

    def delete(self, name: str) -> None:
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
            _beside(path).unlink(missing_ok=True)
        except OSError as error:
            raise disk(path, error) from error

    def _path(self, name: str) -> Path:
        return self.root / checked(name)

    def _noted(self, path: Path) -> tuple[str, ...]:
        """The hashes that one of must fit; () when there is no note."""
        try:
            return tuple(line.split()[0] for line in _beside(path).read_text("utf-8").splitlines() if line)
        except FileNotFoundError:
            return ()

    def _note(self, path: Path, hashes: tuple[str, ...]) -> None:
        note = _beside(path)
        fresh = note.with_name(f".{note.name}.{secrets.token_hex(4)}.part")
        fresh.write_text("".join(f"{h}  {path.name}\n" for h in hashes), "utf-8")
        fresh.replace(note)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")
