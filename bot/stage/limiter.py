"""The limiter of the air: looks a little ahead, so that no peak passes and nothing is clipped or pumped.

True peak after ITU-R BS.1770-4 annex 2: the signal between the samples, seen by fourfold oversampling.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Gains = NDArray[np.float64]

RATE = 48_000  # Hz
CEILING_DBTP = -1.5  # what leaves the mixer stays at or under this, between the samples too
LOOK = 72  # samples (1.5 ms) over which the gain comes down before a peak
_TAPS = 12  # of each phase of the interpolator, as in annex 2
_HALF = _TAPS // 2
DELAY = LOOK + _HALF  # samples by which sound leaves later than it came: 1.6 ms of the 40 of a tick
_MARGIN_DB = 0.1  # the gain moves within the interpolator's reach: what that may add
_RELEASE_S = 0.08  # the limiter lets go with this time constant


def _phases() -> NDArray[np.float64]:
    """Coefficients [12, 3]: the points a quarter, a half and three quarters after sample 5 of twelve."""
    at = np.arange(_TAPS)[:, None] - (_HALF - 1) - np.array([0.25, 0.5, 0.75])
    taps = np.sinc(at) * np.i0(5.0 * np.sqrt(1 - (at / (_HALF + 0.5)) ** 2)) / np.i0(5.0)
    whole: NDArray[np.float64] = taps / taps.sum(axis=0)
    return whole


_PHASES = _phases()
_KERNELS = tuple(np.ascontiguousarray(column[None], np.float32) for column in _PHASES.T)
_OVERSHOOT = float(np.abs(_PHASES).sum(axis=0).max())  # between samples it may be at most so much higher


def between(x: Samples) -> NDArray[np.float32]:
    """Largest magnitude from each sample to the next, for samples 5 .. n-7 of `x` [c, n]: [n - 11]."""
    own: NDArray[np.float32] = np.abs(x)
    for kernel in _KERNELS:
        fine = cv2.filter2D(x, cv2.CV_32F, kernel, anchor=(_HALF - 1, 0))
        np.maximum(own, np.abs(fine), out=own)
    peaks: NDArray[np.float32] = np.max(own[:, _HALF - 1 : x.shape[1] - _HALF], axis=0)
    return peaks


class Limiter:
    """Holds true peaks at or under a ceiling; sound below it passes unchanged, DELAY samples later."""

    def __init__(self, ceiling_dbtp: float = CEILING_DBTP, release_s: float = _RELEASE_S) -> None:
        self.ceiling = 10 ** ((ceiling_dbtp - _MARGIN_DB) / 20)
        self._quiet = self.ceiling / _OVERSHOOT  # samples under this cannot hide a peak between them
        self._keep = math.exp(-1 / (release_s * RATE))
        self._held: Samples = np.zeros((2, DELAY), np.float32)  # the newest samples, not yet let out
        self._held_peak = 0.0
        self._calm = True  # no gain below 1 is in force or on its way
        self._needed: Gains = np.ones(LOOK)  # gains that the samples ahead need
        self._taken: Gains = np.zeros(LOOK)  # 1 - gain after release, of the samples before

    def apply(self, x: Samples) -> Samples:
        """`x` [2, n], n >= DELAY; as many samples, the ones that came DELAY earlier. One gain for both."""
        n = x.shape[1]
        whole = np.concatenate([self._held, x], axis=1)
        self._held = whole[:, n:]
        peak = max(float(x.max()), -float(x.min()))
        quiet = max(peak, self._held_peak) <= self._quiet
        self._held_peak = peak
        if quiet and self._calm:
            return whole[:, :n]
        return self._limited(whole, n, quiet)

    def _limited(self, whole: Samples, n: int, quiet: bool) -> Samples:
        fresh = np.ones(n)
        if not quiet:
            peaks = between(whole[:, LOOK - _HALF + 1 :]).astype(np.float64)
            fresh = np.minimum(1.0, self.ceiling / np.maximum(peaks, 1e-9))
        if self._calm and fresh.min() >= 1.0:
            return whole[:, :n]
        needed = np.concatenate([self._needed, fresh])
        cut = self._released(1.0 - _least_ahead(needed, LOOK + 1))
        both = np.concatenate([self._taken, cut])
        sums = np.cumsum(np.concatenate([[0.0], both]))
        gain = 1.0 - (sums[LOOK + 1 :] - sums[: -LOOK - 1]) / (LOOK + 1)
        self._needed, self._taken = needed[n:], both[n:]
        self._calm = bool(self._needed.min() >= 1.0 and self._taken.max() < 1e-5)
        if self._calm:
            self._taken = np.zeros(LOOK)
        held: Samples = (whole[:, :n] * gain).astype(np.float32)
        return held

    def _released(self, cut: Gains) -> Gains:
        """released[i] = max(cut[i], released[i - 1] * keep), without a loop."""
        fall = self._keep ** np.arange(1, len(cut) + 1)
        out: Gains = fall * np.maximum(np.maximum.accumulate(cut / fall), self._taken[-1])
        return out


def _least_ahead(x: Gains, width: int) -> Gains:
    """min(x[i .. i + width - 1]) for every i that has as many ahead, by doubling windows."""
    have = 1
    while have < width:
        step = min(have, width - have)
        x = np.minimum(x[:-step], x[step:])
        have += step
    return x
