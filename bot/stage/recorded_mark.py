"""The mark on recorded footage: "Recorded" / 录播, for as long as a filmed clip is on the air.

Facebook Live asks for it (pack facebook-live, rules FB-LIVE and FB-LIVE.rec: "only the recorded footage must
be marked as recorded"); Castmate draws it on every platform, since it is true. It stands apart from the AI
label: they are two marks, as they are two kinds of label in the packs.
"""

import re
from collections.abc import Sequence

from bot.stage import colour
from bot.stage.canvas import Canvas
from bot.stage.fonts import Weight
from bot.stage.layout import Layout
from bot.stage.overlays import key_of, words_for
from bot.stage.picture import Overlay
from bot.stage.typeset import width
from persona.clone.base import Rect
from products.errors import Refused

RECORDED = {"en": "Recorded", "zh": "录播"}
PLATE = 0.98  # opacity: nothing of the clip shows through, so the watch finds the mark on any picture
SIZE = 36.0  # of the text, on the board of 720: as high as the AI label must be (5 % of the shortest side)


def recorded_words(language: str, patterns: Sequence[str] = ()) -> str:
    """The mark's words in the show's language, and in both where a pack's pattern asks for it. Raises
    Refused when no wording that we have matches all the patterns.
    """
    own, both = words_for(RECORDED, language), " · ".join(RECORDED.values())
    for text in (own, both):
        if all(re.search(pattern, text) for pattern in patterns):
            return text
    raise Refused(
        f"No mark on recorded footage that we can draw matches {' and '.join(repr(p) for p in patterns)}.",
        remedy="Look at the label rules about recorded footage in the packs of this show's platforms.",
    )


def mark_place(plan: Layout, clip: Rect) -> Rect:
    """Where the mark of a clip may stand, at its largest: under the AI label over a clip that fills the
    picture, above a smaller one, its right edge over the clip's. Questions stand there at other times: a clip
    ends before an answer begins.
    """
    h = int(plan.px(60)) // 2 * 2
    if (clip.w, clip.h) == (plan.width, plan.height):
        return Rect(plan.question.x, plan.question.y, plan.question.w, h)
    w, gap, right = int(plan.px(320)) // 2 * 2, int(plan.px(10)) // 2 * 2, clip.x + clip.w
    return Rect(right - w, clip.y - gap - h, w, h)


def render_recorded(text: str, plan: Layout, clip: Rect) -> Overlay:
    """The mark: a red dot and the words on a dark plate, cut to what it needs."""
    place = mark_place(plan, clip)
    size, pad, dot = plan.px(SIZE), plan.px(18), plan.px(18)
    w = min(place.w, int(width(text, size, Weight.BOLD) + 2 * pad + dot + plan.px(12)) // 2 * 2 + 2)
    whole = (clip.w, clip.h) == (plan.width, plan.height)
    x = place.x if whole else place.x + place.w - w
    sheet = Canvas(x, place.y, w, place.h)
    sheet.rounded(x, place.y, w, place.h, plan.px(13), colour.INK, PLATE)
    sheet.rounded(x + pad, place.y + (place.h - dot) / 2, dot, dot, dot / 2, colour.CORAL)
    baseline = place.y + place.h / 2 + size * 0.355
    sheet.text(x + pad + dot + plan.px(12), baseline, text, size, Weight.BOLD, colour.WHITE)
    return sheet.overlay(key_of("recorded", text, clip, place, size))
