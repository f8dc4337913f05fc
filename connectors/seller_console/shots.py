"""Pictures of the console as evidence, bounded, until whoever keeps the show's papers takes them."""

from collections import deque
from datetime import datetime

from connectors.base import Shot

MOST = 20


class Shots:
    """`dropped`: pictures that nobody took."""

    def __init__(self) -> None:
        self._waiting: deque[Shot] = deque()
        self.dropped = 0

    def add(self, at: datetime, what: str, says: str, png: bytes) -> None:
        self._waiting.append(Shot(at, what, says, png))
        if len(self._waiting) > MOST:
            self._waiting.popleft()
            self.dropped += 1

    def take(self) -> tuple[Shot, ...]:
        """Those that wait; they are gone from here."""
        taken = tuple(self._waiting)
        self._waiting.clear()
        return taken
