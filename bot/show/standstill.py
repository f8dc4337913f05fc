"""Whether the air stands still: a thread that hangs in foreign code raises nothing, so somebody must look.

Three owners, each watched by the next: the show's loop looks at the air (`Standstill`), the interpreter's own
watchdog looks at the loop (bot.commands.last_resort), and whoever started the process sees it end.
"""

HUNG_S = 5.0  # an air that has made no tick for so long will make none
LOOK_S = 0.25  # at most so much counts for one look


class Standstill:
    """Counts the time for which a number stands still, as seen by somebody who looks often.

    A look counts for at most LOOK_S: when the whole process was stopped, the loop may look before the air's
    thread runs again, and that must not count as the air's fault.
    """

    def __init__(self, limit_s: float = HUNG_S) -> None:
        self._limit = limit_s
        self._n = -1
        self._looked = 0.0
        self._still = 0.0

    def look(self, n: int, now: float) -> bool:
        """Call several times a second with the count of ticks and monotonic `now` (s); true: it hangs."""
        if n != self._n:
            self._n, self._still = n, 0.0
        else:
            self._still += min(LOOK_S, now - self._looked)
        self._looked = now
        return self._still >= self._limit
