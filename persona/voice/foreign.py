"""Voices that give sound and nothing else: a server's, a library's. Words and phones get their times here.

rhythm    from the usual lengths of phonemes and the pauses that are heard: no processor time
embedded  the embedded voice says the same phonemes, its times are known, and its sound is warped onto
          the other (dynamic time warping): closer, 0.6 s of processor for each second. Word starts against
          Piper's own: median 16 ms, nine in ten within 79 ms (bench voice_times)
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from persona.script import Line
from persona.speech import SPEECH_RATE, Speech
from persona.voice.cache import SpeechCache
from persona.voice.clauses import Clause, to_say
from persona.voice.finish import Samples, finish
from persona.voice.g2p import Reader
from persona.voice.kokoro import RATE, KokoroModel, style_of
from persona.voice.plain import plain
from persona.voice.rhythm import lengths, usual
from persona.voice.said import PHONES
from persona.voice.take import Take, speech
from persona.voice.timing import AHEAD, STEP, TimedText, timed

VERSION = "foreign/1"  # into the key of the cache: count up when the same sound would be timed otherwise
Times = Literal["rhythm", "embedded"]
PULL = 5.0  # of the features' spread, for each second that the rhythm has two rows apart
_SIGNS = dict.fromkeys(PHONES, 0)
_STYLES = {"en": "af_heart", "zh": "zf_xiaoxiao"}  # who says it again, to find the times


class Source(Protocol):
    """Makes sound of a text, one clause at a time.

    identity  all that changes the sound, for the cache: names, versions, speed. Never a key.
    speak     float32 [n] mono and its rate; `seconds`: about how long it takes to say at the usual pace.
              Raises RemoteError, SetupError.
    """

    @property
    def identity(self) -> str: ...
    def speak(self, text: str, seconds: float) -> tuple[Samples, int]: ...
    def load(self) -> None: ...
    def close(self) -> None: ...


class ForeignVoice:
    """A Source as a Voice (persona/voice/base.py) of one language, "en" or "zh".

    times   how words and phones get their times, see above
    model   the embedded voice's, shared; needed for "embedded"
    said    the shop's pronunciations by written form; ready phonemes cannot be sent, such words go as written
    """

    def __init__(
        self,
        source: Source,
        language: str,
        *,
        times: Times = "rhythm",
        said: Mapping[str, str] | None = None,
        model: KokoroModel | None = None,
        reader: Reader | None = None,
        cache: SpeechCache | None = None,
    ) -> None:
        self._source, self._language, self._times = source, language, times
        self._said = dict(said or {})
        self._own_model = KokoroModel() if model is None and times == "embedded" else None
        self._model = model or self._own_model
        self._reader = reader or Reader()
        self._cache = cache

    @property
    def languages(self) -> frozenset[str]:
        return frozenset({self._language})

    def say(self, line: Line) -> Iterator[Speech]:
        parts, _ = to_say(line, self._language, self._said)
        for index, clause in enumerate(parts):
            yield speech(line, index, index == len(parts) - 1, clause, self._take(clause, line.text))

    def load(self) -> None:
        """What the first line would wait for."""
        self._source.load()
        self._reader.load(self._language)
        if self._times == "embedded" and self._model is not None:
            self._model.load()

    def close(self) -> None:
        self._source.close()
        if self._own_model is not None:
            self._own_model.close()

    def _take(self, clause: Clause, text: str) -> Take:
        known = timed(self._reader.read(clause.tokens, self._language), _SIGNS, clause.a)
        words = plain(clause, text)
        parts = (VERSION, self._source.identity, self._times, words, known.phonemes, repr(known.spans))
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        take = self._cache.get(key) if self._cache else None
        if take is None:
            raw, rate = self._source.speak(words, float(usual(known.phonemes).sum()))
            pcm, _ = finish(raw, rate)
            take = known.take(self._lengths(known, pcm), 0.0, pcm, ahead=0.0)
            if self._cache:
                self._cache.put(key, take)
        return take

    def _lengths(self, known: TimedText, pcm: Samples) -> NDArray[np.float64]:
        if self._times == "rhythm" or self._model is None or not known.phonemes:
            return lengths(known.phonemes, pcm, SPEECH_RATE)
        return warped_lengths(known.phonemes, pcm, self._model, _STYLES[self._language])


def warped_lengths(phonemes: str, pcm: Samples, model: KokoroModel, voice: str) -> NDArray[np.float64]:
    """Seconds of each phoneme with a pad at both ends, from the same phonemes said by the embedded voice."""
    import soxr

    from persona.clone.footage.aligning import features, warped
    from persona.clone.prepared import MEL_RATE, SOUND_RATE

    sound, steps = model.speak(phonemes, style_of(voice), 1.0)
    ours = np.asarray(soxr.resample(sound, RATE, SOUND_RATE), np.float32)
    theirs = np.asarray(soxr.resample(pcm, SPEECH_RATE, SOUND_RATE), np.float32)
    room = np.zeros(SOUND_RATE // 4, np.float32)
    theirs = np.concatenate([room, theirs, room])
    borders = np.cumsum(steps.astype(np.float64) * STEP)[:-1] - AHEAD
    guess = np.cumsum(lengths(phonemes, pcm, SPEECH_RATE))[:-1] + len(room) / SOUND_RATE
    a, b = features(theirs), features(ours)
    there = np.arange(len(a)) / MEL_RATE
    here = np.interp(np.arange(len(b)) / MEL_RATE, borders, guess)
    rows = warped(_placed(a, there), _placed(b, here))
    at = np.interp(borders * MEL_RATE, np.arange(len(rows)), rows) / MEL_RATE - len(room) / SOUND_RATE
    total = len(pcm) / SPEECH_RATE
    at = np.maximum.accumulate(np.clip(at, 0.0, total))
    return np.diff(np.concatenate([[0.0], at, [total]]))


def _placed(rows: Samples, at: NDArray[np.float64]) -> Samples:
    """With the time among the features: rows that the rhythm has far apart are unlike, however they sound."""
    return np.column_stack([rows, at * PULL]).astype(np.float32)
