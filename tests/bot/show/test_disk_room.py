"""The room on the disk is told without waiting for the disk."""

import threading
from pathlib import Path

from bot.show.disk_room import EVERY_S, STALE_S, DiskRoom, free_mb

PATIENCE = 60.0


class Disk:
    """A disk that answers when it is let."""

    def __init__(self) -> None:
        self.now, self.asked, self.answered = 100.0, 0, threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()
        self.free: float | OSError = 5000.0
        self.room = DiskRoom(Path("/x"), lambda: self.now, self.ask)

    def ask(self, folder: Path) -> float:
        self.asked += 1
        self.gate.wait(PATIENCE)
        self.answered.release()
        if isinstance(self.free, OSError):
            raise self.free
        return self.free

    def looked(self) -> None:
        """Until the look that goes on is over."""
        assert self.answered.acquire(timeout=PATIENCE)
        for thread in threading.enumerate():
            if thread.name == "disk room":
                thread.join(PATIENCE)


def test_it_is_asked_every_ten_seconds_and_told_at_once() -> None:
    disk = Disk()
    disk.gate.clear()
    assert disk.room() is None, "nobody waits for the first answer"
    disk.gate.set()
    disk.looked()
    disk.free = 10.0
    assert disk.room() == 5000.0 and disk.asked == 1
    disk.now += EVERY_S
    disk.room()
    disk.looked()
    assert disk.room() == 10.0 and disk.asked == 2


def test_a_disk_that_hangs_is_asked_once_and_then_nothing_is_known() -> None:
    disk = Disk()
    disk.room()
    disk.looked()
    disk.gate.clear()
    for _ in range(20):
        disk.now += EVERY_S
        told = disk.room()
    assert disk.asked == 2 and told is None
    assert 20 * EVERY_S > STALE_S
    disk.gate.set()
    disk.looked()


def test_a_disk_that_refuses_is_not_known() -> None:
    disk = Disk()
    disk.free = OSError("gone")
    disk.room()
    disk.looked()
    assert disk.room() is None
    assert free_mb(Path("/")) > 0
