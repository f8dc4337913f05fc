"""Where things stand in the picture: pure rectangles from a size.

The drawing board is 720 wide and 1280 high; lengths scale with the shortest side. Portrait pictures of other
shapes keep the top things at the top and the bottom things at the bottom. In landscape the card stands at
the lower left and the captions beside it. All rectangles are even and none of them touches another (tests
prove it), so that nothing can ever cover the AI label.
"""

from dataclasses import dataclass
from itertools import combinations

from persona.clone.base import Rect
from products.errors import ContentError

SMALLEST = 240


@dataclass(frozen=True, slots=True)
class Layout:
    """Rectangles that hold each thing at its largest, in picture pixels; things may be smaller, never larger.

    Shadows may reach `bleed` pixels beyond a rectangle, but never into the label.
    """

    width: int
    height: int
    scale: float
    label: Rect
    question: Rect
    inset: Rect
    notice: Rect
    caption: Rect
    card: Rect

    def px(self, board: float) -> float:
        """A length on the 720 board, in pixels of this picture."""
        return board * self.scale

    @property
    def landscape(self) -> bool:
        return self.width > self.height

    @property
    def parts(self) -> dict[str, Rect]:
        """All rectangles by name."""
        names = ("label", "question", "inset", "notice", "caption", "card")
        return {name: getattr(self, name) for name in names}


def layout(width: int, height: int, label_lines: int = 1) -> Layout:
    """The Layout of a picture. `label_lines`: 2 where the label must stand in two languages.

    Raises ContentError for a size that is odd, smaller than 240 pixels a side, or nearly square.
    """
    long, short = max(width, height), min(width, height)
    if width % 2 or height % 2 or short < SMALLEST or 3 * long < 4 * short:
        raise ContentError(
            f"A picture of {width}x{height} cannot be laid out.",
            remedy=f"Sides must be even, at least {SMALLEST}, and 4:3 or longer; 720x1280 is the default.",
        )
    place = _landscape if width > height else _portrait
    return place(width, height, label_lines)


def _portrait(width: int, height: int, label_lines: int) -> Layout:
    s = width / 720
    label = _rect(s, 20, 24, 680, 88 if label_lines == 1 else 158)
    top = 124 if label_lines == 1 else 196
    question = _rect(s, 20, top, 620, 144)
    bottom = height / s
    tall = min(300.0, bottom - 450 - 12 - (top + 156))
    return Layout(
        width=width,
        height=height,
        scale=s,
        label=label,
        question=question,
        inset=_rect(s, 480, top + 156, 220, tall),
        notice=_rect(s, 20, bottom - 450, 680, 72),
        caption=_rect(s, 20, bottom - 372, 680, 124),
        card=_rect(s, 20, bottom - 240, 680, 216),
    )


def _landscape(width: int, height: int, label_lines: int) -> Layout:
    s = height / 720
    right = width / s
    card = min(680.0, right * 0.46)
    beside = 20 + card + 24
    return Layout(
        width=width,
        height=height,
        scale=s,
        label=_rect(s, 20, 24, min(680.0, right - 40), 88 if label_lines == 1 else 158),
        question=_rect(s, 20, 124 if label_lines == 1 else 196, min(480.0, right * 0.45), 144),
        inset=_rect(s, right - 240, 196, 220, 270),
        notice=_rect(s, beside, 484, right - beside - 20, 72),
        caption=_rect(s, beside, 564, right - beside - 20, 132),
        card=_rect(s, 20, 480, card, 216),
    )


def _rect(scale: float, x: float, y: float, w: float, h: float) -> Rect:
    """A rectangle of the board in even pixels, rounded inwards so that neighbours never come to touch."""
    left, top = (int(-(-v * scale // 2)) * 2 for v in (x, y))
    right, bottom = (int(v * scale // 2) * 2 for v in (x + w, y + h))
    return Rect(left, top, right - left, bottom - top)


def overlaps(a: Rect, b: Rect) -> bool:
    """Whether two rectangles share a pixel."""
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


def collisions(plan: Layout) -> list[tuple[str, str]]:
    """Pairs of parts that share a pixel: none, for every layout that `layout` makes."""
    return [(m, n) for (m, a), (n, b) in combinations(plan.parts.items(), 2) if overlaps(a, b)]
