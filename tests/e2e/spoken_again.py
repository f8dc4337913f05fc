"""The lines of a rehearsal spoken once more by the persona's own voice, and where each clause is in the film.

The voice is deterministic, so these are the phones that the host was drawn to; that they are what is heard
is not taken on trust: each clause is looked for in the film's sound (`found`, `likeness`).
"""

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from seeing import FPS, sound
from shows import ROOT, Rehearsed

from persona.persona import load_persona
from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE, Speech
from persona.voice.registry import open_voice
from persona.voice.said import load_pronunciations

EARLIER_S, LATER_S = 0.2, 1.5  # how far around the end of what was before a clause is looked for


@dataclass(frozen=True)
class Clause:
    """`found`: second of the film at which its sound begins; `at`: the start of the frame nearest to that;
    `likeness`: correlation of what is heard there with what was spoken."""

    line: str
    speech: Speech
    at: float
    found: float
    likeness: float

    @property
    def frames(self) -> slice:
        """Of the film."""
        first = round(self.at * FPS)
        return slice(first, first + frames_of(self.speech))

    @property
    def times(self) -> NDArray[np.float64]:
        """Middles of its frames, seconds from its start."""
        return (np.arange(frames_of(self.speech)) + 0.5) / FPS


def frames_of(speech: Speech) -> int:
    return -(-len(speech.pcm) * FPS // SPEECH_RATE)


def spoken_again(rehearsed: Rehearsed) -> tuple[Clause, ...]:
    return _spoken(rehearsed.film, rehearsed.castmate.cache, tuple(map(_key, rehearsed.lines)))


def _key(line: dict[str, object]) -> tuple[str, str, str, str, float]:
    return (*(str(line[k]) for k in ("id", "kind", "text", "language")), float(str(line["from_s"])))


@functools.cache
def _spoken(
    film: Path, cache: Path, lines: tuple[tuple[str, str, str, str, float], ...]
) -> tuple[Clause, ...]:
    persona = load_persona(ROOT / "sample" / "personas" / "mei.yaml")
    specs = {language: persona.voice_in(language).model_dump() for language in persona.languages}
    said = load_pronunciations(ROOT / "sample" / "shop" / "said.yaml").by_language()
    voice = open_voice(specs, said=said, cache=cache / "speech")
    heard, start = sound(film)
    mono = (heard.sum(axis=0) / np.sqrt(2)).astype(np.float64)  # the mixer pans by the root of a half
    made: list[Clause] = []
    try:
        for ident, kind, text, language, at in lines:
            for speech in voice.say(Line(ident, LineKind(kind), text, language)):
                found, likeness = _place(mono, start, speech.pcm, at)
                made.append(Clause(ident, speech, round(found * FPS) / FPS, found, likeness))
                at = found + speech.seconds
    finally:
        voice.close()
    return tuple(made)


def _place(
    mono: NDArray[np.float64], start: float, pcm: NDArray[np.float32], at: float
) -> tuple[float, float]:
    """Second at which `pcm` fits best near `at`, and how well."""
    first = max(0, round((at - start - EARLIER_S) * SPEECH_RATE))
    window = mono[first : first + len(pcm) + round((EARLIER_S + LATER_S) * SPEECH_RATE)]
    size = 1 << (len(window) + len(pcm)).bit_length()
    product = np.fft.rfft(window, size) * np.conj(np.fft.rfft(pcm, size))
    k = int(np.fft.irfft(product, size)[: max(1, len(window) - len(pcm) + 1)].argmax())
    there = window[k : k + len(pcm)]
    return start + (first + k) / SPEECH_RATE, float(np.corrcoef(there, pcm[: len(there)])[0, 1])
