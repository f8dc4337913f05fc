"""The drawn host before a camera: pictures of any moment, with what is true of them to the pixel.

Rights-free footage of a person who never was, for tests and for showing how a clone is made. Head, breath,
blinks and gaze move as on a show, and a seeded drift on top keeps two moments of a long film from being the
same picture.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone import eyes, motion
from persona.clone.art import Pixels, find, host_text
from persona.clone.base import Plane, Rect
from persona.clone.lips import JAW_DROP, OPEN, PRESS, REST, Controls, Place, shape
from persona.clone.mouth import style_of
from persona.clone.puppet import JAW_FULL, JAW_TOP, Planes, Puppet, even_rect, to_texture

Array = NDArray[np.float64]
Floats = NDArray[np.float32]

OUTER, INNER = 13, 9  # points of an outer lip edge with both corners, and of an inner edge without
LIPS = tuple(range(2 * OUTER - 2 + 2 * INNER))
JAW = tuple(range(len(LIPS), len(LIPS) + 13))
LEFT, RIGHT = 0, OUTER - 1  # corners of the mouth
UPPER = 2 * OUTER - 2 + INNER // 2  # middle of the inner upper lip
LOWER = UPPER + INNER
SWAY = (5.0, 4.0, 1.6, 0.012)  # the drift's reach: art px across and down, degrees, share of the size


@dataclass(frozen=True, slots=True)
class Seen:
    """What is true of one picture. Points in picture pixels, y down.

    points   [55, 2] LIPS and JAW
    rigid    [8, 2] corners of the eyes, nose: what speech does not move
    oval     [36, 2] outline of the face, jaw included
    eyes     how far they are open, 0..1
    controls [7] of persona.clone.lips
    """

    points: Floats
    rigid: Floats
    oval: Floats
    eyes: float
    controls: Floats


class Studio:
    """A drawn host to be filmed at one size. Rasterises the artwork on construction (about 1 s).

    seconds   length of the film, over which breath and sway close
    drift     0..1: how much the head wanders beyond a show's sway
    """

    def __init__(
        self, look: str, width: int, height: int, seconds: float, seed: int = 0, drift: float = 1.0
    ) -> None:
        self._puppet, self._eyes = _artwork(look, width, height)
        self._size, self._seconds, self._seed = (width, height), max(1.0, seconds), seed
        self._drift = _Drift(seed, drift)
        self._backdrop = self._puppet.backdrop()
        text = host_text(look)
        self._mouth: Place = style_of(text).place
        self._outline = _outline(text)
        left, right = (eyes.eye_of(text, side, 1.0) for side in ("left", "right"))
        corners = [e.upper[k] for e in (left, right) for k in (0, -1)]
        cx = self._mouth.cx
        self._rigid = np.array([*corners, (cx, 430), (cx, 462), (cx - 16, 502), (cx + 18, 500)], np.float64)

    def shoot(self, t: float, mouth: Controls) -> tuple[Planes, Seen]:
        """The whole picture at `t` seconds with this mouth, and what is true of it."""
        pose = self._pose(t)
        puppet, region = self._puppet, self._puppet.region
        part = puppet.compose(pose, region, mouth)
        whole = Planes(*(np.array(p) for p in (self._backdrop.y, self._backdrop.u, self._backdrop.v)))
        _lay(whole, region, (part.y, part.u, part.v))
        n = int(t * 25)
        x, y, target = motion.gaze(n, 25, self._seed)
        lid = motion.lid(n, 25, self._seed)
        state = eyes.state_of(x, y, target, lid)
        if state != eyes.CENTRE:
            self._look(whole, pose, state)
        return whole, self._seen(pose, mouth, 1.0 - (motion.LIDS[lid - 1] if lid else 0.0))

    def _pose(self, t: float) -> motion.Pose:
        phase, seconds = t / self._seconds, self._seconds
        own = self._drift.matrix(t)
        head = own @ motion.head_matrix(phase, seconds)
        body = motion.body_matrix(phase, seconds)
        hair = own @ motion.head_matrix(phase - motion.HAIR_DELAY / seconds, seconds, 0.75)
        return motion.Pose(head, hair, body, motion.neck_matrix(head, body))

    def _look(self, whole: Planes, pose: motion.Pose, state: int) -> None:
        head = self._puppet.place.matrix @ pose.head
        rect = even_rect(eyes.EYE_CORE, head, *self._size, 1)
        matrix = to_texture(eyes.crop_layer(self._puppet.bare), head, rect.x, rect.y)
        drawn = cv2.warpAffine(
            self._eyes[state],
            matrix,
            (rect.w, rect.h),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        small = cv2.resize(drawn, (rect.w // 2, rect.h // 2), interpolation=cv2.INTER_AREA)
        _lay(whole, rect, (drawn[..., 0], small[..., 1], small[..., 2]))

    def _seen(self, pose: motion.Pose, mouth: Controls, opened: float) -> Seen:
        matrix = self._puppet.place.matrix @ pose.head
        drop = JAW_DROP * float(mouth[OPEN]) * (1 - 0.5 * float(mouth[PRESS]))
        outline = np.array([_lowered(p, drop) for p in self._outline])
        jaw = outline[np.linspace(4, 20, len(JAW)).round().astype(int)]
        points = np.concatenate([lip_points(self._mouth, mouth), jaw])
        return Seen(
            _moved(points, matrix),
            _moved(self._rigid, matrix),
            _moved(outline, matrix),
            opened,
            np.asarray(mouth, np.float32),
        )


def lip_points(place: Place, mouth: Controls) -> Array:
    """[42, 2] art px: the outer edge from the left corner over the upper lip and back, then the inner
    edges.
    """
    m = shape(place, mouth)
    outer = np.linspace(m.x[0], m.x[-1], OUTER)
    inner = np.linspace(m.inner[0], m.inner[-1], INNER + 2)[1:-1]
    rows = [
        (outer, np.interp(outer, m.x, m.top)),
        (outer[-2:0:-1], np.interp(outer[-2:0:-1], m.x, m.bottom)),
        (inner, np.interp(inner, m.inner, m.high)),
        (inner, np.interp(inner, m.inner, m.low)),
    ]
    return np.concatenate([np.column_stack(row) for row in rows])


@lru_cache(maxsize=2)
def _artwork(look: str, width: int, height: int) -> tuple[Puppet, Pixels]:
    """Nobody writes into it; drawn once for all films of a size."""
    puppet = Puppet(look, width, height)
    return puppet, eyes.textures(puppet.text, puppet.bare, puppet.hair_front, puppet.zoom)


class _Drift:
    """A slow wandering of the head: sums of three sines of unrelated rates, so that it does not repeat."""

    def __init__(self, seed: int, size: float) -> None:
        rng = np.random.default_rng(seed)
        self._hertz, self._phase = rng.uniform(0.03, 0.3, (4, 3)), rng.uniform(0, 2 * np.pi, (4, 3))
        self._reach = np.array(SWAY) * size

    def matrix(self, t: float) -> Array:
        dx, dy, turn, grow = (
            self._reach * np.sin(2 * np.pi * self._hertz * t + self._phase).sum(axis=1) / np.sqrt(3)
        )
        c, s = np.cos(np.radians(turn)) * (1 + grow), np.sin(np.radians(turn)) * (1 + grow)
        px, py = motion.HEAD_PIVOT
        return np.array([[c, -s, px - c * px + s * py + dx], [s, c, py - s * px - c * py + dy], [0, 0, 1]])


def _outline(text: str) -> Array:
    """[36, 2] art px: the face's edge from the left temple round the chin (24 points) and over the brow."""
    numbers = [float(v) for v in re.findall(r"-?\d+\.?\d*", find(text, "face").get("d", ""))]
    p = np.array(numbers, np.float64).reshape(-1, 2)
    return np.concatenate([eyes.bezier(p[3 * k : 3 * k + 4], 7)[:-1] for k in range(6)])


def _lowered(point: Array, drop: float) -> Array:
    """Where a point of the face lies when the jaw is lowered: the map of Puppet, the other way round."""
    down = np.arange(point[1], point[1] + drop + 0.26, 0.25)
    at = np.clip((down - JAW_TOP) / (JAW_FULL + drop - JAW_TOP), 0, 1)
    shown = down - at * at * (3 - 2 * at) * drop
    return np.array([point[0], np.interp(point[1], shown, down)])


def _moved(points: Array, matrix: Array) -> Floats:
    """In pixels whose centres lie at whole numbers."""
    return np.asarray(points @ matrix[:2, :2].T + matrix[:2, 2] - 0.5, np.float32)


def _lay(whole: Planes, rect: Rect, planes: Sequence[Plane]) -> None:
    x, y, w, h = rect.x, rect.y, rect.w, rect.h
    whole.y[y : y + h, x : x + w] = planes[0]
    for plane, part in zip((whole.u, whole.v), planes[1:], strict=True):
        plane[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2] = part


def rest() -> Controls:
    """The mouth at rest."""
    return np.array(REST)
