"""What is drawn over the host: product card, question, notice, AI label. Each is rendered once per change.

Functions are pure but for the product's picture, which is read from disk and kept. They take some
milliseconds: call them off the air's own thread and hand the finished Overlay over.
"""

from dataclasses import dataclass
from hashlib import blake2s
from pathlib import Path
from typing import Literal

import numpy as np

from bot.show.messages import Card
from bot.stage import colour
from bot.stage.canvas import Canvas, rounded_mask
from bot.stage.fonts import Weight
from bot.stage.layout import Layout
from bot.stage.picture import Overlay
from bot.stage.thumbs import thumb
from bot.stage.typeset import clean, fit, is_wide, shorten, width, wrap
from persona.clone.base import Rect

SOLD_OUT = {"en": "Sold out", "zh": "售罄"}
ASKS = {"en": "{} asks", "zh": "{} 问"}
A_VIEWER = {"en": "A viewer", "zh": "观众"}
TILE: tuple[colour.Rgb, colour.Rgb] = ((0xF0, 0xF3, 0xF6), (0xDC, 0xE5, 0xE8))


def words_for(table: dict[str, str], language: str) -> str:
    """The entry for a language tag ("zh", "zh-CN"), else the English one."""
    return table.get(language.split("-")[0].lower(), table["en"])


def key_of(kind: str, *parts: object) -> str:
    """A short name for content: equal parts give equal keys."""
    return f"{kind}:{blake2s(repr(parts).encode(), digest_size=10).hexdigest()}"


# ---- the product card


def render_card(card: Card, picture: Path | None, language: str, plan: Layout) -> Overlay:
    """The product card in `plan.card`: number, picture, name, price, compare-at price, detail, sold out.

    picture  a local image file, any size; None or unreadable: the name's first character stands in its place.
    """
    r = plan.card
    sheet = Canvas.around(r, int(plan.px(24)), plan.width, plan.height)
    sheet.shadow(r.x, r.y + plan.px(6), r.w, r.h, plan.px(26), plan.px(7), 0.22)
    sheet.rounded(r.x, r.y, r.w, r.h, plan.px(26), colour.PAPER)
    side = r.h - round(plan.px(24))
    left, top = r.x + round(plan.px(12)), r.y + round(plan.px(12))
    _card_picture(sheet, card, picture, left, top, side, plan)
    _badge(sheet, str(card.number), left + plan.px(8), top + plan.px(8), plan)
    text = left + side + plan.px(21)
    _card_words(sheet, card, language, text, r.x + r.w - plan.px(22) - text, plan)
    stamp = picture.stat().st_mtime_ns if picture and picture.is_file() else 0
    return sheet.overlay(key_of("card", card, str(picture), stamp, language, r))


def _card_picture(
    sheet: Canvas, card: Card, path: Path | None, x: int, y: int, side: int, plan: Layout
) -> None:
    mask = rounded_mask(side, side, 0, 0, side, side, plan.px(16))
    steps = np.linspace(0, 1, side, dtype=np.float32)[:, None, None]
    light, dark = (np.array(c, np.float32) for c in TILE)
    tile = np.full((side, side, 4), 255, np.uint8)
    tile[..., :3] = np.rint(light * (1 - steps) + dark * steps)
    sheet.picture(tile, x, y, mask)
    image = thumb(path, side) if path else None
    if image is None:
        letter = (clean(card.title) or "?")[0].upper()
        size = side * 0.5
        sheet.text(
            x + (side - width(letter, size, Weight.BOLD)) / 2,
            y + side * 0.68,
            letter,
            size,
            Weight.BOLD,
            colour.TEAL,
            0.35,
        )
        return
    if card.sold_out:
        grey = (image[..., :3] @ np.array([0.3, 0.59, 0.11], np.float32))[..., None]
        image = np.concatenate((np.rint(0.75 * grey + 0.25 * image[..., :3]), image[..., 3:]), -1).astype(
            np.uint8
        )
    sheet.picture(image, x, y, mask * np.float32(0.55 if card.sold_out else 1.0))


def _badge(sheet: Canvas, number: str, x: float, y: float, plan: Layout) -> None:
    size = plan.px(27)
    w = max(plan.px(38), width(number, size, Weight.BOLD) + plan.px(20))
    h = plan.px(40)
    sheet.rounded(x, y, w, h, plan.px(10), colour.TEAL)
    inset = (w - width(number, size, Weight.BOLD)) / 2
    sheet.text(x + inset, y + h / 2 + size * 0.37, number, size, Weight.BOLD, colour.WHITE)


def _card_words(sheet: Canvas, card: Card, language: str, x: float, room: float, plan: Layout) -> None:
    title, detail = clean(card.title), clean(card.detail)
    big = fit(title, Weight.BOLD, room, plan.px(37), plan.px(32))
    if width(title, big, Weight.BOLD) <= room:
        lines, name, price = [title], [67.0], 134.0
    else:
        big = plan.px(29)
        lines, name, price = wrap(title, big, Weight.BOLD, room, 2), [48.0, 84.0], 143.0
    down = 0.0 if detail else 14.0
    for line, offset in zip(lines, name, strict=False):
        sheet.text(x, plan.card.y + plan.px(offset + down), line, big, Weight.BOLD, colour.INK)
    largest = plan.px(61 if len(lines) == 1 else 54)
    _price(sheet, card, language, x, plan.card.y + plan.px(price + down), room, largest, plan)
    if detail:
        size = fit(detail, Weight.REGULAR, room, plan.px(26), plan.px(22))
        detail = _whole_parts(detail, size, room)
        baseline = plan.card.y + plan.px(176 if len(lines) == 1 else 186)
        sheet.text(x, baseline, detail, size, Weight.REGULAR, colour.MUTED)


def _whole_parts(detail: str, size: float, room: float) -> str:
    """The detail without the last of its parts (between " · ") that do not fit; one part is cut if it must
    be."""
    parts = detail.split(" · ")
    while len(parts) > 1 and width(" · ".join(parts), size, Weight.REGULAR) > room:
        parts.pop()
    return shorten(" · ".join(parts), size, Weight.REGULAR, room)


def _price(
    sheet: Canvas,
    card: Card,
    language: str,
    x: float,
    baseline: float,
    room: float,
    largest: float,
    plan: Layout,
) -> None:
    """Price in coral with the compare-at price struck out; sold out: in grey, with the words beside it."""
    price = clean(card.price)
    beside = words_for(SOLD_OUT, language) if card.sold_out else clean(card.compare_at)
    ratio, gap = (0.44 if card.sold_out else 0.55), plan.px(14)
    pad = plan.px(16) if card.sold_out else 0.0

    def wide(size: float) -> float:
        more = gap + 2 * pad + width(beside, size * ratio, Weight.BOLD) if beside else 0.0
        return width(price, size, Weight.BOLD) + more

    size = largest
    while size > largest * 0.45 and wide(size) > room:
        size -= 0.5
    price = shorten(price, size, Weight.BOLD, room)
    sheet.text(x, baseline, price, size, Weight.BOLD, colour.MUTED if card.sold_out else colour.CORAL)
    if not beside or wide(size) > room:
        return
    x += width(price, size, Weight.BOLD) + gap
    small = size * ratio
    w = width(beside, small, Weight.BOLD)
    if card.sold_out:
        middle, h = baseline - size * 0.36, small * 1.6
        sheet.rounded(x, middle - h / 2, w + 2 * pad, h, h / 2, colour.CORAL)
        sheet.text(x + pad, middle + small * 0.37, beside, small, Weight.BOLD, colour.WHITE)
    else:
        sheet.text(x, baseline, beside, small, Weight.BOLD, colour.FAINT)
        sheet.rounded(x - 1, baseline - small * 0.33, w + 2, max(1.5, small * 0.075), 0, colour.FAINT)


# ---- the viewer's question, and notices


def render_question(viewer: str, text: str, language: str, plan: Layout) -> Overlay:
    """The viewer's question in a bubble, below the label: two lines at most. Names that cannot be drawn: "A
    viewer"."""
    r, pad = plan.question, plan.px(20)
    room = r.w - 2 * pad
    size, small = plan.px(28), plan.px(22)
    name = shorten(clean(viewer) or words_for(A_VIEWER, language), small, Weight.BOLD, room * 0.7)
    head = words_for(ASKS, language).format(name)
    lines = wrap(clean(text) or "…", size, Weight.REGULAR, room, 2)
    wide = max(width(head, small, Weight.BOLD), *(width(line, size, Weight.REGULAR) for line in lines))
    w, h = wide + 2 * pad, min(plan.px(101 + 38 * (len(lines) - 1)), r.h)
    # the shadow stays out of the label, which ends 12 px above
    sheet = Canvas.around(r, int(plan.px(10)), plan.width, plan.height)
    sheet.shadow(r.x, r.y + plan.px(3), w, h, plan.px(18), plan.px(3), 0.2)
    corners = (plan.px(18), plan.px(18), plan.px(18), plan.px(4))
    sheet.rounded(r.x, r.y, w, h, corners, colour.PAPER, 0.96)
    sheet.text(r.x + pad, r.y + plan.px(40), head, small, Weight.BOLD, colour.TEAL)
    for i, line in enumerate(lines):
        sheet.text(r.x + pad, r.y + plan.px(79 + 38 * i), line, size, Weight.REGULAR, colour.INK)
    return crop(sheet, key_of("question", head, lines, r))


def render_notice(text: str, plan: Layout) -> Overlay:
    """A banner above the captions: one line, or two smaller ones."""
    r, pad = plan.notice, plan.px(26)
    room = r.w - 2 * pad - plan.px(20)
    words = clean(text)
    size = fit(words, Weight.MEDIUM, room, plan.px(30), plan.px(25))
    one = width(words, size, Weight.MEDIUM) <= room
    size = size if one else plan.px(23)
    lines = wrap(words, size, Weight.MEDIUM, room, 1 if one else 2)
    wide = max((width(line, size, Weight.MEDIUM) for line in lines), default=0.0)
    w, h = wide + 2 * pad + plan.px(20), plan.px(58 if one else 72)
    x, y = r.x + (r.w - w) / 2, r.y + (r.h - h) / 2
    sheet = Canvas.around(r, int(plan.px(8)), plan.width, plan.height)
    sheet.shadow(x, y + plan.px(2), w, h, plan.px(20), plan.px(3), 0.3)
    sheet.rounded(x, y, w, h, plan.px(20), colour.PAPER, 0.96)
    dot = plan.px(10)
    sheet.rounded(x + pad - plan.px(2), y + (h - dot) / 2, dot, dot, dot / 2, colour.CORAL)
    step = size * 1.3
    first = y + h / 2 + size * 0.36 - step * (len(lines) - 1) / 2
    for i, line in enumerate(lines):
        sheet.text(x + pad + plan.px(20), first + step * i, line, size, Weight.MEDIUM, colour.TEAL_DARK)
    return crop(sheet, key_of("notice", lines, r))


def crop(sheet: Canvas, key: str) -> Overlay:
    """The overlay of what was drawn, cut to the even rectangle that holds it (the air pays per pixel)."""
    alpha = sheet.px[..., 3] > 1 / 512
    rows, cols = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    if not len(rows):
        return Canvas(sheet.x, sheet.y, 2, 2).overlay(key)
    x0, y0 = int(cols[0]) // 2 * 2, int(rows[0]) // 2 * 2
    x1, y1 = int(cols[-1]) // 2 * 2 + 2, int(rows[-1]) // 2 * 2 + 2
    return colour.overlay_of(key, sheet.x + x0, sheet.y + y0, sheet.px[y0:y1, x0:x1])


# ---- the AI label


@dataclass(frozen=True, slots=True)
class Spot:
    """Columns x..x+w of a label line (rows y..y+h) that hold letters of one kind: where its height is
    measured."""

    line: int
    kind: Literal["capital", "han"]
    x: int
    y: int
    w: int
    h: int


def render_label(
    lines: tuple[str, ...], plan: Layout, size: float, opacity: float
) -> tuple[Overlay, tuple[Spot, ...]]:
    """White words on a dark plate at the top left, cut to the plate; and where capitals and Chinese stand in
    it.

    Coordinates of the spots are the overlay's own. The plate may be larger than `plan.label`: the caller
    decides.
    """
    pad_x, pad_y, step = plan.px(20), plan.px(13), size * 1.26
    w = max(width(line, size, Weight.BOLD) for line in lines) + 2 * pad_x
    h = size * 1.07 + step * (len(lines) - 1) + 2 * pad_y
    r = plan.label
    even = Rect(r.x, r.y, int(-(-w // 2)) * 2, int(-(-h // 2)) * 2)
    sheet = Canvas(even.x, even.y, even.w, even.h)
    sheet.rounded(even.x, even.y, even.w, even.h, plan.px(15), colour.INK, opacity)
    spots: list[Spot] = []
    for i, line in enumerate(lines):
        baseline = even.y + pad_y + size * 0.85 + step * i
        sheet.text(even.x + pad_x, baseline, line, size, Weight.BOLD, colour.WHITE)
        spots += _spots(line, i, pad_x, baseline - even.y, size)
    return sheet.overlay(key_of("label", lines, even, size, opacity)), tuple(spots)


def _spots(line: str, number: int, left: float, baseline: float, size: float) -> list[Spot]:
    out = []
    top, bottom = int(baseline - size), int(baseline + size * 0.2)
    for i, char in enumerate(line):
        kind: Literal["capital", "han"] | None = (
            "capital"
            if char.isascii() and char.isupper()
            else "han"
            if is_wide(char) and char.isalpha()
            else None
        )
        if kind:
            x0 = left + width(line[:i], size, Weight.BOLD)
            x1 = left + width(line[: i + 1], size, Weight.BOLD)
            out.append(Spot(number, kind, int(x0), top, int(x1) - int(x0), bottom - top))
    return out
