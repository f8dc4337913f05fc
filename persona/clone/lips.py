"""What a mouth can do, and its curves: seven controls to the edges of lips and inner mouth. Pure geometry.

The geometry follows the usual one of drawn talking heads (half width, opening, lip thickness and corner lift
from open, width, round, press and smile); every edge is a curve over the same abscissae, so teeth and tongue
can never leave the inner mouth.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OPEN, WIDTH, ROUND, PRESS, TEETH, TONGUE, SMILE = range(7)
CONTROLS = ("open", "width", "round", "press", "teeth", "tongue", "smile")

Controls = NDArray[np.float64]  # [7], 0..1, in the order of CONTROLS
Curve = NDArray[np.float64]

REST: Controls = np.array([0, 0.12, 0, 0, 0, 0, 1.0])  # a closed, friendly smile
JAW_DROP = 14.0  # art px at the widest opening
WIDEST = 0.88  # opening at open = 1, in half mouth widths


@dataclass(frozen=True, slots=True)
class Place:
    """Where a look's mouth is: centre and half width at rest in art px; fullness of the lips, about 1."""

    cx: float
    cy: float
    half: float
    fullness: float


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


def shape(place: Place, c: Controls, steps: int = 41) -> Shape:
    """Curves of the mouth for controls `c`."""
    u = place.half
    w = u * (1 + 0.16 * c[WIDTH] - 0.36 * c[ROUND] + 0.05 * c[SMILE])
    o = WIDEST * u * c[OPEN]
    t = u * place.fullness * (0.26 + 0.09 * c[ROUND] - 0.10 * c[PRESS] - 0.02 * c[SMILE])
    s = np.linspace(-1, 1, steps)
    bowl = 1 - np.abs(s) ** (2.0 + 0.5 * c[ROUND])
    round_bowl = np.sqrt(np.maximum(bowl, 0)) * 0.45 + bowl * 0.55
    corner = place.cy - 0.22 * u * c[SMILE] + 0.16 * o
    mid = place.cy + 0.02 * u * c[SMILE]
    line = corner + (mid - corner) * bowl ** (0.85)
    high = line - (0.28 * o + (0.16 * o) * bowl) * round_bowl
    low = line + (0.72 * o - (0.16 * o) * bowl) * round_bowl
    bow = 1 + 0.22 * np.exp(-(((np.abs(s) - 0.24) / 0.15) ** 2)) - 0.16 * np.exp(-((s / 0.13) ** 2))
    taper = (1 - np.abs(s) ** 2.4) ** 0.8
    top = high - 0.92 * t * taper * bow
    bottom = low + 1.16 * t * (1 - np.abs(s) ** 2.2) ** 0.75
    return Shape(place.cx + w * s, top, bottom, place.cx + w * (0.9 - 0.02 * c[ROUND]) * s, high, low, o)


def inward(m: Shape, part: float) -> tuple[Curve, Curve, Curve]:
    """Abscissae of the middle `part` of the inner mouth, with its upper and lower edge there."""
    centre = (m.inner[0] + m.inner[-1]) / 2
    x = centre + (m.inner - centre) * part
    return x, np.interp(x, m.inner, m.high), np.interp(x, m.inner, m.low)


def dome(n: int) -> Curve:
    """Half an ellipse: 0 at both ends, 1 in the middle."""
    return np.asarray(np.sqrt(np.maximum(1 - np.linspace(-1, 1, n) ** 2, 0)))
