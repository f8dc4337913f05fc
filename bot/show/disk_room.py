"""How much room the disk has that a show writes to; asked beside the show, which never waits for a disk."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

EVERY_S, STALE_S = 10.0, 60.0
MB = 1e6


def free_mb(folder: Path) -> float:
    """Raises OSError."""
    return shutil.disk_usage(folder).free / MB


class DiskRoom:
    """`ask` may block, and is called in a thread of its own, one at a time; `time`: monotonic seconds."""

    def __init__(
        self, folder: Path, time: Callable[[], float], ask: Callable[[Path], float] = free_mb
    ) -> None:
        self._folder, self._time, self._ask = folder, time, ask
        self._known: float | None = None
        self._at = self._begun = float("-inf")
        self._looking = False

    def __call__(self) -> float | None:
        """MB that are free, as of the last ten seconds or so; None while the disk does not answer. Returns
        at once.
        """
        now = self._time()
        if not self._looking and now - self._begun >= EVERY_S:
            self._looking, self._begun = True, now
            threading.Thread(target=self._look, name="disk room", daemon=True).start()
        return self._known if now - self._at <= STALE_S else None

    def _look(self) -> None:
        try:
            self._known = self._ask(self._folder)
            self._at = self._time()
        except OSError:  # the ledger tells what is wrong with it, and holds the show
            self._known = None
        finally:
            self._looking = False
