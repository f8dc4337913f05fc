"""What the stage says that it made: a mark for each tick, which the watch compares with what was really sent.

For step between picture and sound there are two signatures: the mean luma of the mouth's region per tick, and
the power of the sound per 5 ms. Found again in the decoded stream, they tell by how much each was moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.stage.picture import Overlay, Plane
from persona.clone.base import PatchRect, Rect

KEPT_S = 60  # seconds of marks that are kept
BIN = 240  # samples of a power value: 5 ms at 48 kHz
BINS = 8  # per tick of 1920 samples


@dataclass(frozen=True, slots=True)
class Shown:
    """What tick `n` shows and says. `over`: what lies over the host; `caption` is one of them, or None, and
    so is `recorded`: the mark on a filmed clip.
    """

    n: int
    slate: bool
    label: bool
    speaking: bool
    caption: Overlay | None
    over: tuple[Overlay, ...]
    recorded: Overlay | None = None


class Witness:
    """Written by the air's thread once a tick, read by the eye's some ticks later. Bounded: the last
    minute.
    """

    def __init__(self, fps: int = 25) -> None:
        self.fps = fps
        self._size = KEPT_S * fps
        self._shown: list[Shown | None] = [None] * self._size
        self._mouth = np.full(self._size, np.nan, np.float32)
        self._power = np.full(self._size * BINS, np.nan, np.float32)
        self.region: Rect | None = None  # the mouth's, as soon as one moved
        self.size: tuple[int, int] = (0, 0)  # of the picture, height and width

    def note(
        self, shown: Shown, luma: Plane, rects: Sequence[PatchRect], samples: NDArray[np.float32]
    ) -> None:
        """luma: of the composed picture [h, w]; samples float32 [2, 1920]; `rects`: what speech changed on
        the host. Some 20 microseconds.
        """
        self.size = (luma.shape[0], luma.shape[1])
        if self.region is None and rects and shown.speaking:
            self.region = _around([p.rect for p in rects])
        i = shown.n % self._size
        self._mouth[i] = mouth_of(luma, self.region) if self.region is not None else np.nan
        if samples.shape[1] == BIN * BINS:
            self._power[i * BINS : (i + 1) * BINS] = power_of(samples)
        self._shown[i] = shown

    def shown(self, n: int) -> Shown | None:
        """The mark of tick `n`; None where it is not (or no longer) known."""
        found = self._shown[n % self._size] if n >= 0 else None
        return found if found is not None and found.n == n else None

    def mouth(self, first: int, count: int) -> NDArray[np.float32]:
        """Mean luma of the mouth at ticks first..first+count; NaN where not known."""
        return self._mouth[self._at(first, count, 1)]

    def power(self, first: int, count: int) -> NDArray[np.float32]:
        """Mean square of bins first..first+count, counted from tick 0."""
        return self._power[self._at(first, count, BINS)]

    def _at(self, first: int, count: int, per_tick: int) -> NDArray[np.int64]:
        return (first + np.arange(count)) % (self._size * per_tick)


def mouth_of(luma: Plane, region: Rect) -> float:
    """Mean luma of a region, every second pixel."""
    return float(luma[region.y : region.y + region.h : 2, region.x : region.x + region.w : 2].mean())


def power_of(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean square per BIN samples of float32 [2, k * BIN], the louder channel's."""
    blocks = samples.reshape(2, -1, BIN)
    found: NDArray[np.float32] = np.einsum("cbs,cbs->cb", blocks, blocks).max(axis=0) / BIN
    return found


def _around(rects: Sequence[Rect]) -> Rect:
    x, y = min(r.x for r in rects), min(r.y for r in rects)
    return Rect(x, y, max(r.x + r.w for r in rects) - x, max(r.y + r.h for r in rects) - y)
