"""What is said in a film: sound with phones and their times, from a voice or made up in a moment.

A made-up recital needs no model: syllables drawn by a seed that visit all fourteen mouth shapes, sung by a
source and two formants (after Klatt 1980, "Software for a cascade/parallel formant synthesizer", much
reduced). It is no speech that anybody understands, but loud and quiet where speech is, so that the offset of
sound and picture can be measured on it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from persona.clone import visemes
from persona.clone.lips import OPEN, REST, SMILE, WIDTH
from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE, Phone, Speech
from persona.voice.base import Voice
from persona.voice.clauses import pause_after
from products.errors import ContentError

Array = NDArray[np.float64]
Samples = NDArray[np.float32]

PAUSE = 0.45  # seconds between made-up sentences
_ONSETS = ("p", "b", "m", "f", "v", "θ", "t", "d", "n", "l", "k", "ɡ", "s", "z", "ʃ", "ʧ", "ɹ", "w", "h")
_VOWELS = ("ɑ", "æ", "ɛ", "i", "ɪ", "ɔ", "oʊ", "aɪ", "eɪ", "u", "ʌ")
_CODAS = ("", "", "m", "n", "s", "p", "t", "l")
_FORMANTS = {  # Hz; after Peterson and Barney (1952), men's averages, rounded
    "ɑ": (730, 1090), "æ": (660, 1720), "ɛ": (530, 1840), "i": (270, 2290), "ɪ": (390, 1990),
    "ɔ": (570, 840), "o": (500, 900), "u": (300, 870), "ʌ": (640, 1190), "a": (730, 1300), "e": (480, 2000),
}  # fmt: skip
_NOISE = frozenset("fvθszʃʧh")
_STOP = frozenset("pbtdkɡ")


@dataclass(frozen=True, slots=True)
class Recital:
    """What is heard in a film. pcm: float32 [n] mono, SPEECH_RATE; phones: contiguous, in seconds of pcm."""

    pcm: Samples
    phones: tuple[Phone, ...]
    text: str = ""
    language: str = "en"

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SPEECH_RATE


def between(recital: Recital, before: float, after: float) -> Recital:
    """The same with seconds of silence in front and behind."""
    total = before + recital.seconds + after
    moved = [Phone(p.symbol, p.start + before, p.end + before) for p in recital.phones]
    phones = _joined([Phone("sil", 0.0, before), *moved, Phone("sil", total - after, total)])
    room = [np.zeros(round(s * SPEECH_RATE), np.float32) for s in (before, after)]
    return Recital(np.concatenate([room[0], recital.pcm, room[1]]), phones, recital.text, recital.language)


def babble(seconds: float, seed: int = 0) -> Recital:
    """A made-up recital of about that length: whole sentences, at least one."""
    rng = np.random.default_rng(seed)
    phones: list[Phone] = []
    at = 0.0
    while at < seconds or not phones:
        for _ in range(int(rng.integers(5, 9))):
            for group, least, most in ((_ONSETS, 0.06, 0.1), (_VOWELS, 0.1, 0.2), (_CODAS, 0.06, 0.1)):
                symbol, length = str(rng.choice(group)), round(float(rng.uniform(least, most)), 3)
                if symbol:
                    phones.append(Phone(symbol, at, at + length))
                    at += length
        phones.append(Phone("sil", at, at + PAUSE))
        at += PAUSE
    return Recital(_sung(phones, rng), tuple(phones), "", "en")


def read_aloud(voice: Voice, text: str, language: str) -> Recital:
    """The text spoken by a voice, with its pauses. Raises what the voice raises, and ContentError for
    nothing.
    """
    return recital_of(voice.say(Line("film", LineKind.PITCH, text, language)), text, language)


def recital_of(clauses: Iterable[Speech], text: str, language: str) -> Recital:
    """Clauses one after the other. Raises ContentError when there is none."""
    sound: list[Samples] = []
    phones: list[Phone] = []
    at = 0.0
    for clause in clauses:
        phones += [Phone(p.symbol, p.start + at, p.end + at) for p in clause.phones]
        sound.append(clause.pcm)
        at += clause.seconds
        if not clause.last:
            rest = np.zeros(round(pause_after(clause.text) * SPEECH_RATE), np.float32)
            sound.append(rest)
            phones.append(Phone("sil", at, at + len(rest) / SPEECH_RATE))
            at += len(rest) / SPEECH_RATE
    if not sound:
        raise ContentError("There is nothing to read.", remedy="Give a text of at least one word.")
    return Recital(np.concatenate(sound), _joined(phones), text, language)


def mouths_at(recital: Recital, times: Array, seed: int = 0, liveliness: float = 0.0) -> Array:
    """Mouth controls [n, 7] at any times: as persona.clone.visemes.controls has them at those of a show.

    liveliness   0..1: how far a seeded, slow wavering of opening, width and smile makes the speaker uneven,
                 as people are. Closed lips stay closed and the mouth at rest stays at rest.
    """
    n = max(1, round(recital.seconds * 25))
    loud = np.interp(times * 25 - 0.5, np.arange(n), visemes.loudness(recital.pcm, n, 25))
    blended = visemes.dominance(visemes.indicator(recital.phones, recital.seconds))
    w = blended[np.clip((times * visemes.RATE).astype(int), 0, len(blended) - 1)]
    frames = visemes.closures(recital.phones, times)
    w = visemes.raised(w, frames)
    out = w @ visemes.TARGETS
    spoken = 1 - w[:, visemes.SIL]
    wave = _waves(times, seed, 3) * spoken[:, None] * liveliness
    out[:, OPEN] *= loud * (1 + 0.12 * wave[:, 0])
    out[:, WIDTH] += 0.08 * wave[:, 1]
    out[:, SMILE] += 0.15 * wave[:, 2]
    out = np.clip(out, 0, 1)
    for near in (-1, 1):
        beside = [k + near for k in frames if 0 <= k + near < len(times)]
        out[beside, OPEN] = np.minimum(out[beside, OPEN], visemes.PARTING)
    out[frames, OPEN] = np.minimum(out[frames, OPEN], visemes.CLOSED)
    out = visemes.resting(out, recital.phones, times)
    outside = (times < 0) | (times >= recital.seconds)
    return np.asarray(np.where(outside[:, None], REST, out))


def _waves(times: Array, seed: int, count: int) -> Array:
    """[n, count] slow waves within -1..1, the same for the same seed."""
    rng = np.random.default_rng(seed)
    out = np.zeros((len(times), count))
    for k in range(count):
        for hertz in rng.uniform(0.05, 0.6, 3):
            out[:, k] += np.sin(2 * np.pi * (hertz * times + rng.uniform())) / 3
    return out


def _joined(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """Without empty phones, and with neighbouring silences as one."""
    out: list[Phone] = []
    for phone in phones:
        if phone.end <= phone.start:
            continue
        if out and out[-1].symbol == phone.symbol == "sil":
            out[-1] = Phone("sil", out[-1].start, phone.end)
        else:
            out.append(phone)
    return tuple(out)


def _sung(phones: Sequence[Phone], rng: np.random.Generator) -> Samples:
    out = np.zeros(round(phones[-1].end * SPEECH_RATE), np.float32)
    for phone in phones:
        a, b = round(phone.start * SPEECH_RATE), round(phone.end * SPEECH_RATE)
        out[a:b] = _sound_of(phone.symbol, b - a, rng)
    return np.asarray(0.3 * out / max(1e-6, float(np.abs(out).max())), np.float32)


def _sound_of(symbol: str, n: int, rng: np.random.Generator) -> Array:
    if symbol == "sil":
        return np.zeros(n)
    edge = np.minimum(1, np.minimum(np.arange(n), np.arange(n)[::-1]) / (0.008 * SPEECH_RATE))
    if symbol[0] in _NOISE:
        return 0.12 * edge * np.diff(rng.standard_normal(n + 1))
    if symbol[0] in _STOP:
        return 0.1 * edge * rng.standard_normal(n) * (np.arange(n) > 0.75 * n)
    t = np.arange(n) / SPEECH_RATE
    first, second = _FORMANTS.get(symbol[0], (300, 1100))
    pitch = rng.uniform(105, 145)
    wave = np.zeros(n)
    for k in range(1, 24):
        gain = sum(np.exp(-(((k * pitch - f) / 120) ** 2)) for f in (first, second, 2500)) + 0.02
        wave += gain * np.sin(2 * np.pi * k * pitch * t) / np.sqrt(k)
    return np.asarray(edge * wave * (1.0 if symbol[0] in _FORMANTS else 0.45))
