"""Captions in step with the voice: each word lights up as it is spoken, the product's name in amber.

A page is drawn twice, dim and bright, ahead of time and off the air's thread (`CaptionTrack.prepare`). On
air the state of a word is cut together from both, once a word (`CaptionTrack.at`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np

from bot.stage import colour
from bot.stage.canvas import Canvas
from bot.stage.colour import Rgb
from bot.stage.fonts import Weight
from bot.stage.layout import Layout
from bot.stage.overlays import crop, key_of
from bot.stage.paging import CaptionLine, Page, pages
from bot.stage.picture import Overlay
from bot.stage.typeset import CLOSING, fit, width
from persona.speech import Word

KEPT = 8  # drawn pages kept at most; about 0.4 MB each at 720x1280
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
        self._size = _common_size(self.pages, plan, _largest(language, plan))
        self._steps: list[_Step] = []
        self._starts: list[float] = []
        self._sheets: dict[int, _Sheet] = {}
        self._last: tuple[tuple[int, int], Overlay] | None = None

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
        """What to show at `t`. None before the first clause, and while its page is not drawn yet.

        A look-up; at the first tick of a new word also one copy of a few rows (some 30 microseconds).
        """
        steps = self._steps
        i = min(bisect_right(self._starts, t), len(steps)) - 1
        if i < 0:
            return None
        page, lit = steps[i].page, steps[i].lit
        last = self._last
        if last is not None and last[0] == (page, lit):
            return last[1]
        sheet = self._sheets.get(page)
        if sheet is None:
            return None
        state = _state(self.pages[page], lit, sheet)
        self._last = ((page, lit), state)
        return state

    def prepare(self, t: float, ahead: float = 2.0) -> int:
        """Draw the pages that `at` will want from `t` until `t + ahead`; forget others. Off the air's thread.

        Returns how many pages were drawn: some 20 milliseconds each. At most KEPT are kept, the nearest.
        """
        steps, now = self._steps, max(bisect_right(self._starts, t) - 1, 0)
        soon = (s.page for k, s in enumerate(steps) if k == now or t < s.start <= t + ahead)
        wanted = list(dict.fromkeys(soon))[:KEPT]
        for page in [page for page in self._sheets if page not in wanted]:
            self._sheets.pop(page)
        fresh = [page for page in wanted if page not in self._sheets]
        for page in fresh:
            self._sheets[page] = _sheet(self.pages[page], self._size, self._plan)
        return len(fresh)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page drawn twice, dim and bright, at the same place; a state is cut together from both.

    edges  for each line: the rows y0, y1 of its band, and for each count of lit characters where brightness
    ends (x)
    """

    dim: Overlay
    bright: Overlay
    edges: tuple[tuple[int, int, tuple[int, ...]], ...]


def render_page(page: Page, lit: int, language: str, plan: Layout) -> Overlay:
    """One caption page with its characters before `lit` (a place in the spoken text) lit."""
    return _state(page, lit, _sheet(page, _common_size((page,), plan, _largest(language, plan)), plan))


def _largest(language: str, plan: Layout) -> float:
    return plan.px(40 if language.split("-")[0].lower() == "zh" else 40.5)


def _common_size(all_pages: Sequence[Page], plan: Layout, largest: float) -> float:
    """One size for the whole line, at which its widest line fits."""
    room = plan.caption.w - plan.px(24)
    lines = (line.text for page in all_pages for line in page.lines)
    return min((fit(text, Weight.BOLD, room, largest, plan.px(14)) for text in lines), default=largest)


def _sheet(page: Page, size: float, plan: Layout) -> _Sheet:
    box, step = plan.caption, plan.px(51)
    first = box.y + box.h / 2 + plan.px(15) - step * (len(page.lines) - 1) / 2
    places = [
        (line, box.x + (box.w - width(line.text, size, Weight.BOLD)) / 2, first + step * i)
        for i, line in enumerate(page.lines)
    ]
    base = Canvas.around(box, 0, plan.width, plan.height)
    _shade(base, places, size, plan)
    key = key_of("caption", page, size, box)
    dim, bright = (
        _words(base.copy(), places, size, tints, f"{key}:{tints is LIT}") for tints in (UNLIT, LIT)
    )
    edges: list[tuple[int, int, tuple[int, ...]]] = []
    for i, (line, x, baseline) in enumerate(places):
        fold = _even(baseline + plan.px(13) - dim.y)
        top = edges[-1][1] if edges else 0
        bottom = dim.h if i == len(places) - 1 else fold
        edges.append(
            (top, bottom, tuple(_edge(line.text, n, size, x - dim.x) for n in range(len(line.text) + 1)))
        )
    return _Sheet(dim, bright, tuple(edges))


def _shade(
    sheet: Canvas, places: Sequence[tuple[CaptionLine, float, float]], size: float, plan: Layout
) -> None:
    """A dark outline and a soft shadow behind all words, for contrast on any picture."""
    solid = Canvas(sheet.x, sheet.y, sheet.w, sheet.h)
    for line, x, baseline in places:
        solid.text(x, baseline, line.text, size, Weight.BOLD, colour.WHITE)
    wide = round(plan.px(2.5)) * 2 + 1
    outline = cv2.dilate(solid.px[..., 3], cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide)))
    drop = round(plan.px(2))
    sheet.paint(cv2.GaussianBlur(outline, (0, 0), plan.px(7)), sheet.x, sheet.y + drop, colour.INK, 0.55)
    sheet.paint(cv2.GaussianBlur(outline, (0, 0), plan.px(1.1)), sheet.x, sheet.y, colour.INK, 0.72)


def _words(
    sheet: Canvas,
    places: Sequence[tuple[CaptionLine, float, float]],
    size: float,
    tints: Mapping[bool, Rgb],
    key: str,
) -> Overlay:
    for line, x, baseline in places:
        start = 0
        for name, run in groupby(line.name):
            end = start + len(list(run))
            if line.text[start:end].strip():
                ahead = width(line.text[:start], size, Weight.BOLD)
                sheet.text(x + ahead, baseline, line.text[start:end], size, Weight.BOLD, tints[name])
            start = end
    return crop(sheet, key)


def _edge(text: str, lit: int, size: float, x: float) -> int:
    """Where, in even columns, brightness ends when the first `lit` characters of a line are lit."""
    if lit == 0:
        return 0
    past = x + width(text[:lit].rstrip(), size, Weight.BOLD)
    if lit < len(text) and " " in text[lit - 1 : lit + 1]:
        past += width(" ", size, Weight.BOLD) / 2
    return _even(past) if lit < len(text) else _even(past + size)


def _even(value: float) -> int:
    return max(0, round(value / 2) * 2)


def _state(page: Page, lit: int, sheet: _Sheet) -> Overlay:
    """The page with its characters before `lit` lit: dim planes with the bright ones copied in, some 20
    microseconds."""
    dim, bright = sheet.dim, sheet.bright
    y, u, v = dim.pre_y.copy(), dim.pre_u.copy(), dim.pre_v.copy()
    counts = []
    for line, (top, bottom, ends) in zip(page.lines, sheet.edges, strict=True):
        count = bisect_left(line.at, lit)
        counts.append(count)
        end = min(ends[count], dim.w)
        half = np.s_[top // 2 : bottom // 2, : end // 2]
        y[top:bottom, :end] = bright.pre_y[top:bottom, :end]
        u[half], v[half] = bright.pre_u[half], bright.pre_v[half]
    key = f"{dim.key}:{counts}"
    # alpha is the same in both: only colours differ
    return Overlay(key, dim.x, dim.y, y, u, v, dim.ia_y, dim.ia_c)
