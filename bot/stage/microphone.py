"""A live microphone on its way into the mix: a bounded ring between who owns it and the air."""

import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

from bot.stage.strand import BLOCK

Samples = NDArray[np.float32]

LEAD = 2 * BLOCK  # samples that must wait before it is heard (80 ms): evens out how they come in
MOST = 12 * BLOCK  # half a second; what is older is dropped, so that the voice never lags behind the picture
EASE = 4 * BLOCK  # above this a clock runs fast: a block is left out
_AIM = 10 ** (-19 / 20)  # RMS of speech at about -16 LUFS, mono
_HEARD = 10 ** (-45 / 20)  # RMS of a block in which somebody speaks
_MOST_GAIN = 10 ** (12 / 20)
_STEP = 10 ** (0.1 / 20)  # the level follows by a tenth of a decibel a block: 2.5 dB a second


class Microphone:
    """`put` from any thread, `take` from the air's alone. Never waits. Counts are since the start.

    dropped   samples that were left out because they came faster than they were aired
    gaps      times that it ran dry in the middle
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: deque[Samples] = deque()
        self._waiting = 0
        self._flowing = False
        self._gain = 1.0
        self.dropped = 0
        self.gaps = 0

    @property
    def waiting(self) -> int:
        """Samples that have come in and were not taken."""
        return self._waiting

    def put(self, pcm: Samples) -> None:
        """Float32 mono at 48 kHz, any length, -1..1; what is not finite is dropped."""
        if not len(pcm) or not np.isfinite(pcm).all():
            self.dropped += len(pcm)
            return
        with self._lock:
            self._parts.append(np.array(pcm, np.float32))  # the caller may use its own again
            self._waiting += len(pcm)
            while self._waiting > MOST:
                gone = self._parts.popleft()
                self._waiting -= len(gone)
                self.dropped += len(gone)

    def hang_up(self) -> None:
        """Nobody is at the microphone any more: what waits is not aired."""
        with self._lock:
            self._parts.clear()
            self._waiting, self._flowing = 0, False

    def take(self) -> Samples | None:
        """The next block [BLOCK], levelled towards -16 LUFS, or None when nobody speaks into it."""
        with self._lock:
            if not self._flowing and self._waiting < LEAD + BLOCK:
                return None
            if self._waiting < BLOCK:
                self._flowing = False
                self.gaps += 1
                return None
            self._flowing = True
            if self._waiting > EASE + BLOCK:
                self._next()
                self.dropped += BLOCK
            block = self._next()
        return self._levelled(block)

    def _next(self) -> Samples:
        out, have = [], 0
        while have < BLOCK:
            part = self._parts.popleft()
            need = BLOCK - have
            if len(part) > need:
                self._parts.appendleft(part[need:])
                part = part[:need]
            out.append(part)
            have += len(part)
        self._waiting -= BLOCK
        return np.concatenate(out)

    def _levelled(self, block: Samples) -> Samples:
        """Towards one loudness, slowly, so that a whisper and a shout are both heard; no step at the join."""
        level = float(np.sqrt(np.mean(block * block)))
        before = self._gain
        if level > _HEARD / _MOST_GAIN:
            wanted = min(max(_AIM / level, 1 / _MOST_GAIN), _MOST_GAIN)
            self._gain = min(max(wanted, before / _STEP), before * _STEP)
        if before == self._gain:
            return block * np.float32(before)
        ramp = np.linspace(before, self._gain, BLOCK, dtype=np.float32)
        return block * ramp
