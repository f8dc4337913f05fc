"""The ring between studio and air: order, cuts at clause ends, cancels, drops, and the size of a patch."""

import gc
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stage.border import BLOCK, Border, Flag, Head, Take
from persona.clone.base import Patch, PatchRect, Rect


@pytest.fixture
def border() -> Iterator[Border]:
    made = Border.create(slots=40)
    yield made
    made.close()


def take(
    line: int, frame: int, ticks: int, generation: int = 0, clause: int = 0, pause: bool = False
) -> Take:
    flags = (Flag.FIRST if frame == 0 else 0) | (Flag.LAST if frame == ticks - 1 else 0)
    rect = PatchRect(
        Rect(2, 4, 6, 8),
        np.full((8, 6), line, np.uint8),
        np.full((4, 3), frame, np.uint8),
        np.full((4, 3), 7, np.uint8),
    )
    pcm = None if pause else np.full(BLOCK, 0.5, np.float32)
    return Take(generation, line, clause, frame, int(flags), Patch(frame, (rect,), 0.25), pcm)


def clause(border: Border, line: int, ticks: int, generation: int = 0, number: int = 0) -> None:
    for k in range(ticks):
        border.put(take(line, k, ticks, generation, number))


def play(border: Border, ticks: int) -> list[tuple[int, int, int]]:
    out = []
    for _ in range(ticks):
        got = border.next()
        if got is not None:
            out.append((got.line, got.clause, got.frame))
        border.shown(got, 0 if got is None else got.patch.base)
    return out


def test_what_was_put_comes_out_whole(border: Border) -> None:
    other = Border.attach(border.name, 40)
    other.put(take(9, 3, 5))
    got = border.next()
    assert got is not None and got.pcm is not None
    assert (got.line, got.frame, got.patch.base, got.patch.opening) == (9, 3, 3, 0.25)
    part = got.patch.rects[0]
    assert part.rect == Rect(2, 4, 6, 8)
    assert (part.y == 9).all() and (part.u == 3).all() and (part.v == 7).all()
    assert got.pcm.shape == (BLOCK,) and (got.pcm == 0.5).all()
    del got, part
    other.close()


def test_an_overtaking_line_waits_for_the_end_of_the_clause_on_air(border: Border) -> None:
    clause(border, 1, 4, number=0)
    border.put(take(1, 4, 9, pause=True))
    clause(border, 1, 4, number=1)
    assert play(border, 2) == [(1, 0, 0), (1, 0, 1)]
    border.head[Head.CUT] = 1
    clause(border, 2, 2, generation=1)
    assert play(border, 10) == [(1, 0, 2), (1, 0, 3), (2, 0, 0), (2, 0, 1)]


def test_a_drop_stops_in_mid_clause(border: Border) -> None:
    clause(border, 1, 5)
    play(border, 2)
    border.drop_below(1)
    clause(border, 2, 1, generation=1)
    assert play(border, 5) == [(2, 0, 0)]


def test_a_cancelled_line_is_skipped_unless_on_air(border: Border) -> None:
    for line in (1, 2, 3, 4):
        clause(border, line, 3)
    play(border, 1)
    border.cancel(1, 3)
    assert [line for line, _, _ in play(border, 20)] == [1, 1, 4, 4, 4]


def test_a_second_cancel_does_not_bring_back_what_the_first_took(border: Border) -> None:
    """A line that no longer clears stays away, however many are taken back after it."""
    clause(border, 4, 3)
    play(border, 1)
    for line in (5, 6):
        clause(border, line, 2)
    border.cancel(5, 6)
    for line in (7, 8):
        clause(border, line, 2)
    border.cancel(8, 8)
    clause(border, 9, 1)
    assert [line for line, _, _ in play(border, 20)] == [4, 4, 7, 7, 9]


def test_a_dropped_clause_is_no_longer_on_air(border: Border) -> None:
    clause(border, 1, 5)
    play(border, 2)
    assert border.head[Head.LINE] == 1
    border.drop_below(1)
    play(border, 1)
    assert border.head[Head.LINE] == 0


def test_a_gap_in_a_clause_is_not_its_end(border: Border) -> None:
    border.put(take(1, 0, 5))
    play(border, 3)
    assert border.head[Head.LINE] == 1


def test_a_patch_that_does_not_fit_is_refused_and_nothing_is_published(border: Border) -> None:
    plane = np.zeros((640, 480), np.uint8)
    rect = PatchRect(Rect(0, 0, 480, 640), plane, plane[:320, :240], plane[:320, :240])
    with pytest.raises(ValueError, match="bytes"):
        border.put(Take(0, 1, 0, 0, 0, Patch(0, (rect,)), None))
    assert border.waiting == 0


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 7)), min_size=1, max_size=30))
def test_nothing_is_lost_or_doubled_whatever_the_order_of_writing_and_reading(
    turns: list[tuple[int, int]],
) -> None:
    border = Border.create(slots=8)
    try:
        written, read, number = [], [], 0
        for puts, gets in turns:
            for _ in range(puts):
                if not border.full:
                    number += 1
                    border.put(take(number, 0, 1))
                    written.append(number)
            read += [line for line, _, _ in play(border, gets)]
        read += [line for line, _, _ in play(border, 8)]
        assert read == written
    finally:
        border.close()


def test_closing_with_a_view_still_held_is_quiet_and_frees_the_name(monkeypatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    border = Border.create(slots=2)
    name, view = border.name, border.head
    border.close()
    del border
    gc.collect()
    assert told == [] and view[0] == 0
    with pytest.raises(FileNotFoundError):
        Border.attach(name, 2)


def test_the_air_learns_that_slots_were_passed_over_whose_memory_may_change(border: Border) -> None:
    clause(border, 1, 6)
    play(border, 2)
    assert not border.skipped
    border.drop_below(1)
    assert border.next() is None and border.skipped
    assert border.next() is None and not border.skipped
