"""Is a voice in this sound? A small detector of our own: energy over the noise floor, pitch, and how they
move.

Speech is voiced (it repeats itself every 2.5-14 ms), its spectrum and level change with the syllables, its
pitch slides, and its power is spread over many harmonics. Hum, tones and chords do not change; notes are
held; noise and clicks have no pitch. Anything that plays recorded speech passes: that the voice is live is
for challenges to show.
"""

from collections import deque
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

RATE = 16000
FRAME = 512  # 32 ms
HOP = 256
WINDOW = RATE  # judged together: 1 s, every half second
STEP = RATE // 2
FLOOR_FRAMES = 620  # the noise floor is that of the last ten seconds
QUIET_DB = -58.0  # below this nothing is evidence, whatever the floor
OVER_FLOOR_DB = 8.0
PITCH_LAGS = (RATE // 400, RATE // 70)


class VoiceDetector(Protocol):
    """Fed with sound as it comes; tells when a window is full."""

    def feed(self, samples: NDArray[np.int16]) -> float | None:
        """`samples`: mono, 16 kHz. How sure it is that somebody speaks, 0..1; None while the window fills."""
        ...


class PitchAndPace:
    """The detector described above. One per microphone: it learns that room's noise floor."""

    def __init__(self) -> None:
        self._sound = np.zeros(0, np.float32)
        self._floor: deque[float] = deque(maxlen=FLOOR_FRAMES)
        self._window = np.hanning(FRAME).astype(np.float32)
        self._window_self = _self_likeness(self._window[None, :])[0]

    def feed(self, samples: NDArray[np.int16]) -> float | None:
        self._sound = np.concatenate([self._sound, samples.astype(np.float32) / 32768.0])
        score = None
        while self._sound.size >= WINDOW:
            score = self._judge(self._sound[:WINDOW])
            self._sound = self._sound[STEP:]
        return score

    def _judge(self, sound: NDArray[np.float32]) -> float:
        frames = np.lib.stride_tricks.sliding_window_view(sound - sound.mean(), FRAME)[::HOP] * self._window
        level = 10 * np.log10(np.mean(frames**2, axis=1) * 8 / 3 + 1e-10)
        self._floor.extend(float(x) for x in level[-(STEP // HOP) :])
        floor = float(np.percentile(np.array(self._floor), 10))
        active = (level > QUIET_DB) & (level > floor + OVER_FLOOR_DB)
        if active.sum() < 8:
            return 0.0
        pitched, lags = self._pitched(frames)
        voiced = active & pitched
        if voiced.sum() < 6:
            return 0.0
        share = float(voiced.sum()) / len(frames)
        moves = (_ramp(_pace(frames[active]), 0.03, 0.12), _ramp(_glide(lags, voiced), 0.1, 0.3))
        return min(_ramp(share, 0.08, 0.25), _ramp(_spread(level), 2.0, 5.0), *moves)

    def _pitched(self, frames: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Frames with a pitch of 70-400 Hz whose power is not all in one line, as a tone's is; the pitch as
        lags.
        """
        likeness = _self_likeness(frames) / np.maximum(self._window_self, 1e-3)
        low, high = PITCH_LAGS
        at = low + likeness[:, low:high].argmax(axis=1)
        rows = np.arange(len(frames))
        before, top, after = likeness[rows, at - 1], likeness[rows, at], likeness[rows, at + 1]
        bend = np.minimum(before - 2 * top + after, -1e-9)
        lags = (at + np.clip(0.5 * (before - after) / bend, -0.5, 0.5)).astype(np.float32)
        power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
        around = np.clip(power.argmax(axis=1)[:, None] + np.arange(-2, 3), 0, power.shape[1] - 1)
        line = np.take_along_axis(power, around, axis=1).sum(axis=1) / np.maximum(power.sum(axis=1), 1e-12)
        return (top / np.maximum(likeness[:, 0], 1e-12) > 0.5) & (line < 0.93), lags


def _self_likeness(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Autocorrelation of each frame, [n, FRAME]."""
    spectrum = np.fft.rfft(frames, n=2 * FRAME, axis=1)
    return np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :FRAME].astype(np.float32)


def _pace(frames: NDArray[np.float32]) -> float:
    """How much the shape of the spectrum changes from frame to frame: mean distance of third-octave shares,
    0..1.
    """
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    edges = np.unique(np.geomspace(3, FRAME // 2, 18).astype(int))
    bands = np.add.reduceat(power, edges, axis=1)
    shares = bands / np.maximum(bands.sum(axis=1, keepdims=True), 1e-12)
    if len(shares) < 4:
        return 0.0
    return float(np.abs(shares[3:] - shares[:-3]).sum(axis=1).mean() / 2)


def _glide(lags: NDArray[np.float32], voiced: NDArray[np.bool_]) -> float:
    """How often the pitch slides: of the neighbouring voiced frames, those that differ by 0.4-12 %. Notes
    are held.
    """
    both = voiced[1:] & voiced[:-1]
    if not both.any():
        return 0.0
    change = np.abs(np.log(lags[1:] / lags[:-1]))[both]
    return float(np.mean((change > 0.004) & (change < 0.12)))


def _spread(level: NDArray[np.float32]) -> float:
    """How much the level moves, dB: half the distance of its 10th and 90th percentile."""
    low, high = np.percentile(level, [10, 90])
    return float(high - low) / 2


def _ramp(value: float, low: float, high: float) -> float:
    return float(min(1.0, max(0.0, (value - low) / (high - low))))
