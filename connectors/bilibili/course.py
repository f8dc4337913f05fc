"""Where to connect next after a loss, and when the game must be started anew. Pure.

The documents: the first link by default, the others when it fails ("应用API", wss_link). xfgryujk/blivedm
3bf17fe, clients/open_live.py: a new start after each max(3, number of links) failures in a row.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Course:
    """`failures`: losses in a row without a handled message. `fresh`: the next try starts a game."""

    links: int = 1
    failures: int = 0
    fresh: bool = True
    _turn: int = 0

    @property
    def link(self) -> int:
        """Index of the link to try now."""
        return self._turn % self.links

    def started(self, links: int) -> None:
        """A new game has `links` addresses; the first one comes first."""
        self.links, self.fresh, self._turn = max(1, links), False, 0

    def handled(self) -> None:
        """A message of the room was handled."""
        self.failures = 0

    def lost(self) -> None:
        """The connection, or the try, ended."""
        self.failures += 1
        self._turn += 1
        if self.failures % max(3, self.links) == 0:
            self.fresh = True

    def anew(self) -> None:
        """The game is over: it pushes nothing more."""
        self.fresh = True
