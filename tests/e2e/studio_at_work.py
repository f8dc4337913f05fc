"""A running show's studio, seen from outside: its process, and what of it is on air."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from servers import wait_for

from bot.stage.border import Head


@dataclass(frozen=True)
class OnAir:
    """The numbers that studio and air share: `line` 0 = nobody speaks; counts of ticks."""

    line: int
    clause: int
    written: int
    read: int


class StudioAtWork:
    """The studio of the show that process `show` airs."""

    def __init__(self, show: int) -> None:
        self._show = show
        self._border = Path("/dev/shm") / wait_for(lambda: _border_of(show), 60)

    def now(self) -> OnAir:
        head = np.fromfile(self._border, np.int64, 16)
        return OnAir(*(int(head[k]) for k in (Head.LINE, Head.CLAUSE, Head.WRITTEN, Head.READ)))

    def pid(self) -> int:
        """Of the studio that lives now, the newest where an old one is still going; 0 while there is none."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                words = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if int(parent) == self._show and state not in "ZX" and b"spawn_main" in words:
                found.append((folder.stat().st_ctime, int(folder.name)))
        return max(found)[1] if found else 0

    def speaks(self, ticks: int, since_written: int = -1) -> OnAir:
        """Waits until a clause has been on air for so many ticks and goes on; what is on air then.

        `since_written`: and until that much was read: what a studio that fell has left does not count.
        """
        since = OnAir(0, -1, 0, 0)

        def long_enough() -> OnAir | None:
            nonlocal since
            at = self.now()
            if (at.line, at.clause) != (since.line, since.clause):
                since = at
            spoken = at.line and at.read - since.read >= ticks and since.read >= since_written
            return at if spoken else None

        found: OnAir = wait_for(long_enough, 240)  # a studio loads its models first
        return found

    def signal(self, number: int) -> int:
        """Sends the studio a signal; its process id."""
        pid: int = wait_for(self.pid)
        os.kill(pid, number)
        return pid


def _border_of(show: int) -> str:
    """Name of the show's shared memory: the largest that it maps."""
    try:
        maps = Path(f"/proc/{show}/maps").read_text()
    except OSError:
        return ""
    names = {line.split()[-1] for line in maps.splitlines() if " /dev/shm/psm_" in line}
    names = {name for name in names if Path(name).exists()}
    return max((Path(n).name for n in names), key=lambda n: (Path("/dev/shm") / n).stat().st_size, default="")
