"""The shop's data in one file, and back: database, ledgers, sealed packs, papers. Keys stay apart.

A gzipped tar of the data folder with `manifest.json` last: the SHA-256 of every file in it. It may be made
while shows air: SQLite databases are copied by SQLite itself, of a ledger goes what is whole (its checkpoint
is read before it, so that the copy holds everything that was signed). PostgreSQL is left to pg_dump.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sqlalchemy.engine import make_url

from bot.storage.base import whole_lines_of
from products.errors import SetupError

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.pgdump"
LARGEST_MANIFEST = 256_000_000
KEYS = frozenset({"keys"})  # folders of keys at any depth: only public keys are taken
PASSING = frozenset({"locks", "leases", "logs", "rehearsals"})  # at the top: of this machine, or made again
RECORDINGS = "recording"  # in a show's folder
_SQLITE = b"SQLite format 3\0"
_BESIDE_SQLITE = ("-wal", "-shm", "-journal")


@dataclass(slots=True)
class Contents:
    """What a backup holds: sizes and SHA-256 (hex) by name; `vanished`: files that went while it was made;
    `elsewhere`: the database that belongs to it is in another backup, as that of a fleet's node is.
    """

    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    vanished: int = 0
    elsewhere: bool = False

    @property
    def bytes(self) -> int:
        return sum(size for size, _ in self.files.values())

    @property
    def ledgers(self) -> int:
        return sum(PurePosixPath(name).name == "ledger.jsonl" for name in self.files)


def back_up(
    data: Path,
    to: Path,
    now: datetime,
    *,
    recordings: bool = False,
    dsn: str | None = None,
    elsewhere: bool = False,
) -> Contents:
    """Writes a new file `to` (mode 0600). `dsn`: of a PostgreSQL that goes with it; `elsewhere`: there is one
    that does not, which the backup says of itself. Raises SetupError: nothing to back up, the file is there
    already, something cannot be read or written, pg_dump is missing or fails.
    """
    if not data.is_dir():
        raise SetupError(f"There is no data folder {data}.", remedy="Check CASTMATE_DATA.")
    held = Contents(elsewhere=elsewhere)
    try:
        number = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        what = f"The backup {to} cannot be written: {error.strerror}."
        raise SetupError(what, remedy="Name a file that is not there yet, best on another disk.") from None
    try:
        with os.fdopen(number, "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as tar:
                for path in _listed(data, to, recordings):
                    _add(tar, data, path, held)
                if dsn is not None:
                    _add_dump(tar, dsn, held)
                manifest = {"format": FORMAT, "made_at": now.isoformat(), "files": held.files}
                manifest["elsewhere"] = elsewhere
                _add_bytes(tar, MANIFEST, json.dumps(manifest).encode())
            raw.flush()
            os.fsync(raw.fileno())
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        to.unlink(missing_ok=True)
        raise SetupError(f"The backup was given up: {error}.", remedy="Check disk and rights.") from error
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    return held


def _listed(data: Path, to: Path, recordings: bool) -> Iterator[Path]:
    """Files in the order in which they are read: of each folder the checkpoints first, then part by part."""
    for folder, names, files in os.walk(data):
        names[:] = sorted(n for n in names if _goes(data, Path(folder), n, recordings))
        for name in sorted(files, key=lambda n: (not n.endswith(".checkpoint"), _part_order(n))):
            path = Path(folder) / name
            secret = KEYS & set(path.relative_to(data).parts[:-1]) and path.suffix != ".pub"
            if not secret and not name.endswith(_BESIDE_SQLITE) and path != to and _is_plain(path):
                yield path


def _goes(data: Path, folder: Path, name: str, recordings: bool) -> bool:
    if folder == data and name in PASSING:
        return False
    return recordings or not (name == RECORDINGS and folder.parent == data / "shows")


def _part_order(name: str) -> tuple[int, str]:
    """ledger.jsonl before ledger.0002.jsonl."""
    return (name.count("."), name)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _add(tar: tarfile.TarFile, data: Path, path: Path, held: Contents) -> None:
    name = path.relative_to(data).as_posix()
    try:
        with path.open("rb") as file:
            if file.read(len(_SQLITE)) == _SQLITE:
                with _copied(path) as copy:
                    _add_stream(tar, name, copy, held)
                return
            file.seek(0)
            _add_stream(tar, name, file, held, whole_lines=path.suffix == ".jsonl")
    except FileNotFoundError:
        held.vanished += 1


def _copied(database: Path) -> IO[bytes]:
    """A consistent copy of a SQLite database that may be in use."""
    with tempfile.NamedTemporaryFile(suffix=".db") as there:
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(there.name)) as copy:
            source.backup(copy)
        return Path(there.name).open("rb")


class _Hashing:
    """What is read through it, hashed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.sha256 = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        return data


def _add_stream(
    tar: tarfile.TarFile, name: str, file: IO[bytes], held: Contents, *, whole_lines: bool = False
) -> None:
    """As long as the file is now; of lines those that are whole."""
    entry = tarfile.TarInfo(name)
    entry.size = whole_lines_of(file) if whole_lines else file.seek(0, os.SEEK_END)
    entry.mode = 0o600
    file.seek(0)
    hashing = _Hashing(file)
    tar.addfile(entry, hashing)
    held.files[name] = (entry.size, hashing.sha256.hexdigest())


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    tar.addfile(entry, io.BytesIO(data))


def _add_dump(tar: tarfile.TarFile, dsn: str, held: Contents) -> None:
    with tempfile.TemporaryFile() as out:
        _program("pg_dump", dsn, "--format=custom", out=out)
        _add_stream(tar, DUMP, out, held)


def _program(name: str, dsn: str, *arguments: str, out: IO[bytes] | None = None) -> None:
    """Runs one of PostgreSQL's programs; the password goes by the environment, which others cannot read.
    Raises SetupError.
    """
    if shutil.which(name) is None:
        raise SetupError(f"{name} is missing.", remedy="Install PostgreSQL's client programs.")
    url = make_url(dsn)
    password = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    bare = url.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run(
        [name, f"--dbname={bare}", *arguments],
        env={**os.environ, **password},
        stdout=out,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        what = f"{name} failed: {said[-1] if said else done.returncode}."
        raise SetupError(what, remedy="Check the database.")


def restore(source: Path, data: Path, *, dsn: str | None = None) -> Contents:
    """Puts a backup's files into `data`, which is empty or not there: all of them as they were, or none.
    `dsn`: the empty PostgreSQL that its dump goes to. Raises SetupError.
    """
    if data.exists() and any(data.iterdir()):
        raise SetupError(
            f"{data} holds data already.",
            remedy="Restore into an empty folder: CASTMATE_DATA=..., then look.",
        )
    fresh = data.with_name(f"{data.name}.restoring")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(parents=True, mode=0o700)
        held = _unpacked(source, fresh)
        if (fresh / DUMP).exists():
            _load(fresh / DUMP, dsn)
            (fresh / DUMP).unlink()
        if data.exists():
            data.rmdir()
        fresh.rename(data)
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"{source} cannot be restored: {error}.", remedy="Take another copy of it."
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return held


def _unpacked(source: Path, into: Path) -> Contents:
    """The files, checked against the manifest. Raises ValueError: something is missing, added or changed."""
    found: dict[str, tuple[int, str]] = {}
    manifest: dict[str, Any] | None = None
    with tarfile.open(source, "r|gz") as tar:
        for entry in tar:
            file = tar.extractfile(entry) if entry.isfile() else None
            if file is None or manifest is not None:
                raise ValueError(f"{entry.name} does not belong there")
            if entry.name == MANIFEST:
                manifest = json.loads(file.read(LARGEST_MANIFEST))
            else:
                found[entry.name] = _write(file, into / _safe(entry.name), entry.size)
    if manifest is None or manifest.get("format") != FORMAT:
        raise ValueError("it has no list of what is in it, or is of another version of Castmate")
    listed = {name: (int(size), str(digest)) for name, (size, digest) in manifest["files"].items()}
    if wrong := sorted(n for n in listed.keys() | found.keys() if listed.get(n) != found.get(n)):
        raise ValueError(f"{wrong[0]} is not as it was ({len(wrong)} of {len(listed)} files)")
    return Contents(found, elsewhere=manifest.get("elsewhere") is True)


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise ValueError(f"the name {name!r} leads elsewhere")
    return path


def _write(file: IO[bytes], path: Path, size: int) -> tuple[int, str]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    hashing = _Hashing(file)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        shutil.copyfileobj(hashing, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())
    return size, hashing.sha256.hexdigest()


def _load(dump: Path, dsn: str | None) -> None:
    if dsn is None:
        raise SetupError(
            "The backup holds a PostgreSQL database.", remedy="Set CASTMATE_DATABASE to an empty one."
        )
    alone = ("--no-owner", "--no-privileges")  # the roles of the old server may not be there
    _program("pg_restore", dsn, *alone, "--exit-on-error", "--single-transaction", str(dump))
