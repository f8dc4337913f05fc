"""When the person says each phone of a known text: the same text, spoken by a voice that tells its times,
is warped onto the recording.

Dynamic time warping (Sakoe and Chiba 1978, symmetric form) over mel cepstra (Davis and Mermelstein 1980)
without each recording's mean. Works in every language that the voice speaks, with nothing installed beside.
"""

import numpy as np
from numpy.typing import NDArray

from persona.clone.footage.listening import mel
from persona.clone.prepared import MEL_BANDS, MEL_RATE, SOUND_RATE
from persona.clone.recital import Recital
from persona.speech import SPEECH_RATE, Phone

Floats = NDArray[np.float32]

CEPSTRA = 13
LONGEST_S = 150.0  # of either recording: the table of steps takes a byte for each pair of hundredths
_DIAGONAL, _ON, _WAIT = 0, 1, 2


def align(sound: Floats, model: Recital) -> tuple[Phone, ...]:
    """The phones of `model` at the times at which `sound` (SOUND_RATE) says them; contiguous, from 0 to its
    end. () when one of the two is too long.
    """
    seconds = len(sound) / SOUND_RATE
    if max(seconds, model.seconds) > LONGEST_S or not model.phones:
        return ()
    import soxr

    room = np.zeros(SOUND_RATE // 2, np.float32)
    spoken = np.asarray(soxr.resample(model.pcm, SPEECH_RATE, SOUND_RATE), np.float32)
    a, b = features(sound), features(np.concatenate([room, spoken, room]))
    times = warped(a, b)
    edges = np.array([p.end + len(room) / SOUND_RATE for p in model.phones[:-1]])
    at = np.interp(edges * MEL_RATE, np.arange(len(times)), times) / MEL_RATE
    at = np.maximum.accumulate(np.clip(at, 0, seconds))
    starts, ends = [0.0, *at], [*at, seconds]
    return tuple(
        Phone(p.symbol, float(s), float(e))
        for p, s, e in zip(model.phones, starts, ends, strict=True)
        if e > s
    )


def features(sound: Floats) -> Floats:
    """[n, 2 * CEPSTRA] cepstra and their slopes, at MEL_RATE, without the recording's mean and spread. The
    first tells loud from silent.
    """
    bands = mel(sound)
    k = np.arange(MEL_BANDS)
    basis = np.cos(np.pi / MEL_BANDS * (k[None] + 0.5) * np.arange(CEPSTRA)[:, None])
    cepstra = bands @ basis.T
    loud = cepstra[:, 0] > np.percentile(cepstra[:, 0], 40)
    cepstra = (cepstra - cepstra[loud].mean(axis=0)) / (cepstra[loud].std(axis=0) + 1e-6)
    cepstra[:, 0] = np.maximum(cepstra[:, 0], -4)
    cepstra[~loud & (cepstra[:, 0] <= -3), 1:] *= 0.3  # the colour of a room's noise says nothing
    slope = np.gradient(np.apply_along_axis(_smooth, 0, cepstra), axis=0)
    return np.asarray(np.concatenate([cepstra, 2 * slope], axis=1), np.float32)


def _smooth(column: Floats) -> Floats:
    return np.asarray(np.convolve(np.pad(column, 1, mode="edge"), [0.25, 0.5, 0.25], "valid"), np.float32)


def warped(a: Floats, b: Floats) -> NDArray[np.float64]:
    """For each row of `b` the row of `a` that it belongs to, growing. By anti-diagonals, a byte of memory for
    each pair of rows.
    """
    n, m = len(a), len(b)
    steps = np.zeros((n + m - 1, min(n, m)), np.uint8)
    far = np.float32(np.inf)
    before: tuple[int, Floats] = (0, np.zeros(0, np.float32))
    last: tuple[int, Floats] = (0, np.zeros(0, np.float32))
    for d in range(n + m - 1):
        low, high = max(0, d - m + 1), min(n, d + 1)
        i = np.arange(low, high)
        cost = np.sqrt(((a[low:high] - b[d - i]) ** 2).sum(axis=1))
        if d == 0:
            total = 2 * cost
        else:
            choices = np.stack(
                [
                    _at(before, i - 1, far) + 2 * cost,  # both on
                    _at(last, i - 1, far) + cost,  # the recording alone
                    _at(last, i, far) + cost,  # the model alone
                ]
            )
            best = choices.argmin(axis=0)
            steps[d, : len(i)] = best
            total = choices[best, np.arange(len(i))]
        before, last = last, (low, total.astype(np.float32))
    return _traced(steps, n, m)


def _at(row: tuple[int, Floats], i: NDArray[np.int64], far: np.float32) -> Floats:
    low, values = row
    k = i - low
    inside = (k >= 0) & (k < len(values))
    out = np.full(len(i), far, np.float32)
    out[inside] = values[k[inside]]
    return out


def _traced(steps: NDArray[np.uint8], n: int, m: int) -> NDArray[np.float64]:
    total, count = np.zeros(m), np.zeros(m)
    i, j = n - 1, m - 1
    while True:
        total[j] += i
        count[j] += 1
        if i == 0 and j == 0:
            return np.asarray(total / count)
        step = steps[i + j, i - max(0, i + j - m + 1)]
        i -= step != _WAIT
        j -= step != _ON
