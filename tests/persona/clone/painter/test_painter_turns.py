"""Which mouths are painted next, and who is let in."""

import numpy as np
import pytest

from persona.clone.painter.room import FULL, Asking, Meter, load, refusal
from persona.clone.painter.turns import LINGER_S, MOST, Turns, Waiting
from persona.clone.painter.wire import SLOTS, Asked


def asked(show: int, clone: str, ticket: int = 0, came: float = 0.0, due: float = 9.0) -> Waiting:
    return Waiting(show, clone, Asked(ticket, ticket % SLOTS, 0, due, np.zeros(2, np.float32)), came)


def fill(turns: Turns, show: int, clone: str, count: int = SLOTS, came: float = 0.0) -> None:
    for k in range(count):
        assert turns.add(asked(show, clone, k, came))


def test_questions_of_one_clone_are_painted_together_in_each_shows_order():
    turns = Turns()
    for show in (1, 2):
        fill(turns, show, "ana", 3)
    batch = turns.take(1.0)
    assert [w.asked.ticket for w in batch if w.show == 1] == [0, 1, 2]
    assert {w.show for w in batch} == {1, 2} and len(batch) == 6 and len(turns) == 0


def test_two_clones_are_never_in_one_batch():
    turns = Turns()
    fill(turns, 1, "ana", 2)
    fill(turns, 2, "bo", 2)
    batches = [turns.take(1.0), turns.take(1.0)]
    assert [{w.clone for w in b} for b in batches] == [{"ana"}, {"bo"}] and turns.take(1.0) == []


def test_a_question_waits_for_company_but_a_full_batch_for_nothing():
    turns = Turns()
    assert turns.wait(0.0) is None
    turns.add(asked(1, "ana", came=5.0))
    assert turns.take(5.0) == [] and turns.wait(5.0) == pytest.approx(LINGER_S)
    assert len(turns.take(5.0 + LINGER_S)) == 1
    for show in range(MOST // SLOTS):
        fill(turns, show, "ana", came=6.0)
    assert turns.wait(6.0) == 0.0 and len(turns.take(6.0)) == MOST


def test_a_clone_that_floods_takes_turns_with_the_others():
    """Ten shows of one clone ask without end; the only show of another is served in every second batch."""
    turns, served = Turns(), []
    for _ in range(20):
        for show in range(10):
            while turns.add(asked(show, "flood")):
                pass
        if not any(w == "quiet" for w in served[-1:]):
            turns.add(asked(99, "quiet"))
        served.append(turns.take(1.0)[0].clone)
    assert served.count("quiet") >= 9
    assert all("quiet" in served[k : k + 2] for k in range(1, 18))


def test_shows_of_one_clone_are_served_alike():
    """One that asks for all it may does not keep others of its clone waiting for more than a batch."""
    turns, counts = Turns(most=4), dict.fromkeys(range(6), 0)
    for _ in range(60):
        for show in counts:
            while turns.add(asked(show, "ana")):
                pass
        for waiting in turns.take(1.0):
            counts[waiting.show] += 1
    assert max(counts.values()) - min(counts.values()) <= 1, counts


def test_a_show_has_only_so_many_under_way():
    turns = Turns()
    fill(turns, 1, "ana")
    assert not turns.add(asked(1, "ana")) and len(turns) == SLOTS


def test_what_nobody_wants_any_more_is_not_painted():
    turns = Turns()
    turns.add(asked(1, "ana", 1, due=3.0))
    turns.add(asked(1, "ana", 2, due=5.0))
    assert [w.asked.ticket for w in turns.expired(4.0)] == [1]
    assert [w.asked.ticket for w in turns.take(4.0)] == [2]
    turns.add(asked(1, "ana", 3, due=3.0))
    turns.expired(4.0)
    assert turns.wait(4.0) is None, "nothing is left to wait for"


def test_a_show_that_leaves_takes_its_questions_along():
    turns = Turns()
    fill(turns, 1, "ana")
    fill(turns, 2, "ana", 1)
    turns.leave(1)
    assert [w.show for w in turns.take(1.0)] == [2]


class TestRoom:
    def test_shows_are_let_in_up_to_a_share_of_the_time(self):
        each = Asking(25, 0.002)  # a twentieth of the time
        shows = [each] * 15
        assert refusal(shows, each) == "" and load([*shows, each]) == pytest.approx(FULL)
        assert refusal([*shows, each], each) != ""

    def test_a_refusal_says_what_is_asked_and_what_would_be_too_much(self):
        why = refusal([Asking(25, 0.01)] * 3, Asking(25, 0.01))
        assert "3 shows ask 75 pictures a second, 75% of its time" in why
        assert "25 more, at 10.00 ms each" in why and "100%" in why and "80% is the most" in why

    def test_slow_clones_weigh_more(self):
        assert refusal([Asking(25, 0.001)] * 9, Asking(25, 0.03)) != ""
        assert refusal([Asking(25, 0.001)] * 9, Asking(25, 0.02)) == ""

    def test_the_measure_follows_what_is_so(self):
        meter = Meter(0.001)
        for _ in range(100):
            meter.take(0.032, 16)
        assert meter.seconds == pytest.approx(0.002, rel=0.01)
