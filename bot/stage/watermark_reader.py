"""Reads the watermark (bot/stage/watermark.py) from pictures as a viewer gets them. Pure: luma in, readings
out.

Of each picture the mean of every block is kept, less that of the blocks around it. Over a window the
pattern's turns are looked for at every moment at which they may begin: a sum over blocks that is far from
what chance gives (`score`, in standard deviations) is the watermark. Each block's sum is bounded, so that a
moving host, who changes few blocks much, does not drown the many.
"""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.stage.picture import Plane
from bot.stage.watermark import (
    CHECK_BITS,
    CODE_BITS,
    LONG,
    SHORT,
    TURN_S,
    bits_of_blocks,
    public_pattern,
    unsealed,
)

WINDOW_S = 12.0  # of stream for one reading
FOUND = 7.0  # standard deviations; by chance once in 10**10 windows (25 beginnings, two signs)
PHASE_S = 0.08  # steps in which the beginning of a turn is looked for
_BOUND = 2.0  # times the median: what one block may add


@dataclass(frozen=True, slots=True)
class Reading:
    """Of the seconds `since` to `until` of a stream: was the watermark there (`found`), how surely (`score`,
    in standard deviations), and the code of the show; None where it could not be read.
    """

    since: float
    until: float
    score: float
    found: bool
    code: int | None


class WatermarkReader:
    """Takes pictures in the order of their time and gives a Reading for each full window."""

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window = window_s
        self._looks: deque[tuple[float, NDArray[np.float32]]] = deque()
        self._public = np.where(public_pattern(), 1.0, -1.0).astype(np.float32)
        self._bits = bits_of_blocks()

    def look(self, luma: Plane, at: float) -> Reading | None:
        """Luma of a decoded picture, uint8 [h, w], at second `at` of the stream. Four a second are enough."""
        self._looks.append((at, blocks(luma)))
        if at - self._looks[0][0] < self._window:
            return None
        return self.read()

    def forget(self) -> None:
        """The pictures so far are left out (the watermark need not stand on them)."""
        self._looks.clear()

    def read(self) -> Reading | None:
        """What the pictures say that came since the last reading; None for less than two turns of them."""
        if not self._looks or self._looks[-1][0] - self._looks[0][0] < 2 * TURN_S:
            return None
        times = np.array([at for at, _ in self._looks])
        sums = turned(times, np.stack([look for _, look in self._looks]))
        self._looks.clear()
        always = self._bits < 0
        scores = (sums[:, always] @ self._public[always]) / np.sqrt((sums[:, always] ** 2).sum(1) + 1e-9)
        best = int(np.abs(scores).argmax())
        score = float(scores[best])
        found = abs(score) >= FOUND
        code = self._code(sums[best] * self._public * np.sign(score)) if found else None
        return Reading(float(times[0]), float(times[-1]), abs(score), found, code)

    def _code(self, votes: NDArray[np.float32]) -> int | None:
        """`votes` [blocks]: above 0 where a block is as in the public pattern."""
        word = 0
        for bit in range(CODE_BITS + CHECK_BITS):
            word |= int(votes[self._bits == bit].sum() < 0) << bit
        return unsealed(word)


def blocks(luma: Plane) -> NDArray[np.float32]:
    """Mean of each block less the mean around it, [LONG * SHORT]; a picture on its side is stood up."""
    height, width = luma.shape
    across = (SHORT, LONG) if height >= width else (LONG, SHORT)
    means = cv2.resize(luma.astype(np.float32), across, interpolation=cv2.INTER_AREA)
    means = means - cv2.blur(means, (3, 3))
    return np.ascontiguousarray(means if height >= width else means.T).reshape(-1)


def turned(times: NDArray[np.float64], looks: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each beginning of a turn: what each block does in step with it, bounded; [phases, blocks]."""
    phases = np.arange(0.0, TURN_S, PHASE_S)
    steps = np.floor((times[None, :] + phases[:, None]) / TURN_S).astype(np.int64)
    signs = np.where(steps % 2 == 0, 1.0, -1.0).astype(np.float32)
    signs -= signs.mean(1, keepdims=True)
    sums = signs @ looks
    usual = np.median(np.abs(sums), axis=1, keepdims=True) + 1e-6
    out: NDArray[np.float32] = np.clip(sums / usual, -_BOUND, _BOUND)
    return out
