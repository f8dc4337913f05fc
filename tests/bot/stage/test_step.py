"""How picture and sound keep together, told by packets alone."""

from fractions import Fraction

import pytest

from bot.stage.encoder import Packet
from bot.stage.step import Step


def video(n: int) -> Packet:
    return Packet("video", b"", n, n, 1, Fraction(1, 25), n % 50 == 0)


def audio(first: int) -> Packet:
    return Packet("audio", b"", first, first, 1024, Fraction(1, 48_000), True)


def play(step: Step, ticks: int, rate: float = 1.0) -> None:
    """An air whose sound runs `rate` times as fast as it should."""
    sample = 0
    for n in range(ticks):
        packets = [video(n)]
        while sample + 1024 <= round((n + 1) * 1920 * rate):
            packets.append(audio(sample))
            sample += 1024
        step.take(n, packets)


def test_an_hour_stays_within_one_frame_of_sound() -> None:
    step = Step()
    play(step, 90_000)
    low, high = step.swing_ms
    assert -0.001 <= low and high < 1000 * 1024 / 48_000


def test_sound_that_runs_away_shows() -> None:
    step = Step()
    play(step, 25 * 60, rate=1.001)
    assert step.offset_ms == pytest.approx(-60, abs=22)
    assert step.swing_ms[0] < -40


def test_before_anything_came_it_is_nothing() -> None:
    assert Step().offset_ms == 0 and Step().swing_ms == (0.0, 0.0)
