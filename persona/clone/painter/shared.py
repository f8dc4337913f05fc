"""A performer's clone whose mouth is painted by a painter for many shows: mouths are asked for ahead, and
what does not come in time is a mouth at rest, so that speech is never late.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from persona.clone.base import Patch
from persona.clone.neural.assets import Assets
from persona.clone.neural.clone import laid, resting
from persona.clone.neural.painting import DetailChoice, Finish
from persona.clone.neural.reel import MapStore, NeuralReel
from persona.clone.painter.brush import Brush
from persona.clone.painter.wire import SLOTS
from persona.clone.prepared import Floats
from persona.speech import Speech

FIRST_S = 0.12  # that the first picture of a speech may take
PACE = 0.8  # of a picture's own time on air: so much longer may each be waited for that was made before
MOST_S = 1.0  # longest wait for one picture, whatever was made ahead
NEWS_S = 0.02


class Patience:
    """How long a picture may be waited for, so that speech is made faster than it airs even if none comes:
    FIRST_S at the start, and PACE of a picture's time for each that was handed over. Time in which the border
    was full costs nothing.
    """

    def __init__(self, fps: int) -> None:
        self._each = PACE / fps
        self.left = FIRST_S

    def spend(self, seconds: float) -> None:
        """So long did it take to have a picture, or not to have it."""
        self.left = max(0.0, self.left - seconds)

    def earn(self) -> None:
        """A picture was handed over."""
        self.left = min(MOST_S, self.left + self._each)


@dataclass(slots=True)
class _Job:
    """One picture of a speech. `near`: the row of the detail; None for `ticket`: not asked."""

    base: int
    mouth: Floats
    near: int | None
    ticket: int | None = None


class SharedClone:
    """See persona.clone.base.Clone. `missed`: pictures that did not come in time: the mouth rested."""

    def __init__(
        self, reel: NeuralReel, folder: Path, painter: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises Refused when the painter does not take this show."""
        self._reel, self._maps, self._clock = reel, MapStore(folder), clock
        self.assets = Assets.from_bytes((folder / "assets.npz").read_bytes())
        self._finish = Finish(self.assets)
        self.brush = Brush(painter, folder.resolve(), self.assets.size, reel.fps, clock)
        self.brush.open()
        self.missed = 0

    @property
    def reel(self) -> NeuralReel:
        return self._reel

    def render(self, speech: Speech, first: int) -> Iterator[Patch]:
        """ceil(seconds * fps) patches; without a rectangle where the mouth rests, or did not come in time."""
        choice = DetailChoice(self.assets.detail.mouths)
        jobs = (
            _Job((first + k) % self._reel.length, mouth, choice.of(mouth))
            for k, mouth in enumerate(self.assets.speaker.mouths(speech, self.assets.space, self.assets.gap))
        )
        patience, ahead = Patience(self._reel.fps), deque[_Job]()
        try:
            while True:
                begun = self._clock()
                self._look_ahead(ahead, jobs, patience)
                if not ahead:
                    return
                job = ahead.popleft()
                patch = self._patch(job, begun + patience.left)
                patience.spend(self._clock() - begun)
                patience.earn()
                yield patch
        finally:
            self.brush.give_back([j.ticket for j in ahead if j.ticket is not None])

    def rest(self, i: int) -> Patch:
        return Patch(i % self._reel.length, ())

    def close(self) -> None:
        self.brush.close()

    def _look_ahead(self, ahead: "deque[_Job]", jobs: Iterator[_Job], patience: Patience) -> None:
        """Ask for the next pictures, as many as may be under way."""
        while len(ahead) < SLOTS and (job := next(jobs, None)) is not None:
            ahead.append(job)
        for k, job in enumerate(ahead):
            due = self._clock() + patience.left + k * PACE / self._reel.fps
            self._ask(job, due)

    def _ask(self, job: _Job, due: float) -> None:
        if job.ticket is not None and self.brush.expected(job.ticket):
            return
        job.ticket = None
        if not resting(self.assets, job.mouth):
            job.ticket = self.brush.ask(self._reel.order[job.base], due, job.mouth)

    def _patch(self, job: _Job, until: float) -> Patch:
        if resting(self.assets, job.mouth):
            return self.rest(job.base)
        drawn = self._drawn(job, until)
        if drawn is None:
            self.missed += 1
            return self.rest(job.base)
        return laid(self._reel, self.assets, job.base, drawn, job.mouth)

    def _drawn(self, job: _Job, until: float) -> Floats | None:
        """The finished crop [S, S, 3], when it comes before `until`."""
        while True:
            self._ask(job, until)
            if job.ticket is not None:
                raw = self.brush.take(job.ticket, until - self._clock())
                drawn = None
                if raw is not None:
                    ring = self._maps.ring(self._reel.order[job.base])
                    drawn = np.asarray(self._finish.of(raw, ring, job.near))
                if drawn is not None or self._clock() >= until:
                    self.brush.give_back([job.ticket])
                    return drawn
            elif self._clock() >= until:
                return None
            if job.ticket is None or not self.brush.expected(job.ticket):
                self.brush.rest(min(NEWS_S, max(0.0, until - self._clock())))
