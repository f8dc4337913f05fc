"""Waits, limits and the canary: pure, with the time as an argument."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.backoff import Backoff
from connectors.bucket import Bucket, Window
from connectors.canary import WITHIN_S, Canary, Ear

STEPS = st.lists(st.floats(0, 20), max_size=80)


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_waits_double_with_jitter_up_to_a_ceiling(seed, tries):
    backoff = Backoff(Random(seed), first=1.0, most=60.0)
    for number in range(tries):
        ceiling = min(60.0, 2.0**number)
        assert ceiling / 2 <= backoff.wait() <= ceiling
    backoff.handled()
    assert backoff.wait() <= 1.0


def test_what_the_platform_asks_for_is_the_least():
    assert Backoff(Random(1)).wait(at_least=25.0) == 25.0


def test_two_shows_do_not_come_back_in_step():
    waits = {round(Backoff(Random(seed), first=8.0).wait(), 3) for seed in range(20)}
    assert len(waits) == 20


@given(STEPS, st.integers(1, 20), st.floats(1, 60))
def test_a_window_never_lets_more_through_than_it_says(steps, most, per_s):
    window, now, taken = Window(most, per_s), 0.0, []
    for step in steps:
        now += step
        wait = window.take(now)
        if wait == 0.0:
            taken.append(now)
        else:
            assert window.take(now + wait + 1e-6) == 0.0
            taken.append(now + wait + 1e-6)
            now += wait + 1e-6
    for at in taken:
        assert sum(at - per_s < t <= at for t in taken) <= most


@given(STEPS, st.integers(1, 20), st.floats(1, 60))
def test_a_bucket_lets_through_what_flows_in(steps, burst, per_s):
    bucket, now, taken = Bucket(burst, per_s), 0.0, 0
    for step in steps:
        now += step
        taken += bucket.take(now) == 0.0
    assert taken <= burst + now * burst / per_s + 1e-6


@pytest.mark.parametrize("make", [lambda: Bucket(0, 1), lambda: Window(1, 0), lambda: Window(0, 1)])
def test_a_limit_of_nothing_is_a_mistake(make):
    with pytest.raises(ValueError, match="at least one"):
        make()


def canary(**options) -> Canary:
    return Canary(0.0, dead_after_s=15, **options)


def test_heartbeats_alone_are_deafness_within_a_minute():
    bird, now = canary(probe_every_s=30, answer_s=20), 0.0
    while bird.ear(now) is Ear.HEARS:
        now += 5
        bird.frame(now)
        if bird.due(now):
            bird.probed(now)
        assert now <= WITHIN_S
    assert bird.ear(now) is Ear.DEAF


def test_a_probe_that_is_answered_proves_it_for_the_next_while():
    bird = canary()
    bird.frame(30.0)
    assert bird.due(30.0)
    bird.probed(30.0)
    assert not bird.due(31.0)
    bird.proof(33.0)
    bird.frame(60.0)
    assert bird.ear(60.0) is Ear.HEARS
    assert not bird.due(60.0)
    assert bird.due(63.0)


def test_an_answer_that_came_while_the_probe_was_sent_proves_it():
    canary = Canary(0.0, dead_after_s=20.0)
    canary.proof(11.0)
    canary.probed(12.0, since=10.0)
    canary.frame(40.0)
    assert canary.ear(40.0) is Ear.HEARS
    canary.probed(41.0, since=40.5)  # nothing came since then
    canary.frame(67.0)
    assert canary.ear(67.0) is Ear.DEAF


def test_a_probe_that_is_denied_is_deafness_at_once():
    bird = canary()
    bird.frame(30.0)
    bird.probed(30.0)
    bird.denied()
    assert bird.ear(30.0) is Ear.DEAF


def test_silence_is_death():
    assert canary().ear(15.1) is Ear.DEAD


def test_a_probe_that_could_not_be_made_is_due_again():
    bird = canary()
    bird.probed(30.0)
    bird.retry()
    assert bird.due(31.0)


@pytest.mark.parametrize("options", [{"probe_every_s": 50, "answer_s": 11}, {"answer_s": 0}])
def test_a_canary_that_is_too_slow_is_a_mistake(options):
    with pytest.raises(ValueError, match="within 60 s"):
        canary(**options)
