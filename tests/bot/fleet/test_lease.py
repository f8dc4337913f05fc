"""What a node concludes from an answer of the database."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fleet.lease import (
    RESTARTS,
    Answer,
    Claim,
    Wish,
    beat_s,
    deadline_ns,
    next_try,
    orders,
    places,
)

EIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)


def claim(show: str, epoch: int = 1) -> Claim:
    return Claim(Wish(show, f"/{show}.yaml", f"{show}/1", EIGHT), epoch)


def test_the_deadline_is_before_the_row_expires_wherever_the_question_was_held_up() -> None:
    assert deadline_ns(10 * 10**9, 4.0) == 13_200_000_000
    assert beat_s(4.0) == 1.0


def test_what_is_renewed_in_our_epoch_goes_on_and_the_rest_is_lost() -> None:
    held = {"kept": 3, "taken": 3, "again": 3}
    todo = orders(held, Answer({"kept": 3, "again": 4}, (claim("new"),)))
    assert todo.extend == ("kept",)
    assert set(todo.drop) == {"taken", "again"}
    assert [c.wish.show for c in todo.begin] == ["new"]
    assert todo.end == todo.hand_over == ()


def test_a_node_that_drains_hands_over_what_others_have_room_for() -> None:
    held = {"c": 1, "a": 1, "b": 1}
    assert orders(held, Answer(held, draining=True, free_elsewhere=2)).hand_over == ("a", "b")
    assert orders(held, Answer(held, draining=True)).hand_over == ()
    assert orders(held, Answer(held, free_elsewhere=2)).hand_over == ()
    assert orders(held, Answer(held), leaving=True).hand_over == ("a", "b", "c")


def test_a_show_whose_needs_nobody_else_meets_stays_until_its_node_leaves() -> None:
    held = {"a": 1, "b": 1}
    answer = Answer(held, draining=True, free_elsewhere=2, staying=frozenset({"a"}))
    assert orders(held, answer).hand_over == ("b",)
    assert orders(held, answer, leaving=True).hand_over == ("a", "b")


def test_who_is_asked_to_end_says_goodbye_and_is_not_handed_over() -> None:
    held = {"a": 1, "b": 1}
    todo = orders(held, Answer(held, ending=frozenset({"a"})), leaving=True)
    assert (todo.end, todo.hand_over) == (("a",), ("b",))


@pytest.mark.parametrize(
    ("capacity", "held", "draining", "free"), [(4, 1, False, 3), (4, 6, False, 0), (4, 0, True, 0)]
)
def test_places(capacity: int, held: int, draining: bool, free: int) -> None:
    assert places(capacity, held, draining=draining) == free


def test_who_crashes_is_tried_again_ever_later_and_then_given_up() -> None:
    waits, crashes = [], 0
    while (again := next_try(crashes, 10.0)) is not None:
        crashes = again[0]
        waits.append(again[1])
    assert crashes == RESTARTS == len(waits)
    assert waits[0] == 0 and waits == sorted(waits)
    assert next_try(RESTARTS, 601.0) == (1, 0.0)


NAMES = st.sampled_from(["a", "b", "c", "d", "e"])


@given(
    st.dictionaries(NAMES, st.integers(1, 5)),
    st.dictionaries(NAMES, st.integers(1, 5)),
    st.booleans(),
    st.integers(0, 9),
    st.booleans(),
)
def test_each_show_is_either_kept_or_dropped_and_only_what_is_kept_moves(
    held: dict[str, int], renewed: dict[str, int], draining: bool, room: int, leaving: bool
) -> None:
    todo = orders(held, Answer(renewed, draining=draining, free_elsewhere=room), leaving=leaving)
    assert set(todo.extend) | set(todo.drop) == set(held)
    assert not set(todo.extend) & set(todo.drop)
    assert all(renewed[s] == held[s] for s in todo.extend)
    assert set(todo.hand_over) <= set(todo.extend)
