"""Draws a mouth from its curves: lips, inner mouth, teeth and tongue, as antialiased polygons.

All in texture pixels and in Y, U, V, so that nothing converts later; what is not skin is opaque, only the
small folds at the corners and the shade under the lower lip let the face shine through.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone.art import Layer, Pixels, find, gradient, yuv
from persona.clone.lips import (
    OPEN,
    PRESS,
    ROUND,
    SMILE,
    TEETH,
    TONGUE,
    Controls,
    Curve,
    Place,
    Shape,
    dome,
    inward,
    shape,
)

Colour = tuple[float, float, float]  # Y, U, V

SHUT = 0.03  # opening, in half mouth widths, below which only the line between the lips is drawn
BANDS = 5  # of colour in a lip, from its edge to the line
SHIFT = 4  # OpenCV draws polygons in 1/16 px


@dataclass(frozen=True, slots=True)
class MouthStyle:
    """A look's mouth: where it is, and its colours. `upper`, `lower`: a lip's colour at its top and
    bottom.
    """

    place: Place
    upper: tuple[Colour, Colour]
    lower: tuple[Colour, Colour]
    seam: Colour
    inner: Colour
    throat: Colour
    teeth: Colour
    gum: Colour
    tongue: Colour
    tongue_light: Colour
    light: Colour
    crease: Colour
    shade: Colour


def style_of(text: str) -> MouthStyle:
    """Read a look's mouth from its SVG: `data-*` of the group `mouth`, the gradients `lip` and `lip-low`."""
    data = find(text, "mouth").attrib
    place = Place(*(float(data[f"data-{name}"]) for name in ("cx", "cy", "half", "fullness")))
    upper, lower = ((yuv(a), yuv(b)) for a, b in (gradient(text, "lip"), gradient(text, "lip-low")))
    names = ("seam", "inner", "throat", "teeth", "gum", "tongue", "tongue_light", "light", "crease", "shade")
    return MouthStyle(place, upper, lower, *(yuv(data[f"data-{name.replace('_', '-')}"]) for name in names))


class MouthArtist:
    """Draws mouths of one style at one zoom (texture pixels per art unit). Holds nothing between two
    mouths.
    """

    def __init__(self, style: MouthStyle, zoom: float) -> None:
        self.style, self.zoom = style, zoom
        self._half = style.place.half
        across, up, down = self._half * 1.62, self._half * 1.0, self._half * 1.62
        self.x, self.y = style.place.cx - across, style.place.cy - up
        self.w, self.h = round(2 * across * zoom), round((up + down) * zoom)

    def draw(self, c: Controls) -> Layer:
        """The mouth as a premultiplied layer, its shade below the lower lip included."""
        m = shape(self.style.place, c)
        canvas, alpha = np.empty((self.h, self.w, 3), np.uint8), np.zeros((self.h, self.w), np.uint8)
        self._lips(canvas, m)
        self._inside(canvas, m, c)
        self._light(canvas, m, c)
        self._fill(alpha, m.x, m.top, m.bottom, 255)
        self._creases(canvas, alpha, m, c)
        return Layer(_over(canvas, alpha, self._shade(m, c), self.style.shade), self.x, self.y, self.zoom)

    def _points(self, x: Curve, y: Curve) -> NDArray[np.int32]:
        """Art px to sixteenths of texture px."""
        scale = self.zoom * (1 << SHIFT)
        points = np.empty((len(x), 2), np.int32)
        points[:, 0] = (x - self.x) * scale - (1 << (SHIFT - 1)) + 0.5
        points[:, 1] = (y - self.y) * scale - (1 << (SHIFT - 1)) + 0.5
        return points

    def _fill(self, target: Pixels, x: Curve, upper: Curve, lower: Curve, colour: Colour | int) -> None:
        ring = np.concatenate([self._points(x, upper), self._points(x, lower)[::-1]])
        cv2.fillPoly(target, [ring], colour, cv2.LINE_AA, SHIFT)

    def _lips(self, canvas: Pixels, m: Shape) -> None:
        """Each lip in bands of its gradient; colour runs beyond the edges, where the coverage cuts it off."""
        st, line = self.style, (m.high + m.low) / 2
        seam = round((float(line[len(line) // 2]) - self.y) * self.zoom)
        cv2.rectangle(canvas, (0, 0), (self.w, seam), st.upper[0], -1)
        cv2.rectangle(canvas, (0, seam + 1), (self.w, self.h), st.lower[1], -1)
        for k in range(BANDS):
            part = k / BANDS
            top = m.top + (line - m.top) * part - (4 if k == 0 else 0)
            self._fill(canvas, m.x, top, line, _blend(*st.upper, part))
        for k in range(BANDS):
            part = k / BANDS
            self._fill(canvas, m.x, line + (m.bottom - line) * part, m.bottom + 4, _blend(*st.lower, part))

    def _inside(self, canvas: Pixels, m: Shape, c: Controls) -> None:
        """The line between closed lips, which widens into the mouth."""
        st = self.style
        taper = 1 - np.linspace(-1, 1, len(m.x)) ** 2
        least = (0.028 + 0.012 * (1 - c[PRESS])) * self._half * taper
        parted = min(1.0, m.opening / (0.10 * self._half))
        x = m.inner + (m.x - m.inner) * 0.85 * (1 - parted)
        self._fill(canvas, x, m.high - least / 2, m.low + least / 2, _blend(st.seam, st.inner, parted))
        if m.opening < SHUT * self._half:
            return
        if m.opening > 0.25 * self._half:
            x, high, low = inward(m, 0.7)
            middle, reach = 0.45 * high + 0.55 * low, 0.34 * (low - high) * dome(len(x))
            self._fill(canvas, x, middle - reach, middle + reach, st.throat)
        if c[TONGUE] > 0.05:
            self._tongue(canvas, m, c)
        if c[TEETH] > 0.05:
            self._teeth(canvas, m, c)

    def _tongue(self, canvas: Pixels, m: Shape, c: Controls) -> None:
        """A mound on the floor of the mouth, lit in the middle."""
        st, mid = self.style, len(m.x) // 2
        gap = float(m.low[mid] - m.high[mid])
        tall, rim = min(0.52 * c[TONGUE] * gap, 0.36 * self._half), 0.05 * gap
        x, _, low = inward(m, 0.76)
        floor = low - rim
        self._fill(canvas, x, floor - tall * dome(len(x)) ** 1.3, floor, st.tongue)
        x, _, low = inward(m, 0.42)
        middle, reach = low[mid] - rim - 0.6 * tall, 0.2 * tall * dome(len(x))
        self._fill(canvas, x, middle - reach, middle + reach, st.tongue_light)

    def _teeth(self, canvas: Pixels, m: Shape, c: Controls) -> None:
        """The upper row: its lower edge is flatter than the lip above it, and never leaves the mouth.

        It fades in as the lips part, so that no white line flashes between nearly closed lips.
        """
        st, mid = self.style, len(m.x) // 2
        x, high, low = inward(m, 0.95)
        tall = min(0.74 * c[TEETH] * float(m.low[mid] - m.high[mid]), 0.25 * self._half)
        edge = high[mid] + tall + 0.45 * (high - high[mid])
        edge = np.clip(edge, high, np.maximum(low - 0.06 * (low - high), high))
        edge = high + (edge - high) * (1 - np.abs(np.linspace(-1, 1, len(x))) ** 7) ** 0.5
        seen = min(1.0, (m.opening / self._half - SHUT) / 0.06)
        self._fill(canvas, x, high - 0.5, edge, _blend(st.inner, st.teeth, seen))
        self._fill(canvas, x, high - 0.5, high + 0.2 * (edge - high), _blend(st.inner, st.gum, seen))

    def _light(self, canvas: Pixels, m: Shape, c: Controls) -> None:
        """A highlight on the lower lip, thinner when the lips are pressed."""
        n = len(m.x)
        part = slice(round(n * 0.32), round(n * 0.68) + 1)
        x, low, bottom = m.x[part], m.low[part], m.bottom[part]
        taper = 1 - np.linspace(-1, 1, len(x)) ** 2
        middle, reach = low + (bottom - low) * 0.46, (bottom - low) * 0.13 * taper * (1 - 0.6 * c[PRESS])
        self._fill(canvas, x, middle - reach, middle + reach, self.style.light)

    def _creases(self, canvas: Pixels, alpha: Pixels, m: Shape, c: Controls) -> None:
        """The small folds beside the corners, stronger with a smile."""
        half, bend = self._half, 1 - np.linspace(-1, 1, 9) ** 2
        strength = int(255 * (0.18 + 0.40 * c[SMILE]) * (1 - 0.6 * c[ROUND]))
        thick = max(1, round(1.3 * self.zoom))
        for side, end in ((-1, 0), (1, -1)):
            edge = round((m.x[end] + side * 0.02 * half - self.x) * self.zoom)
            near, far = (0, edge - 1) if side < 0 else (edge, self.w)
            cv2.rectangle(canvas, (near, 0), (far, self.h), self.style.crease, -1)
            x = m.x[end] + side * half * (0.085 + 0.05 * bend)
            fold = self._points(x, m.top[end] + np.linspace(-1, 1, 9) * half * 0.11)
            cv2.polylines(alpha, [fold], False, strength, thick, cv2.LINE_AA, SHIFT)

    def _shade(self, m: Shape, c: Controls) -> Pixels:
        """Coverage of the soft shade under the lower lip: an ellipse of Gaussian profile."""
        half, mid = self._half * self.zoom, len(m.x) // 2
        y = (float(m.bottom[mid]) + 0.15 * self._half - self.y) * self.zoom
        across = (np.arange(self.w, dtype=np.float32) - (self.style.place.cx - self.x) * self.zoom) / (
            0.34 * half
        )
        down = (np.arange(self.h, dtype=np.float32) - y) / (0.085 * half)
        most = np.float32(255 * (0.34 - 0.08 * c[OPEN]))
        return np.outer(most * np.exp(-0.5 * down * down), np.exp(-0.5 * across * across)).astype(np.uint8)


def _over(canvas: Pixels, alpha: Pixels, shade: Pixels, colour: Colour) -> Pixels:
    """Lips over their shade, premultiplied [h, w, 4]."""
    under = cv2.multiply(shade, cv2.bitwise_not(alpha), scale=1 / 255)
    lips = cv2.multiply(canvas, cv2.merge([alpha, alpha, alpha]), scale=1 / 255)
    tinted = cv2.merge([cv2.convertScaleAbs(under, alpha=part / 255) for part in colour])
    return np.asarray(cv2.merge([cv2.add(lips, tinted), cv2.add(alpha, under)]), np.uint8)


def _blend(a: Colour, b: Colour, part: float) -> Colour:
    """The colour `part` of the way from a to b."""
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part
