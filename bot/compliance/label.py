"""The AI label: its words, its drawing, and the measuring of what was drawn.

GB 45438-2025 5.4 asks for text with an AI element and a generation element at an edge or corner, at least 5
% of the picture's shortest side high. A font's size is not the height of its text, and the standard does not
say how height is measured; so the drawn pixels are measured, in the strictest reading: capitals and Chinese
characters must each be that high. The words asked for by the packs come as regular expressions, merged over
all rules.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from bot.stage import colour
from bot.stage.blend import Planes, blend, box
from bot.stage.layout import Layout
from bot.stage.overlays import Spot, render_label
from bot.stage.picture import Overlay, Plane
from persona.clone.base import Rect
from products.errors import ContentError, Refused

TEXTS = {"en": "AI-generated host", "zh": "数字人主播 · AI生成"}
BETWEEN = " / "  # between the languages of a label; drawn as a line break
OPACITY = 0.78  # of the dark plate
AMPLE = 1.04  # drawn this much higher than asked: an encoder softens the edges
SOLID = 0.5  # a row counts where some pixel is covered at least by half


@dataclass(frozen=True, slots=True)
class LabelSpec:
    """What the merged packs ask of the label in the picture.

    min_ink_ratio  height of drawn capitals and characters / shortest side of the picture
    min_contrast   WCAG contrast of text against the plate as it stands over the picture
    placement      alternatives of each rule: each tuple must hold one place where the label stands
    """

    text: str
    min_ink_ratio: float = 0.05
    min_contrast: float = 4.5
    placement: tuple[tuple[str, ...], ...] = (("edge", "corner"),)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self.text.split(BETWEEN))


@dataclass(frozen=True, slots=True)
class Label:
    """A drawn label. `spots`: where its height is measured."""

    text: str
    overlay: Overlay
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class LabelMeasure:
    """What was measured on the label's drawn pixels.

    ink_px     the least height among capitals and Chinese characters of any line, in solid rows
    contrast   least text luminance against greatest plate luminance, over the actual picture (WCAG, 1..21)
    placement  the names of places that it fulfils
    """

    ink_px: int
    contrast: float
    placement: frozenset[str]

    def misses(self, spec: LabelSpec, shortest_side: int) -> tuple[str, ...]:
        """What `spec` asks for and the drawing lacks, in plain words; empty when all is met."""
        out = []
        need = math.ceil(spec.min_ink_ratio * shortest_side)
        if self.ink_px < need:
            out.append(f"the text is {self.ink_px} px high, {need} px are asked for")
        if self.contrast < spec.min_contrast:
            out.append(f"its contrast is {self.contrast:.1f}, {spec.min_contrast:.1f} is asked for")
        for places in spec.placement:
            if not self.placement & set(places):
                out.append(f"it stands at {', '.join(sorted(self.placement))}, not at {' or '.join(places)}")
        return tuple(out)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A label as it stands in the picture: who sees it there has seen all this. `height_ratio`: its ink over
    the picture's shortest side; `contrast`: 1..21; `place`: in the packs' words.
    """

    text: str
    height_ratio: float
    contrast: float
    place: str


def label_text(languages: Sequence[str], must_match_all: Iterable[str]) -> str:
    """The label's words: in each of the languages (others: English), and in more where the regexes ask for
    them.

    The languages are joined by BETWEEN. Raises Refused when no wording that we have matches all the regexes.
    """
    wanted = tuple(dict.fromkeys(_known(tag) for tag in languages)) or ("en",)
    patterns = tuple(must_match_all)
    others = [tag for tag in TEXTS if tag not in wanted]
    for more in range(len(others) + 1):
        for extra in combinations(others, more):
            text = BETWEEN.join(TEXTS[tag] for tag in (*wanted, *extra))
            if all(re.search(pattern, text) for pattern in patterns):
                return text
    everything = BETWEEN.join(TEXTS.values())
    missing = [pattern for pattern in patterns if not re.search(pattern, everything)]
    raise Refused(
        f"No AI label that we can draw matches {' and '.join(repr(p) for p in missing)}.",
        remedy="Look at `must_match_all` of the label rules in the packs of this show's platforms.",
    )


def _known(tag: str) -> str:
    language = tag.split("-")[0].lower()
    return language if language in TEXTS else "en"


def label_lines(text: str) -> int:
    """How many lines the label takes: for `layout(width, height, label_lines)`."""
    return len(text.split(BETWEEN))


def draw_label(spec: LabelSpec, plan: Layout) -> Label:
    """The label at the top left, as small as `spec` allows: its size is raised until the drawn ink is high
    enough.

    Contrast is settled against a white picture, the worst case. Raises ContentError when it does not fit
    `plan.label`.
    """
    shortest = min(plan.width, plan.height)
    need = math.ceil(spec.min_ink_ratio * shortest)
    white = tuple(
        np.full((plan.height // n, plan.width // n), v, np.uint8) for n, v in ((1, 235), (2, 128), (2, 128))
    )
    size, opacity = float(need), OPACITY
    while True:
        overlay, spots = render_label(spec.lines, plan, size, opacity)
        if overlay.w > plan.label.w or overlay.h > plan.label.h:
            raise ContentError(
                f"The AI label {spec.text!r}, {need} px high, does not fit in {plan.width}x{plan.height}.",
                remedy="Use a larger picture, or fewer languages.",
            )
        label = Label(spec.text, overlay, spots)
        if ink_px(label) < AMPLE * need:
            size += 0.5
            continue
        if measure(label, (white[0], white[1], white[2])).contrast >= spec.min_contrast or opacity >= 1:
            return label
        opacity = min(1.0, opacity + 0.02)


def ink_px(label: Label) -> int:
    """Solid rows of the lowest among capitals and Chinese characters, each line by itself; 0 where there are
    neither."""
    cover = _cover(label.overlay)
    heights = []
    for line, kind in {(s.line, s.kind) for s in label.spots}:
        rows: set[int] = set()
        for s in label.spots:
            if (s.line, s.kind) == (line, kind):
                part = cover[s.y : s.y + s.h, s.x : s.x + s.w]
                rows.update(int(r) + s.y for r in np.flatnonzero((part >= SOLID).any(1)))
        heights.append(max(rows) - min(rows) + 1 if rows else 0)
    return min(heights, default=0)


def _cover(overlay: Overlay) -> colour.Float:
    """How far each pixel is covered by text, 0..1: from the plate's level to that of white."""
    plate = float(np.median(overlay.pre_y))
    return ((overlay.pre_y.astype(np.float32) - plate) / (235 - plate)).astype(np.float32)


def measure(label: Label, background: tuple[Plane, Plane, Plane]) -> LabelMeasure:
    """Measure the label over `background`: planes (y, u, v) of the whole picture, without the label."""
    whole = Planes(*background)
    where = box(label.overlay)
    under = Planes(*(p.copy() for p in whole.within(where)))
    at_origin = Overlay(
        label.overlay.key,
        0,
        0,
        label.overlay.pre_y,
        label.overlay.pre_u,
        label.overlay.pre_v,
        label.overlay.ia_y,
        label.overlay.ia_c,
    )
    blend(under, at_origin, Rect(0, 0, where.w, where.h))
    light = colour.luminance(colour.rgb_of(*under))
    cover = _cover(label.overlay)
    inside = label.overlay.ia_y <= int(np.median(label.overlay.ia_y)) + 2  # not the plate's round corners
    text, plate = light[cover >= 0.97], light[inside & (cover <= 0.03)]
    ratio = colour.contrast(float(text.min()), float(plate.max())) if text.size and plate.size else 1.0
    height, width = background[0].shape
    return LabelMeasure(ink_px(label), ratio, places(where, width, height))


def drawn(label: Label, background: tuple[Plane, Plane, Plane]) -> Drawn:
    """What is to be known of the label while it is looked for: `measure` over `background`."""
    found = measure(label, background)
    place = next((p for p in ("corner", "edge") if p in found.placement), "anywhere")
    return Drawn(label.text, found.ink_px / min(background[0].shape), found.contrast, place)


def places(rect: Rect, width: int, height: int) -> frozenset[str]:
    """Names of the places of `rect` in a picture, in the packs' words. At an edge: within 6 % of the
    shortest side."""
    near = 0.06 * min(width, height)
    sides = {
        "left": rect.x <= near,
        "right": width - rect.x - rect.w <= near,
        "top": rect.y <= near,
        "bottom": height - rect.y - rect.h <= near,
    }
    out = {"anywhere"} | {side for side, there in sides.items() if there}
    corners = {f"{v}_{h}" for v in ("top", "bottom") for h in ("left", "right") if sides[v] and sides[h]}
    if corners:
        out |= corners | {"corner"}
    if any(sides.values()):
        out.add("edge")
    return frozenset(out)
