"""Reads a prepared clip a few pictures ahead of the air, in a thread of its own. The air never waits for it.

Memory is bounded: SLOTS pictures (11 MB at 720x1280) and the clip's sound as 16 bit (11.5 MB a minute). Two
numbers are shared, each with one writer: how many pictures were written, and which the air shows.
"""

import threading
import time

import av
import numpy as np
from numpy.typing import NDArray

from bot.stage.blend import Planes
from bot.stage.clip_film import ClipFilm, cover
from bot.stage.picture import view_of

SLOTS = 8
AHEAD = 4  # pictures that are there before a clip begins
_LOOK_S = 0.008  # how often it looks for room, a fifth of a tick

Sound = NDArray[np.int16]


class ClipReader:
    """`size`: of the place where it stands; what has another size is cropped and scaled to it. `wait`: the
    air waits for each picture (a rehearsal, where time does). Owned by whoever made it, who calls `close`.
    """

    def __init__(self, film: ClipFilm, size: tuple[int, int], *, wait: bool = False) -> None:
        self.film, self._size, self._wait = film, size, wait
        w, h = size
        half = (h // 2, w // 2)
        self._slots = [
            Planes(np.empty((h, w), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8))
            for _ in range(SLOTS)
        ]
        self._written = 0  # by the thread
        self._shown = 0  # by the air: pictures before it may be overwritten
        self._stop = threading.Event()
        self.over = False
        self.failure = ""  # why it reads no further
        self.late = 0  # ticks for which the picture was not there yet
        self.sound: Sound | None = None
        self._thread = threading.Thread(target=self._run, name="clip", daemon=True)
        self._thread.start()

    # ---- the air's side

    @property
    def ready(self) -> bool:
        """Whether it may begin: enough pictures are there, and the sound."""
        return self._written >= AHEAD or self.over

    def picture(self, k: int) -> Planes | None:
        """Picture `k`, or the newest that there is; None when there is none at all. Its planes hold until a
        later one is asked for.
        """
        while self._wait and self._written <= k and not self.over:
            time.sleep(0.0005)
        have = self._written
        self.late += have <= k and not self.over
        found = min(k, have - 1)
        if found < 0:
            return None
        self._shown = found
        return self._slots[found % SLOTS]

    # ---- its owner's

    @property
    def reading(self) -> bool:
        """Whether its thread goes on; after `stop` it ends within a picture's decoding."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """It need not read on."""
        self._stop.set()

    def close(self) -> None:
        """Stops and waits for the thread, a while."""
        self._stop.set()
        self._thread.join(2.0)

    # ---- the thread

    def _run(self) -> None:
        try:
            self._read()
        except Exception as error:  # noqa: BLE001  nobody awaits a thread: `failure` tells
            self.failure = f"{type(error).__name__}: {error}"
        self.over = True

    def _read(self) -> None:
        if self.film.sound is not None:
            self.sound = np.load(self.film.sound)
        with av.open(str(self.film.film)) as container:
            container.streams.video[0].codec_context.thread_count = 1
            for k, frame in enumerate(container.decode(video=0)):
                while k - self._shown >= SLOTS:
                    if self._stop.wait(_LOOK_S):
                        return
                if self._stop.is_set():
                    return
                picture = cover(Planes(*(view_of(p) for p in frame.planes)), *self._size)
                for slot, plane in zip(self._slots[k % SLOTS], picture, strict=True):
                    np.copyto(slot, plane)
                self._written = k + 1
