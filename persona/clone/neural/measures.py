"""Figures of painted mouths beside filmed ones. Pure functions; formulas at each."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone.prepared import Floats, Pixels
from persona.clone.visemes import pauses
from persona.speech import Phone

Array = NDArray[np.float64]

TOUCH = 0.06  # opening in mouth widths below which lips have closed
LONG_PAUSE = 0.3  # seconds: from here on stillness is measured
SETTLED = 0.12  # seconds at both ends of a pause in which the mouth may still move


def psnr(ours: Pixels, theirs: Pixels) -> float:
    """Mean over pictures [n, h, w, 3] of -10 log10 of the mean squared error, values in 0..1. dB."""
    error = ((ours.astype(np.float32) - theirs.astype(np.float32)) / 255) ** 2
    return float((-10 * np.log10(error.mean(axis=(1, 2, 3)) + 1e-10)).mean())


def ssim(ours: Pixels, theirs: Pixels) -> float:
    """Structural similarity (Wang et al. 2004): Gaussian 7x7, sigma 1.5, without padding, C1 = 1e-4,
    C2 = 9e-4, mean over pictures [n, h, w, 3] and colours.
    """
    return float(np.mean([_ssim(a, b) for a, b in zip(ours, theirs, strict=True)]))


def _ssim(a: Pixels, b: Pixels) -> float:
    x, y = (np.asarray(v / 255, np.float32) for v in (a, b))

    def smooth(v: NDArray[np.float32]) -> Array:
        return np.asarray(cv2.GaussianBlur(v, (7, 7), 1.5)[3:-3, 3:-3], np.float64)

    mx, my = smooth(x), smooth(y)
    vx, vy, vxy = smooth(x * x) - mx * mx, smooth(y * y) - my * my, smooth(x * y) - mx * my
    top = (2 * mx * my + 1e-4) * (2 * vxy + 9e-4)
    return float((top / ((mx * mx + my * my + 1e-4) * (vx + vy + 9e-4))).mean())


def sharpness(pictures: Pixels) -> float:
    """Mean variance of the 3x3 Laplacian of the grey pictures [n, h, w, 3]."""
    greys = [cv2.cvtColor(np.ascontiguousarray(p), cv2.COLOR_RGB2GRAY).astype(np.float32) for p in pictures]
    return float(np.mean([cv2.Laplacian(g, cv2.CV_32F).var() for g in greys]))


def liveliness(pictures: Pixels) -> float:
    """Mean absolute difference of neighbouring pictures [n, h, w, 3]."""
    return float(np.abs(np.diff(pictures.astype(np.int16), axis=0)).mean())


def lip_error(ours: Floats, theirs: Floats, lips: Sequence[int], width: float) -> float:
    """M-LMD: mean distance of the lip points [n, P, 2], each frame's mean lip point taken away, in per cent
    of the mouth's width.
    """
    a, b = (p[:, list(lips)] - p[:, list(lips)].mean(axis=1, keepdims=True) for p in (ours, theirs))
    return float(np.linalg.norm(a - b, axis=2).mean() / width * 100)


def correlation(a: Floats, b: Floats) -> float:
    """Pearson's; 0 when one of the two does not vary."""
    if min(float(a.std()), float(b.std())) < 1e-9:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def closure_rate(openings: Floats, times: Array, phones: Sequence[Phone]) -> tuple[float, int]:
    """Share of P, B, M (one frame around each included) in which the lips touch, and how many there are."""
    touched, count = 0, 0
    for phone in phones:
        if phone.symbol[:1] not in "pbm" or phone.end < times[0] or phone.start > times[-1]:
            continue
        inside = (times >= phone.start - 0.02) & (times <= phone.end + 0.02)
        if not inside.any():
            continue
        count += 1
        touched += bool(openings[inside].min() < TOUCH)
    return (touched / count if count else 1.0), count


def silence_motion(openings: Floats, times: Array, phones: Sequence[Phone]) -> float:
    """Standard deviation of the opening, in per cent of the mouth's width, in pauses over 300 ms; their ends
    left out. 0 when there are none.
    """
    found = []
    for start, end in pauses(phones):
        inside = (times >= start + SETTLED) & (times <= end - SETTLED)
        if end - start >= LONG_PAUSE and inside.sum() >= 2:
            found.append(float(openings[inside].std()))
    return 100 * float(np.mean(found)) if found else 0.0


def best_shift(ours: Floats, theirs: Floats, most: int = 5) -> int:
    """Frames by which `ours` comes late: the shift with the highest correlation."""
    n = len(ours)
    scores = {}
    for k in range(-most, most + 1):
        a, b = ours[max(0, k) : n + min(0, k)], theirs[max(0, -k) : n - max(0, k)]
        scores[k] = correlation(a, b)
    return max(scores, key=lambda k: (round(scores[k], 6), -abs(k)))
