"""How long to wait before the next try: doubling, with jitter, so that many shows do not come back in step
(M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
"""

from random import Random


class Backoff:
    """`first`, `most`: seconds of the shortest and the longest ceiling. A wait is drawn evenly between half
    the ceiling and the ceiling. `handled()` after a message was really handled, and only then: a server that
    takes us in and throws us out is not hammered.
    """

    def __init__(self, rng: Random, *, first: float = 1.0, most: float = 60.0) -> None:
        self._rng, self._first, self._most = rng, first, most
        self.tries = 0

    def wait(self, at_least: float | None = None) -> float:
        """Seconds until the next try; never less than what the platform asked for (`at_least`)."""
        ceiling = min(self._most, self._first * 2.0 ** min(self.tries, 30))
        self.tries += 1
        return max(self._rng.uniform(ceiling / 2, ceiling), at_least or 0.0)

    def handled(self) -> None:
        self.tries = 0
