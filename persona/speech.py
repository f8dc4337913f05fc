"""A clause of a Line as sound: samples, words and phones with times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPEECH_RATE = 48_000  # Hz; the rate of the mixer, so that air never resamples


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in the Line's text. `start`, `end`: seconds from the Speech's start; `a`, `b`: its
    span.
    """

    text: str
    start: float
    end: float
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone. `symbol`: IPA (Kokoro's alphabet), or "sil". Seconds from the Speech's start; contiguous."""

    symbol: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Speech:
    """One clause spoken.

    line, clause, last   id of the Line, index of this clause from 0, whether it is the Line's last
    a, b                 the clause's span in Line.text
    pcm                  float32 [n], mono, SPEECH_RATE, within -1..1, -16 LUFS, true peak <= -1.5 dBTP,
                         starts and ends at (near) zero; leading and trailing silence trimmed to <= 60 ms
    """

    line: str
    clause: int
    last: bool
    text: str
    language: str
    a: int
    b: int
    pcm: NDArray[np.float32]
    words: tuple[Word, ...]
    phones: tuple[Phone, ...]

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SPEECH_RATE
