"""The copies of nodes' ledgers that lie in the fleet's database: verified there, and written out as ledgers.

A node copies each ledger line by line while its show airs, so that a machine that is gone leaves what it
had copied until then: a quarter of the term less than it wrote, or a term where the database was away.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, text
from sqlalchemy.exc import SQLAlchemyError

from bot.compliance.known_keys import KnownKeys
from bot.compliance.ledger_file import Check, Report, judge
from bot.compliance.ledger_parts import CONTINUED, Line, part
from products.errors import RemoteError, SetupError

AT_ONCE = 2000  # lines asked for at a time: a megabyte
_COPIES = """
select c.show, c.epoch, coalesce(max(n.name), max(c.node)) as node, count(*) as entries
from ledger_copy c left join fleet_node n on n.id = c.node group by c.show, c.epoch order by c.show, c.epoch
"""
_LINES = """
select n, line from ledger_copy where show = :show and epoch = :epoch and n >= :first order by n limit :most
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """The copy of one ledger: of a show under one epoch. `node`: the name of the machine that wrote it."""

    show: str
    epoch: int
    node: str
    entries: int

    @property
    def name(self) -> str:
        """As a folder may be called."""
        return f"{re.sub(r'[^a-zA-Z0-9_-]', '_', self.show)}.{self.epoch}"


class Copies:
    """Reads alone. All methods raise RemoteError when the database does not give what is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[Copied, ...]:
        return tuple(Copied(row.show, row.epoch, row.node, row.entries) for row in self._ask(_COPIES))

    def verify(self, copied: Copied, keys: KnownKeys) -> tuple[Report, str]:
        """By the known key that it names; and what to do about a key that is not known ("" else)."""
        first = next(self._lines(copied), "").encode()
        check = Check(copied.name, lambda: self._as_files(copied), keys.named(first))
        report = judge(check, copied.name)
        return report, keys.hint(report, first)

    def write(self, copied: Copied, folder: Path) -> None:
        """As FOLDER/SHOW.EPOCH/ledger.jsonl and its further files. Raises SetupError: it is there already, or
        cannot be written.
        """
        into = folder / copied.name
        try:
            into.mkdir(parents=True, mode=0o700)
            for line in self._as_files(copied):
                with (into / line.file).open("ab") as file:
                    file.write(line.data)
        except FileExistsError:
            raise SetupError(f"{into} is there already.", remedy="Name an empty folder.") from None
        except OSError as error:
            what = f"{into} cannot be written: {error.strerror or error}."
            raise SetupError(what, remedy="Choose a folder that is yours.") from None

    def _as_files(self, copied: Copied) -> Iterator[Line]:
        """With the names of files and numbers in them that the node's own had."""
        files, number, first = 1, 0, Path("ledger.jsonl")
        for line in self._lines(copied):
            if _continues(line):
                files, number = files + 1, 0
            number += 1
            yield Line(part(first, files).name, number, line.encode() + b"\n")

    def _lines(self, copied: Copied) -> Iterator[str]:
        first = 0
        while True:
            rows = self._ask(_LINES, show=copied.show, epoch=copied.epoch, first=first, most=AT_ONCE)
            yield from (row.line for row in rows)
            if len(rows) < AT_ONCE:
                return
            first = rows[-1].n + 1

    def _ask(self, query: str, **values: object) -> Sequence[Row[Any]]:
        try:
            with self._engine.connect() as connection:
                return connection.execute(text(query), values).all()
        except SQLAlchemyError as error:
            raise RemoteError(
                f"The fleet's database does not give the copies of ledgers ({error}).",
                remedy="Check that it runs, is reached, and that `castmate fleet prepare` was run.",
            ) from error


def _continues(line: str) -> bool:
    """Whether a further file of the ledger began with it."""
    if CONTINUED not in line:  # most have not: parsed is only what may be one
        return False
    try:
        return bool(json.loads(line)["entry"]["kind"] == CONTINUED)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
