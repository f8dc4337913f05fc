"""The judges of the decoded stream: pure, over observations with their times."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.compliance.label import LabelSpec, draw_label, label_text
from bot.stage.blend import Planes, blend, box
from bot.stage.judges import Check, DeadAir, Movement, Spell, differs, is_black, lag
from bot.stage.layout import layout

W, H = 360, 640
PATCH = draw_label(LabelSpec(label_text(["en"], [])), layout(W, H)).overlay


def test_spells_are_closed_on_change_and_at_the_end() -> None:
    check = Check("black")
    for at, ok in enumerate([True, True, False, False, True]):
        check.see(ok, at, -at)
    assert check.take() == (Spell("black", True, 0, 1, -1), Spell("black", False, 2, 3, -3))
    assert check.take() == () and check.bad_since is None
    assert check.close() == (Spell("black", True, 4, 4, -4),)
    assert check.close() == ()


def test_what_is_bad_for_less_than_the_patience_is_good() -> None:
    check = Check("frozen", patience=0.5)
    for at, ok in [
        (0.0, True),
        (0.2, False),
        (0.4, False),
        (0.6, True),
        (1.0, False),
        (1.4, False),
        (1.6, False),
    ]:
        check.see(ok, at)
    assert check.bad_since == 1.0, "it was bad from the first look on"
    assert check.close() == (Spell("frozen", True, 0.0, 0.6), Spell("frozen", False, 1.0, 1.6))


def test_what_cannot_be_judged_is_neither() -> None:
    check = Check("av", patience=1.0)
    check.see(False, 0.0)
    check.see(None, 0.5)
    check.see(False, 1.2)
    assert check.bad_since is None
    assert all(s.ok for s in check.close())


@given(st.lists(st.sampled_from([True, False, None]), max_size=40), st.sampled_from([0.0, 0.3, 1.1]))
def test_spells_never_overlap_and_alternate(looks, patience) -> None:
    check, spells = Check("x", patience), []
    for k, ok in enumerate(looks):
        check.see(ok, k / 4)
        if k % 7 == 0:
            spells += check.take()
    spells += check.close()
    for a, b in pairwise(spells):
        assert a.until < b.since and a.ok is not b.ok
    assert all(s.since <= s.until for s in spells)
    assert all(s.until - s.since >= patience for s in spells if not s.ok)


def test_black_is_black_and_a_dark_stage_is_not() -> None:
    assert is_black(np.full((H, W), 16, np.uint8))
    stage = np.full((H, W), 18, np.uint8)
    stage[200:300] = 120
    assert not is_black(stage) and not is_black(np.full((H, W), 128, np.uint8))


def scene(shift: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.roll(np.kron(rng.integers(40, 220, (16, 9), np.uint8), np.ones((40, 40), np.uint8)), shift, 1)


def test_a_dead_picture_is_told_from_one_that_hardly_moves() -> None:
    alive, dead = Movement(), Movement()
    noise = np.random.default_rng(2)
    moves = stands = 0.0
    for k in range(10):
        at = k * 0.24
        grain = noise.integers(-2, 3, (H, W))
        moves = alive.look(np.clip(scene(k % 3) + grain, 0, 255).astype(np.uint8), at)
        stands = dead.look(np.clip(scene(0) + grain, 0, 255).astype(np.uint8), at)
    assert stands <= 2 < 6 < moves


def test_a_caption_over_a_dead_picture_does_not_count_as_movement() -> None:
    movement = Movement()
    for k in range(10):
        picture = Planes(
            scene(0), np.full((H // 2, W // 2), 128, np.uint8), np.full((H // 2, W // 2), 128, np.uint8)
        )
        if k % 2:
            blend(picture, PATCH, box(PATCH))
        change = movement.look(picture.y, k * 0.24, (PATCH,))
    assert change == 0


def test_nothing_is_said_before_there_is_enough_to_compare() -> None:
    movement = Movement()
    assert [movement.look(scene(0), k * 0.24) for k in range(3)] == [None] * 3
    movement.forget()
    assert movement.look(scene(5), 1.0) is None


def test_a_patch_is_known_again_and_another_is_not() -> None:
    other = draw_label(LabelSpec(label_text(["zh"], [])), layout(W, H)).overlay
    picture = Planes(scene(0), *(np.full((H // 2, W // 2), 128, np.uint8) for _ in range(2)))
    bare = differs(picture.y, PATCH)
    blend(picture, PATCH, box(PATCH))
    there, wrong = differs(picture.y, PATCH), differs(picture.y, other)
    assert there is not None and there < 3
    assert bare is None or bare > 40
    assert wrong is None or wrong > 20


@pytest.mark.parametrize(("level", "ms", "dead"), [(-62, 1000, False), (-90, 180, False), (-90, 220, True)])
def test_dead_air_is_less_than_the_room(level, ms, dead) -> None:
    air, longest = DeadAir(), 0.0
    power = np.concatenate(
        [np.full(40, 1e-2), np.full(ms // 5, 10 ** (level / 10)), np.full(40, 1e-2)]
    ).astype(np.float32)
    for k in range(0, len(power), 4):
        longest = max(longest, air.hear(power[k : k + 4]))
    assert (longest > 0.2) is dead


@pytest.mark.parametrize("shift", [-9, -2.5, 0, 1, 7.5, 11])
def test_a_moved_signature_is_found_between_its_steps(shift) -> None:
    t = np.arange(400, dtype=np.float64)
    rng = np.random.default_rng(5)
    beats = [(rng.uniform(0, 400), rng.uniform(1, 3)) for _ in range(60)]

    def wave(at):
        return sum(h * np.exp(-0.5 * ((at - c) / 3.0) ** 2) for c, h in beats).astype(np.float32)

    found = lag(wave(t[100:324]), wave(t[112:312] - shift), 12)
    assert found is not None
    assert found[0] == pytest.approx(shift, abs=0.1) and found[1] > 0.99


def test_nothing_is_found_where_nothing_moves_or_values_miss() -> None:
    flat, gap = np.ones(100, np.float32), np.arange(100, dtype=np.float32)
    gap[3] = math.nan
    assert lag(np.ones(124, np.float32), flat, 12) is None
    assert lag(np.arange(124, dtype=np.float32), gap, 12) is None
    assert lag(np.arange(100, dtype=np.float32), flat, 12) is None
