"""Captions in step with the voice: each word lights up as it is spoken, the product's name in amber.

A page is drawn once for each of its words, ahead of time and off the air's thread (`CaptionTrack.prepare`);
the air itself only looks up what was drawn (`CaptionTrack.at`).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import cv2

from bot.stage import colour
from bot.stage.canvas import Canvas, text_mask
from bot.stage.colour import Rgb
from bot.stage.fonts import Weight
from bot.stage.layout import Layout
from bot.stage.overlays import crop, key_of
from bot.stage.paging import CaptionLine, Page, pages
from bot.stage.picture import Overlay
from bot.stage.typeset import CLOSING, fit, width
from persona.speech import Word

KEPT = 32  # drawn states kept at most; about 0.2 MB each at 720x1280
LIT: dict[bool, Rgb] = {False: colour.WHITE, True: colour.AMBER}
UNLIT: dict[bool, Rgb] = {False: (0xC9, 0xCB, 0xCB), True: (0xD6, 0xBB, 0x74)}


@dataclass(frozen=True, slots=True)
class _Step:
    """From `start` (seconds) on, page `page` shows with its characters before `lit` lit."""

    start: float
    page: int
    lit: int


class CaptionTrack:
    """The captions of one Line. Times are seconds on a scale of the caller's (for example since the Line
    began).

    Pages are broken over the whole line at once, so they do not jump when the next clause comes; clauses are
    added as they are spoken. `prepare` may run in another thread than `at`.
    """

    def __init__(self, text: str, language: str, product_names: Sequence[str], plan: Layout) -> None:
        self._text = text
        self._plan = plan
        self.pages: tuple[Page, ...] = pages(text, language, product_names)
        largest = plan.px(40 if language.split("-")[0].lower() == "zh" else 42)
        self._size = _common_size(self.pages, plan, largest)
        self._steps: list[_Step] = []
        self._starts: list[float] = []
        self._drawn: dict[tuple[int, int], Overlay] = {}
        self._bases: dict[int, Canvas] = {}

    def speak(self, words: Sequence[Word], at: float) -> None:
        """A clause begins at `at`; its words' times count from there and their spans are those of the line's
        text.

        Steps at or after `at` from an earlier call are dropped: a sentence that is said again starts anew.
        """
        steps = [s for s in self._steps if s.start < at]
        for i, word in enumerate(words):
            page = self._page_of(word.a)
            if page is None:
                continue
            if i == 0:
                steps.append(_Step(at, page, word.a))
            steps.append(_Step(at + word.start, page, self._past(word.b)))
        steps.sort(key=lambda s: s.start)
        # rebound as a whole: `at` in another thread sees the old list or the new one
        self._steps, self._starts = steps, [s.start for s in steps]

    def _page_of(self, a: int) -> int | None:
        """The page that shows text[a], else the next one, else the last."""
        for i, page in enumerate(self.pages):
            if a < page.b:
                return i
        return len(self.pages) - 1 if self.pages else None

    def _past(self, b: int) -> int:
        """The end of a word with the punctuation that closes it: they light up together."""
        while b < len(self._text) and self._text[b] in CLOSING:
            b += 1
        return b

    def at(self, t: float) -> Overlay | None:
        """What to show at `t`: a look-up. None before the first clause, and while nothing of the page is
        drawn yet.

        When the exact state is not drawn yet, the latest earlier state of the same page stands in.
        """
        steps = self._steps
        i = min(bisect_right(self._starts, t), len(steps)) - 1
        if i < 0:
            return None
        page = steps[i].page
        while i >= 0 and steps[i].page == page:
            found = self._drawn.get((page, steps[i].lit))
            if found is not None:
                return found
            i -= 1
        return None

    def prepare(self, t: float, ahead: float = 2.0) -> int:
        """Draw what `at` will want from `t` until `t + ahead`, nearest first; forget the rest. Off the air's
        thread.

        Returns how many states were drawn: some milliseconds each. At most KEPT states are kept.
        """
        steps, now = self._steps, max(bisect_right(self._starts, t) - 1, 0)
        wanted = list(
            dict.fromkeys(
                (s.page, s.lit) for k, s in enumerate(steps) if k == now or t < s.start <= t + ahead
            )
        )[:KEPT]
        for key in [k for k in self._drawn if k not in wanted]:
            self._drawn.pop(key)
        for page in [p for p in self._bases if p not in {k[0] for k in wanted}]:
            self._bases.pop(page)
        fresh = [key for key in wanted if key not in self._drawn]
        for page, lit in fresh:
            if page not in self._bases:
                self._bases[page] = _base(self.pages[page], self._size, self._plan)
            self._drawn[page, lit] = _draw(self.pages[page], lit, self._size, self._plan, self._bases[page])
        return len(fresh)


def render_page(page: Page, lit: int, language: str, plan: Layout) -> Overlay:
    """One caption page with its characters before `lit` (a place in the spoken text) lit."""
    size = _common_size((page,), plan, plan.px(40 if language.split("-")[0].lower() == "zh" else 42))
    return _draw(page, lit, size, plan, _base(page, size, plan))


def _common_size(all_pages: Sequence[Page], plan: Layout, largest: float) -> float:
    """One size for the whole line, at which its widest line fits."""
    room = plan.caption.w - plan.px(24)
    lines = (line.text for page in all_pages for line in page.lines)
    return min((fit(text, Weight.BOLD, room, largest, plan.px(14)) for text in lines), default=largest)


def _places(page: Page, size: float, plan: Layout) -> list[tuple[CaptionLine, float, float]]:
    """Each line with its x and baseline: centred."""
    box, step = plan.caption, plan.px(51)
    first = box.y + box.h / 2 + plan.px(42) * 0.36 - step * (len(page.lines) - 1) / 2
    return [
        (line, box.x + (box.w - width(line.text, size, Weight.BOLD)) / 2, first + step * i)
        for i, line in enumerate(page.lines)
    ]


def _base(page: Page, size: float, plan: Layout) -> Canvas:
    """What stands behind the words whatever is lit: a dark outline and a soft shadow, for contrast on any
    picture."""
    sheet = Canvas.around(plan.caption, 0, plan.width, plan.height)
    solid = Canvas.around(plan.caption, 0, plan.width, plan.height)
    for line, x, baseline in _places(page, size, plan):
        mask, left, top = text_mask(line.text, size, Weight.BOLD, x, baseline)
        solid.paint(mask, left, top, colour.WHITE)
    ink = solid.px[..., 3]
    wide = round(plan.px(2.5)) * 2 + 1
    outline = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide)))
    drop = round(plan.px(2))
    sheet.paint(cv2.GaussianBlur(outline, (0, 0), plan.px(7)), sheet.x, sheet.y + drop, colour.INK, 0.55)
    sheet.paint(cv2.GaussianBlur(outline, (0, 0), plan.px(1.1)), sheet.x, sheet.y, colour.INK, 0.72)
    return sheet


def _draw(page: Page, lit: int, size: float, plan: Layout, base: Canvas) -> Overlay:
    sheet = base.copy()
    for line, x, baseline in _places(page, size, plan):
        looks = [(at < lit, name) for at, name in zip(line.at, line.name, strict=True)]
        start = 0
        for (is_lit, name), run in groupby(looks):
            end = start + len(list(run))
            part = line.text[start:end]
            if part.strip():
                ahead = width(line.text[:start], size, Weight.BOLD)
                tint = (LIT if is_lit else UNLIT)[name]
                sheet.text(x + ahead, baseline, part, size, Weight.BOLD, tint)
            start = end
    return crop(sheet, key_of("caption", page, lit, size, plan.caption))
