"""Follows the ledger of a show while it is written: what is new in it, and where the show stands."""

from datetime import datetime
from pathlib import Path

from bot.compliance.ledger_parts import parts
from bot.fleet.position import newest_ledger, spoken_at

PIECE = 256 * 1024  # bytes taken at once: some hundreds of lines


class LedgerTail:
    """One show's ledger, from the run that began at or after `since`. Methods block; one thread at a time.

    position   where the show stood ("LAP.CUE") by the lines that were read, "" = nowhere yet
    """

    def __init__(self, shows: Path, file: Path, show: str, since: datetime) -> None:
        self._where = shows, file, show, since
        self._ledger: Path | None = None
        self._part, self._offset, self._number = 0, 0, 0
        self._ahead: tuple[int, int, int] | None = None
        self.position = ""

    def read(self) -> tuple[tuple[int, str], ...]:
        """Whole lines with the numbers of their entries (from 0), at most some hundreds. The same again until
        `kept` was called. () when there is nothing new, or nothing that can be read.
        """
        if self._ledger is None:
            self._ledger = newest_ledger(*self._where)
        if self._ledger is None:
            return ()
        files = parts(self._ledger)
        part, offset = self._part, self._offset
        text = _piece(files[part], offset)
        if not text and part + 1 < len(files):
            part, offset = part + 1, 0
            text = _piece(files[part], offset)
        lines = text.decode("utf-8", "replace").split("\n")[:-1]
        for line in lines:
            self.position = spoken_at(line) or self.position
        self._ahead = part, offset + len(text), self._number + len(lines)
        return tuple(enumerate(lines, self._number))

    def kept(self) -> None:
        """What `read` gave last is safe elsewhere: it goes on behind it."""
        if self._ahead is not None:
            (self._part, self._offset, self._number), self._ahead = self._ahead, None


def _piece(path: Path, offset: int) -> bytes:
    """Whole lines from `offset` on; b"" when there are none or the file cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(PIECE)
    except OSError:
        return b""
    return data[: data.rfind(b"\n") + 1]
