"""Clocks: aware times, a rehearsal's time moves only by hand, people's time may run faster than pace."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import clock as module
from bot.clock import AcceleratedClock, RehearsalClock, SystemClock

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_systems_time_is_aware_and_its_pace_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    times = [clock.time() for _ in range(100)]
    assert times == sorted(times)


@given(st.lists(st.floats(0, 100), max_size=30))
def test_rehearsed_time_is_the_sum_of_its_steps(steps: list[float]) -> None:
    clock = RehearsalClock(START)
    for step in steps:
        clock.advance(step)
    assert clock.time() == pytest.approx(sum(steps))
    assert clock.now() == START + timedelta(seconds=clock.time())


async def test_a_rehearsed_sleep_ends_at_its_moment_and_not_before() -> None:
    clock, woken = RehearsalClock(START), []

    async def sleeper(t: float) -> None:
        await clock.sleep_until(t)
        woken.append((t, clock.time()))

    async with asyncio.TaskGroup() as tasks:
        for t in (1.0, 2.0, 0.0):
            tasks.create_task(sleeper(t))
        await asyncio.sleep(0)
        assert woken == [(0.0, 0.0)]
        for _ in range(4):
            clock.advance(0.5)
            for _ in range(3):
                await asyncio.sleep(0)
    assert woken == [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)]


async def test_a_sleep_into_the_past_returns_at_once() -> None:
    async with asyncio.timeout(10):
        await SystemClock().sleep_until(SystemClock().time() - 5)
        await AcceleratedClock(60, START).sleep_until(SystemClock().time() - 5)


def test_accelerated_time_runs_faster_for_people_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds[0])
    clock = AcceleratedClock(60, START)
    seconds[0] = 102.0
    assert clock.now() == START + timedelta(minutes=2)
    assert clock.time() == 102.0
