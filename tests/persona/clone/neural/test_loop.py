"""The base loop: forwards between jumps, jumps where two moments agree, closed at its end."""

from itertools import pairwise

import numpy as np
import pytest

from persona.clone.neural.loop import (
    BETWEEN,
    HALF,
    MOST_JUMPS,
    Loop,
    crossing,
    jumps,
    make_loop,
    steps_between,
)


def swinging(n: int, period: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Small pictures, stable points and eyes of a head that swings with a period."""
    phase = 2 * np.pi * np.arange(n) / period
    rng = np.random.default_rng(1)
    patterns = rng.standard_normal((3, 200))
    small = 100 + np.column_stack([np.sin(phase), np.cos(phase), 0.05 * np.sin(phase / 7)]) @ patterns * 10
    face = rng.uniform(0, 100, (8, 2))
    rigid = face + 2 * np.sin(phase)[:, None, None]
    return small.astype(np.float32), rigid.astype(np.float32), np.ones(n, np.float32)


def check(loop: Loop, n: int) -> None:
    """Every tick goes on from the one before, over the end too."""
    pairs = zip(loop.shown, (*loop.shown[1:], loop.shown[0]), strict=True)
    for (a, b, part), (c, d, other) in pairs:
        assert 0 <= a < n and 0 <= b < n and 0 <= part <= 1
        if part and other:
            assert (c, d) == (a + 1, b + 1) and other > part
        elif part:
            assert c == b + 1, "after a crossing the other side goes on"
        else:
            assert c == a + 1, "forwards"


def test_it_is_closed_and_runs_forwards():
    loop = make_loop(*swinging(400), seed=1, frames=1000)
    check(loop, 400)
    assert len(loop.shown) >= 1000
    assert 2 <= len(loop.jumps) <= MOST_JUMPS
    assert all(j.cost < 4 for j in loop.jumps)


def shown_steps(small: np.ndarray, loop: Loop) -> np.ndarray:
    """Differences of neighbouring pictures as shown, over the end too, in the footage's median steps."""
    pictures = np.array([(1 - part) * small[a] + part * small[b] for a, b, part in loop.shown], np.float64)
    own = np.sqrt((np.diff(small.astype(np.float64), axis=0) ** 2).mean(axis=1))
    return np.sqrt((np.diff(pictures, axis=0, append=pictures[:1]) ** 2).mean(axis=1)) / np.median(own)


def test_the_step_of_a_crossing_is_what_is_shown():
    small, rigid, eyes = swinging(400)
    small += np.random.default_rng(4).normal(0, 0.3, small.shape).astype(np.float32)
    loop = make_loop(small, rigid, eyes, seed=1, frames=1000)
    steps, foretold = shown_steps(small, loop), crossing(steps_between(small))
    begun = [k for k, (_, _, part) in enumerate(loop.shown) if part and not loop.shown[k - 1][2]]
    assert begun
    for k in begun:
        a, b, _ = loop.shown[k]
        assert foretold[a + HALF, b + HALF] == pytest.approx(steps[k - 1 : k + 2 * HALF + 1].max(), rel=1e-4)


def test_no_crossing_runs_through_a_start():
    """Two sides that start alike are as like as any; but the start would be seen in the crossing."""
    small, rigid, eyes = swinging(400)
    small[np.arange(400) % 60 == 20] += 40
    loop = make_loop(small, rigid, eyes, seed=1, frames=1000)
    check(loop, 400)
    assert all(j.seen <= loop.usual for j in loop.jumps)
    assert all((j.out + k) % 60 != 20 for j in loop.jumps for k in range(-HALF, HALF + 1))


def test_jumps_are_apart():
    loop = make_loop(*swinging(400), seed=1, frames=1000)
    begun = [k for k, (_, _, part) in enumerate(loop.shown) if part and not loop.shown[k - 1][2]]
    home = max(loop.jumps, key=lambda j: j.out - j.into)
    for before, after in pairwise(begun):
        if loop.shown[after][0] != home.out - HALF:
            assert after - before >= BETWEEN


def test_the_same_seed_walks_the_same_way():
    a, b = (make_loop(*swinging(300), seed=5, frames=800) for _ in range(2))
    assert a == b


def test_a_moment_that_looks_alike_but_moves_the_other_way_is_no_landing():
    """At the turning points a swing passes twice through each picture; only one way fits."""
    small, rigid, eyes = swinging(300)
    still = small.copy()
    still[:] = 100 + np.outer(np.sin(2 * np.pi * np.arange(300) / 60), np.linspace(1, 2, 200)) * 10
    for jump in jumps(steps_between(still), rigid, eyes, dearest=1.0):
        assert (jump.out - jump.into) % 60 in (0, 1, 59, 2, 58)


@pytest.mark.parametrize("spoilt", ["pose", "eyes", "blink"])
def test_pixels_alone_allow_nothing(spoilt):
    small, rigid, eyes = swinging(300)
    if spoilt == "pose":
        rigid = rigid + 50 * np.arange(300)[:, None, None].astype(np.float32)
    elif spoilt == "eyes":
        eyes = np.linspace(0.7, 60, 300).astype(np.float32)
    else:
        eyes = np.full(300, 0.3, np.float32)
    assert jumps(steps_between(small), rigid, eyes) == ()


def test_footage_that_never_repeats_still_loops():
    rng = np.random.default_rng(0)
    small = np.cumsum(rng.standard_normal((200, 50)), axis=0).astype(np.float32)
    loop = make_loop(
        small, np.cumsum(np.ones((200, 4, 2), np.float32), axis=0), np.ones(200, np.float32), frames=300
    )
    check(loop, 200)
    assert len(loop.jumps) == 1


def test_a_moment_of_footage_is_shown_as_it_is():
    small, rigid, eyes = swinging(20)
    assert make_loop(small, rigid, eyes).shown == tuple((k, k, 0.0) for k in range(20))
