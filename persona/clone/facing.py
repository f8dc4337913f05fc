"""A performer's clone whose mouth somebody else's network paints: loop, places and mask are the opened
clone's own (persona.clone.neural.reel), so licence and sealing are what they are; only the painter differs.

Castmate ships no such weights: its tests run the networks with random ones, or stand-ins for them, and hold
shapes, places and seams, not likeness.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import soxr
from numpy.typing import NDArray

from persona.clone.base import Patch, Plane, Rect
from persona.clone.neural.assets import Assets
from persona.clone.neural.pasting import TO_YUV, Place, pasted
from persona.clone.neural.reel import NeuralReel, open_neural_reel
from persona.clone.prepared import Floats
from persona.clone.visemes import controls
from persona.speech import SPEECH_RATE, Speech

SIZE = 256
RATE = 16_000  # Hz, of the sound that a painter hears
FACE_WIDTH, FACE_BOTTOM, FACE_HEIGHT = (
    0.91,
    0.97,
    1.22,
)  # of the crop's side: where a face finder draws its box
EASE = 3  # pictures in which the painted mouth takes over from the one at rest, and gives way to it
Matrix = NDArray[np.float64]


class Painter(Protocol):
    """Somebody's network. Both calls may raise what the network raises: the line is given up, not the show.

    hear    of mono sound at RATE, what each of `count` pictures at `fps` takes of it
    paint   the face, float32 [256, 256, 3] RGB 0..1, with the mouth of that sound; `stored` names the picture
            of the loop, so that what depends on it alone may be kept
    """

    def hear(self, sound: Floats, count: int, fps: int) -> Sequence[Any]: ...
    def paint(self, heard: Any, face: Floats, stored: int) -> Floats: ...


class FaceClone:
    """See persona.clone.base.Clone."""

    def __init__(self, reel: NeuralReel, assets: Assets, painter: Painter) -> None:
        self._reel, self._painter = reel, painter
        self._face = face_matrix(assets.size)
        soft = cv2.warpAffine(assets.soft, self._face, (SIZE, SIZE), flags=cv2.INTER_LINEAR)
        self._soft: Floats = np.asarray(soft / 255, np.float32)

    @property
    def reel(self) -> NeuralReel:
        return self._reel

    def render(self, speech: Speech, first: int) -> Iterator[Patch]:
        """ceil(seconds * fps) patches; they ease out of and into the mouth at rest."""
        opening = controls(speech, self._reel.fps, 0.0)[:, 0]
        count = len(opening)
        sound = np.asarray(soxr.resample(speech.pcm, SPEECH_RATE, RATE), np.float32)
        for k, heard in enumerate(self._painter.hear(sound, count, self._reel.fps)):
            share = min(1.0, (k + 1) / EASE, (count - k) / EASE)
            yield self._patch(first + k, heard, share, float(opening[k]))

    def rest(self, i: int) -> Patch:
        return Patch(i % self._reel.length, ())

    def close(self) -> None:
        """Nothing is held but memory."""

    def _patch(self, i: int, heard: Any, share: float, opening: float) -> Patch:
        base = i % self._reel.length
        stored = self._reel.order[base]
        place = self._reel.places[stored]
        matrix = chained(self._face, place.matrix)
        painted = self._painter.paint(heard, self._looked(base, matrix), stored)
        picture = np.ascontiguousarray(painted * np.float32(255), np.float32)
        part = pasted(
            picture,
            self._soft * np.float32(share),
            Place(matrix, place.rect),
            self._reel.still(base, place.rect),
        )
        return Patch(base, (part,), opening)

    def _looked(self, base: int, matrix: Matrix) -> Floats:
        """The face of a base frame, float32 [256, 256, 3] RGB 0..1; what lies outside of the region is as its
        edge.
        """
        region = self._reel.region
        rect = within(matrix, region)
        rgb = to_rgb(*self._reel.still(base, rect))
        moved = matrix.copy()
        moved[:, 2] += moved[:, :2] @ (rect.x, rect.y)
        shrinks = np.linalg.det(matrix[:, :2]) < 1
        out = cv2.warpAffine(
            rgb, moved, (SIZE, SIZE),
            flags=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return np.asarray(np.clip(out, 0, 1), np.float32)


def face_matrix(side: int) -> Matrix:
    """From the clone's crop (lower face, `side` pixels square) to the whole face at SIZE, 2x3."""
    width, height = FACE_WIDTH * side, FACE_HEIGHT * FACE_WIDTH * side
    left, top = (side - width) / 2, FACE_BOTTOM * side - height
    return np.array([[SIZE / width, 0, -left * SIZE / width], [0, SIZE / height, -top * SIZE / height]])


def chained(second: Matrix, first: Matrix) -> Matrix:
    """First the one, then the other."""
    linear = second[:, :2] @ first[:, :2]
    return np.column_stack([linear, second[:, :2] @ first[:, 2] + second[:, 2]])


def within(matrix: Matrix, region: Rect) -> Rect:
    """The even rectangle of the picture that the face takes, inside the region."""
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, SIZE, 0, SIZE], [0, 0, SIZE, SIZE]], float)
    x, y = inverse[:, :2] @ corners + inverse[:, 2:]
    x0, y0 = (max(low, int(np.floor(v.min())) - 2) & ~1 for low, v in ((region.x, x), (region.y, y)))
    x1 = min(region.x + region.w, int(np.ceil(x.max())) + 2) & ~1
    y1 = min(region.y + region.h, int(np.ceil(y.max())) + 2) & ~1
    return Rect(x0, y0, max(2, x1 - x0), max(2, y1 - y0))


def to_rgb(y: Plane, u: Plane, v: Plane) -> Floats:
    """float32 [h, w, 3] RGB 0..1 of BT.709 in limited range (ITU-R BT.709-6)."""
    h, w = y.shape
    wide = [cv2.resize(p, (w, h), interpolation=cv2.INTER_LINEAR) for p in (u, v)]
    yuv = np.stack([y, *wide], axis=-1).astype(np.float32) - TO_YUV[:, 3]
    return np.asarray(yuv @ np.linalg.inv(TO_YUV[:, :3]).T / 255, np.float32)


def over(path: Path, painter: Painter) -> FaceClone:
    """The clone whose reel lies at `path`, its mouth painted by `painter`. Raises SetupError."""
    assets = Assets.from_bytes((path.parent / "assets.npz").read_bytes())
    return FaceClone(open_neural_reel(path.parent), assets, painter)


def hidden(face: Floats) -> Floats:
    """The face with its lower half black, as both networks are shown it."""
    half = face.copy()
    half[SIZE // 2 :] = 0
    return half
