"""The live picture on its way from a show to many viewers: late joiners, slow viewers, nothing unbounded."""

import asyncio
from collections import deque

from bot.show.messages import Media

Fragment = tuple[Media, bytes]

GROUP_BYTES = 24_000_000  # a group of pictures larger than this is not kept for joiners
VIEWER_FRAGMENTS = 40  # about 8 s of 200 ms fragments: beyond it a viewer is slow
VIEWER_BYTES = 32_000_000


class Viewer:
    """What one viewer has still to be sent. Slow ones lose fragments up to a keyframe, never the init
    segment.
    """

    def __init__(self, fragments: int = VIEWER_FRAGMENTS, size: int = VIEWER_BYTES) -> None:
        self._queue: deque[Fragment] = deque()
        self._limit, self._size_limit = fragments, size
        self._size = 0
        self._ready = asyncio.Event()
        self._needs_key = True
        self.dropped = 0

    def offer(self, kind: Media, data: bytes) -> int:
        """Queues a fragment, or drops what cannot be sent in time. Returns the number of fragments
        dropped.
        """
        before = self.dropped
        if kind is Media.INIT:  # the show began anew: what is left of the old stream is of no use
            self._queue.clear()
            self._size = 0
            self._needs_key = True
        elif kind is Media.DELTA and self._needs_key:
            self.dropped += 1
            return 1
        elif len(self._queue) >= self._limit or self._size + len(data) > self._size_limit:
            self._drop_fragments()
            if kind is Media.DELTA:
                self._needs_key = True
                self.dropped += 1
                return self.dropped - before
        if kind is Media.KEY:
            self._needs_key = False
        self._queue.append((kind, data))
        self._size += len(data)
        self._ready.set()
        return self.dropped - before

    def _drop_fragments(self) -> None:
        kept = [f for f in self._queue if f[0] is Media.INIT]
        self.dropped += len(self._queue) - len(kept)
        self._queue = deque(kept)
        self._size = sum(len(data) for _, data in kept)

    async def next(self) -> Fragment:
        while not self._queue:
            self._ready.clear()
            await self._ready.wait()
        kind, data = self._queue.popleft()
        self._size -= len(data)
        return kind, data

    def __len__(self) -> int:
        return len(self._queue)


class Stream:
    """One show's picture. Keeps the init segment and the fragments since the last keyframe for who joins."""

    def __init__(self) -> None:
        self.init: bytes | None = None
        self._group: list[Fragment] = []
        self._group_size = 0
        self._viewers: set[Viewer] = set()
        self.dropped = 0
        self.fragments = 0

    def take(self, kind: Media, data: bytes) -> None:
        self.fragments += 1
        if kind is Media.INIT:
            self.init = data
            self._forget()
        elif kind is Media.KEY:
            self._forget()
            self._keep(kind, data)
        elif self._group:
            self._keep(kind, data)
        for viewer in self._viewers:
            self.dropped += viewer.offer(kind, data)

    def _keep(self, kind: Media, data: bytes) -> None:
        if self._group_size + len(data) > GROUP_BYTES:
            self._forget()
            return
        self._group.append((kind, data))
        self._group_size += len(data)

    def _forget(self) -> None:
        self._group.clear()
        self._group_size = 0

    def join(self, viewer: Viewer) -> None:
        """Gives the init segment and the current group of pictures at once, then all that comes."""
        if self.init is not None:
            viewer.offer(Media.INIT, self.init)
        for kind, data in self._group:
            viewer.offer(kind, data)
        self._viewers.add(viewer)

    def leave(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
