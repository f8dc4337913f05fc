"""The health of a connection: what is noticed, and after how long."""

from hypothesis import given
from hypothesis import strategies as st

from bot.stage.pulse import DEAD_S, DIAL_S, STALLED_S, Health, Pulse, Report

TAKEN = Report(10, 50_000, 0)


def live(at: float = 1.0) -> Pulse:
    pulse = Pulse(0.0)
    assert pulse.see(at, TAKEN) is Health.LIVE
    return pulse


def test_a_server_that_swallows_the_handshake_is_given_up() -> None:
    pulse = Pulse(0.0)
    assert pulse.see(1.0, Report(5, 1537, 9000)) is Health.CONNECTING
    assert pulse.see(DIAL_S - 0.1, Report(5, 3000, 9000)) is Health.CONNECTING
    assert pulse.see(DIAL_S, Report(5, 3000, 9000)) is Health.DEAD


def test_a_frozen_server_is_noticed_and_then_replaced_within_five_seconds() -> None:
    pulse = live(1.0)
    stuck = Report(60, 90_000, 200_000)
    assert pulse.see(1.3, stuck) is Health.LIVE
    assert pulse.see(1.31 + STALLED_S, stuck) is Health.STALLED
    assert pulse.see(1.31 + DEAD_S, stuck) is Health.DEAD
    assert DEAD_S < 5 and DIAL_S < 5


def test_a_slow_server_is_not_a_dead_one() -> None:
    pulse = live(0.0)
    for n in range(100):
        assert pulse.see(n * 1.0, Report(60, 60_000 + n, 200_000)) is Health.LIVE


def test_a_show_that_sends_nothing_for_a_while_kills_no_connection() -> None:
    pulse = live(0.0)
    for n in range(1, 60):
        assert pulse.see(float(n), TAKEN) is Health.LIVE


def test_a_sender_that_says_nothing_any_more_counts_as_dead() -> None:
    pulse = live(0.0)
    assert pulse.see(DEAD_S + 0.1, None) is Health.DEAD


def test_where_the_system_tells_nothing_age_decides() -> None:
    pulse = Pulse(0.0)
    assert pulse.see(1.0, Report(5, None, 0)) is Health.CONNECTING
    assert pulse.see(5.0, Report(50, None, 0)) is Health.CONNECTING
    assert pulse.see(5.2, Report(55, None, 0)) is Health.LIVE


@given(
    st.lists(st.tuples(st.floats(0.01, 3.0), st.integers(0, 20_000), st.integers(0, 300_000)), max_size=60)
)
def test_a_connection_that_moves_at_least_every_three_seconds_never_dies(steps) -> None:
    pulse, now, acked = live(0.0), 0.0, 50_000
    for wait, more, pending in steps:
        now, acked = now + wait, acked + more + 1
        assert pulse.see(now, Report(1, acked, pending)) is Health.LIVE
