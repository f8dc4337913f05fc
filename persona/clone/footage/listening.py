"""What the footage sounds like: loudness, noise, clipping, speech and pauses, and the mel spectrum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from persona.clone.prepared import MEL_BANDS, MEL_RATE, SOUND_RATE

Floats = NDArray[np.float32]

HOP = SOUND_RATE // MEL_RATE
WINDOW, FFT = 400, 512  # samples: 25 ms, and the transform
FULL = 0.985  # of full scale, from which a sample counts as clipped
ABOVE = 12.0  # dB over the noise from which it is speech
SPEECH_LEAST = -50.0  # dB of full scale below which nothing is speech
GAP = 0.25  # seconds; shorter gaps belong to the speech around them


@dataclass(frozen=True)
class Heard:
    """Levels in dB of full scale. `level` [n] of each hundredth of a second; `speaking` [n] bool.

    voice     level of the louder tenth of what is spoken
    noise     level of the quieter tenth of everything
    clipped   share of samples at full scale
    spoken    seconds of speech
    """

    level: Floats
    speaking: NDArray[np.bool_]
    voice: float
    noise: float
    clipped: float

    @property
    def spoken(self) -> float:
        return float(self.speaking.sum()) / MEL_RATE

    @property
    def over_noise(self) -> float:
        """dB from the noise to the voice."""
        return self.voice - self.noise

    def pauses(self, least: float) -> list[tuple[float, float]]:
        """Silences of at least that many seconds, start and end."""
        return [(a / MEL_RATE, b / MEL_RATE) for a, b in _runs(~self.speaking) if b - a >= least * MEL_RATE]


def listen(sound: Floats) -> Heard:
    """`sound`: mono at SOUND_RATE. Silence gives levels of -100 dB."""
    n = max(1, len(sound) // HOP)
    power = np.zeros(n)
    for k in range(n):
        part = sound[k * HOP : (k + 1) * HOP]
        power[k] = float(np.dot(part, part)) / max(1, len(part))
    level = np.maximum(10 * np.log10(power + 1e-10), -100)
    noise = float(np.percentile(level, 10))
    loud = level > max(noise + ABOVE, SPEECH_LEAST)
    for a, b in _runs(~loud):
        if b - a < GAP * MEL_RATE and a > 0 and b < n:
            loud[a:b] = True
    for a, b in _runs(loud):
        if b - a < 0.08 * MEL_RATE:
            loud[a:b] = False
    voice = float(np.percentile(level[loud], 90)) if loud.any() else -100.0
    clipped = float((np.abs(sound) >= FULL).mean()) if len(sound) else 0.0
    return Heard(level.astype(np.float32), loud, voice, noise, clipped)


def mel(sound: Floats) -> Floats:
    """[T, 80] natural logarithm of mel energies, MEL_RATE rows a second (row k around k / MEL_RATE s), never
    below ln(1e-5). Mel scale after O'Shaughnessy (1987): 2595 log10(1 + f / 700).
    """
    n = max(1, len(sound) // HOP)
    padded = np.pad(sound.astype(np.float32), (FFT // 2, FFT))
    window = np.zeros(FFT, np.float32)
    window[(FFT - WINDOW) // 2 : (FFT + WINDOW) // 2] = np.hanning(WINDOW)
    bank = filters()
    out = np.empty((n, MEL_BANDS), np.float32)
    for a in range(0, n, 1000):
        rows = np.stack([padded[k * HOP : k * HOP + FFT] for k in range(a, min(n, a + 1000))])
        spectrum = np.abs(np.fft.rfft(rows * window, axis=1)) ** 2
        out[a : a + 1000] = np.log(np.maximum(spectrum @ bank.T, 1e-5))
    return out


def filters() -> Floats:
    """[80, FFT/2 + 1] triangles of equal breadth on the mel scale from 0 to 8000 Hz."""
    top = 2595 * np.log10(1 + SOUND_RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, MEL_BANDS + 2) / 2595) - 1)
    hertz = np.linspace(0, SOUND_RATE / 2, FFT // 2 + 1)
    rising = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0, np.minimum(rising, falling)), np.float32)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of True: first and past."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
