"""The limiter: no true peak passes, nothing under the ceiling is touched, nothing jumps."""

import math

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stage.limiter import CEILING_DBTP, DELAY, LOOK, Limiter, _least_ahead, between
from bot.stage.strand import BLOCK, RATE

CEILING = 10 ** (CEILING_DBTP / 20)


def run(x, limiter=None):
    limiter = limiter or Limiter()
    return np.concatenate([limiter.apply(x[:, i : i + BLOCK]) for i in range(0, x.shape[1], BLOCK)], axis=1)


def true_peak(x):
    """Eightfold oversampling by another filter; the end is faded, or the filter would ring there."""
    x = x * np.minimum(1.0, np.arange(x.shape[1])[::-1] / 480)
    return max(float(np.abs(soxr.resample(c, RATE, 8 * RATE, quality="VHQ")).max()) for c in x)


def noise(seed, blocks, low=80, high=9000, gain=1.0):
    """Programme-like noise: true peaks between samples occur, as they do in speech and music."""
    rng = np.random.default_rng(seed)
    n = blocks * BLOCK
    f = np.fft.rfftfreq(n, 1 / RATE)
    x = np.fft.irfft(np.fft.rfft(rng.standard_normal((2, n))) * ((f > low) & (f < high)), n)
    swell = np.interp(np.arange(n), np.linspace(0, n, 9), rng.random(9))
    return (gain * x / x.std() * swell).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 12), st.sampled_from([600, 3000, 9000, 15000]))
def test_no_true_peak_passes_whatever_comes(seed, gain, high):
    out = run(noise(seed, 6, high=high, gain=gain))
    assert true_peak(out) <= CEILING * 10 ** (0.1 / 20)


@pytest.mark.parametrize("phase", [0.0, math.pi / 4, math.pi / 2])
def test_a_tone_whose_peaks_hide_between_samples_is_held(phase):
    """A quarter of the sampling rate, 45 degrees off: samples at -3 dB of the true peak."""
    t = np.arange(12 * BLOCK)
    x = (1.1 * np.sin(2 * np.pi * t / 4 + phase)).astype(np.float32)
    rise = np.minimum(1.0, t / 480).astype(np.float32)
    out = run(np.stack([x * rise] * 2))
    assert true_peak(out[:, : 11 * BLOCK]) <= CEILING * 10 ** (0.05 / 20)


def test_what_is_under_the_ceiling_passes_bit_for_bit_a_little_later():
    x = noise(3, 5, gain=0.15)
    out = run(x)
    assert np.abs(x).max() > 0.4, "it was not so quiet that nothing was looked at"
    assert np.array_equal(out[:, DELAY:], x[:, : x.shape[1] - DELAY])


def test_the_gain_is_down_before_the_peak_and_moves_smoothly():
    x = np.full((2, 4 * BLOCK), 0.3, np.float32)
    x[:, 3000:3060] = 1.5  # of no spectrum that speech has: the gain shows in the flat part before
    out = run(x)
    gain = out[0, DELAY:] / x[0, : 4 * BLOCK - DELAY]
    assert gain[2900 - LOOK] == pytest.approx(1.0) and gain[2990] < 0.75
    assert np.abs(np.diff(gain[2000:2995])).max() < 0.02
    assert np.abs(np.diff(gain[3070:])).max() < 0.001, "it lets go slowly"
    assert gain[3000:3060].max() * 1.5 <= CEILING


def test_afterwards_it_is_out_of_the_way_again():
    loud, quiet = noise(1, 4, gain=4.0), noise(2, 60, gain=0.1)
    limiter = Limiter()
    run(loud, limiter)
    out = run(quiet, limiter)
    at = 50 * BLOCK
    assert np.array_equal(out[:, at + DELAY :], quiet[:, at : quiet.shape[1] - DELAY])


def test_both_channels_get_one_gain():
    x = noise(5, 3, gain=0.2)
    x[0] *= 8
    out = run(x)
    wide = np.abs(x[1, :-DELAY]) > 0.01
    left, right = (out[c, DELAY:][wide] / x[c, :-DELAY][wide] for c in (0, 1))
    assert np.allclose(left, right, atol=1e-3)
    assert left.min() < 0.9


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=8, max_size=40), st.integers(1, 8))
def test_the_least_ahead_is_the_minimum_of_each_window(values, width):
    x = np.array(values)
    assert _least_ahead(x, width).tolist() == [min(values[i : i + width]) for i in range(len(x) - width + 1)]


def test_between_sees_what_the_samples_hide():
    t = np.arange(4000)
    x = np.stack([np.sin(2 * np.pi * t / 4 + math.pi / 4)] * 2).astype(np.float32)
    assert np.abs(x).max() == pytest.approx(math.sqrt(0.5), abs=1e-6)
    peaks = between(x)
    assert np.maximum(peaks[1:], peaks[:-1]) == pytest.approx(1.0, abs=0.02)
