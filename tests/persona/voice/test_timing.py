import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.speech import SPEECH_RATE
from persona.voice.g2p import Reading
from persona.voice.timing import SILENCE, timed
from persona.voice.tokens import Kind, Token

ALPHABET = {c: i for i, c in enumerate("abkst ˈ↘ʰ,.ɛI", 1)}


def readings(*parts: tuple[str, str]) -> list[Reading]:
    """(written, phonemes) in a row with single spaces between; a mark reads as itself."""
    out, at = [], 0
    for written, phonemes in parts:
        kind = Kind.MARK if written in ",." else Kind.WORD
        out.append(Reading(Token(written, at, at + len(written), kind), phonemes))
        at += len(written) + 1
    return out


def tone(seconds: float) -> np.ndarray:
    return (0.3 * np.sin(np.arange(int(seconds * SPEECH_RATE)) * 0.05)).astype(np.float32)


def test_words_and_marks_become_one_text_with_spans() -> None:
    text = timed(readings(("bet", "bˈɛt"), (",", ","), ("sky", "skI")), ALPHABET, 0)
    assert text.phonemes == "bˈɛt, skI"
    assert [(text.phonemes[s.first : s.end], s.a, s.b) for s in text.spans] == [("bˈɛt", 0, 3), ("skI", 6, 9)]
    assert text.dropped == 0


def test_signs_outside_the_alphabet_are_dropped_and_counted() -> None:
    text = timed(readings(("bet", "bˈɛ❓t")), ALPHABET, 0)
    assert (text.phonemes, text.dropped) == ("bˈɛt", 1)


def test_stress_and_tone_belong_to_their_vowel() -> None:
    text = timed(readings(("x", "bˈa↘t")), ALPHABET, 0)
    take = text.take(np.full(7, 0.1), 0.0, tone(0.7), ahead=0.0)
    assert [p.symbol for p in take.phones if p.symbol != SILENCE] == ["b", "a", "t"]
    b, a, t = (p for p in take.phones if p.symbol != SILENCE)
    assert (b.start, b.end) == pytest.approx((0.1, 0.2))
    assert (a.start, a.end) == pytest.approx((0.2, 0.5))
    assert (t.start, t.end) == pytest.approx((0.5, 0.6))


def test_times_are_moved_by_what_was_cut_and_by_the_lead() -> None:
    text = timed(readings(("bet", "bɛt")), ALPHABET, 0)
    take = text.take(np.array([0.3, 0.1, 0.1, 0.1, 0.2]), 0.2, tone(0.4), ahead=0.03)
    assert take.words[0][:2] == pytest.approx((0.07, 0.37))


def test_a_pause_has_its_borders_where_the_sound_is_silent() -> None:
    text = timed(readings(("bet", "bɛt"), (",", ","), ("sky", "skI")), ALPHABET, 0)
    #                   pad   b    ɛ    t    ,     sp   s    k    I    pad
    lengths = np.array([0.1, 0.1, 0.1, 0.1, 0.3, 0.0, 0.1, 0.1, 0.1, 0.1])
    pcm = np.concatenate([np.zeros(4_800, np.float32), tone(0.22), np.zeros(21_120, np.float32), tone(0.3)])
    take = text.take(lengths, 0.0, pcm, ahead=0.0)
    first, middle, _ = (p for p in take.phones if p.symbol == SILENCE)
    assert (first.start, first.end) == pytest.approx((0.0, 0.1), abs=0.006)
    assert (middle.start, middle.end) == pytest.approx((0.32, 0.76), abs=0.006)


def test_a_comma_that_nobody_hears_closes_no_mouth() -> None:
    text = timed(readings(("bet", "bɛt"), (",", ","), ("sky", "skI")), ALPHABET, 0)
    take = text.take(np.full(11, 0.1), 0.0, tone(1.1), ahead=0.0)
    assert SILENCE not in [p.symbol for p in take.phones[1:-1]]


@given(st.lists(st.integers(1, 12), min_size=11, max_size=11), st.floats(0, 0.4), st.floats(0.2, 3))
def test_phones_cover_the_clip_without_a_gap(steps: list[int], cut: float, seconds: float) -> None:
    text = timed(readings(("bet", "bɛt"), (",", ","), ("sky", "skI"), (".", ".")), ALPHABET, 0)
    rng = np.random.default_rng(sum(steps))
    pcm = (rng.normal(0, 0.1, int(seconds * SPEECH_RATE)) * (rng.random() > 0.2)).astype(np.float32)
    take = text.take(np.array(steps[: len(text.phonemes) + 2]) * 0.025, cut, pcm)
    assert take.phones[0].start == 0
    assert take.phones[-1].end == len(pcm) / SPEECH_RATE
    for before, after in zip(take.phones, take.phones[1:], strict=False):
        assert before.end == after.start and before.end > before.start
    for start, end, _, _ in take.words:
        assert 0 <= start <= end <= len(pcm) / SPEECH_RATE + 1e-3
