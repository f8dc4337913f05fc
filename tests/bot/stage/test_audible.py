"""The audible label is heard: by a detector, in what a decoder gives back, under a voice and beside music."""

import itertools

import av
import numpy as np
import pytest
import synthetic

from bot.stage.audible import RATE, UNIT_S, characters_of, hear_rhythm, pace_of, paced, rhythm
from bot.stage.encoder import Encoder
from bot.stage.mixer import Mixer
from bot.stage.picture import WorkFrame
from bot.stage.recording import FileRecorder


def voice(seconds: float, seed: int = 1) -> np.ndarray:
    """Something like speech: a buzz of 120 Hz with moving formants, in syllables."""
    n = round(seconds * RATE)
    t = np.arange(n) / RATE
    rng = np.random.default_rng(seed)
    out = sum(np.sin(2 * np.pi * 120 * k * t + rng.uniform(0, 6)) / k for k in range(1, 25))
    return (0.06 * out * np.abs(np.sin(2 * np.pi * 2 * t))).astype(np.float32)


def test_the_rhythm_is_short_long_short_short() -> None:
    sound = rhythm()
    assert len(sound) / RATE == pytest.approx(11 * UNIT_S, abs=0.001), "1+1+3, 3, 1+1+1 units"
    assert abs(sound[0]) < 1e-3 and abs(sound[-1]) < 1e-3
    assert np.abs(np.diff(sound)).max() < 0.02, "no click"
    loud = np.abs(sound) > 0.01
    runs = [
        (on, len(list(p)) / RATE / UNIT_S)
        for on, p in itertools.groupby(np.convolve(loud, np.ones(99), "same") > 0)
    ]
    assert [round(units) for on, units in runs if on] == [1, 3, 1, 1]
    assert [round(units) for on, units in runs[1:-1] if not on] == [1, 3, 1]


@pytest.mark.parametrize("bad", ["", "a", ".-x"])
def test_only_dots_and_dashes_make_a_rhythm(bad) -> None:
    with pytest.raises(ValueError, match="no rhythm"):
        rhythm(bad)


def test_it_is_found_where_it_sounds() -> None:
    sound = np.concatenate([np.zeros(RATE), rhythm(), np.zeros(2 * RATE), rhythm(), np.zeros(RATE)])
    found = hear_rhythm(sound.astype(np.float32))
    assert [round(h.at, 1) for h in found] == [1.0, pytest.approx(1 + 11 * UNIT_S + 2, abs=0.06)]


@pytest.mark.parametrize("other", [".", "..", "--", "-. ..", ".- .", ".-.."])
def test_another_rhythm_is_not_taken_for_it(other) -> None:
    sound = np.concatenate([np.zeros(RATE), rhythm(other), np.zeros(RATE)]).astype(np.float32)
    assert hear_rhythm(sound) == ()


def test_neither_a_voice_nor_silence_is_taken_for_it() -> None:
    assert hear_rhythm(voice(6)) == () and hear_rhythm(np.zeros(RATE, np.float32)) == ()
    assert hear_rhythm(np.zeros(10, np.float32)) == ()


def test_it_is_heard_in_what_went_through_mixer_and_encoder(tmp_path) -> None:
    """With the host's voice and the room, AAC and back."""
    enc = Encoder(synthetic.WIDTH, synthetic.HEIGHT, synthetic.FPS, synthetic.SMALL)
    recorder = FileRecorder(tmp_path / "x.mp4", enc, {})
    mixer, work = Mixer(1), WorkFrame(synthetic.WIDTH, synthetic.HEIGHT)
    said = voice(6) * 0.3
    for n in range(150):
        if n == 50:
            assert mixer.play(rhythm())
        recorder.write(enc.encode(n, work.frame, mixer.block(said[n * 1920 : (n + 1) * 1920])))
    recorder.write(enc.close())
    recorder.close()
    with av.open(str(tmp_path / "x.mp4")) as film:
        heard = np.concatenate([f.to_ndarray() for f in film.decode(audio=0)], axis=1).mean(axis=0)
    (found,) = hear_rhythm(heard.astype(np.float32))
    assert found.at == pytest.approx(2.0, abs=0.08)


@pytest.mark.parametrize("characters", [9, 14, 30])
def test_a_notice_is_brought_to_the_pace_that_is_asked_for(characters) -> None:
    speech = voice(3.0)
    slow = paced(speech, characters)
    assert 120 <= pace_of(slow, characters) <= 160
    tone = np.abs(np.fft.rfft(slow * np.hanning(len(slow))))
    low = round(90 * len(slow) / RATE)
    peak = (np.argmax(tone[low : low * 2]) + low) * RATE / len(slow)
    assert peak == pytest.approx(120, abs=6), "its pitch is kept"


def test_a_notice_at_that_pace_stays_as_it_is() -> None:
    speech = voice(6.0)
    assert paced(speech, 14) is speech
    with pytest.raises(ValueError, match="nothing to say"):
        paced(speech, 0)


def test_characters_are_counted_without_punctuation() -> None:
    assert characters_of("数字人主播由人工智能技术生成。") == 14
    assert characters_of("AI生成") == 4
