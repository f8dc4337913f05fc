"""How long a picture takes to the desk is read from the first picture that shows a change."""

import pytest

from bench.preview import latencies

MADE = {n: 1000 + n / 25 for n in range(200)}


def shown(*pictures: tuple[int, float], after: float = 0.8) -> list[tuple[float, float, float]]:
    """Pictures of those ticks, each shown `after` it was made, with the patch that bright."""
    return [(1000 * (MADE[n] + after), n / 25, light) for n, light in pictures]


def test_each_change_tells_how_late_its_picture_is() -> None:
    pictures = shown((23, 16), (24, 16), (25, 235), (26, 235), (49, 235), (50, 16))
    assert latencies(pictures, MADE) == pytest.approx([0.8, 0.8])


def test_a_change_whose_first_picture_was_not_shown_tells_nothing() -> None:
    assert latencies(shown((24, 16), (27, 235)), MADE) == []


def test_a_change_far_from_the_second_is_none_of_ours() -> None:
    assert latencies(shown((11, 16), (12, 235)), MADE) == []
