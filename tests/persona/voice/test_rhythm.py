import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singing import RATE

from persona.voice.rhythm import MARKS, lengths, silences, usual
from persona.voice.said import PHONES

RNG = np.random.default_rng(0)


def spoken(*parts):
    """Sound of parts: seconds of noise (positive) and of silence (negative)."""
    return np.concatenate(
        [
            (0.3 * RNG.standard_normal(int(s * RATE)) if s > 0 else np.zeros(int(-s * RATE))).astype(
                np.float32
            )
            for s in parts
        ]
    )


def test_silences_are_heard_and_a_closed_stop_is_none():
    first, last, pauses = silences(spoken(-0.1, 0.5, -0.06, 0.4, -0.3, 0.5, -0.2), RATE)
    assert first == pytest.approx(0.1, abs=0.01) and last == pytest.approx(1.86, abs=0.01)
    assert [(round(a, 1), round(b, 1)) for a, b in pauses] == [(1.1, 1.4)]


def test_a_pause_belongs_to_the_mark_where_it_should_come():
    text = "wˈʌn tˈu θɹˈi, fˈɔɹ fˈIv. sˈɪks"
    sound = spoken(-0.1, 1.0, -0.3, 0.7, -0.4, 0.4, -0.1)
    found = lengths(text, sound, RATE)
    ends = np.cumsum(found)
    comma, stop = text.index(",") + 1, text.index(".") + 1
    assert (ends[comma - 1], ends[comma]) == (pytest.approx(1.1, abs=0.02), pytest.approx(1.4, abs=0.02))
    assert (ends[stop - 1], ends[stop]) == (pytest.approx(2.1, abs=0.02), pytest.approx(2.5, abs=0.02))


def test_a_breath_where_no_mark_stands_is_taken_at_a_space():
    text = "wˈʌn tˈu θɹˈi fˈɔɹ"
    found = lengths(text, spoken(0.6, -0.3, 0.6), RATE)
    ends = np.cumsum(found)
    at = [k for k, c in enumerate(text) if c == " " and found[k + 1] > 0.25]
    assert len(at) == 1 and ends[at[0]] == pytest.approx(0.6, abs=0.02)


def test_a_mark_without_a_pause_takes_no_time():
    found = lengths("wˈʌn, tˈu", spoken(-0.05, 1.0, -0.05), RATE)
    assert found["wˈʌn, tˈu".index(",") + 1] == 0


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.sampled_from(sorted(PHONES)), max_size=40),
    st.lists(st.floats(-0.4, 0.6).filter(lambda s: abs(s) > 0.02), max_size=6),
)
def test_lengths_add_up_to_the_sound_whatever_it_is(text, parts):
    sound = spoken(*parts) if parts else np.zeros(0, np.float32)
    found = lengths(text, sound, RATE)
    assert len(found) == len(text) + 2 and (found >= -1e-9).all()
    assert found.sum() == pytest.approx(len(sound) / RATE, abs=1e-6)


def test_marks_take_no_usual_time_and_every_sign_does():
    assert all(usual(mark).sum() == 0 for mark in MARKS)
    assert all(usual(sign).sum() > 0 for sign in PHONES - MARKS)
