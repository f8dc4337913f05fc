"""Keys of persons: one for each person and show, and what is sealed by it can be read only while it is there.

A SQLite file apart from shows and ledgers. Whoever destroys a key erases what the person said and who they
were from every copy of the ledger, and the ledger stays whole. `alias` stands in the ledger for the person:
it is drawn at random, so that without the key's row it leads to nobody. Deleted rows are overwritten
(SQLite's secure_delete); what a disk itself keeps of overwritten blocks is the disk's, so the file belongs on
an encrypted one.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from products.errors import SetupError

TABLE = """CREATE TABLE IF NOT EXISTS keys (
    alias TEXT PRIMARY KEY, person TEXT NOT NULL, show TEXT NOT NULL, key BLOB NOT NULL,
    UNIQUE (person, show))"""


class PersonKeys:
    """The store, open. Safe from several threads and processes; a new key is on the disk before it is used.
    Every method raises SetupError where the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=5.0)
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute("PRAGMA synchronous = FULL")
            with self._db:
                self._db.execute(TABLE)
        except (OSError, sqlite3.Error) as error:
            raise self._trouble(error) from None

    def close(self) -> None:
        self._db.close()

    def key(self, person: str, show: str) -> tuple[str, bytes]:
        """(alias, key of 32 bytes) of a person in a show; made on first use."""
        found = self._all("SELECT alias, key FROM keys WHERE person = ? AND show = ?", (person, show))
        if not found:
            row = (secrets.token_hex(16), person, show, AESGCM.generate_key(bit_length=256))
            self._write("INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?)", [row])
            found = self._all("SELECT alias, key FROM keys WHERE person = ? AND show = ?", (person, show))
        return str(found[0][0]), bytes(found[0][1])

    def opening(self, alias: str) -> bytes | None:
        """The key behind an alias; None: destroyed, or kept elsewhere."""
        found = self._all("SELECT key FROM keys WHERE alias = ?", (alias,))
        return bytes(found[0][0]) if found else None

    def aliases(self, *, person: str | None = None, show: str | None = None) -> list[tuple[str, str]]:
        """(alias, show) of one person, of one show, or of all."""
        query = "SELECT alias, show FROM keys WHERE (?1 IS NULL OR person = ?1) AND (?2 IS NULL OR show = ?2)"
        return [(alias, of) for alias, of in self._all(query + " ORDER BY alias", (person, show))]

    def persons(self, show: str) -> list[tuple[str, str]]:
        """(alias, person) of a show."""
        query = "SELECT alias, person FROM keys WHERE show = ? ORDER BY alias"
        return [(alias, person) for alias, person in self._all(query, (show,))]

    def destroy(self, aliases: Iterable[str]) -> int:
        """Destroys keys; how many of them were there."""
        return self._write("DELETE FROM keys WHERE alias = ?", [(alias,) for alias in aliases])

    def rows(self) -> list[tuple[str, str, str, bytes]]:
        """All there is, for a backup."""
        return [(a, p, s, k) for a, p, s, k in self._all("SELECT alias, person, show, key FROM keys", ())]

    def take_back(self, rows: Iterable[tuple[str, str, str, bytes]]) -> int:
        """Puts rows of a backup in; those that are there already stay. How many were missing."""
        return self._write("INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?)", list(rows))

    def _all(self, query: str, values: tuple[str | None, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._trouble(error) from None

    def _write(self, query: str, rows: list[tuple[Any, ...]]) -> int:
        try:
            with self._lock, self._db:
                before = self._db.total_changes
                self._db.executemany(query, rows)
                return self._db.total_changes - before
        except sqlite3.Error as error:
            raise self._trouble(error) from None

    def _trouble(self, error: Exception) -> SetupError:
        what = f"The store of personal keys {self.path} cannot be used: {error}."
        return SetupError(what, remedy="Look at the disk; restore it with castmate keys restore.")
