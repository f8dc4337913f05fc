"""Puts a drawn host together at a pose: any rectangle of the picture, with any mouth and brows.

The same code makes the base frames of the reel (at rest) and the rectangles of a speaking mouth, so both
agree.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone import motion
from persona.clone.art import OVERSAMPLE, Box, Layer, Matrix, Pixels, Placement, host_text, layer, stage_text
from persona.clone.base import Plane, Rect
from persona.clone.eyes import eyes_open
from persona.clone.lips import JAW_DROP, OPEN, PRESS, REST, Controls
from persona.clone.mouth import MouthArtist, style_of

HOST_BOX: Box = (56, 196, 622, 1096)  # all of the host, with room to move
REGION_BOX: Box = (58, 196, 620, 1040)  # of the picture that base frames cover
HEAD_BOX: Box = (176, 200, 500, 740)
MOUTH_BOX: Box = (230, 504, 446, 644)  # what the mouth and the jaw can change
BROW_BOX: Box = (236, 362, 440, 404)  # what rising brows can change
JAW_TOP, JAW_FULL = (
    518.0,
    604.0,
)  # the jaw stretches the face between these heights, moves it as a whole below
BROW_RISE = 6.0  # art px


@dataclass(frozen=True, slots=True)
class Planes:
    """yuv420p pixels of a rectangle."""

    y: Plane
    u: Plane
    v: Plane


class Puppet:
    """The layers of one look at one picture size. Rasterises on construction (about half a second)."""

    def __init__(self, look: str, width: int, height: int) -> None:
        text, stage = host_text(look), stage_text()
        self.place = Placement(width, height)
        zoom = self.place.scale * OVERSAMPLE
        self.zoom = zoom
        self.hair_back = layer(text, ["hair-back"], HOST_BOX, zoom)
        self.body = layer(text, ["body"], HOST_BOX, zoom)
        self.neck = layer(text, ["neck"], HOST_BOX, zoom)
        self.collar = layer(text, ["collar"], HOST_BOX, zoom)
        bare = layer(
            text, ["head"], HEAD_BOX, zoom, drop=["mouth", "brows", "hair-front", "eye-left", "eye-right"]
        )
        self.brows = layer(text, ["brows"], HEAD_BOX, zoom)
        self.hair_front = layer(text, ["hair-front"], HEAD_BOX, zoom)
        self.bare = bare
        self.face = eyes_open(text, bare, zoom)
        self.text = text
        self.artist = MouthArtist(style_of(text), zoom)
        self.rest_mouth = self.artist.draw(REST)
        self.background = _background(stage, self.place)
        self.counter = _counter(stage, self.place)
        self.region = even_rect(REGION_BOX, self.place.matrix, width, height, 0)

    def backdrop(self) -> Planes:
        """The whole picture without the host, the counter included."""
        canvas = self.background.copy()
        whole = Rect(0, 0, self.place.width, self.place.height)
        self._lay(canvas, whole, self.counter, np.eye(3))
        return planes(canvas)

    def compose(
        self, pose: motion.Pose, rect: Rect, mouth: Controls | None = None, brow: float = 0.0
    ) -> Planes:
        """The picture inside `rect` (even) at `pose`; `mouth` None: at rest; `brow` 0..1: how far the brows
        are raised.
        """
        canvas = self.background[rect.y : rect.y + rect.h, rect.x : rect.x + rect.w].copy()
        place = self.place.matrix
        for part, matrix in ((self.hair_back, pose.hair), (self.body, pose.body), (self.neck, pose.neck)):
            self._lay(canvas, rect, part, place @ matrix)
        self._lay(canvas, rect, self.collar, place @ pose.body)
        head = place @ pose.head
        drop = 0.0 if mouth is None else JAW_DROP * float(mouth[OPEN]) * (1 - 0.5 * float(mouth[PRESS]))
        self._lay_face(canvas, rect, head, drop)
        self._lay(canvas, rect, self.rest_mouth if mouth is None else self.artist.draw(mouth), head)
        self._lay(canvas, rect, self.brows, head @ shift(0, -BROW_RISE * brow))
        self._lay(canvas, rect, self.hair_front, head)
        self._lay(canvas, rect, self.counter, np.eye(3))
        return planes(canvas)

    def _lay(self, canvas: Pixels, rect: Rect, part: Layer, matrix: Matrix) -> None:
        """Blend a layer, moved by `matrix` (its space to the picture), over the canvas of `rect`."""
        cut = _meet(part.box, matrix, rect)
        if cut is None:
            return
        x0, y0, x1, y1 = cut
        sampled = cv2.warpAffine(
            part.pixels, to_texture(part, matrix, x0, y0), (x1 - x0, y1 - y0),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT, borderValue=0,
        )  # fmt: skip
        blend(canvas[y0 - rect.y : y1 - rect.y, x0 - rect.x : x1 - rect.x], sampled)

    def _lay_face(self, canvas: Pixels, rect: Rect, head: Matrix, drop: float) -> None:
        """The face with its jaw lowered by `drop` art px: the map bends between JAW_TOP and JAW_FULL."""
        if drop <= 0.02:
            self._lay(canvas, rect, self.face, head)
            return
        x0, y0, x1, y1 = rect.x, rect.y, rect.x + rect.w, rect.y + rect.h
        m = to_texture(self.face, head, x0, y0)
        across = np.arange(x1 - x0, dtype=np.float32)
        down = np.arange(y1 - y0, dtype=np.float32)[:, None]
        map_x = (m[0, 0] * across + m[0, 1] * down + m[0, 2]).astype(np.float32)
        map_y = (m[1, 0] * across + m[1, 1] * down + m[1, 2]).astype(np.float32)
        top = np.float32((JAW_TOP - self.face.y) * self.zoom)
        at = np.clip((map_y - top) * np.float32(1 / ((JAW_FULL + drop - JAW_TOP) * self.zoom)), 0, 1)
        map_y -= at * at * (3 - 2 * at) * np.float32(drop * self.zoom)
        sampled = cv2.remap(
            self.face.pixels, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0
        )
        blend(canvas, sampled)


def shift(dx: float, dy: float) -> Matrix:
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], np.float64)


def to_texture(part: Layer, matrix: Matrix, x0: int, y0: int) -> NDArray[np.float64]:
    """2x3: pixel indices of a picture rectangle at (x0, y0) to pixel indices of the layer (centres at +
    0.5).
    """
    inverse = np.linalg.inv(matrix)
    linear = inverse[:2, :2] * part.zoom
    origin = inverse[:2] @ np.array([x0 + 0.5, y0 + 0.5, 1.0]) - np.array([part.x, part.y])
    return np.column_stack([linear, origin * part.zoom - 0.5])


def blend(canvas: Pixels, over: Pixels) -> None:
    """canvas = canvas * (255 - alpha) / 255 + over, in place; both [h, w, 4], `over` premultiplied."""
    inverse = cv2.bitwise_not(cv2.extractChannel(over, 3))
    cv2.multiply(canvas, cv2.merge([inverse] * 4), dst=canvas, scale=1 / 255)
    cv2.add(canvas, over, dst=canvas)


def planes(canvas: Pixels) -> Planes:
    """[h, w, 4] with h and w even to yuv420p: a chroma sample is the mean of the four under it."""
    h, w = canvas.shape[:2]
    small = cv2.resize(canvas, (w // 2, h // 2), interpolation=cv2.INTER_AREA)
    return Planes(cv2.extractChannel(canvas, 0), cv2.extractChannel(small, 1), cv2.extractChannel(small, 2))


def even_rect(box: Box, matrix: Matrix, width: int, height: int, margin: int = 2) -> Rect:
    """The smallest even rectangle of the picture that holds `box` moved by `matrix`, cut at the picture's
    edge.
    """
    x0, y0, x1, y1 = box
    corners = matrix[:2] @ np.array([[x0, x1, x0, x1], [y0, y0, y1, y1], [1, 1, 1, 1]], np.float64)
    left, top = (max(0, int(np.floor(v - margin)) & ~1) for v in corners.min(axis=1))
    right = min(width, (int(np.ceil(corners[0].max() + margin)) + 1) & ~1)
    bottom = min(height, (int(np.ceil(corners[1].max() + margin)) + 1) & ~1)
    return Rect(left, top, right - left, bottom - top)


def _meet(box: Box, matrix: Matrix, rect: Rect) -> tuple[int, int, int, int] | None:
    x0, y0, x1, y1 = box
    corners = matrix[:2] @ np.array([[x0, x1, x0, x1], [y0, y0, y1, y1], [1, 1, 1, 1]], np.float64)
    left, top = (int(np.floor(v)) - 1 for v in corners.min(axis=1))
    right, bottom = (int(np.ceil(v)) + 1 for v in corners.max(axis=1))
    left, top = max(left, rect.x), max(top, rect.y)
    right, bottom = min(right, rect.x + rect.w), min(bottom, rect.y + rect.h)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _background(stage: str, place: Placement) -> Pixels:
    """The scene, scaled to cover the picture, its top in sight."""
    cover = max(place.width / 720, place.height / 1280)
    w, h = place.width / cover, place.height / cover
    x = (720 - w) / 2
    drawn = layer(stage, ["background"], (x, 0.0, x + w, h), cover)
    return _whole(drawn, place, x, cover)


def _whole(drawn: Layer, place: Placement, x: float, cover: float) -> Pixels:
    out = np.empty((place.height, place.width, 4), np.uint8)
    out[:] = (16, 128, 128, 255)
    left, top = round((drawn.x - x) * cover), round(drawn.y * cover)
    h, w = min(drawn.pixels.shape[0], place.height - top), min(drawn.pixels.shape[1], place.width - left)
    out[top : top + h, left : left + w] = drawn.pixels[:h, :w]
    out[..., 3] = 255
    return out


def _counter(stage: str, place: Placement) -> Layer:
    """The counter, as wide as the picture; in picture pixels."""
    drawn = layer(stage, ["counter-front"], (0, 1000, 720, 1280), place.scale)
    wide = cv2.resize(drawn.pixels, (place.width, drawn.pixels.shape[0]), interpolation=cv2.INTER_LINEAR)
    return Layer(wide, 0.0, drawn.y * place.scale + place.dy, 1.0)
