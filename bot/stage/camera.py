"""A live person's camera and microphone on their way to the air: a small ring in shared memory.

A decoder process writes (bot/stage/camera_child.py), the air reads and never waits: it takes the newest
picture, and says so when none has come for a while. Only whole 64-bit numbers are shared and each has one
writer, so no lock is needed (see bot/stage/border.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from multiprocessing import shared_memory

import numpy as np
from numpy.typing import NDArray

from bot.stage.picture import Plane

SLOTS = 4  # pictures: the one on air, the newest, two being written
SOUND = 48_000  # samples of mono sound at 48 kHz that are kept: a second
STALE_S = 1.0  # a camera that sends nothing new for so long is gone

Samples = NDArray[np.float32]


class Head(IntEnum):
    """Shared numbers. Written by the decoder, but for the last two."""

    PICTURES = 0  # published so far
    SOUND = 1  # samples published so far
    BROKEN = 2  # pieces that could not be decoded
    WIDTH = 6  # written by the show: size of the place where the picture stands
    HEIGHT = 7


@dataclass(frozen=True, slots=True)
class LivePicture:
    """A camera's picture, yuv420p, cropped and scaled to width x height. `number` counts up from 1.

    The planes are views that hold for three further pictures (120 ms): copy or draw them at once.
    """

    number: int
    y: Plane
    u: Plane
    v: Plane

    @property
    def size(self) -> tuple[int, int]:
        return self.y.shape[1], self.y.shape[0]


_HEAD_BYTES = 8 * 8


def _bytes(width: int, height: int) -> int:
    return 16 + width * height * 3 // 2


class CameraRing:
    """The shared memory, large enough for pictures of `width` x `height` (even numbers). `create` in the
    show, `attach` in the decoder; both close, the creator unlinks.
    """

    def __init__(self, memory: shared_memory.SharedMemory, width: int, height: int, *, owner: bool) -> None:
        self._memory, self._owner, self.width, self.height = memory, owner, width, height
        assert memory.buf is not None
        self.head: NDArray[np.int64] = np.frombuffer(memory.buf, np.int64, 8)
        self._sound: Samples = np.frombuffer(memory.buf, np.float32, SOUND, _HEAD_BYTES)
        start, step = _HEAD_BYTES + 4 * SOUND, _bytes(width, height)
        self._slots = [np.frombuffer(memory.buf, np.uint8, step, start + i * step) for i in range(SLOTS)]
        if owner:
            self.wanted = (width, height)
        self._heard = int(self.head[Head.SOUND])

    @classmethod
    def create(cls, width: int, height: int) -> "CameraRing":
        size = _HEAD_BYTES + 4 * SOUND + SLOTS * _bytes(width, height)
        return cls(shared_memory.SharedMemory(create=True, size=size), width, height, owner=True)

    @classmethod
    def attach(cls, name: str, width: int, height: int) -> "CameraRing":
        return cls(shared_memory.SharedMemory(name=name), width, height, owner=False)

    @property
    def name(self) -> str:
        return self._memory.name

    @property
    def wanted(self) -> tuple[int, int]:
        """Width and height in which the next pictures are to come."""
        return int(self.head[Head.WIDTH]), int(self.head[Head.HEIGHT])

    @wanted.setter
    def wanted(self, size: tuple[int, int]) -> None:
        self.head[Head.WIDTH], self.head[Head.HEIGHT] = size

    def close(self) -> None:
        """Releases the memory; the creator also removes it."""
        self.head, self._slots = np.zeros(8, np.int64), []
        self._sound = np.zeros(SOUND, np.float32)
        try:
            self._memory.close()
        except BufferError:
            self._memory.close = lambda: None  # type: ignore[method-assign]  # a view is still held
        if self._owner:
            self._memory.unlink()

    # ---- the decoder's side

    def show(self, y: Plane, u: Plane, v: Plane) -> None:
        """Publishes a picture no larger than the ring's. Raises ValueError for another."""
        height, width = y.shape
        if width > self.width or height > self.height or width % 2 or height % 2:
            raise ValueError(f"a picture of {width}x{height} in a ring of {self.width}x{self.height}")
        slot = self._slots[int(self.head[Head.PICTURES]) % SLOTS]
        slot[:16].view(np.int64)[:] = (width, height)
        at = 16
        for plane in (y, u, v):
            slot[at : at + plane.size] = plane.reshape(-1)
            at += plane.size
        self.head[Head.PICTURES] += 1

    def sound(self, pcm: Samples) -> None:
        """Publishes mono sound at 48 kHz."""
        pcm = pcm[-SOUND:]
        at = int(self.head[Head.SOUND]) % SOUND
        first = min(len(pcm), SOUND - at)
        self._sound[at : at + first] = pcm[:first]
        self._sound[: len(pcm) - first] = pcm[first:]
        self.head[Head.SOUND] += len(pcm)

    # ---- the air's side

    def picture(self) -> LivePicture | None:
        """The newest picture, None before the first."""
        number = int(self.head[Head.PICTURES])
        if number == 0:
            return None
        slot = self._slots[(number - 1) % SLOTS]
        width, height = (int(n) for n in slot[:16].view(np.int64))
        area, at = width * height, 16
        y = slot[at : at + area].reshape(height, width)
        u = slot[at + area : at + area * 5 // 4].reshape(height // 2, width // 2)
        v = slot[at + area * 5 // 4 : at + area * 3 // 2].reshape(height // 2, width // 2)
        return LivePicture(number, y, u, v)

    def hear(self) -> Samples | None:
        """The sound that came since the last call; None when nothing did. What was overwritten is lost."""
        written = int(self.head[Head.SOUND])
        fresh = min(written - self._heard, SOUND)
        self._heard = written
        if fresh <= 0:
            return None
        at = (written - fresh) % SOUND
        return np.concatenate([self._sound[at : at + fresh], self._sound[: max(0, at + fresh - SOUND)]])


class Camera:
    """The air's view of a ring: pictures that are fresh, sound handed on. `time`: monotonic seconds."""

    def __init__(self, ring: CameraRing, hear: Callable[[Samples], None], time: Callable[[], float]) -> None:
        self._ring, self._hear, self._time = ring, hear, time
        self._number, self._since = int(ring.head[Head.PICTURES]), time()
        self._picture: LivePicture | None = None

    def pump(self) -> None:
        """Once a tick: hands the microphone's sound on."""
        pcm = self._ring.hear()
        if pcm is not None:
            self._hear(pcm)

    def picture(self) -> LivePicture | None:
        """The newest picture, or None when none has come for STALE_S."""
        newest, now = self._ring.picture(), self._time()
        if newest is not None and newest.number != self._number:
            self._number, self._since, self._picture = newest.number, now, newest
        elif now - self._since > STALE_S:
            self._picture = None
        return self._picture
