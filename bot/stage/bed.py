"""Music under the show: one loop whose end runs into its beginning, turned down while somebody speaks."""

import math

import numpy as np
from numpy.typing import NDArray

from bot.stage.strand import BLOCK, RATE

Samples = NDArray[np.float32]

JOIN_S = 2.0  # the loop's end and beginning are crossfaded over so long
DUCK_DB = -9.0  # under a voice
_DOWN_S, _UP_S = 0.12, 0.7  # how fast it makes room, and comes back
_HOLD = 15  # ticks (0.6 s) after the last word before it comes back: not between two words
_ENTER_S = 1.5  # it comes in so slowly when the show begins


def looped(music: Samples, join_s: float = JOIN_S) -> NDArray[np.int16]:
    """[2, n] float32 as a loop int16 [n - join, 2] that may be played round and round without a seam.

    Equal power over the join: two stretches of different music keep their loudness.
    """
    k = min(int(join_s * RATE), music.shape[1] // 4)
    turn = np.linspace(0, math.pi / 2, k, dtype=np.float32)
    body = music[:, : music.shape[1] - k].copy()
    body[:, :k] = music[:, :k] * np.sin(turn) + music[:, music.shape[1] - k :] * np.cos(turn)
    most = float(np.abs(body).max(initial=0.0))
    if most > 1.0:
        body /= most
    return np.ascontiguousarray(np.round(body * 32767).astype(np.int16).T)


class Bed:
    """`loop` int16 [n, 2] as `looped` makes it, `gain` linear. Used by the air's thread alone."""

    def __init__(self, loop: NDArray[np.int16], gain: float, duck_db: float = DUCK_DB) -> None:
        self._loop, self._full = loop, gain
        self._ducked = gain * 10 ** (duck_db / 20)
        self._gain = 0.0
        self._at = 0
        self._since_voice = _HOLD
        self._step = math.exp(-BLOCK / (_ENTER_S / 3 * RATE))

    def block(self, voiced: bool) -> Samples:
        """The next [2, BLOCK]. `voiced`: somebody speaks in this tick."""
        self._since_voice = 0 if voiced else self._since_voice + 1
        wanted = self._ducked if self._since_voice < _HOLD else self._full
        before = self._gain
        keep = self._step
        if before > 0.5 * self._ducked:  # once it has come in
            keep = math.exp(-BLOCK / ((_DOWN_S if wanted < before else _UP_S) * RATE))
        self._gain = wanted + (before - wanted) * keep
        gains = np.linspace(before, self._gain, BLOCK, dtype=np.float32) / np.float32(32767)
        return self._next().T * gains

    def _next(self) -> NDArray[np.int16]:
        n = len(self._loop)
        a, b = self._at, self._at + BLOCK
        self._at = b % n
        if b <= n:
            return self._loop[a:b]
        return np.take(self._loop, range(a, b), axis=0, mode="wrap")
