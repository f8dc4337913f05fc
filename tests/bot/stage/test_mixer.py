"""Mixer: no click at any join, the level kept, the peak held."""

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stage.limiter import DELAY
from bot.stage.mixer import Mixer, room_tone
from bot.stage.strand import BLOCK, RATE

CEILING = 10 ** (-1.5 / 20)


def speech(seconds, seed=1, lufs=-16.0):
    """Speech-like: a buzz with moving formants in syllables with pauses, at `lufs` as a mono clip."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    pitch = np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * t)) / RATE
    x = sum(np.sin(2 * np.pi * k * pitch) / k**1.2 for k in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * t) * 1.4, 0, 1) * (np.sin(2 * np.pi * 0.4 * t) > -0.6)
    x = x * np.convolve(syllables, np.hanning(480) / 240, "same") + 1e-4 * rng.standard_normal(len(t))
    x *= 10 ** ((lufs - pyloudnorm.Meter(RATE).integrated_loudness(x)) / 20)
    return x.astype(np.float32)


def run(mixer, pcm):
    blocks = [mixer.block(pcm[i : i + BLOCK]) for i in range(0, len(pcm), BLOCK)]
    return np.concatenate(blocks, axis=1)


def step(x):
    return float(np.abs(np.diff(x, axis=1)).max())


def test_a_block_is_stereo_float32_of_one_tick():
    out = Mixer().block(None)
    assert out.shape == (2, BLOCK)
    assert out.dtype == np.float32


def test_speech_at_minus_16_lufs_leaves_at_minus_16_lufs_on_two_channels():
    out = run(Mixer(), speech(12))
    assert abs(pyloudnorm.Meter(RATE).integrated_loudness(out.T) - -16.0) <= 1.0


def test_speech_passes_unchanged_below_the_ceiling():
    pcm = speech(2)
    out = run(Mixer(room_dbfs=-200), pcm)
    last = (len(pcm) // BLOCK - 1) * BLOCK
    heard = out[0, BLOCK + DELAY : last + DELAY]
    assert np.abs(heard - pcm[BLOCK:last] * np.sqrt(0.5)).max() < 1e-4


def test_room_tone_is_quiet_seamless_and_the_same_for_a_seed():
    tone = room_tone(3)
    rms = 20 * np.log10(np.sqrt(np.mean(tone**2, axis=1)))
    assert np.abs(rms - -62.0).max() < 0.1
    assert np.array_equal(tone, room_tone(3))
    assert not np.array_equal(tone, room_tone(4))
    seam = np.abs(tone[:, 0] - tone[:, -1]).max()
    assert seam <= np.abs(np.diff(tone, axis=1)).max()


def test_the_room_goes_on_over_its_seam():
    mixer, tone = Mixer(seed=5), room_tone(5)
    blocks = tone.shape[1] // BLOCK + 2
    out = np.concatenate([mixer.block(None) for _ in range(blocks)], axis=1)
    assert not out[:, :DELAY].any()
    turn = DELAY + tone.shape[1]
    assert np.array_equal(out[:, DELAY:turn], tone)
    assert np.array_equal(out[:, turn:], tone[:, : out.shape[1] - turn])


def sine(n, amplitude=0.6, hz=180, phase=1.3):
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(n) / RATE + phase)).astype(np.float32)


@pytest.mark.parametrize("kept", [BLOCK, BLOCK - 1, BLOCK - 100, 1000, 479, 30])
def test_a_voice_that_breaks_off_anywhere_makes_no_click(kept):
    pcm = sine(4 * BLOCK)
    natural = step(np.stack([pcm]))
    mixer = Mixer()
    out = [mixer.block(pcm[i * BLOCK : (i + 1) * BLOCK]) for i in range(3)]
    out += [mixer.block(pcm[3 * BLOCK : 3 * BLOCK + kept]), mixer.block(None), mixer.block(None)]
    assert step(np.concatenate(out, axis=1)) <= 1.5 * natural


def test_a_hard_break_without_the_mixer_would_click():
    pcm = sine(BLOCK)
    broken = np.concatenate([pcm, np.zeros(BLOCK, np.float32)])
    assert step(broken[None]) > 5 * step(pcm[None])


@pytest.mark.parametrize("how", ["cut", "silence"])
def test_a_cut_to_another_voice_and_to_silence_is_smooth(how):
    a, b = sine(2 * BLOCK), sine(2 * BLOCK, hz=230, phase=-1.4)
    mixer = Mixer()
    out = [mixer.block(a[:BLOCK]), mixer.block(a[BLOCK:])]
    out += [mixer.block(b[:BLOCK], cut=True)] if how == "cut" else [mixer.block(None, cut=True)]
    assert step(np.concatenate(out, axis=1)) <= 2 * step(a[None])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1, 200, 1919, 1920]), st.booleans(), st.sampled_from([0, 977])),
        max_size=12,
    )
)
def test_no_sequence_of_starts_stops_cuts_and_unsaid_jumps_clicks_or_passes_the_ceiling(plan):
    mixer, at, out = Mixer(), 0, []
    pcm = sine(40 * BLOCK, amplitude=0.9)
    for length, cut, jump in plan:
        at += jump
        out.append(mixer.block(pcm[at : at + length] if length else None, cut=cut))
        at += length
    if out:
        x = np.concatenate(out, axis=1)
        assert step(x) <= 0.08
        assert np.abs(x).max() <= CEILING


def test_a_block_that_is_not_finite_is_aired_as_silence_and_counted():
    mixer = Mixer()
    bad = sine(BLOCK)
    bad[7] = np.nan
    assert np.isfinite(mixer.block(bad)).all()
    assert np.abs(mixer.block(None)).max() < 0.01
    assert mixer.bad_blocks == 1


def test_a_voice_whose_memory_is_used_again_at_once_is_not_heard_twice():
    """The air hands over views of the border's slots, which a studio that is ahead fills anew after each
    tick: what it put there was taken for a jump, and 10 ms of it were heard.
    """
    pcm = speech(4)
    pcm = pcm[: len(pcm) // BLOCK * BLOCK]
    slot, mixer = np.zeros(BLOCK, np.float32), Mixer(1)
    heard = []
    for at in range(0, len(pcm), BLOCK):
        slot[:] = pcm[at : at + BLOCK]
        heard.append(mixer.block(slot))
        slot[:] = pcm[::-1][at : at + BLOCK]  # the studio goes on
    assert np.array_equal(np.concatenate(heard, axis=1), run(Mixer(1), pcm))
