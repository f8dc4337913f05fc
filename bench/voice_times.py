"""How well words get their times when a voice gives nothing but sound: rows voice.times.*.

    python -m bench voice_times

A voice that knows its own times speaks the prompt scripts; they are forgotten and found again, by the
embedded voice's other speaker and by rhythm (persona/voice/foreign.py). Where Piper is installed it speaks
the English script too: another maker's voice, so the harder test. Processor time is of one second of speech.
"""

import importlib.util
import time
from collections.abc import Iterator, Mapping

import numpy as np

from bench.rows import Row, row
from persona.clone.footage.prompt import prompt
from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE, Speech
from persona.voice import rhythm
from persona.voice.base import Voice
from persona.voice.clauses import clauses
from persona.voice.foreign import warped_lengths
from persona.voice.g2p import Reader
from persona.voice.kokoro import KokoroModel, KokoroVoice
from persona.voice.said import PHONES
from persona.voice.spoken import spoken
from persona.voice.timing import TimedText, timed

COMMAND = "python -m bench voice_times"
REFERENCE = {"en": "af_heart", "zh": "zf_xiaoxiao"}
SIGNS = dict.fromkeys(PHONES, 0)


def run() -> list[Row]:
    model, reader = KokoroModel(), Reader()
    speakers: list[tuple[str, str, Voice]] = [
        ("en", "am_michael", KokoroVoice("am_michael", model=model, reader=reader)),
        ("zh", "zm_yunxi", KokoroVoice("zm_yunxi", model=model, reader=reader)),
    ]
    if importlib.util.find_spec("piper") is not None:
        from persona.voice.piper import PiperVoice

        speakers.append(("en", "piper", PiperVoice()))
    rows = []
    for language, name, voice in speakers:
        rows += measured(language, name, list(pieces(voice, language, reader)), model)
        voice.close()
    model.close()
    return rows


def pieces(voice: Voice, language: str, reader: Reader) -> Iterator[tuple[TimedText, Speech]]:
    """What is said, clause by clause, and how it sounded, with the voice's own times."""
    for text in prompt(language).sentences:
        cut = clauses(spoken(text, language, {}).tokens)
        for clause, said in zip(cut, voice.say(Line("l", LineKind.PITCH, text, language)), strict=True):
            yield timed(reader.read(clause.tokens, language), SIGNS, clause.a), said


def measured(language: str, name: str, said: list[tuple[TimedText, Speech]], model: KokoroModel) -> list[Row]:
    rows = []
    for way in ("embedded", "rhythm"):
        off: list[float] = []
        began = time.process_time()
        for known, speech in said:
            lengths = (
                warped_lengths(known.phonemes, speech.pcm, model, REFERENCE[language])
                if way == "embedded"
                else rhythm.lengths(known.phonemes, speech.pcm, SPEECH_RATE)
            )
            truth = {(w.a - speech.a, w.b - speech.a): w.start for w in speech.words}
            words = known.take(lengths, 0.0, speech.pcm, ahead=0.0).words
            off += [abs(w[0] - truth[w[2:]]) for w in words if w[2:] in truth]
        spent = (time.process_time() - began) / sum(s.seconds for _, s in said)
        about = f"{len(off)} words of {name}, whose own times are known"
        figures: Mapping[str, tuple[float, str]] = {
            "median_ms": (1000 * float(np.median(off)), "ms"),
            "p90_ms": (1000 * float(np.percentile(off, 90)), "ms"),
            "cpu": (spent, "s/s"),
        }
        rows += [
            row(f"voice.times.{name}.{way}_{k}", value, unit, "", about, COMMAND)
            for k, (value, unit) in figures.items()
        ]
    return rows
