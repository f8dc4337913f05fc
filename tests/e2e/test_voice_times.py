"""A voice that gives nothing but sound gets its words' times: here one that knows them, so that they can be
compared. The embedded voice's man speaks, its woman is laid over him.
"""

import numpy as np
import pytest

from persona.speech import SPEECH_RATE
from persona.voice import rhythm
from persona.voice.clauses import clauses
from persona.voice.finish import finish
from persona.voice.foreign import warped_lengths
from persona.voice.g2p import Reader
from persona.voice.kokoro import RATE, KokoroModel, style_of
from persona.voice.said import PHONES
from persona.voice.spoken import spoken
from persona.voice.timing import STEP, timed

pytestmark = pytest.mark.e2e

TEXT = "The Harbor Canvas Sneakers are $59.00, down from $75.00."
SPEAKER, REFERENCE = "am_michael", "af_heart"  # Mandarin: python -m bench voice_times


def test_words_begin_where_the_voice_itself_says():
    model, reader = KokoroModel(), Reader()
    off = {"embedded": [], "rhythm": []}
    for clause in clauses(spoken(TEXT, "en", {}).tokens):
        known = timed(reader.read(clause.tokens, "en"), dict.fromkeys(PHONES, 0), clause.a)
        raw, steps = model.speak(known.phonemes, style_of(SPEAKER), 1.0)
        pcm, cut = finish(raw, RATE)
        truth = {w[2:]: w[0] for w in known.take(steps * STEP, cut, pcm).words}
        found = {
            "embedded": warped_lengths(known.phonemes, pcm, model, REFERENCE),
            "rhythm": rhythm.lengths(known.phonemes, pcm, SPEECH_RATE),
        }
        for name, lengths in found.items():
            words = known.take(lengths, 0.0, pcm, ahead=0.0).words
            assert len(words) >= len(truth) - 1
            off[name] += [abs(w[0] - truth[w[2:]]) for w in words if w[2:] in truth]
    model.close()
    assert np.median(off["embedded"]) < 0.03 and np.percentile(off["embedded"], 90) < 0.12
    assert np.median(off["rhythm"]) < 0.10
