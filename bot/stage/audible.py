"""The audible AI label: the rhythm `.- ..` ("AI" in Morse), and a spoken notice at a slow pace.

GB 45438-2025 5.3 asks for a spoken notice at a usual pace (120 to 160 characters a minute) or the rhythm
short, long, short, short; it gives no unit, pitch or gap. Ours follows Morse: a dot is one unit, a dash
three, one unit between them, three between letters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 48_000
UNIT_S = 0.12  # 1.3 s in all: slow enough to be told apart by an untrained ear
PITCH = 660.0  # Hz
LEVEL = 0.18  # peak: clearly there under a voice at -16 LUFS, and no fright
_EDGE_S = 0.008  # raised-cosine ends: no click
_HOP = 480  # 10 ms, of the detector
_CLEAR = 8.0  # the tone stands out of everything else by this ratio of power


def rhythm(
    morse: str = ".- ..", unit_s: float = UNIT_S, pitch: float = PITCH, level: float = LEVEL
) -> Samples:
    """Mono float32 [n] at 48 kHz; both ends at rest. Raises ValueError for other signs than `.- `."""
    if not morse or set(morse) - set(".- "):
        raise ValueError(f"{morse!r} is no rhythm of dots, dashes and spaces")
    parts: list[Samples] = []
    for letter in morse.split():
        for sign in letter:
            parts += [_tone(unit_s * (3 if sign == "-" else 1), pitch, level), _pause(unit_s)]
        parts.append(_pause(2 * unit_s))  # with the one before: three units
    return np.concatenate(parts[:-2])


def _tone(seconds: float, pitch: float, level: float) -> Samples:
    t = np.arange(round(seconds * RATE)) / RATE
    edge = round(_EDGE_S * RATE)
    shape = np.ones(len(t))
    shape[:edge] = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    shape[-edge:] = shape[:edge][::-1]
    return (level * shape * np.sin(2 * np.pi * pitch * t)).astype(np.float32)


def _pause(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


@dataclass(frozen=True, slots=True)
class Heard:
    """A rhythm found: seconds from the start of the samples, and its signs."""

    at: float
    morse: str


def hear_rhythm(
    sound: Samples, morse: str = ".- ..", unit_s: float = UNIT_S, pitch: float = PITCH
) -> tuple[Heard, ...]:
    """Where the rhythm sounds in mono float32 [n] at 48 kHz, also under a voice or over music."""
    runs = [(bool(on), len(list(part))) for on, part in groupby(_tone_there(sound, pitch))]
    signs: list[tuple[int, str]] = []  # first hop, sign; a space where a pause parts letters
    at = 0
    for on, length in runs:
        units = length * _HOP / RATE / unit_s
        if on and units >= 0.5:
            signs.append((at, "." if units < 2 else "-"))
        elif not on and units >= 2 and signs:
            signs.append((at, " " if units < 5 else "/"))
        at += length
    text = "".join(sign for _, sign in signs)
    found, start = [], text.find(morse)
    while start >= 0:
        found.append(Heard(signs[start][0] * _HOP / RATE, morse))
        start = text.find(morse, start + len(morse))
    return tuple(found)


def _tone_there(sound: Samples, pitch: float) -> Sequence[bool]:
    """For each 10 ms whether the pitch stands out of what else sounds there (window of 40 ms)."""
    wide = 4 * _HOP
    count = max(0, (len(sound) - wide) // _HOP + 1)
    if not count:
        return ()
    window = np.hanning(wide)
    turn = np.exp(-2j * np.pi * pitch * np.arange(wide) / RATE) * window
    frames = np.lib.stride_tricks.sliding_window_view(sound, wide)[::_HOP][:count]
    power = ((frames * window) ** 2).sum(axis=1) / (window**2).sum()
    tone_power = 2 * np.abs(frames @ turn) ** 2 / window.sum() ** 2
    rest = np.maximum(power - tone_power, 1e-9)
    there = (tone_power > 1e-4) & (tone_power > rest / _CLEAR)
    smooth = np.convolve(there, np.ones(3), "same") >= 2  # a single 10 ms flicker is neither tone nor pause
    return [bool(x) for x in smooth]


def paced(speech: Samples, characters: int, pace: tuple[int, int] = (120, 160)) -> Samples:
    """Speech, mono float32 at 48 kHz, at a pace within `pace` (characters a minute), its pitch kept (libav
    atempo). Speech that already is comes back as it was. Raises ValueError for nothing to say.
    """
    if characters < 1 or not len(speech):
        raise ValueError("there is nothing to say")
    now = pace_of(speech, characters)
    if pace[0] <= now <= pace[1]:
        return speech
    tempo = (pace[0] + pace[1]) / 2 / now
    stages = []
    while tempo < 0.5:  # atempo takes 0.5 to 100
        stages.append(0.5)
        tempo /= 0.5
    return _stretched(speech, [*stages, tempo])


def pace_of(speech: Samples, characters: int) -> float:
    """Characters a minute."""
    return characters / (len(speech) / RATE) * 60


def characters_of(text: str) -> int:
    """What counts as a character in a pace: letters, digits, Chinese characters; no punctuation, no space."""
    return sum(c.isalnum() for c in text)


def _stretched(speech: Samples, tempos: Sequence[float]) -> Samples:
    graph = av.filter.Graph()
    nodes: list[Any] = [graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono", time_base="1/48000")]
    nodes += [graph.add("atempo", f"{tempo:.6f}") for tempo in tempos]
    nodes.append(graph.add("abuffersink"))
    for a, b in pairwise(nodes):
        a.link_to(b)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(speech[None, :], format="flt", layout="mono")
    frame.sample_rate = RATE
    graph.push(frame)
    graph.push(None)
    parts = []
    while True:
        try:
            parts.append(graph.pull().to_ndarray()[0])
        except (av.error.BlockingIOError, av.error.EOFError):
            return np.concatenate(parts).astype(np.float32)
