"""Whose turn it is to send to one address: shows that follow one another on a channel never send at once.

A file stands for the address, locked (flock) by the show that sends there; the system gives it back should
that process die. The next show is up long before: it waits here, and dials the moment the file is free. The
file says when the show before sent its last, so that the next knows how long viewers saw nothing of either.
"""

import hashlib
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.locks import locked

LOOK_S = 0.02
STALE_S = 120.0  # what was sent longer ago than this was no hand-over


class Turn:
    """`path`: the address's file; `now`: aware. One thread uses it."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path, self._now = path, now
        self._file: int | None = None
        self.before: datetime | None = None  # when the show before sent its last; None: long ago, or never

    def take(self, wait: Callable[[float], bool]) -> bool:
        """Waits until it is our turn; at once where it is already. `wait`: of seconds, True to give up (then
        False is returned). Raises SetupError: the file cannot be written.
        """
        waited = False
        while self._file is None:
            self._file = locked(self._path, "Mend the rights of the data folder.")
            if self._file is not None:
                self.before = self._last() if waited else None
                return True
            waited = True
            if wait(LOOK_S):
                return False
        return True

    def give(self, ended: datetime | None) -> None:
        """The next one's turn. `ended`: when we sent our last; None: nothing was sent."""
        if self._file is None:
            return
        if ended is not None:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, ended.isoformat().encode(), 0)
        os.close(self._file)  # unlocks
        self._file = None

    def _last(self) -> datetime | None:
        assert self._file is not None
        try:
            last = datetime.fromisoformat(os.pread(self._file, 64, 0).decode())
            ago = (self._now() - last).total_seconds()
        except (ValueError, TypeError):  # nothing stands there, or a half
            return None
        return last if 0 <= ago <= STALE_S else None


def turn_for(folder: Path, url: str, now: Callable[[], datetime]) -> Turn:
    """The turn of an address; its file's name tells nothing of the key in it."""
    return Turn(folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.turn", now)
