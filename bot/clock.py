"""The only place that reads time. Everything else is handed a Clock."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """`now` for people and the ledger (aware, UTC); `time` monotonic seconds, for pace."""

    def now(self) -> datetime: ...
    def time(self) -> float: ...
    async def sleep_until(self, t: float) -> None: ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def time(self) -> float:
        return time.monotonic()

    async def sleep_until(self, t: float) -> None:
        await asyncio.sleep(max(0.0, t - time.monotonic()))


class RehearsalClock:
    """Time that advances only when the air advances it: a rehearsal runs as fast as the machine can."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._seconds = 0.0
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds)

    def time(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        self._seconds += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep_until(self, t: float) -> None:
        while self._seconds < t:
            await self._moved.wait()


class AcceleratedClock:
    """Runs `factor` times as fast for people (grace timers in a try); pace stays real."""

    def __init__(self, factor: float, start: datetime) -> None:
        self._factor = factor
        self._start = start
        self._zero = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._zero) * self._factor)

    def time(self) -> float:
        return time.monotonic()

    async def sleep_until(self, t: float) -> None:
        await asyncio.sleep(max(0.0, t - time.monotonic()))
