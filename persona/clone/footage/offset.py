"""How long after the picture the sound comes: found from lips and phones alone, since 80 ms of error ruin
what is learnt of a mouth.

The mouth's shapes are explained by the phones, blended by dominance (persona.clone.visemes), at every offset
from -240 to +300 ms; the offset that explains most is it. It holds the film's own offset and the natural
lead of the mouth over the sound together (up to about 120 ms).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from persona.clone import visemes
from persona.clone.prepared import FPS
from persona.speech import Phone

Array = NDArray[np.float64]

STEPS_MS = tuple(range(-240, 301, 20))
SIGMA = 0.05
RIDGE = 1.0
LEAST_R2 = 0.15  # of the mouth that phones must explain for the peak to mean anything
LEAST_CORRELATION = 0.35


@dataclass(frozen=True, slots=True)
class Offset:
    """`seconds` by which the sound comes after the picture, None when it cannot be told.

    how       what it was measured by; `trusted`: by phones, not by loudness
    curve     (offset in seconds, how well it explains the mouth: R2 or correlation)
    """

    seconds: float | None
    how: Literal["phones", "loudness"]
    curve: tuple[tuple[float, float], ...]

    @property
    def trusted(self) -> bool:
        return self.how == "phones"


def by_phones(phones: Sequence[Phone], mouths: NDArray[np.float32], frames: int) -> Offset:
    """phones in seconds of the sound; mouths [N, K] at 25 a second; only the first `frames` are looked at."""
    truth = mouths[:frames].astype(np.float64)
    middle = (np.arange(len(truth)) + 0.5) / FPS
    blended = visemes.dominance(visemes.indicator(phones, phones[-1].end), SIGMA)
    curve = []
    for ms in STEPS_MS:
        at = ((middle + ms / 1000) * visemes.RATE).astype(int)
        inside = (at >= 0) & (at < len(blended))
        curve.append((ms / 1000, _explained(blended[at[inside]], truth[inside])))
    best = int(np.argmax([r2 for _, r2 in curve]))
    if curve[best][1] < LEAST_R2 or best in (0, len(curve) - 1):
        return Offset(None, "phones", tuple(curve))
    return Offset(_peak(curve, best), "phones", tuple(curve))


def by_loudness(level: NDArray[np.float32], openings: NDArray[np.float32], rate: int) -> Offset:
    """Roughly, for sound of unknown words: `level` in dB, `rate` a second, against the opening."""
    loud = np.clip(level, -60, 0).astype(np.float64)
    kernel = np.ones(rate // FPS) / (rate // FPS)
    smooth = np.convolve(loud, kernel, "same")
    middle = (np.arange(len(openings)) + 0.5) / FPS
    curve = []
    for ms in STEPS_MS:
        at = ((middle + ms / 1000) * rate).astype(int)
        inside = (at >= 0) & (at < len(smooth))
        if inside.sum() < FPS:
            continue
        a, b = smooth[at[inside]], openings[inside].astype(np.float64)
        spread = float(a.std() * b.std())
        curve.append((ms / 1000, float(((a - a.mean()) * (b - b.mean())).mean() / spread) if spread else 0.0))
    if not curve:
        return Offset(None, "loudness", ())
    best = int(np.argmax([c for _, c in curve]))
    if curve[best][1] < LEAST_CORRELATION or best in (0, len(curve) - 1):
        return Offset(None, "loudness", tuple(curve))
    return Offset(_peak(curve, best), "loudness", tuple(curve))


def _explained(a: Array, b: Array) -> float:
    """Share of the variance of `b` [n, K] that ridge regression on `a` [n, 14] explains."""
    if len(a) < FPS:
        return 0.0
    b = b - b.mean(axis=0)
    weights = np.linalg.solve(a.T @ a + RIDGE * np.eye(a.shape[1]), a.T @ b)
    return float(1 - ((b - a @ weights) ** 2).sum() / max(1e-9, float((b**2).sum())))


def _peak(curve: Sequence[tuple[float, float]], k: int) -> float:
    """The top of the parabola through the best point and its neighbours."""
    (x, y0), (_, y1), (_, y2) = curve[k - 1 : k + 2]
    bend = y0 - 2 * y1 + y2
    step = curve[k][0] - x
    return round(curve[k][0] + (0.5 * (y0 - y2) / bend * step if bend < 0 else 0.0), 4)
