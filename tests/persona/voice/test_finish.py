import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.speech import SPEECH_RATE
from persona.voice.finish import PEAK, finish, limited, loudness_of, true_peak

RATE = 24_000


def babble(seconds: float, level: float, seed: int = 0) -> np.ndarray:
    """Noise in syllables: bursts four times a second with a crest like speech."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    tone = sum(
        np.sin(2 * np.pi * f * t + p)
        for f, p in zip((150, 300, 700, 1900), rng.uniform(0, 6, 4), strict=True)
    )
    envelope = np.maximum(0.02, np.sin(2 * np.pi * 4 * t)) ** 2
    return (level * envelope * (tone + rng.normal(0, 0.3, n)) / 4).astype(np.float32)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), np.float32)


@pytest.mark.parametrize("level", [0.02, 0.3, 1.0])
@pytest.mark.parametrize("seconds", [0.3, 1.0, 4.0])
def test_every_clip_leaves_at_one_loudness_without_overs(level: float, seconds: float) -> None:
    pcm, _ = finish(babble(seconds, level), RATE)
    assert pcm.dtype == np.float32
    assert loudness_of(pcm) == pytest.approx(-16, abs=0.6)
    assert 20 * np.log10(true_peak(pcm)) <= PEAK + 0.01


def test_silence_at_the_ends_is_cut_and_reported() -> None:
    hum = (0.4 * np.sin(np.arange(RATE) * 0.1)).astype(np.float32)
    pcm, cut = finish(np.concatenate([silence(0.5), hum, silence(0.7)]), RATE)
    assert cut == pytest.approx(0.46, abs=0.03)
    assert len(pcm) / SPEECH_RATE == pytest.approx(1.08, abs=0.06)


def test_a_clip_starts_and_ends_at_zero() -> None:
    pcm, _ = finish(
        np.full(RATE, 0.5, np.float32) * np.sign(np.sin(np.arange(RATE) / 9)).astype(np.float32), RATE
    )
    assert abs(pcm[0]) < 1e-3 and abs(pcm[-1]) < 1e-3
    assert np.abs(np.diff(pcm[:200])).max() < 0.2


def test_silence_stays_silence() -> None:
    pcm, cut = finish(silence(1.0), RATE)
    assert not pcm.any()
    assert cut == 0


def test_samples_are_whole_steps_of_16_bit() -> None:
    pcm, _ = finish(babble(1.0, 0.5), RATE)
    assert np.array_equal((np.round(pcm * 32767) / 32767).astype(np.float32), pcm)


def test_the_limiter_leaves_quiet_sound_alone() -> None:
    quiet = babble(0.5, 0.2)
    assert limited(quiet) is quiet


def test_the_limiter_turns_down_only_near_a_peak() -> None:
    pcm = np.full(SPEECH_RATE, 0.1, np.float32) * np.sin(np.arange(SPEECH_RATE) / 20).astype(np.float32)
    pcm[24_000] = 1.5
    out = limited(pcm)
    assert np.abs(out).max() < 0.85
    assert np.array_equal(out[:20_000], pcm[:20_000])
    assert np.array_equal(out[28_000:], pcm[28_000:])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 2.5), st.floats(0.001, 1.0))
def test_peaks_hold_for_any_clip(seed: int, seconds: float, level: float) -> None:
    pcm, _ = finish(babble(seconds, level, seed), RATE)
    assert 20 * np.log10(max(true_peak(pcm), 1e-9)) <= PEAK + 0.01
