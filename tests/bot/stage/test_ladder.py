"""The bitrate ladder: down when a line is too narrow, up when it is not, and nobody else is touched."""

from hypothesis import given
from hypothesis import strategies as st

from bot.stage.ladder import (
    DOWN_AFTER_S,
    FLOOR_KBPS,
    RUNGS,
    SETTLE_S,
    UP_AFTER_S,
    Congestion,
    Ladder,
    Share,
    rate_of,
    share,
)

FULL = 2500
EASE = Congestion(0.0, 10_000, 0, True)
STEP_S = 0.5


class Line:
    """A line of `kbps` behind queues that hold 4 s; a fluid model of outbox and socket."""

    def __init__(self, kbps: float) -> None:
        self.kbps, self.backlog_s, self.dropped, self.now = kbps, 0.0, 0, 0.0
        self.ladder, self.rungs = Ladder(), [0]

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.now += STEP_S
            rate = rate_of(FULL, self.rungs[-1])
            self.backlog_s = max(0.0, self.backlog_s + STEP_S * (rate - self.kbps) / rate)
            if self.backlog_s > 4:
                self.backlog_s, self.dropped = 2.0, self.dropped + 100
            mark = Congestion(self.backlog_s, 20_000, self.dropped, True)
            self.rungs.append(self.ladder.step(self.now, mark, rate))


def test_a_line_that_is_wide_enough_keeps_the_full_rate() -> None:
    line = Line(5000)
    line.run(600)
    assert set(line.rungs) == {0}


def test_a_narrow_line_is_followed_down_without_a_drop_and_up_again() -> None:
    line = Line(5000)
    line.run(20)
    line.kbps = 1300
    line.run(40)
    assert rate_of(FULL, line.rungs[-1]) <= 1300
    assert line.dropped == 0
    line.kbps = 5000
    line.run(120)
    assert line.rungs[-1] == 0


def test_it_does_not_swing_between_two_rungs() -> None:
    """1000 kb/s hold rung 3 (875) and not rung 2 (1250): each probe upwards waits twice as long."""
    line = Line(1000)
    line.run(1800)
    changes = sum(a != b for a, b in zip(line.rungs, line.rungs[1:], strict=False))
    assert changes <= 40
    assert line.rungs[-600:].count(3) > 500


def test_dropped_packets_are_a_step_down_at_once() -> None:
    ladder = Ladder()
    ladder.step(0.0, EASE, FULL)
    assert ladder.step(0.5, Congestion(0.0, 0, 40, True), FULL) == 1


def test_a_moment_of_congestion_is_not_one() -> None:
    ladder = Ladder()
    ladder.step(10.0, EASE, FULL)
    ladder.step(10.1, Congestion(1.0, 0, 0, True), FULL)
    assert ladder.step(10.1 + DOWN_AFTER_S / 2, EASE, FULL) == 0


def test_the_queues_get_time_to_drain_after_a_step() -> None:
    ladder, full = Ladder(), Congestion(3.0, 0, 0, True)
    ladder.step(0.0, EASE, FULL)
    rungs = [ladder.step(1 + n / 10, full, FULL) for n in range(round(SETTLE_S * 10))]
    assert max(rungs) == 1


def test_what_is_dropped_while_nobody_is_connected_lowers_nothing() -> None:
    ladder = Ladder()
    ladder.step(0.0, EASE, FULL)
    for n in range(1, 100):
        assert ladder.step(float(n), Congestion(0.0, 0, n * 75, False), FULL) == 0
    assert ladder.step(100.0, Congestion(3.9, 0, 7500, True), FULL) == 0


def test_it_steps_to_the_rung_that_what_comes_through_has_room_for() -> None:
    ladder = Ladder()
    ladder.step(0.0, EASE, FULL)
    ladder.step(1.0, Congestion(1.0, 0, 0, True, 1000.0), FULL)
    assert ladder.step(2.0, Congestion(1.5, 0, 0, True, 1000.0), FULL) == 3
    assert rate_of(FULL, 3) <= 1000


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 10**6), st.integers(0, 50), st.booleans())))
def test_rungs_change_one_at_a_time_and_stay_on_the_ladder(marks) -> None:
    ladder, dropped, now, last = Ladder(), 0, 0.0, 0
    for waiting, pending, lost, is_live in marks:
        dropped, now = dropped + lost, now + STEP_S
        rung = ladder.step(now, Congestion(waiting, pending, dropped, is_live), FULL)
        assert abs(rung - last) <= 1 and 0 <= rung < len(RUNGS)
        last = rung


def test_it_is_up_only_after_a_while() -> None:
    ladder = Ladder()
    ladder.step(0.0, EASE, FULL)
    assert ladder.step(1.0, Congestion(0, 0, 9, True), FULL) == 1
    calm = Congestion(0, 0, 9, True)
    assert ladder.step(2.0, calm, FULL) == 1
    assert ladder.step(2.0 + UP_AFTER_S - 0.1, calm, FULL) == 1
    assert ladder.step(2.0 + UP_AFTER_S, calm, FULL) == 0


def test_one_slow_channel_among_others_gets_an_encode_of_its_own() -> None:
    assert share({"a": 0, "b": 2, "c": 0}) == Share(0, 2, frozenset({"b"}))


def test_a_lone_channel_lowers_the_shared_encode() -> None:
    assert share({"a": 3}) == Share(3, None, frozenset())


def test_there_is_never_more_than_one_extra_encode() -> None:
    assert share({"a": 1, "b": 2, "c": 4}) == Share(1, 4, frozenset({"b", "c"}))
    assert share({"a": 2, "b": 2}) == Share(2, None, frozenset())
    assert share({}) == Share()


def test_rates_fall_rung_by_rung_to_a_floor() -> None:
    rates = [rate_of(FULL, rung) for rung in range(len(RUNGS))]
    assert rates == sorted(rates, reverse=True) and rates[0] == FULL
    assert rate_of(400, 4) == FLOOR_KBPS
    assert rate_of(100, 4) == 100
