"""What a reading of an uploaded file leaves behind: lists that open in a spreadsheet, and how far it is."""

import csv
import json
from pathlib import Path
from types import TracebackType
from typing import Self

LISTED = 200_000  # lines of one list; more are counted
CELL = 500  # characters
_ACTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection), cut to CELL characters."""
    text = text.replace("\x00", "")
    cut = text if len(text) <= CELL else text[: CELL - 1] + "…"
    return "'" + cut if cut.startswith(_ACTS) else cut


class LongList:
    """A CSV file with a bound. UTF-8 with a mark, which Excel needs to read it right."""

    def __init__(self, path: Path, headings: tuple[str, ...]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="", errors="replace")
        self._rows = csv.writer(self._file)
        self._rows.writerow(headings)
        self.count = 0

    def add(self, *cells: object) -> None:
        self.count += 1
        if self.count <= LISTED:
            self._rows.writerow(["" if cell is None else harmless(str(cell)) for cell in cells])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.count > LISTED:
            self._rows.writerow([f"and {self.count - LISTED} more"])
        self._file.close()


def write_progress(folder: Path, done: int, total: int) -> None:
    """Whole or not at all: the page reads it at any time."""
    fresh = folder / "progress.new"
    fresh.write_text(json.dumps([done, total]))
    fresh.replace(folder / "progress.json")


def read_progress(folder: Path) -> tuple[int, int]:
    """(done, of) in bytes; (0, 0) while nothing is known."""
    try:
        done, total = json.loads((folder / "progress.json").read_text())
        return int(done), int(total)
    except (OSError, ValueError, TypeError):
        return 0, 0
