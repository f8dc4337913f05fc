"""A person's own mouth shapes: learnt from phones, closed where lips touch and where nobody speaks."""

from dataclasses import replace

import numpy as np
import pytest

from persona.clone.neural import measures
from persona.clone.neural.evaluating import lips
from persona.clone.neural.making import make_assets
from persona.clone.neural.speaking import Speaker, gap_of, learn, space_of
from persona.clone.prepared import Prepared
from persona.speech import SPEECH_RATE, Phone, Speech

AMALA = "a m a l a".split()


def speech(symbols: list[str], each: float = 0.12, level: float = 0.1) -> Speech:
    phones = tuple(Phone(s, k * each, (k + 1) * each) for k, s in enumerate(symbols))
    n = round(len(symbols) * each * SPEECH_RATE)
    tone = level * np.sin(2 * np.pi * 150 * np.arange(n) / SPEECH_RATE)
    return Speech("", 0, True, "", "en", 0, 0, tone.astype(np.float32), (), phones)


@pytest.fixture(scope="module")
def speaker(prepared: Prepared) -> Speaker:
    return learn(prepared)


def openings(prepared: Prepared, speaker: Speaker, said: Speech) -> np.ndarray:
    space, gap = space_of(prepared), gap_of(prepared)
    return gap.of(space.decode(speaker.mouths(said, space, gap)))


def test_held_out_lips_are_foretold_from_phones(prepared, speaker, networks):
    figures = lips(prepared, make_assets(prepared, *networks, speaker))
    assert speaker.learnt
    assert figures["opening_correlation"] > 0.9
    assert figures["lip_error_percent"] < 0.3 * figures["mean_mouth_lip_error_percent"]
    assert 0.9 <= figures["opening_ratio"] <= 1.1
    assert abs(figures["av_offset_frames"]) <= 1
    assert figures["closures"] >= 1 and figures["closure_rate"] == 1.0


def test_a_wrong_offset_is_found(prepared, speaker):
    """The same footage with its sound 80 ms late: the lead that is learnt makes up for it."""
    late = tuple(
        p.model_copy(update={"start": p.start + 0.08, "end": p.end + 0.08}) for p in prepared.head.phones
    )
    shifted = replace(prepared, head=prepared.head.model_copy(update={"phones": late, "offset": None}))
    found = learn(shifted)
    assert found.own_lead == pytest.approx(speaker.own_lead + 0.08, abs=0.021)
    assert 0 <= found.lead <= 0.12, "on air only the mouth's own lead counts"


def test_lips_touch_on_bilabials(prepared, speaker):
    opened = openings(prepared, speaker, speech(AMALA))
    times = (np.arange(len(opened)) + 0.5) / 25
    inside = (times > 0.12) & (times < 0.24)
    assert opened[inside].min() < measures.TOUCH
    assert opened.max() > 0.15


def test_silence_is_the_mouth_at_rest_exactly(prepared, speaker):
    said = speech(["a", "m", *["sil"] * 8, "a", "l", "a"])
    mouths = speaker.mouths(said, space_of(prepared), gap_of(prepared))
    times = (np.arange(len(mouths)) + 0.5) / 25
    pause = (times > 0.24 + 0.12) & (times < 1.2 - 0.12)
    assert np.abs(mouths[pause] - speaker.closed).max() < 1e-6
    assert pause.sum() > 10


def test_phones_alone_decide_not_the_voice(prepared, speaker):
    """Another sound under the same phones moves the mouth the same way."""
    a, b = speech(AMALA * 3), speech(AMALA * 3)
    noise = 0.1 * np.random.default_rng(0).standard_normal(len(b.pcm)).astype(np.float32)
    assert (
        measures.correlation(
            openings(prepared, speaker, a), openings(prepared, speaker, replace(b, pcm=noise))
        )
        > 0.99
    )


def test_without_phones_loudness_moves_it(prepared, speaker):
    said = replace(speech(AMALA * 3), phones=())
    swell = said.pcm * np.abs(np.sin(np.linspace(0, 6, len(said.pcm)))).astype(np.float32)
    opened = openings(prepared, speaker, replace(said, pcm=swell))
    assert opened.max() - opened.min() > 0.05


def test_footage_without_phones_gets_the_drawn_hosts_shapes(prepared):
    bare = replace(prepared, head=prepared.head.model_copy(update={"phones": ()}))
    stand_in = learn(bare)
    assert not stand_in.learnt
    wide, closed = (openings(prepared, stand_in, speech([s] * 6)) for s in ("a", "m"))
    assert wide.max() > 3 * closed[4:-4].max()


def test_nothing_is_ever_asked_for_that_was_not_seen(prepared, speaker):
    mouths = speaker.mouths(speech(["a", "i", "u", "o"] * 5, level=0.5), space_of(prepared), gap_of(prepared))
    assert np.isfinite(mouths).all()
    assert (mouths <= np.maximum(speaker.high, speaker.pressed).clip(speaker.closed) + 1e-5).all()


def test_an_empty_speech_is_no_picture(prepared, speaker):
    assert speaker.mouths(speech([]), space_of(prepared), gap_of(prepared)).shape[0] == 0
