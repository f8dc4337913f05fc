"""A script, read by one voice, found in the recording by another; and heard by speech recognition."""

from difflib import SequenceMatcher

import numpy as np
import pytest
import soxr

from persona.clone.footage.aligning import align
from persona.clone.footage.prompt import prompt
from persona.clone.footage.transcript import followed, holds, transcribe
from persona.clone.prepared import SOUND_RATE
from persona.clone.recital import between, read_aloud
from persona.speech import SPEECH_RATE
from persona.voice.registry import open_voice

pytestmark = pytest.mark.e2e

PHRASE = "amber canyon feather walnut"
VOICES = {"en": ("af_heart", "am_michael"), "zh": ("zf_xiaoxiao", "zm_yunxi")}


@pytest.fixture(scope="module")
def ears(tmp_path_factory):
    """Where the speech recognition is put together, once."""
    return tmp_path_factory.mktemp("hearing")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_script_is_found_and_heard(language, ears):
    sentences = prompt(language).sentences[:2]
    text = " ".join(sentences)
    said = f"{PHRASE.capitalize()}. {text}" if language == "en" else text
    readings = []
    for voice, speed in zip(VOICES[language], (1.0, 0.9), strict=True):
        book = open_voice({language: {"engine": "kokoro", "voice": voice, "speed": speed}})
        readings.append(read_aloud(book, said, language))
        book.close()
    model, person = readings[0], between(readings[1], 2.0, 1.5)
    sound = np.asarray(soxr.resample(person.pcm, SPEECH_RATE, SOUND_RATE), np.float32)
    sound += 0.001 * np.random.default_rng(0).standard_normal(len(sound)).astype(np.float32)

    found = [p for p in align(sound, model) if p.symbol != "sil"]
    truth = [p for p in person.phones if p.symbol != "sil"]
    blocks = SequenceMatcher(
        None, [p.symbol for p in found], [p.symbol for p in truth], False
    ).get_matching_blocks()
    errors = [
        found[b.a + k].start - truth[b.b + k].start for b in blocks for k in range(b.size)
    ]  # of two voices that both know their times
    assert len(errors) > 0.8 * len(truth)
    assert float(np.median(np.abs(errors))) < 0.04

    heard = transcribe(sound, language, ears)
    assert followed(text, heard, language).share > 0.6
    assert (
        followed("We sell a red bicycle today" if language == "en" else "今天卖自行车", heard, language).share
        < 0.6
    )
    if language == "en":
        assert not holds("velvet tiger paper ocean", heard)
