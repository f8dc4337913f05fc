"""Looking at our own stream as a viewer gets it: is the AI label there, is the picture black, does it stand
still?

Feed it luma of frames decoded from the mux output, never frames from before the encoder: so it proves what
was sent.
The template is the luma of the rendered label itself, never a crop of the stream. Threshold: with the label
a key frame scores about 0.99, without it about 0.26 (normalised cross-correlation, TM_CCOEFF_NORMED).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from bot.stage.picture import Overlay, Plane

THRESHOLD = 0.8
SLACK = 4  # pixels that the label may be off, each way
BLACK_MEAN = 24.0  # mean luma; 16 is black
BLACK_SPREAD = 6.0  # standard deviation of luma
FROZEN_DIFFERENCE = 0.15  # mean absolute difference of luma to the frame before, in levels


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen in one frame. `at`: its time in seconds of the stream; `score` -1..1; `still`: like the
    one before."""

    at: float
    score: float
    label: bool
    black: bool
    still: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """From the first to the last frame that was seen in a row with the label (`label` true) or without it."""

    since: float
    until: float
    label: bool


class LabelWatch:
    """Watches one stream. Pure: frames in, sights out; no clock, no I/O.

    label   the overlay that the compositor draws; its place is where it is looked for
    """

    def __init__(self, label: Overlay, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._x, self._y = label.x, label.y
        # over black: the plate dark, the words white, as on air up to what shines through
        self._template = label.pre_y.copy()
        self._thin: Plane | None = None
        self._intervals: list[Interval] = []
        self._unseen_since: float | None = None
        self._still_since: float | None = None

    def look(self, luma: Plane, at: float) -> Sight:
        """One decoded frame's luma, uint8 [h, w], whole picture; `at` must not go back (raises
        ValueError)."""
        if self._intervals and at < self._intervals[-1].until:
            raise ValueError(f"frame at {at} s after one at {self._intervals[-1].until} s")
        thin = luma[::4, ::4].copy()
        before, self._thin = self._thin, thin
        still = (
            before is not None
            and before.shape == thin.shape
            and float(cv2.absdiff(thin, before).mean()) < FROZEN_DIFFERENCE
        )
        black = float(thin.mean()) < BLACK_MEAN and float(thin.std()) < BLACK_SPREAD
        score = self.score(luma)
        seen = score >= self._threshold
        self._still_since = (self._still_since if self._still_since is not None else at) if still else None
        self._note(seen, at)
        return Sight(at, score, seen, black, still)

    def score(self, luma: Plane) -> float:
        """Best match of the label within SLACK pixels of its place; -1 when the frame is too small to hold
        it."""
        h, w = self._template.shape
        y0, x0 = max(self._y - SLACK, 0), max(self._x - SLACK, 0)
        window = luma[y0 : self._y + h + SLACK, x0 : self._x + w + SLACK]
        if window.shape[0] < h or window.shape[1] < w or int(window.max()) == int(window.min()):
            return -1.0  # a flat window has no correlation: OpenCV would answer 1 or noise
        match = cv2.matchTemplate(np.ascontiguousarray(window), self._template, cv2.TM_CCOEFF_NORMED)
        best = float(match.max())
        return best if np.isfinite(best) else -1.0

    def _note(self, seen: bool, at: float) -> None:
        last = self._intervals[-1] if self._intervals else None
        if last is not None and last.label == seen:
            self._intervals[-1] = Interval(last.since, at, seen)
        else:
            self._intervals.append(Interval(at, at, seen))
        if seen:
            self._unseen_since = None
        elif self._unseen_since is None:
            # nothing is known after the last frame that showed it: the gap starts there
            self._unseen_since = last.until if last is not None and last.label else at

    def unseen(self, now: float) -> float:
        """Seconds since the label was last seen, if the latest frame lacked it or frames stopped coming; 0
        at the start."""
        if self._unseen_since is not None:
            return max(0.0, now - self._unseen_since)
        return max(0.0, now - self._intervals[-1].until) if self._intervals else 0.0

    def still(self, now: float) -> float:
        """Seconds for which the picture has not moved."""
        return 0.0 if self._still_since is None else max(0.0, now - self._still_since)

    def take(self) -> tuple[Interval, ...]:
        """The intervals that have ended (the label came or went since), for the ledger; each is given
        once."""
        done, self._intervals = tuple(self._intervals[:-1]), self._intervals[-1:]
        return done

    def close(self) -> tuple[Interval, ...]:
        """All intervals that are left: at the end of the stream."""
        done, self._intervals = tuple(self._intervals), []
        return done
