"""The whole mix over random schedules: no click at any join, never above the ceiling, as loud as speech."""

import numpy as np
import pyloudnorm
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stage.bed import Bed, looped
from bot.stage.limiter import CEILING_DBTP, DELAY
from bot.stage.microphone import Microphone
from bot.stage.mixer import CLONE_DUCK_DB, MAX_JINGLES, Mixer
from bot.stage.sounds import CHIME, HOUSE, jingle, music_bed
from bot.stage.strand import BLOCK, RATE

CHIMES = jingle(CHIME)


def low(seed: int, seconds: float, level: float, hz: float = 900) -> np.ndarray:
    """Sound with nothing above `hz`: what a click adds up there stands alone."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    f = np.fft.rfftfreq(n, 1 / RATE)
    x = np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * ((f > 80) & (f < hz)), n)
    return (level * x / np.abs(x).max()).astype(np.float32)


SPEECH = low(1, 12, 0.55)
OTHER = low(2, 12, 0.5)
MUSIC = np.stack([low(3, 8, 0.2), low(4, 8, 0.2)])
SHORT = np.stack([low(5, 0.9, 0.3) * np.hanning(int(0.9 * RATE)).astype(np.float32)] * 2)


def treble(x: np.ndarray, above: float = 6000) -> float:
    """Largest magnitude of what stands above `above` Hz, dBFS: smooth joins make none, a click much."""
    n = x.shape[1]
    f = np.fft.rfftfreq(n, 1 / RATE)
    fade = np.minimum(1.0, np.minimum(np.arange(n), np.arange(n)[::-1]) / 2000)
    high = np.fft.irfft(np.fft.rfft(x * fade) * (f > above), n)
    return 20 * float(np.log10(np.abs(high).max() + 1e-12))


def stage(**more) -> tuple[Mixer, Microphone]:
    mic = Microphone()
    return Mixer(room_dbfs=-200, bed=Bed(looped(MUSIC), 0.1), microphone=mic, **more), mic


Tick = st.tuples(
    st.sampled_from(["on", "on", "on", "off", "short", "jump", "cut"]),  # the clone
    st.sampled_from(["on", "on", "off"]),  # the co-host
    st.sampled_from([False] * 9 + [True]),  # a jingle begins
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(Tick, st.integers(1, 12)), min_size=2, max_size=14))
def test_no_schedule_of_voices_music_and_jingles_clicks_or_passes_the_ceiling(plan) -> None:
    mixer, mic = stage()
    at, other, out = 0, 0, []
    for (clone, cohost, jingled), ticks in plan:
        for tick in range(ticks):
            first = tick == 0
            at = (at + 7777) % (10 * RATE) if first and clone in ("jump", "cut") else at % (10 * RATE)
            n = {"off": 0, "short": 700}.get(clone, BLOCK)
            voice = SPEECH[at : at + n] if n else None
            at += n
            if cohost == "on":
                mic.put(OTHER[other : other + BLOCK])
                other = (other + BLOCK) % (10 * RATE)
            if first and jingled:
                mixer.play(SHORT)
            out.append(mixer.block(voice, cut=first and clone == "cut"))
    out += [mixer.block(None) for _ in range(3)]
    x = np.concatenate(out, axis=1)
    assert treble(x) < -38, "a click has its energy where these sounds have none"
    fine = max(float(np.abs(soxr.resample(c, RATE, 4 * RATE, quality="VHQ")).max()) for c in x)
    assert 20 * np.log10(fine + 1e-9) <= CEILING_DBTP + 0.1


def test_the_measure_hears_a_click() -> None:
    mixer, _ = stage()
    x = np.concatenate([mixer.block(SPEECH[k * BLOCK : (k + 1) * BLOCK]) for k in range(20)], axis=1)
    calm = treble(x)
    loudest = int(np.abs(x[0, 12 * BLOCK : 13 * BLOCK]).argmax()) + 12 * BLOCK
    x[:, loudest : loudest + 300] = 0
    assert calm < -50 < -30 < treble(x)


def level(x: np.ndarray) -> float:
    return 20 * float(np.log10(x.std() + 1e-9))


def tone(hz: float, blocks: int, size: float) -> np.ndarray:
    t = np.arange(blocks * BLOCK) / RATE
    return (size * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def of(x: np.ndarray, hz: float) -> float:
    """Level of one frequency, dB."""
    t = np.arange(x.shape[1]) / RATE
    return 20 * float(np.log10(np.abs((x[0] * np.exp(-2j * np.pi * hz * t)).mean()) + 1e-12))


@pytest.mark.parametrize("duck_db", [CLONE_DUCK_DB, 0.0])
def test_the_clone_makes_room_for_its_co_host_by_the_rule_and_comes_back(duck_db: float) -> None:
    mic = Microphone()
    mixer = Mixer(room_dbfs=-200, microphone=mic, clone_duck_db=duck_db)
    clone, cohost = tone(300, 200, 0.3), tone(700, 200, 0.3)
    out = []
    for k in range(200):
        if 50 <= k < 100:
            mic.put(cohost[k * BLOCK : (k + 1) * BLOCK])
        out.append(mixer.block(clone[k * BLOCK : (k + 1) * BLOCK]))
    alone, under, after = (np.concatenate(out[a : a + 25], axis=1) for a in (20, 65, 150))
    assert of(under, 300) - of(alone, 300) == pytest.approx(duck_db, abs=0.3)
    assert of(after, 300) == pytest.approx(of(alone, 300), abs=0.1)
    assert of(under, 700) > -24


def test_a_jingle_is_heard_once_whole_and_over_what_is_spoken() -> None:
    mixer = Mixer(room_dbfs=-200)
    assert mixer.play(SHORT)
    x = np.concatenate([mixer.block(None) for _ in range(30)], axis=1)
    assert np.abs(x[:, DELAY : DELAY + SHORT.shape[1]] - SHORT).max() < 1e-6
    assert np.abs(x[:, DELAY + SHORT.shape[1] :]).max() < 1e-6


def test_so_many_jingles_at_once_and_no_more() -> None:
    mixer = Mixer(room_dbfs=-200)
    assert [mixer.play(SHORT) for _ in range(MAX_JINGLES + 2)] == [True] * MAX_JINGLES + [False] * 2
    assert mixer.jingles_dropped == 2
    assert not mixer.play(np.full((2, 10), np.nan, np.float32))
    for _ in range(30):
        mixer.block(None)
    assert mixer.play(SHORT)


def test_samples_that_were_made_mono_sound_in_the_middle_at_the_level_of_a_voice() -> None:
    mixer = Mixer(room_dbfs=-200)
    pcm = SHORT[0]
    mixer.play(pcm)
    x = np.concatenate([mixer.block(None) for _ in range(24)], axis=1)
    assert np.allclose(x[0], x[1], atol=1e-7)
    assert np.abs(x[0, DELAY : DELAY + len(pcm)] - pcm * np.sqrt(0.5)).max() < 1e-6


def talk(seconds: float) -> np.ndarray:
    """Syllables in phrases with pauses, at -16 LUFS."""
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    x = low(9, seconds, 0.5, hz=4000) * np.clip(np.sin(2 * np.pi * 3.3 * t) * 1.5, 0, 1)
    x *= (t % 5) < 4
    return (x * 10 ** ((-16 - pyloudnorm.Meter(RATE).integrated_loudness(x)) / 20)).astype(np.float32)


@pytest.mark.parametrize("music_db", [-30.0, -20.0, -12.0])
def test_the_whole_mix_stays_within_a_decibel_of_minus_16_lufs_with_the_bed_on(music_db: float) -> None:
    mixer = Mixer(1, bed=music_bed(HOUSE, music_db), microphone=Microphone())
    pcm = talk(40)
    out = []
    for k in range(len(pcm) // BLOCK):
        part = pcm[k * BLOCK : (k + 1) * BLOCK]
        if k % 250 == 120:
            mixer.play(CHIMES)
        out.append(mixer.block(part if np.abs(part).max() > 1e-5 else None))
    x = np.concatenate(out, axis=1)
    assert pyloudnorm.Meter(RATE).integrated_loudness(x.T.astype(np.float64)) == pytest.approx(-16, abs=1)
