"""The drawn host as a Clone: patches of speech over the base frames of its reel."""

from collections.abc import Iterator

import numpy as np

from persona.clone import motion
from persona.clone.base import Patch, PatchRect, Plane, Rect
from persona.clone.lips import OPEN, REST, Controls
from persona.clone.puppet import BROW_BOX, MOUTH_BOX, Puppet, even_rect
from persona.clone.reel import VectorReel
from persona.clone.visemes import controls
from persona.speech import Speech

NEAR = 0.004  # controls that differ by less are the same mouth
BROW_FRAMES = 6  # in which the brows rise, and fall


class VectorClone:
    """Draws a speaking mouth for a reel; see persona.clone.base.Clone. Rasterises the artwork once, on
    construction (about 2 s).

    `lead`: seconds by which the mouth runs ahead of the phones, 0..0.12.
    """

    def __init__(self, reel: VectorReel, lead: float = 0.0) -> None:
        self._reel = reel
        self._lead = lead
        self._puppet = Puppet(reel.look, *reel.size)

    @property
    def reel(self) -> VectorReel:
        return self._reel

    def render(self, speech: Speech, first: int) -> Iterator[Patch]:
        """ceil(seconds * fps) patches; mouth and jaw, and the brows while a question is asked."""
        mouths = controls(speech, self._reel.fps, self._lead)
        lifts = brow_lifts(len(mouths), speech.text)
        for k, mouth in enumerate(mouths):
            yield self.patch(first + k, mouth, float(lifts[k]))

    def rest(self, i: int) -> Patch:
        return Patch(i % self._reel.length, ())

    def close(self) -> None:
        """Nothing is held but memory."""

    def patch(self, i: int, mouth: Controls, lift: float = 0.0) -> Patch:
        """Base frame i with this mouth and the brows raised by `lift` 0..1; without rectangles when all is at
        rest.
        """
        base = i % self._reel.length
        pose = motion.pose(base, self._reel.length, self._reel.fps)
        speaking = bool(np.abs(mouth - REST).max() > NEAR)
        rects = []
        if speaking:
            rects.append(self._changed(base, pose, self._rect(MOUTH_BOX, pose), mouth, 0.0))
        if lift > 0.02:
            rects.append(self._changed(base, pose, self._rect(BROW_BOX, pose), None, lift))
        return Patch(base, tuple(rects), float(mouth[OPEN]) if speaking else 0.0)

    def _rect(self, box: tuple[float, float, float, float], pose: motion.Pose) -> Rect:
        return even_rect(box, self._puppet.place.matrix @ pose.head, *self._reel.size, 0)

    def _changed(
        self, base: int, pose: motion.Pose, rect: Rect, mouth: Controls | None, lift: float
    ) -> PatchRect:
        drawn = self._puppet.compose(pose, rect, mouth, lift)
        y, u, v = self._still(base, rect)
        return PatchRect(rect, _kept(drawn.y, y), _kept(drawn.u, u), _kept(drawn.v, v))

    def _still(self, base: int, rect: Rect) -> tuple[Plane, Plane, Plane]:
        region = self._reel.region
        y, u, v = self._reel.frame(base)
        x0, y0 = rect.x - region.x, rect.y - region.y
        half = (slice(y0 // 2, (y0 + rect.h) // 2), slice(x0 // 2, (x0 + rect.w) // 2))
        return y[y0 : y0 + rect.h, x0 : x0 + rect.w], u[half], v[half]


def _kept(drawn: Plane, still: Plane) -> Plane:
    """The reel's own pixel wherever the drawn one differs by no more than rounding: no seam, and less to
    encode.
    """
    change = np.maximum(drawn, still) - np.minimum(drawn, still)
    return np.where(change <= 1, still, drawn)


def brow_lifts(n: int, text: str) -> Controls:
    """How far the brows are up in each of n frames, 0..1: raised over a question, else at rest."""
    if not text.rstrip(" \"'”’）)").endswith(("?", "？")) or n < 2 * BROW_FRAMES:
        return np.zeros(n)
    k = np.arange(n)
    t = np.clip(np.minimum(k + 1, n - k) / BROW_FRAMES, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
