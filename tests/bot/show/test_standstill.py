"""An air that hangs is noticed; one that was stopped together with its watcher is not blamed."""

from hypothesis import given
from hypothesis import strategies as st

from bot.show.standstill import HUNG_S, LOOK_S, Standstill


def test_an_air_that_makes_ticks_never_hangs() -> None:
    watch = Standstill()
    assert not any(watch.look(n // 20, n * 0.05) for n in range(20 * 60))


def test_one_that_stands_still_hangs_after_its_time_and_not_before() -> None:
    watch = Standstill()
    looks = [watch.look(7, k * 0.05) for k in range(200)]
    first = looks.index(True)
    assert HUNG_S <= first * 0.05 <= HUNG_S + 0.1


def test_one_that_goes_on_at_the_last_moment_is_given_its_time_anew() -> None:
    watch = Standstill()
    assert not any(watch.look(1, k * 0.1) for k in range(48))
    assert not watch.look(2, 4.85)
    assert not any(watch.look(2, 4.85 + k * 0.1) for k in range(48))


def test_a_process_that_was_stopped_for_a_minute_is_not_taken_for_a_hanging_air() -> None:
    watch = Standstill()
    watch.look(100, 10.0)
    assert not watch.look(100, 70.0)
    assert not watch.look(101, 70.05)


@given(st.lists(st.floats(0.01, 100), max_size=int(HUNG_S / LOOK_S) - 1))
def test_few_looks_never_suffice_however_far_apart(gaps: list[float]) -> None:
    watch, now = Standstill(), 0.0
    for gap in gaps:
        now += gap
        assert not watch.look(3, now)
