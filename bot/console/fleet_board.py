"""The fleet as the console's page sees it: looked at no oftener than needed, however many browsers watch.

Calls block on the database; the web application makes them from threads.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from bot.fleet.look import FleetAt

FRESH_S = 1.0  # so long a look is as good as a new one


class Book(Protocol):
    """What the page asks of the fleet's database (bot/fleet/leases.py)."""

    def look(self) -> FleetAt: ...
    def drain(self, name: str, *, wanted: bool = True) -> bool: ...


class FleetBoard:
    """`time`: monotonic seconds."""

    def __init__(self, book: Book, time: Callable[[], float]) -> None:
        self._book, self._time = book, time
        self._turn = threading.Lock()
        self._kept: tuple[float, FleetAt] | None = None

    def look(self) -> FleetAt:
        """At most FRESH_S old. Raises RemoteError: the database does not answer; SetupError: it refuses."""
        with self._turn:
            if self._kept is None or self._time() - self._kept[0] >= FRESH_S:
                found = self._book.look()
                self._kept = (self._time(), found)
            return self._kept[1]

    def drain(self, node: str, *, wanted: bool) -> bool:
        """Empties the node with that id, or takes that back. False: it is not alive. Raises as `look`."""
        with self._turn:
            self._kept = None
            return self._book.drain(node, wanted=wanted)
