"""Room on the disk for a show, reserved before it goes on air: retention beats the disk limit.

Nothing that has been recorded is ever deleted to make room; a show for which there is none does not begin. A
reservation is a locked file beside the recording: when its show dies, the system lets go of the lock.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bot.stage.recording import disk_error, megabytes
from products.errors import SetupError

OVERHEAD = 1.02  # containers and signatures, over the encoders' rates
MARGIN = 256 << 20  # bytes: ledger, a segment that is being signed, and what else the machine writes
NAME = "reserved.json"


def needed(seconds: float, video_kbps: int, audio_kbps: int) -> int:
    """Bytes that a recording of so many seconds takes at most, by the encoders' rates."""
    return round(seconds * (video_kbps + audio_kbps) * 1000 / 8 * OVERHEAD)


class Reservation:
    """Room for one recording, until `release` or the end of the process."""

    def __init__(self, file: IO[str], size: int) -> None:
        self._file, self.bytes = file, size

    def release(self) -> None:
        if not self._file.closed:
            Path(self._file.name).unlink(missing_ok=True)
            self._file.close()


def reserve(
    folder: Path,
    shows: Path,
    size: int,
    *,
    margin: int = MARGIN,
    free: Callable[[Path], int] = lambda p: shutil.disk_usage(p).free,
) -> Reservation:
    """Room for `size` bytes in `folder` beside what running shows below `shows` still have to write.

    Raises SetupError that names the bytes and what to do; also when the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(shows):
            others = sum(_left(path) for path in _running(shows, folder))
            room = free(folder) - others - margin
            if size > room:
                raise SetupError(
                    f"The recording may take {megabytes(size)}, and {folder} has room for "
                    f"{megabytes(max(0, room))} ({megabytes(free(folder))} free, {megabytes(others)} "
                    f"promised to shows that run, {megabytes(margin)} kept back).",
                    remedy="Free space, set CASTMATE_DATA to a larger disk, plan a shorter show, or lower "
                    "CASTMATE_VIDEO_KBPS.",
                )
            return Reservation(_claimed(folder / NAME, size), size)
    except OSError as error:
        raise disk_error(folder, error) from error


def _claimed(path: Path, size: int) -> IO[str]:
    file = path.open("w", encoding="ascii")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    json.dump({"bytes": size, "pid": os.getpid()}, file)
    file.flush()
    return file


@contextmanager
def _alone(shows: Path) -> Iterator[None]:
    """Two shows that begin at once do not both take the last room."""
    shows.mkdir(parents=True, exist_ok=True)
    with (shows / ".space.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _running(shows: Path, own: Path) -> Iterator[Path]:
    """Reservations of other shows on the same disk whose process lives."""
    device = own.stat().st_dev
    for path in shows.glob(f"*/recording/{NAME}"):
        if path.parent == own or path.stat().st_dev != device:
            continue
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                yield path


def _left(path: Path) -> int:
    """What a running show has reserved and not written yet."""
    try:
        size = int(json.loads(path.read_text("ascii"))["bytes"])
    except (ValueError, KeyError):
        return 0
    written = sum(p.stat().st_size for p in path.parent.glob("*.mp4"))
    return max(0, size - written)
