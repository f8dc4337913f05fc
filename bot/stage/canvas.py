"""A small canvas in premultiplied RGBA, for things drawn once per change and blended many times."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bot.stage.colour import Float, Rgb, overlay_of
from bot.stage.fonts import Weight, face
from bot.stage.picture import Overlay
from persona.clone.base import Rect

SHADE: Rgb = (40, 26, 14)
Corners = tuple[float, float, float, float]
SUPER = 2  # text is drawn twice as large and averaged: even strokes at any size, no hinting jumps


class Canvas:
    """A piece of the picture from even x, y on. All coordinates are the picture's; drawing outside it is cut
    off.

    px  float32 [h, w, 4], premultiplied, 0..1; w and h even
    """

    def __init__(self, x: int, y: int, w: int, h: int) -> None:
        self.x, self.y, self.w, self.h = x, y, w, h
        self.px: Float = np.zeros((h, w, 4), np.float32)

    @classmethod
    def around(cls, rect: Rect, bleed: int, width: int, height: int) -> "Canvas":
        """The canvas of `rect` and `bleed` pixels about it, within a picture of width x height."""
        bleed += bleed % 2
        x0, y0 = max(rect.x - bleed, 0), max(rect.y - bleed, 0)
        x1, y1 = min(rect.x + rect.w + bleed, width), min(rect.y + rect.h + bleed, height)
        return cls(x0, y0, x1 - x0, y1 - y0)

    def copy(self) -> "Canvas":
        twin = Canvas(self.x, self.y, self.w, self.h)
        twin.px[:] = self.px
        return twin

    def paint(self, mask: Float, x: int, y: int, colour: Rgb, opacity: float = 1.0) -> None:
        """Lay `colour` where `mask` (0..1) is; the mask's top left at x, y."""
        source = np.array((colour[0] / 255, colour[1] / 255, colour[2] / 255, 1.0), np.float32)
        self._over(source, mask * np.float32(opacity), x, y)

    def picture(self, rgba: NDArray[np.uint8], x: int, y: int, mask: Float) -> None:
        """Lay a picture, RGBA uint8 [h, w, 4] not premultiplied, within `mask` of its size; its top left at
        x, y."""
        source: Float = np.divide(rgba, 255, dtype=np.float32)
        alpha: Float = source[..., 3] * mask
        source[..., 3] = 1.0
        self._over(source, alpha, x, y)

    def _over(self, source: Float, alpha: Float, x: int, y: int) -> None:
        x, y = x - self.x, y - self.y
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + alpha.shape[1], self.w), min(y + alpha.shape[0], self.h)
        if x0 >= x1 or y0 >= y1:
            return
        a = alpha[y0 - y : y1 - y, x0 - x : x1 - x]
        spot = self.px[y0:y1, x0:x1]
        above = source if source.ndim == 1 else source[y0 - y : y1 - y, x0 - x : x1 - x]
        for k in range(4):  # plane by plane: a third of the time of four values side by side
            plane = np.ascontiguousarray(spot[..., k])
            spot[..., k] = plane + (above[..., k] - plane) * a

    def rounded(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        radius: float | Corners,
        colour: Rgb,
        opacity: float = 1.0,
    ) -> None:
        """A filled rectangle with round corners (one radius, or four from top left clockwise)."""
        left, top, mask = self._box(x, y, w, h, radius, 0)
        self.paint(mask, left, top, colour, opacity)

    def shadow(
        self, x: float, y: float, w: float, h: float, radius: float, blur: float, opacity: float
    ) -> None:
        """A soft warm shadow of that rectangle; `blur` is the standard deviation in pixels."""
        left, top, mask = self._box(x, y, w, h, radius, math.ceil(3 * blur))
        self.paint(cv2.GaussianBlur(mask, (0, 0), blur), left, top, SHADE, opacity)

    @staticmethod
    def _box(
        x: float, y: float, w: float, h: float, radius: float | Corners, pad: int
    ) -> tuple[int, int, Float]:
        left, top = math.floor(x) - pad, math.floor(y) - pad
        wide, high = math.ceil(x + w) + pad - left, math.ceil(y + h) + pad - top
        return left, top, rounded_mask(wide, high, x - left, y - top, w, h, radius)

    def text(
        self,
        x: float,
        baseline: float,
        text: str,
        size: float,
        weight: Weight,
        colour: Rgb,
        opacity: float = 1.0,
    ) -> None:
        """One line of text from `x` on `baseline`."""
        mask, left, top = text_mask(text, size, weight, x, baseline)
        self.paint(mask, left, top, colour, opacity)

    def overlay(self, key: str) -> Overlay:
        """What was drawn."""
        return overlay_of(key, self.x, self.y, self.px)


def rounded_mask(
    width: int, height: int, x: float, y: float, w: float, h: float, radius: float | Corners
) -> Float:
    """Coverage 0..1, float32 [height, width], of a rectangle with round corners, from its signed distance."""
    four = radius if isinstance(radius, tuple) else (radius, radius, radius, radius)
    cols = np.arange(width, dtype=np.float32) + 0.5 - (x + w / 2)
    rows = (np.arange(height, dtype=np.float32) + 0.5 - (y + h / 2))[:, None]
    upper = np.where(cols < 0, four[0], four[1])
    lower = np.where(cols < 0, four[3], four[2])
    r = np.minimum(np.where(rows < 0, upper, lower), min(w, h) / 2).astype(np.float32)
    qx = np.abs(cols) - w / 2 + r
    qy = np.abs(rows) - h / 2 + r
    outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0))
    distance = outside + np.minimum(np.maximum(qx, qy), 0) - r
    mask: Float = np.clip(0.5 - distance, 0, 1).astype(np.float32)
    return mask


def text_mask(text: str, size: float, weight: Weight, x: float, baseline: float) -> tuple[Float, int, int]:
    """Coverage of one line of text, and the picture coordinates of its top left: (mask, left, top)."""
    font = face(SUPER * size, weight)
    ox, oy = round(SUPER * x), round(SUPER * baseline)
    west, north, east, south = (int(v) for v in font.getbbox(text, anchor="ls"))
    left, top = (ox + west) // SUPER - 1, (oy + north) // SUPER - 1
    w, h = (ox + east) // SUPER + 2 - left, (oy + south) // SUPER + 2 - top
    image = Image.new("L", (w * SUPER, h * SUPER))
    ImageDraw.Draw(image).text((ox - left * SUPER, oy - top * SUPER), text, font=font, fill=255, anchor="ls")
    mask: Float = cv2.resize(np.asarray(image, np.float32) / 255, (w, h), interpolation=cv2.INTER_AREA)
    return mask, left, top
