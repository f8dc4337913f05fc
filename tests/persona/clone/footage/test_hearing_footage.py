"""What footage sounds like: levels, pauses, the offset, phones warped onto a recording, words compared."""

from itertools import pairwise

import numpy as np
import pytest
import soxr

from persona.clone.footage.aligning import align, warped
from persona.clone.footage.listening import listen, mel
from persona.clone.footage.offset import by_loudness, by_phones
from persona.clone.footage.prompt import prompt
from persona.clone.footage.transcript import followed, holds
from persona.clone.prepared import SOUND_RATE
from persona.clone.recital import Recital, babble, between, mouths_at
from persona.speech import SPEECH_RATE, Phone
from products.errors import ContentError


def heard(recital, noise=0.001):
    pcm = np.asarray(soxr.resample(recital.pcm, SPEECH_RATE, SOUND_RATE), np.float32)
    return pcm + noise * np.random.default_rng(0).standard_normal(len(pcm)).astype(np.float32)


def test_speech_and_pauses_are_told_apart():
    recital = between(babble(5.0, seed=1), 1.0, 2.0)
    found = listen(heard(recital))
    first, *_, last = found.pauses(0.3)
    assert first[0] == 0 and first[1] == pytest.approx(1.0, abs=0.15)
    assert last[1] == pytest.approx(recital.seconds, abs=0.05)
    assert found.over_noise > 30 and found.clipped == 0
    assert listen(heard(recital, noise=0.1)).over_noise < 25
    assert listen(np.clip(20 * heard(recital), -1, 1)).clipped > 0.01
    assert listen(np.zeros(0, np.float32)).spoken == 0 == listen(np.zeros(16000, np.float32)).spoken


def test_mel_bands_follow_a_tone():
    t = np.arange(SOUND_RATE) / SOUND_RATE
    rows = mel(np.sin(2 * np.pi * 1000 * t).astype(np.float32))
    assert rows.shape == (100, 80) and np.isfinite(rows).all()
    edge = 2595 * np.log10(1 + 8000 / 700) / 81
    centre = 700 * (10 ** ((rows[50].argmax() + 1) * edge / 2595) - 1)
    assert centre == pytest.approx(1000, rel=0.06)


@pytest.mark.parametrize("late", [-0.06, 0.0, 0.13])
def test_the_offset_is_found_by_phones(late):
    recital = between(babble(12.0, seed=2), 1, 1)
    times = (np.arange(int(recital.seconds * 25)) + 0.5) / 25
    mouths = mouths_at(recital, times, seed=2, liveliness=1.0).astype(np.float32)
    moved = [Phone(p.symbol, max(0, p.start + late), p.end + late) for p in recital.phones]
    found = by_phones(moved, mouths, len(mouths))
    assert found.trusted and found.seconds == pytest.approx(late, abs=0.012)


def test_a_mouth_that_follows_other_words_has_no_offset():
    recital, other = babble(12.0, seed=2), babble(12.0, seed=9)
    times = (np.arange(int(recital.seconds * 25)) + 0.5) / 25
    mouths = mouths_at(recital, times).astype(np.float32)
    shuffled = mouths[np.random.default_rng(1).permutation(len(mouths))]
    assert by_phones(other.phones, shuffled, len(mouths)).seconds is None
    assert by_loudness(listen(heard(other)).level, shuffled[:, 0], 100).seconds is None


def test_loudness_tells_roughly():
    recital = babble(15.0, seed=4)
    times = (np.arange(int(recital.seconds * 25)) + 0.5) / 25
    openings = mouths_at(recital, times).astype(np.float32)[:, 0]
    found = by_loudness(listen(heard(between(recital, 0.08, 0.1))).level, openings, 100)
    assert not found.trusted
    assert found.seconds is None or found.seconds == pytest.approx(0.08, abs=0.09)


def test_warping_finds_a_stretch():
    rows = np.random.default_rng(0).standard_normal((60, 5)).astype(np.float32)
    slow = np.repeat(rows, 2, axis=0)
    assert np.abs(warped(slow, rows) - (2 * np.arange(60) + 0.5)).max() < 1.5
    assert np.abs(warped(rows, slow) - np.arange(120) // 2).max() < 1.5


def test_phones_are_found_in_a_slower_recording_with_silence_around():
    model = babble(6.0, seed=5)
    slow = Recital(
        np.asarray(soxr.resample(model.pcm, 48_000, 55_000), np.float32),  # 15 % slower, and lower
        tuple(Phone(p.symbol, p.start * 55 / 48, p.end * 55 / 48) for p in model.phones),
    )
    truth = between(slow, 2.0, 1.5)
    found = align(heard(truth), model)
    assert found[0].start == 0 and found[-1].end == pytest.approx(truth.seconds, abs=0.02)
    assert all(a.end == b.start for a, b in pairwise(found))
    starts = [p.start for p in found if p.symbol != "sil"]
    wanted = [p.start for p in truth.phones if p.symbol != "sil"]
    assert len(starts) == len(wanted)
    assert float(np.median(np.abs(np.subtract(starts, wanted)))) < 0.03


def test_words_are_compared_as_they_sound():
    text = prompt("en").text
    assert followed(text, text.lower().replace(",", ""), "en").share == 1
    assert followed(text, "Amber canyon. " + text, "en").share == 1
    assert followed(text, "buy now " * 60, "en").share < 0.2
    chinese = prompt("zh").text
    assert followed(chinese, chinese.replace("她", "他").replace("在", "再"), "zh").share > 0.98
    assert followed(chinese, "今天我们卖一双鞋", "zh").share < 0.2


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("Okay. Amber canyon, feather walnut! Good morning", True),
        ("amber canyons feather walnuts", True),
        ("amber canyon ocean walnut", False),
        ("walnut feather canyon amber", False),
        ("", False),
    ],
)
def test_the_phrase_is_heard_whole_and_in_order(said, held):
    assert holds("amber canyon feather walnut", said) is held


def test_the_script_holds_every_sound_of_its_language():
    from persona.voice.g2p import Reader
    from persona.voice.spoken import spoken

    reader = Reader()
    for language, sounds in (
        ("en", "pbtdkɡfvθðszʃʒʧʤmnŋlɹwjhiɪɛæɑɔʊuʌəɜAIOWY"),
        ("zh", "pmftnlkxsʦʂʨɕꭧɻjwɥaoɤeiuyɨəɛʊɚŋ"),
    ):
        found = "".join(
            r.phonemes
            for sentence in prompt(language).sentences
            for r in reader.read(spoken(sentence, language).tokens, language)
        )
        assert [s for s in sounds if found.count(s) < 2] == [], language
        assert all(len(s) < 110 for s in prompt(language).sentences)


def test_a_script_begins_with_its_phrase():
    assert prompt("en", "amber canyon feather walnut").text.startswith("Amber canyon feather walnut. Good")
    assert prompt("zh").text.startswith("大家")
    with pytest.raises(ContentError, match="'fr'"):
        prompt("fr")
