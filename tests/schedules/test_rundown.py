"""Where a moment falls in a rundown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.rundown import (
    Cue,
    CueKind,
    Rundown,
    cue_at,
    lap_order,
    place_of,
    position_of,
    rearranged,
    steps,
)

A, B, C = (Cue(x, CueKind.PITCH, s, x) for x, s in (("a", 10), ("b", 20), ("c", 5)))


def test_before_the_loop_the_plan_is_walked_in_order() -> None:
    plan = Rundown((A, B, C), loop_from=1)
    place = cue_at(plan, 12)
    assert place is not None
    assert (place.cue, place.lap, place.into, place.left) == (B, 0, 2, 18)


def test_after_the_end_it_starts_again_at_the_loop() -> None:
    place = cue_at(Rundown((A, B, C), loop_from=1), 35 + 25 + 21)
    assert place is not None
    assert (place.cue, place.lap, place.into) == (C, 2, 1)


def test_without_a_loop_there_is_an_end() -> None:
    assert cue_at(Rundown((A,)), 10) is None
    assert [c for _, _, c in steps(Rundown((A, B)))] == [A, B]


@pytest.mark.parametrize("cues", [(), (Cue("x", CueKind.PITCH, 0),)])
def test_an_empty_rundown_or_cue_is_an_error(cues: tuple[Cue, ...]) -> None:
    with pytest.raises(ValueError, match=r"cue|length"):
        Rundown(cues)


@given(st.floats(0, 1e6))
def test_every_moment_of_a_looping_show_has_a_cue(elapsed: float) -> None:
    place = cue_at(Rundown((A, B, C), loop_from=1), elapsed)
    assert place is not None
    assert 0 <= place.into < place.cue.seconds
    assert place.left == pytest.approx(place.cue.seconds - place.into)


@given(st.integers(0, 200))
def test_the_plan_by_time_and_the_steps_agree(k: int) -> None:
    plan = Rundown((A, B, C), loop_from=1)
    start = 0.0
    for i, (index, lap, cue) in enumerate(steps(plan)):
        if i == k:
            place = cue_at(plan, start)
            assert place is not None
            assert (place.index, place.lap, place.cue) == (index, lap, cue)
            return
        start += cue.seconds


def shop(pitches: int) -> Rundown:
    cues = [Cue("hello", CueKind.WELCOME, 10)]
    for k in range(pitches):
        cues.append(Cue(f"p{k}", CueKind.PITCH, 40, f"p{k}"))
        if k % 2:
            cues.append(Cue(f"q{k}", CueKind.QUESTIONS, 10))
    return Rundown(tuple(cues), 1)


@given(st.integers(1, 12), st.integers(0, 40), st.integers(0, 5))
def test_a_lap_has_every_cue_once_and_only_pitches_move(pitches: int, lap: int, seed: int) -> None:
    plan = shop(pitches)
    order = lap_order(plan, lap, seed)
    assert sorted(c.id for c in order) == sorted(c.id for c in plan.cues)
    assert [c.kind for c in order] == [c.kind for c in plan.cues]
    assert lap_order(plan, lap, seed) == order
    if lap == 0:
        assert order == plan.cues


def test_the_order_varies_and_no_product_comes_again_within_half_a_lap() -> None:
    plan, seen, orders = shop(10), {}, set()
    cues = (cue for _, _, cue in steps(plan, vary=7) if cue.kind is CueKind.PITCH)
    pitched = [next(cues).product for _ in range(200)]
    for place, product in enumerate(pitched):
        assert place - seen.get(product, -100) >= 5
        seen[product] = place
    orders = {tuple(pitched[k : k + 10]) for k in range(0, 200, 10)}
    assert len(orders) > 15
    assert [c.product for _, _, c in zip(range(3), range(3), plan.cues[1:4], strict=True)] == [
        "p0",
        "p1",
        None,
    ]


def test_a_place_is_found_again_in_the_shuffled_order_of_its_lap() -> None:
    cues = tuple(Cue(f"{n + 1}-{'abcdef'[n]}", CueKind.PITCH, 10, "abcdef"[n]) for n in range(6))
    plan = Rundown(cues, 0)
    for lap in range(4):
        for index, cue in enumerate(lap_order(plan, lap, 7)):
            position = position_of(f"{lap}.{cue.id}.12.0")
            assert position == f"{lap}.{cue.id}" and place_of(plan, position, 7) == (lap, index)
            found = next(steps(plan, index, lap, vary=7))
            assert found == (index, lap, cue)


def test_a_place_that_is_none_is_the_beginning() -> None:
    plan = Rundown((Cue("1-welcome", CueKind.WELCOME, 10), Cue("2-cup", CueKind.PITCH, 10, "cup")), 1)
    for position in ("", "x", "1.9-gone", "-1.2-cup", "9999999.2-cup", "2-cup", "1."):
        assert place_of(plan, position, 7) == (0, 0)
    assert place_of(plan, "3.2-cup", 7) == (3, 1)


def test_lines_that_stand_outside_the_rundown_have_no_place() -> None:
    assert position_of("1.2-cup.4.0++") == "1.2-cup" and position_of("0.2-v1.5-cup.4.10") == "0.2-v1.5-cup"
    assert [position_of(line) for line in ("", "answer-3", "goodbye", "1.2-cup", "x.2-cup.1.1")] == [""] * 5


def test_cues_change_their_order_and_never_their_number() -> None:
    cues = tuple(Cue(name, CueKind.OFFER, 10) for name in "wabc")
    plan = Rundown(cues, loop_from=1)
    assert [c.id for c in rearranged(plan, "wcab").cues] == list("wcab")
    assert rearranged(plan, "wcab").loop_from == 1
    for wrong in ("cwab", "wab", "waab", "wabcd", ""):
        with pytest.raises(ValueError, match="each once"):
            rearranged(plan, wrong)
