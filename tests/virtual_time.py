"""An event loop whose time passes only when everybody waits: a week of reconnects in seconds.

Only for what lives in memory: where nothing is ready and nobody waits for a time, it says so at once.
"""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
START = datetime(2026, 11, 23, tzinfo=UTC)


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` begins at 0."""

    def __init__(self) -> None:
        self._seconds = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self._seconds

    def jump(self, seconds: float) -> None:
        self._seconds += seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self._seconds)


class _Jumping(selectors.BaseSelector):
    """Instead of waiting, moves the loop's time."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop, self._inner = loop, selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()

    def close(self) -> None:
        self._inner.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._inner.select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever happen")
        self._loop.jump(timeout)
        return []


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs it in virtual time; what it left behind is cancelled."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


def now() -> datetime:
    """The running virtual loop's time for people; before it runs, its beginning."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return START
    assert isinstance(loop, VirtualLoop)
    return loop.now()


def time() -> float:
    return asyncio.get_running_loop().time()
