"""From what a model gives to what may air: trimmed, 48 kHz, one loudness, no overs, no clicks.

Loudness after ITU-R BS.1770-4 (gated, K-weighted); true peak after its annex 2 (fourfold oversampling).
"""

import warnings

import numpy as np
import pyloudnorm
import soxr
from numpy.typing import NDArray

from persona.speech import SPEECH_RATE

Samples = NDArray[np.float32]
LOUDNESS = -16.0  # LUFS
PEAK = -1.5  # dBTP, what may leave here
_CEILING = 10 ** ((PEAK - 0.3) / 20)  # the limiter aims lower: 16 bit and codecs add a little
_KEPT = 0.040  # s of silence left at both ends
_FADE = 0.005  # s
_REACH = SPEECH_RATE * 2 // 1000  # the limiter looks 2 ms ahead and back
_RELEASE = SPEECH_RATE * 20 // 1000
_HEARD = 10 ** (-42 / 20)  # below the loudest 10 ms by this much is silence


def finish(pcm: Samples, rate: int) -> tuple[Samples, float]:
    """A clip ready to air, and the seconds cut off its start (subtract them from every time).

    pcm     float32 [n], mono, `rate` Hz
    result  float32 [m], SPEECH_RATE, LOUDNESS within 0.5, true peak <= PEAK, whole steps of 16 bit, faded at
            both ends; silence comes back as silence
    """
    pcm = np.ascontiguousarray(pcm, dtype=np.float32)
    first, last = heard(pcm, rate)
    keep = int(_KEPT * rate)
    start, end = max(0, first - keep), min(len(pcm), last + keep)
    cut = (
        soxr.resample(pcm[start:end], rate, SPEECH_RATE, quality="VHQ")
        if rate != SPEECH_RATE
        else pcm[start:end]
    )
    clip = levelled(np.asarray(cut, dtype=np.float32))
    _fade(clip)
    return (np.round(clip * 32767) / 32767).astype(np.float32), start / rate


def heard(pcm: Samples, rate: int) -> tuple[int, int]:
    """First sample and the one after the last that can be heard; the whole clip where nothing can."""
    step = max(1, rate // 200)
    whole = len(pcm) // step * step
    if not whole:
        return 0, len(pcm)
    energy = np.sqrt(np.mean(pcm[:whole].reshape(-1, step) ** 2, axis=1))
    loud = np.flatnonzero(energy > max(energy.max() * _HEARD, 1e-5))
    if not len(loud):
        return 0, len(pcm)
    return int(loud[0]) * step, int(loud[-1] + 1) * step


def levelled(pcm: Samples) -> Samples:
    """At LOUDNESS, its peaks held under the ceiling by a limiter, not by turning the clip down."""
    loudness = loudness_of(pcm)
    if not np.isfinite(loudness):
        return pcm.copy()
    gain, out = LOUDNESS - loudness, pcm
    for _ in range(6):
        out = limited(pcm * np.float32(10 ** (gain / 20)))
        short = LOUDNESS - loudness_of(out)
        if abs(short) < 0.1:
            break
        gain += short
    over = true_peak(out) / 10 ** (PEAK / 20)
    return out if over <= 1 else (out / over).astype(np.float32)


def loudness_of(pcm: Samples, rate: int = SPEECH_RATE) -> float:
    """LUFS; -inf for silence. A clip of less than 0.8 s is measured as if said over and over."""
    if not len(pcm):
        return float("-inf")
    long = np.tile(pcm, -(-int(1.6 * rate) // len(pcm))) if len(pcm) < 0.8 * rate else pcm
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # pyloudnorm warns of clipped input, which the limiter has not seen yet
        return float(pyloudnorm.Meter(rate).integrated_loudness(long.astype(np.float64)))


def true_peak(pcm: Samples) -> float:
    """Largest value between and on the samples, linear."""
    return float(_oversampled(pcm).max(initial=0.0))


def limited(pcm: Samples) -> Samples:
    """Peaks over the ceiling pressed down smoothly; quieter parts pass unchanged."""
    peaks = _oversampled(pcm)
    need = np.minimum(1.0, _CEILING / np.maximum(peaks, 1e-9))
    if need.min() >= 1.0:
        return pcm
    gain = _least_near(need, _REACH + _RELEASE // 2)
    window = np.hanning(2 * _REACH + 1)
    smooth = np.convolve(np.pad(gain, _REACH, mode="edge"), window / window.sum(), mode="valid")
    return (pcm * smooth).astype(np.float32)


def _oversampled(pcm: Samples) -> NDArray[np.float64]:
    """For every sample the largest magnitude up to the next one, float64 [n]."""
    if not len(pcm):
        return np.zeros(0)
    padded = np.concatenate([pcm, np.zeros(64, np.float32)])
    fine = np.abs(soxr.resample(padded, SPEECH_RATE, 4 * SPEECH_RATE, quality="HQ"))[: 4 * len(pcm)]
    per_sample = np.zeros(4 * len(pcm))
    per_sample[: len(fine)] = fine
    peaks: NDArray[np.float64] = np.maximum(per_sample.reshape(-1, 4).max(axis=1), np.abs(pcm))
    return peaks


def _least_near(x: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Minimum over x[i - reach .. i + reach], by doubling windows."""
    padded = np.pad(x, reach, constant_values=1.0)
    width, need = 1, 2 * reach + 1
    least = padded
    while width < need:
        step = min(width, need - width)
        least = np.minimum(least[:-step], least[step:])
        width += step
    return least


def _fade(pcm: Samples) -> None:
    n = min(int(_FADE * SPEECH_RATE), len(pcm) // 2)
    if n:
        ramp = np.sin(np.linspace(0, np.pi / 2, n, dtype=np.float32)) ** 2
        pcm[:n] *= ramp
        pcm[-n:] *= ramp[::-1]
