"""The files of one ledger: a long show's rolls on to the next, and together they are one log.

`ledger.jsonl`, `ledger.0002.jsonl`, `ledger.0003.jsonl` ...: the entries' numbers and the tree go on across
them. A part opens with an entry of kind `ledger.continued` that carries the checkpoint with which the part
before it ended, so that each says what it follows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from products.errors import SetupError

CONTINUED = "ledger.continued"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a ledger: its file's name, its number there (from 1), its bytes with the end of line."""

    file: str
    number: int
    data: bytes


def part(path: Path, number: int) -> Path:
    """Where part `number` (from 1) of the ledger stands that begins at `path`."""
    return path if number == 1 else path.with_name(f"{path.stem}.{number:04d}{path.suffix}")


def parts(path: Path) -> tuple[Path, ...]:
    """The files of a ledger in their order, the first whether it is there or not; a missing one in the middle
    is left out (the entries' numbers tell).
    """
    name = re.compile(re.escape(path.stem) + r"\.(\d{4,})" + re.escape(path.suffix))
    found = []
    for other in path.parent.glob(f"*{path.suffix}"):
        fits = name.fullmatch(other.name)
        if fits is not None and int(fits[1]) > 1:
            found.append((int(fits[1]), other))
    return (path, *(other for _, other in sorted(found)))


def number_of(path: Path, last: Path) -> int:
    """Which part of the ledger at `path` the file `last` is."""
    return 1 if last == path else int(last.stem.rpartition(".")[2])


def lines(path: Path) -> Iterator[Line]:
    """All lines of all parts in order. Raises SetupError where a file cannot be read."""
    for file in parts(path):
        try:
            with file.open("rb") as source:
                for number, data in enumerate(source, 1):
                    yield Line(file.name, number, data)
        except OSError as error:
            what = error.strerror or str(error)
            raise SetupError(f"The ledger {file} cannot be read: {what}.", remedy="Check the path.") from None
