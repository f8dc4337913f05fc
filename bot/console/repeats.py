"""Was this shown before, in the same order? A camera of a living person never gives the same picture twice.

A film that is played in a loop does. Pictures are compared with all that came before: what rests in them may
differ by less than the camera's own noise only where they are copies. Somebody who sways to and fro comes
through the same places with other noise. What counts is not one picture that comes again but a run of them at
the same distance in time.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

SIZE = (32, 24)  # of the small pictures, width and height: the mean over ten pixels each way of 320x240
KEPT = 1500  # pictures: ten minutes at one every 0.4 s
APART_S = 1.5  # a picture is like those just before it
LAG_S = 0.5  # runs at distances that differ by no more are the same run
WINDOW = 10  # the latest pictures that are judged together
AGAIN = 7  # of them that came before at one distance
SAME = 0.02  # grey levels of 255, mean: two decodings of the same film
OF_NOISE = 0.25  # of the camera's own quietest change
REST = 40  # percentile of a picture's changes: of what rests in it, so that its noise alone is measured


class Repeats:
    """One camera. Pure: time is an argument, in seconds and growing. About 2 ms a picture when full."""

    def __init__(self) -> None:
        self._past = np.zeros((KEPT, SIZE[0] * SIZE[1]), np.float32)
        self._times = np.full(KEPT, np.inf)
        self._count = 0
        self._changes: deque[float] = deque(maxlen=60)
        self._noise: deque[float] = deque(maxlen=60)
        self._lags: deque[NDArray[np.float64]] = deque(maxlen=WINDOW)

    def look(self, small: NDArray[np.float32], now: float) -> bool:
        """`small`: grey levels 0..255 of SIZE. Whether the latest pictures are a run that was shown before.

        Pictures that do not change at all are no run: bot/console/face_watch.py tells those.
        """
        flat = small.reshape(-1)
        filled = min(self._count, KEPT)
        difference = np.abs(self._past[:filled] - flat).mean(axis=1)
        if filled:
            last = (self._count - 1) % KEPT
            self._changes.append(float(difference[last]))
            self._noise.append(float(np.percentile(np.abs(self._past[last] - flat), REST)))
        like = (difference <= _of(self._changes)) & (self._times[:filled] < now - APART_S)
        if like.any():
            resting = np.percentile(np.abs(self._past[:filled][like] - flat), REST, axis=1)
            like[like] = resting <= _of(self._noise)
        still = bool(self._changes) and self._changes[-1] <= SAME
        self._lags.append(np.empty(0) if still else now - self._times[:filled][like])
        at = self._count % KEPT
        self._past[at], self._times[at] = flat, now
        self._count += 1
        return self._runs()

    def _runs(self) -> bool:
        """Whether most of the latest pictures came before at one and the same distance."""
        if len(self._lags) < WINDOW:
            return False
        for lag in {round(2 * float(x)) / 2 for lags in self._lags for x in lags}:
            if sum(bool((np.abs(lags - lag) <= LAG_S).any()) for lags in self._lags) >= AGAIN:
                return True
        return False


def _of(changes: deque[float]) -> float:
    """What counts as no change, against these."""
    quiet = float(np.percentile(list(changes), 10)) if len(changes) >= WINDOW else 0.0
    return max(SAME, OF_NOISE * quiet)
