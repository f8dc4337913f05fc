"""Whole pictures that stand in for the stage: the hold slate and the ending. Rendered before they are
needed."""

import cv2
import numpy as np

from bot.stage import colour
from bot.stage.blend import Planes, blend, box
from bot.stage.canvas import Canvas
from bot.stage.compositor import Slate
from bot.stage.fonts import Weight
from bot.stage.layout import Layout
from bot.stage.overlays import key_of, words_for
from bot.stage.picture import Plane
from bot.stage.typeset import clean, fit, shorten, width, wrap

BACK = {"en": "We'll be right back", "zh": "马上回来"}
SOON = {"en": "Starting soon", "zh": "即将开播"}
WAIT = {"en": "The show goes on in a moment.", "zh": "直播稍后继续，请稍等片刻。"}
THANKS = {"en": "Thanks for watching", "zh": "感谢观看"}
AGAIN = {"en": "See you next time.", "zh": "我们下次再见。"}


def render_hold(
    backdrop: tuple[Plane, Plane, Plane], shop: str, language: str, plan: Layout, reason: str = ""
) -> Slate:
    """The stage out of focus, "We'll be right back" and the shop's name. `reason` takes the place of the
    small line.

    backdrop  planes of the picture without the host. The AI label is the compositor's to lay over it.
    """
    small = clean(reason) or words_for(WAIT, language)
    return _slate("hold", backdrop, words_for(BACK, language), small, shop, plan)


def render_starting(
    backdrop: tuple[Plane, Plane, Plane], shop: str, language: str, plan: Layout, reason: str = ""
) -> Slate:
    """Before the show: "Starting soon". `reason` takes the place of the small line."""
    small = clean(reason) or words_for(WAIT, language)
    return _slate("starting", backdrop, words_for(SOON, language), small, shop, plan)


def render_ending(
    backdrop: tuple[Plane, Plane, Plane], shop: str, language: str, plan: Layout, following: str = ""
) -> Slate:
    """The goodbye: thanks, and `following` (for example when the next show is) or "See you next time."."""
    small = clean(following) or words_for(AGAIN, language)
    return _slate("ending", backdrop, words_for(THANKS, language), small, shop, plan)


def _slate(
    kind: str, backdrop: tuple[Plane, Plane, Plane], large: str, small: str, shop: str, plan: Layout
) -> Slate:
    planes = _out_of_focus(backdrop, plan)
    w = min(plan.width - plan.px(96), plan.px(600))
    room, middle = w - plan.px(72), plan.width / 2
    lines = wrap(small, plan.px(28), Weight.REGULAR, room, 2)
    h = plan.px(258 + 38 * len(lines))
    x, y = (plan.width - w) / 2, plan.height * (0.5 if plan.landscape else 0.47) - h / 2
    sheet = Canvas(0, 0, plan.width, plan.height)
    sheet.shadow(x, y + plan.px(8), w, h, plan.px(30), plan.px(16), 0.2)
    sheet.rounded(x, y, w, h, plan.px(30), colour.PAPER)
    name = clean(shop)

    def centred(text: str, baseline: float, size: float, weight: Weight, tint: colour.Rgb) -> None:
        sheet.text(middle - width(text, size, weight) / 2, y + plan.px(baseline), text, size, weight, tint)

    if name:
        name = shorten(name, plan.px(30), Weight.BOLD, room)
        centred(name, 80, plan.px(30), Weight.BOLD, colour.TEAL)
    bar = plan.px(56)
    sheet.rounded(middle - bar / 2, y + plan.px(104), bar, plan.px(5), plan.px(2.5), colour.AMBER)
    size = fit(large, Weight.BOLD, room, plan.px(60), plan.px(24))
    centred(large, 190, size, Weight.BOLD, colour.INK)
    for i, line in enumerate(lines):
        centred(line, 246 + 38 * i, plan.px(28), Weight.REGULAR, colour.MUTED)
    patch = sheet.overlay(key_of(kind, large, small, name))
    blend(planes, patch, box(patch))
    key = key_of(kind, large, small, name, plan.width, plan.height)
    return Slate(key, (planes.y, planes.u, planes.v))


def _out_of_focus(backdrop: tuple[Plane, Plane, Plane], plan: Layout) -> Planes:
    """Copies of the planes, blurred, with a little of their contrast taken away towards cream."""
    y, u, v = (
        cv2.GaussianBlur(plane, (0, 0), plan.px(22) / (1 if i == 0 else 2))
        for i, plane in enumerate(backdrop)
    )
    calm = cv2.addWeighted(y, 0.86, np.full_like(y, 210), 0.14, 0)
    return Planes(calm, u, v)
