"""A question to the fleet's database that cannot hang: each has a time, after which its line is cut."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Cuttable(Protocol):
    """What is asked: `cut` ends the question that is out, from any thread."""

    def cut(self) -> None: ...


class Asking:
    """Asks one thing at a time, in a thread. `limit_s`: how long an answer may take."""

    def __init__(self, book: Cuttable, limit_s: float) -> None:
        self._book, self._limit = book, limit_s
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, question: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """The answer. Raises what `question` raises; after the limit, what it raises when it is cut."""
        async with self._one_at_a_time:
            asked = asyncio.ensure_future(asyncio.to_thread(question, *args, **named))
            try:
                await asyncio.wait({asked}, timeout=self._limit)
            finally:
                if not asked.done():
                    asked.add_done_callback(lambda done: done.cancelled() or done.exception())  # if we are
                    self._book.cut()  # cancelled ourselves
            return await asked
