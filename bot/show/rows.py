"""What a show leaves in the shop's database while it airs: rows wait in a bounded queue, a thread writes
them.

The ledger has them all the same; rows that the database is too slow for are counted.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from products.errors import CastmateError

T = TypeVar("T")
WAITING = 2_000
BATCH = 200


class Rows(Generic[T]):
    """`enter` blocks, called in a thread; None: rows are dropped, nobody wants them. `refused`: told of a
    batch that the database did not take, and why.
    """

    def __init__(
        self, enter: Callable[[Sequence[T]], None] | None, refused: Callable[[int, str], None]
    ) -> None:
        self._enter, self._refused = enter, refused
        self._queue: asyncio.Queue[T] = asyncio.Queue(maxsize=WAITING)
        self.lost = 0

    def put(self, row: T) -> None:
        """Returns at once."""
        if self._enter is None:
            return
        try:
            self._queue.put_nowait(row)
        except asyncio.QueueFull:
            self.lost += 1

    async def run(self) -> None:
        """Keeps what comes, until cancelled."""
        while True:
            await self._keep([await self._queue.get()])

    async def close(self) -> None:
        """Keeps what still waits."""
        while not self._queue.empty():
            await self._keep([self._queue.get_nowait()])

    async def _keep(self, batch: list[T]) -> None:
        while len(batch) < BATCH and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        if self._enter is None:
            return
        try:
            await asyncio.to_thread(self._enter, batch)
        except CastmateError as error:
            self.lost += len(batch)
            self._refused(len(batch), str(error))
