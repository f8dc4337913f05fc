"""Draws a mouth from seven controls: lips, inner mouth, teeth and tongue, as antialiased polygons.

The geometry follows the usual one of drawn talking heads (half width, opening, lip thickness and corner lift
from open, width, round, press and smile); every edge is a curve over the same abscissae, so teeth and tongue
can never leave the inner mouth.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone.art import Layer, Pixels, find, gradient, yuv

OPEN, WIDTH, ROUND, PRESS, TEETH, TONGUE, SMILE = range(7)
CONTROLS = ("open", "width", "round", "press", "teeth", "tongue", "smile")

Controls = NDArray[np.float64]  # [7], 0..1, in the order of CONTROLS
Curve = NDArray[np.float64]

REST: Controls = np.array([0, 0.12, 0, 0, 0, 0, 1.0])
JAW_DROP = 14.0  # art px at the widest opening
WIDEST = 0.88  # opening at open = 1, in half mouth widths
SHUT = 0.03  # opening, in half mouth widths, below which only the line between the lips is drawn
SHIFT = 4  # OpenCV draws polygons in 1/16 px


@dataclass(frozen=True, slots=True)
class MouthStyle:
    """Place (art px) and colours (Y, U, V) of a look's mouth."""

    cx: float
    cy: float
    half: float
    fullness: float
    upper: tuple[tuple[float, float, float], tuple[float, float, float]]
    lower: tuple[tuple[float, float, float], tuple[float, float, float]]
    seam: tuple[float, float, float]
    inner: tuple[float, float, float]
    throat: tuple[float, float, float]
    teeth: tuple[float, float, float]
    gum: tuple[float, float, float]
    tongue: tuple[float, float, float]
    tongue_light: tuple[float, float, float]
    light: tuple[float, float, float]
    crease: tuple[float, float, float]
    shade: tuple[float, float, float]


def style_of(text: str) -> MouthStyle:
    """Read a look's mouth from its SVG: `data-*` of the group `mouth`, the gradients `lip` and `lip-low`."""
    data = find(text, "mouth").attrib
    low, high = gradient(text, "lip"), gradient(text, "lip-low")
    return MouthStyle(
        cx=float(data["data-cx"]),
        cy=float(data["data-cy"]),
        half=float(data["data-half"]),
        fullness=float(data["data-fullness"]),
        upper=(yuv(low[0]), yuv(low[1])),
        lower=(yuv(high[0]), yuv(high[1])),
        **{
            name: yuv(data[f"data-{name.replace('_', '-')}"])
            for name in (
                "seam",
                "inner",
                "throat",
                "teeth",
                "gum",
                "tongue",
                "tongue_light",
                "light",
                "crease",
                "shade",
            )
        },
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """The curves of one mouth in art px. x: abscissae of the lips; inner: of the inner mouth (same count)."""

    x: Curve
    top: Curve  # outer edge of the upper lip
    bottom: Curve  # outer edge of the lower lip
    inner: Curve
    high: Curve  # inner edge of the upper lip
    low: Curve  # inner edge of the lower lip
    opening: float  # art px in the middle


def shape(style: MouthStyle, c: Controls, steps: int = 41) -> Shape:
    """Curves of the mouth for controls `c`."""
    u = style.half
    w = u * (1 + 0.16 * c[WIDTH] - 0.36 * c[ROUND] + 0.05 * c[SMILE])
    o = WIDEST * u * c[OPEN]
    t = u * style.fullness * (0.26 + 0.09 * c[ROUND] - 0.10 * c[PRESS] - 0.02 * c[SMILE])
    s = np.linspace(-1, 1, steps)
    bowl = 1 - np.abs(s) ** (2.0 + 0.5 * c[ROUND])
    round_bowl = np.sqrt(np.maximum(bowl, 0)) * 0.45 + bowl * 0.55
    corner = style.cy - 0.22 * u * c[SMILE] + 0.16 * o
    mid = style.cy + 0.02 * u * c[SMILE]
    line = corner + (mid - corner) * bowl ** (0.85)
    high = line - (0.28 * o + (0.16 * o) * bowl) * round_bowl
    low = line + (0.72 * o - (0.16 * o) * bowl) * round_bowl
    bow = 1 + 0.22 * np.exp(-(((np.abs(s) - 0.24) / 0.15) ** 2)) - 0.16 * np.exp(-((s / 0.13) ** 2))
    taper = (1 - np.abs(s) ** 2.4) ** 0.8
    top = high - 0.92 * t * taper * bow
    bottom = low + 1.16 * t * (1 - np.abs(s) ** 2.2) ** 0.75
    return Shape(style.cx + w * s, top, bottom, style.cx + w * (0.9 - 0.02 * c[ROUND]) * s, high, low, o)


def _inward(m: Shape, part: float) -> tuple[Curve, Curve, Curve]:
    """Abscissae of the middle `part` of the inner mouth, with its upper and lower edge there."""
    centre = (m.inner[0] + m.inner[-1]) / 2
    x = centre + (m.inner - centre) * part
    return x, np.interp(x, m.inner, m.high), np.interp(x, m.inner, m.low)


def _dome(n: int) -> Curve:
    """Half an ellipse: 0 at both ends, 1 in the middle."""
    return np.asarray(np.sqrt(np.maximum(1 - np.linspace(-1, 1, n) ** 2, 0)))


class MouthArtist:
    """Draws mouths of one style at one zoom (texture pixels per art unit). One picture at a time; not for
    several threads.
    """

    def __init__(self, style: MouthStyle, zoom: float) -> None:
        self.style, self.zoom = style, zoom
        reach_x, up, down = style.half * 1.62, style.half * 1.0, style.half * 1.62
        self.x, self.y = style.cx - reach_x, style.cy - up
        self.w, self.h = round(2 * reach_x * zoom), round((up + down) * zoom)
        self._rows = np.arange(self.h, dtype=np.float32)[:, None]

    def draw(self, c: Controls) -> Layer:
        """The mouth as a premultiplied layer, its shadow below the lower lip included."""
        m, st = shape(self.style, c), self.style
        canvas = self._lips(m)
        self._inside(canvas, m, c)
        self._lights(canvas, m, c)
        alpha = np.zeros((self.h, self.w), np.uint8)
        self._fill(alpha, m.x, m.top, m.bottom, 255)
        self._creases(canvas, alpha, m, c)
        shadow = self._shadow(m, c)
        return Layer(_over(canvas, alpha, shadow, st.shade), self.x, self.y, self.zoom)

    def _points(self, x: Curve, y: Curve) -> NDArray[np.int32]:
        scale = self.zoom * (1 << SHIFT)
        half = 1 << (SHIFT - 1)
        points = np.stack([(x - self.x) * scale - half, (y - self.y) * scale - half], axis=1)
        return np.rint(points).astype(np.int32)

    def _fill(self, target: Pixels, x: Curve, upper: Curve, lower: Curve, colour: object) -> None:
        ring = np.concatenate([self._points(x, upper), self._points(x, lower)[::-1]])
        cv2.fillPoly(target, [ring], colour, cv2.LINE_AA, SHIFT)

    def _lips(self, m: Shape) -> Pixels:
        """Upper lip above the mouth's line, lower lip below it, each with its own gradient from top to
        bottom.
        """
        st, middle = self.style, len(m.x) // 2
        seam = float(m.high[middle] + m.low[middle]) / 2
        column = np.empty((self.h, 3), np.float32)
        for (first, last), y0, y1, rows in (
            (
                st.upper,
                float(m.top.min()),
                float(m.high[middle]),
                self._rows[:, 0] < (seam - self.y) * self.zoom,
            ),
            (
                st.lower,
                float(m.low[middle]),
                float(m.bottom[middle]),
                self._rows[:, 0] >= (seam - self.y) * self.zoom,
            ),
        ):
            at = np.clip((self._rows[rows] / self.zoom + self.y - y0) / max(y1 - y0, 1e-3), 0, 1)
            column[rows] = np.asarray(first, np.float32) * (1 - at) + np.asarray(last, np.float32) * at
        canvas = np.empty((self.h, self.w, 3), np.uint8)
        canvas[:] = np.rint(column).astype(np.uint8)[:, None, :]
        ring = (m.high + m.low) / 2
        self._fill(canvas, m.x, m.top - 4, ring, _mean(st.upper))
        self._graded(canvas, m, st)
        return canvas

    def _graded(self, canvas: Pixels, m: Shape, st: MouthStyle) -> None:
        """Soft bands instead of one flat fill: the upper lip darkens towards the line, the lower lip lightens
        away from it.
        """
        ring = (m.high + m.low) / 2
        for k in range(5):
            part = k / 5
            self._fill(
                canvas,
                m.x,
                m.top - 4 if k == 0 else m.top + (ring - m.top) * part,
                ring,
                _mix(st.upper, part),
            )
        for k in range(5):
            part = k / 5
            self._fill(canvas, m.x, ring + (m.bottom - ring) * part, m.bottom + 4, _mix(st.lower, part))

    def _inside(self, canvas: Pixels, m: Shape, c: Controls) -> None:
        st = self.style
        taper = 1 - np.linspace(-1, 1, len(m.x)) ** 2
        least = (0.028 + 0.012 * (1 - c[PRESS])) * st.half * taper
        open_part = min(1.0, m.opening / (0.10 * st.half))
        dark = _blend(st.seam, st.inner, open_part)
        seam_x = m.inner + (m.x - m.inner) * 0.85 * (1 - open_part)
        self._fill(canvas, seam_x, m.high - least / 2, m.low + least / 2, dark)
        if m.opening < SHUT * st.half:
            return
        if m.opening > 0.25 * st.half:
            x, high, low = _inward(m, 0.7)
            middle, reach = 0.45 * high + 0.55 * low, 0.34 * (low - high) * _dome(len(x))
            self._fill(canvas, x, middle - reach, middle + reach, st.throat)
        if c[TONGUE] > 0.05:
            self._tongue(canvas, m, c)
        if c[TEETH] > 0.05:
            self._teeth(canvas, m, c)

    def _tongue(self, canvas: Pixels, m: Shape, c: Controls) -> None:
        """A mound on the floor of the mouth, lit in the middle."""
        st, mid = self.style, len(m.x) // 2
        gap = float(m.low[mid] - m.high[mid])
        tall, rim = min(0.52 * c[TONGUE] * gap, 0.36 * st.half), 0.05 * gap
        x, _, low = _inward(m, 0.76)
        floor = low - rim
        self._fill(canvas, x, floor - tall * _dome(len(x)) ** 1.3, floor, st.tongue)
        x, _, low = _inward(m, 0.42)
        middle, reach = low[mid] - rim - 0.6 * tall + 0 * low, 0.2 * tall * _dome(len(x))
        self._fill(canvas, x, middle - reach, middle + reach, st.tongue_light)

    def _teeth(self, canvas: Pixels, m: Shape, c: Controls) -> None:
        """The upper row: its lower edge is flatter than the lip above it, and never leaves the mouth."""
        st, mid = self.style, len(m.x) // 2
        x, high, low = _inward(m, 0.95)
        tall = min(0.74 * c[TEETH] * float(m.low[mid] - m.high[mid]), 0.25 * st.half)
        edge = high[mid] + tall + 0.45 * (high - high[mid])
        edge = np.clip(edge, high, np.maximum(low - 0.06 * (low - high), high))
        edge = high + (edge - high) * (1 - np.abs(np.linspace(-1, 1, len(x))) ** 7) ** 0.5
        seen = min(1.0, (m.opening / st.half - SHUT) / 0.06)
        self._fill(canvas, x, high - 0.5, edge, _blend(st.inner, st.teeth, seen))
        self._fill(canvas, x, high - 0.5, high + 0.2 * (edge - high), _blend(st.inner, st.gum, seen))

    def _lights(self, canvas: Pixels, m: Shape, c: Controls) -> None:
        """A highlight on the lower lip, fainter when the lips are pressed."""
        n = len(m.x)
        part = slice(round(n * 0.32), round(n * 0.68) + 1)
        x, low, bottom = m.x[part], m.low[part], m.bottom[part]
        taper = 1 - np.linspace(-1, 1, len(x)) ** 2
        centre, thick = low + (bottom - low) * 0.46, (bottom - low) * 0.13 * taper * (1 - 0.6 * c[PRESS])
        self._fill(canvas, x, centre - thick, centre + thick, self.style.light)

    def _creases(self, canvas: Pixels, alpha: Pixels, m: Shape, c: Controls) -> None:
        """The small folds beside the corners, stronger with a smile."""
        st = self.style
        strength = int(255 * (0.18 + 0.40 * c[SMILE]) * (1 - 0.6 * c[ROUND]))
        for side, end in ((-1, 0), (1, -1)):
            x, y = m.x[end] + side * st.half * 0.085, m.top[end]
            t = np.linspace(-1, 1, 9)
            points = self._points(x + side * st.half * 0.05 * (1 - t * t), y + t * st.half * 0.11)
            edge = round((m.x[end] + side * 0.02 * st.half - self.x) * self.zoom)
            area = canvas[:, : max(edge, 0)] if side < 0 else canvas[:, edge:]
            area[:] = np.rint(st.crease).astype(np.uint8)
            cv2.polylines(
                alpha, [points], False, strength, max(1, round(1.3 * self.zoom)), cv2.LINE_AA, SHIFT
            )

    def _shadow(self, m: Shape, c: Controls) -> NDArray[np.float32]:
        """Coverage of the soft shade under the lower lip: an ellipse of Gaussian profile."""
        st, middle = self.style, len(m.x) // 2
        y = (float(m.bottom[middle]) + 0.15 * st.half - self.y) * self.zoom
        x = (st.cx - self.x) * self.zoom
        across = (np.arange(self.w, dtype=np.float32) - x) / (0.34 * st.half * self.zoom)
        down = (self._rows[:, 0] - y) / (0.085 * st.half * self.zoom)
        profile = np.outer(np.exp(-0.5 * down * down), np.exp(-0.5 * across * across))
        return np.asarray(profile * (0.34 - 0.08 * c[OPEN]), np.float32)


def _over(
    canvas: Pixels, alpha: Pixels, shadow: NDArray[np.float32], shade: tuple[float, float, float]
) -> Pixels:
    """Lips over their shadow, premultiplied [h, w, 4]."""
    lips = alpha.astype(np.float32) * np.float32(1 / 255)
    under = shadow * (1 - lips)
    out = np.empty((*alpha.shape, 4), np.float32)
    for k in range(3):
        out[..., k] = canvas[..., k] * lips + under * np.float32(shade[k])
    out[..., 3] = (lips + under) * 255
    return np.rint(out).astype(np.uint8)


def _mean(pair: tuple[tuple[float, float, float], tuple[float, float, float]]) -> tuple[float, float, float]:
    return _mix(pair, 0.5)


def _mix(
    pair: tuple[tuple[float, float, float], tuple[float, float, float]], part: float
) -> tuple[float, float, float]:
    return _blend(pair[0], pair[1], part)


def _blend(
    a: tuple[float, float, float], b: tuple[float, float, float], part: float
) -> tuple[float, float, float]:
    y, u, v = (p + (q - p) * part for p, q in zip(a, b, strict=True))
    return y, u, v
