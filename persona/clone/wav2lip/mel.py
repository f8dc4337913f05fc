"""The sound as Wav2Lip hears it: 80 mel bands, 80 times a second, in -4..4.

Figures of Rudrabha/Wav2Lip's hparams (16 kHz, pre-emphasis 0.97, transform 800, hop 200, 55 to 7600 Hz, -100
dB, reference 20 dB). Mel scale and areas after Slaney, "Auditory Toolbox" (1998).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE, FFT, HOP, BANDS = 16_000, 800, 200, 80
LOW, HIGH = 55.0, 7600.0
EMPHASIS, FLOOR_DB, REFERENCE_DB, REACH = 0.97, -100.0, 20.0, 4.0
FRAMES_A_SECOND = RATE // HOP
WINDOW = 16


def mel(sound: Floats) -> Floats:
    """[80, T] of mono sound at RATE: column t around t / 80 s."""
    sharp = np.append(sound[:1], sound[1:] - EMPHASIS * sound[:-1]).astype(np.float32)
    padded = np.pad(sharp, FFT // 2)
    n = 1 + max(0, len(padded) - FFT) // HOP
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)).astype(np.float32)
    rows = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP][:n] * window
    energies = np.abs(np.fft.rfft(rows, axis=1)) @ filters().T
    decibels = 20 * np.log10(np.maximum(10 ** (FLOOR_DB / 20), energies)) - REFERENCE_DB
    scaled = 2 * REACH * (decibels - FLOOR_DB) / -FLOOR_DB - REACH
    return np.asarray(np.clip(scaled, -REACH, REACH).T, np.float32)


def windows(sound: Floats, count: int, fps: int) -> Floats:
    """[count, 1, 80, 16]: what is heard at each picture, from its own moment on for a fifth of a second."""
    heard = mel(sound)
    short = int(FRAMES_A_SECOND * count / fps) + WINDOW - heard.shape[1]
    if short > 0:
        heard = np.pad(heard, ((0, 0), (0, short)), constant_values=-REACH)
    starts = (np.arange(count) * FRAMES_A_SECOND / fps).astype(int)
    return (
        np.stack([heard[:, s : s + WINDOW] for s in starts])[:, None]
        if count
        else np.zeros((0, 1, 80, 16), np.float32)
    )


def filters() -> Floats:
    """[80, FFT / 2 + 1] triangles of equal area."""
    points = _hertz(np.linspace(_mels(LOW), _mels(HIGH), BANDS + 2))
    at = np.linspace(0, RATE / 2, FFT // 2 + 1)
    rising = (at - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
    falling = (points[2:, None] - at) / (points[2:] - points[1:-1])[:, None]
    area = 2 / (points[2:] - points[:-2])
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * area[:, None], np.float32)


_STEP, _KNEE, _LOG = 200 / 3, 1000.0, np.log(6.4) / 27


def _mels(hertz: float) -> float:
    return float(hertz / _STEP if hertz < _KNEE else _KNEE / _STEP + np.log(hertz / _KNEE) / _LOG)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    linear, logarithmic = mels * _STEP, _KNEE * np.exp(_LOG * (mels - _KNEE / _STEP))
    return np.where(mels < _KNEE / _STEP, linear, logarithmic)
