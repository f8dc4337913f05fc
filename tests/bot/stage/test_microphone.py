"""The co-host's microphone: heard in order after a short lead, bounded, and never waited for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stage.microphone import EASE, LEAD, MOST, Microphone
from bot.stage.strand import BLOCK


def counted(first: int, n: int) -> np.ndarray:
    """Quiet samples that tell their place: below what the level follows."""
    return (np.arange(first, first + n) / 1e9).astype(np.float32)


def places(block: np.ndarray) -> list[int]:
    return [round(float(v) * 1e9 / 64) * 64 for v in block[::480]]


def test_it_is_heard_in_order_however_it_was_cut_into_pieces() -> None:
    mic, at = Microphone(), 0
    for size in (100, 3000, 1920, 7, 2500, 960):
        mic.put(counted(at, size))
        at += size
    out = [b for _ in range(4) if (b := mic.take()) is not None]
    assert len(out) == 4
    assert np.array_equal(np.concatenate(out), counted(0, 4 * BLOCK))


def test_nothing_is_heard_until_the_lead_is_there_and_then_all() -> None:
    mic = Microphone()
    mic.put(counted(0, LEAD + BLOCK - 1))
    assert mic.take() is None
    mic.put(counted(LEAD + BLOCK - 1, 1))
    assert mic.take() is not None
    assert (mic.gaps, mic.dropped) == (0, 0)


def test_one_that_runs_dry_is_counted_and_gets_a_new_lead() -> None:
    mic = Microphone()
    mic.put(counted(0, LEAD + BLOCK))
    assert [mic.take() is not None for _ in range(5)] == [True, True, True, False, False]
    assert mic.gaps == 1
    mic.put(counted(0, BLOCK))
    assert mic.take() is None


def test_one_whose_clock_runs_fast_never_lags_more_than_a_little() -> None:
    mic, taken = Microphone(), 0
    for _ in range(2000):
        mic.put(np.full(BLOCK + 20, 1e-6, np.float32))
        taken += mic.take() is not None
        assert mic.waiting <= EASE + BLOCK + 20
    assert mic.dropped == pytest.approx(2000 * 20, abs=EASE + BLOCK)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 4)), max_size=60))
def test_what_waits_is_bounded_and_every_sample_is_heard_or_counted(plan: list[tuple[int, int]]) -> None:
    mic, given_, heard = Microphone(), 0, 0
    for size, takes in plan:
        mic.put(np.full(size, 1e-6, np.float32))
        given_ += size
        for _ in range(takes):
            heard += BLOCK if mic.take() is not None else 0
        assert 0 <= mic.waiting <= max(MOST, size)
    assert given_ == heard + mic.dropped + mic.waiting


def test_what_is_not_finite_is_dropped_and_what_was_put_may_be_used_again() -> None:
    mic = Microphone()
    mic.put(np.array([np.nan], np.float32))
    buffer = np.full(LEAD + BLOCK, 0.001, np.float32)
    mic.put(buffer)
    buffer[:] = 9
    assert mic.dropped == 1
    block = mic.take()
    assert block is not None and block.max() < 0.01


def test_after_hanging_up_nothing_is_heard() -> None:
    mic = Microphone()
    mic.put(counted(0, LEAD + 2 * BLOCK))
    assert mic.take() is not None
    mic.hang_up()
    assert mic.take() is None and mic.waiting == 0 and mic.gaps == 0


@pytest.mark.parametrize("level", [0.05, 0.4])
def test_a_whisper_and_a_shout_come_to_one_level_without_a_step(level: float) -> None:
    mic, out = Microphone(), []
    pcm = (level * np.sin(2 * np.pi * 200 * np.arange(400 * BLOCK) / 48_000)).astype(np.float32)
    for k in range(400):
        mic.put(pcm[k * BLOCK : (k + 1) * BLOCK])
        if (block := mic.take()) is not None:
            out.append(block)
    x = np.concatenate(out)
    assert 20 * np.log10(x[-48_000:].std()) == pytest.approx(-19, abs=1.5)
    natural = np.abs(np.diff(x[-48_000:])).max()
    assert np.abs(np.diff(x)).max() <= 1.05 * max(natural, np.abs(np.diff(pcm)).max())
