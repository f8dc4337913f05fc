"""Bounded queues of messages: to pages (Feed, Listener) and to a show (Outbox)."""

import asyncio
from collections import deque

from bot.show.messages import Down


class Listener:
    """One page. One that does not keep up must start over from a snapshot: `lost` is set, `next` gives
    None.
    """

    def __init__(self, limit: int = 400) -> None:
        self._queue: deque[str] = deque()
        self._limit = limit
        self._ready = asyncio.Event()
        self.lost = False

    def offer(self, text: str) -> None:
        if len(self._queue) >= self._limit:
            self.lost = True
            self._queue.clear()
        elif not self.lost:
            self._queue.append(text)
        self._ready.set()

    async def next(self) -> str | None:
        while not self._queue and not self.lost:
            self._ready.clear()
            await self._ready.wait()
        return None if self.lost else self._queue.popleft()


class Feed:
    """The pages of one kind that follow one show."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self.lost = 0

    def join(self, listener: Listener) -> None:
        self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        self.lost += listener.lost

    def __len__(self) -> int:
        return len(self._listeners)

    def send(self, text: str) -> None:
        for listener in self._listeners:
            listener.offer(text)


class Outbox:
    """What a show has still to be told. Outlives a broken link; when full, a message is refused, never
    lost. Bytes are pieces of a live camera, which are worth little when they are late: few may wait.
    """

    def __init__(self, limit: int = 512, pieces: int = 40) -> None:
        self._queue: deque[Down | bytes] = deque()
        self._limit, self._most_pieces = limit, pieces
        self._pieces = 0
        self._ready = asyncio.Event()
        self.refused = 0

    def put(self, message: Down | bytes) -> bool:
        piece = isinstance(message, bytes)
        if len(self._queue) >= self._limit or (piece and self._pieces >= self._most_pieces):
            self.refused += 1
            return False
        self._queue.append(message)
        self._pieces += piece
        self._ready.set()
        return True

    async def next(self) -> Down | bytes:
        """The oldest message, which stays until `done`: a link that breaks while sending loses nothing."""
        while not self._queue:
            self._ready.clear()
            await self._ready.wait()
        return self._queue[0]

    def done(self, message: Down | bytes) -> None:
        if self._queue and self._queue[0] is message:
            self._queue.popleft()
            self._pieces -= isinstance(message, bytes)

    def __len__(self) -> int:
        return len(self._queue)
