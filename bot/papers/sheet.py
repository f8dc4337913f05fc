"""Pages of A4 to draw on from the top down. Nothing is written until `save`: only then the characters are
known.
"""

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bot.papers.typeface import cut_font, width, wrap
from bot.stage.fonts import Weight
from products.errors import SetupError

PAGE_W, PAGE_H = 595.0, 842.0  # A4 in points
MARGIN = 48.0
INNER = PAGE_W - 2 * MARGIN
INK, GREY, LINE = "#1c1b1a", "#6b6763", "#d9d4ce"

Draw = Callable[[Any, dict[Weight, str]], None]


class Sheet:
    """`y`: where the next thing goes, in points from the top of the page."""

    def __init__(self, title: str, footer: str) -> None:
        self.title, self.footer = title, footer
        self.y = MARGIN
        self._pages: list[list[Draw]] = [[]]
        self._chars: dict[Weight, set[str]] = {Weight.REGULAR: set(footer), Weight.BOLD: set(title)}

    @property
    def pages(self) -> int:
        return len(self._pages)

    def room(self, points: float) -> None:
        """A new page when there is less than that left."""
        if self.y + points > PAGE_H - MARGIN - 20:
            self._pages.append([])
            self.y = MARGIN

    def put(
        self, x: float, y: float, text: str, size: float = 9, *, bold: bool = False, colour: str = INK
    ) -> None:
        """One line, its baseline `y` points from the top."""
        weight = Weight.BOLD if bold else Weight.REGULAR
        shown = "".join(c if c.isprintable() else " " for c in text)
        self._chars[weight] |= set(shown)

        def draw(canvas: Any, fonts: dict[Weight, str]) -> None:
            canvas.setFillColor(colour)
            canvas.setFont(fonts[weight], size)
            canvas.drawString(x, PAGE_H - y, shown)

        self._pages[-1].append(draw)

    def box(self, x: float, y: float, w: float, h: float, colour: str) -> None:
        """A filled rectangle, its top left corner at x, y."""

        def draw(canvas: Any, fonts: dict[Weight, str]) -> None:
            canvas.setFillColor(colour)
            canvas.rect(x, PAGE_H - y - h, w, h, stroke=0, fill=1)

        self._pages[-1].append(draw)

    def picture(self, x: float, y: float, w: float, h: float, image: Image.Image) -> None:
        """An image, as JPEG."""
        data = io.BytesIO()
        image.convert("RGB").save(data, "JPEG", quality=88)
        self._pages[-1].append(
            lambda canvas, fonts: canvas.drawImage(ImageReader(data), x, PAGE_H - y - h, w, h)
        )

    def heading(self, text: str, below: float = 40) -> None:
        """`below`: what must stand on the same page under it, in points."""
        self.room(40 + below)
        self.y += 24
        self.put(MARGIN, self.y, text, 13, bold=True)
        self.box(MARGIN, self.y + 5, INNER, 0.7, LINE)
        self.y += 12

    def paragraph(self, text: str, size: float = 9, *, colour: str = INK, bold: bool = False) -> None:
        """Wrapped lines."""
        weight = Weight.BOLD if bold else Weight.REGULAR
        for line in wrap(text, size, INNER, weight):
            self.room(size * 1.5)
            self.y += size * 1.5
            self.put(MARGIN, self.y, line, size, bold=bold, colour=colour)

    def pairs(self, given: Sequence[tuple[str, str]], left: float = 130) -> None:
        """Names and values in two columns."""
        for name, value in given:
            lines = wrap(value or "-", 9, INNER - left)
            self.room(14 * len(lines))
            for number, line in enumerate(lines):
                self.y += 14
                if number == 0:
                    self.put(MARGIN, self.y, name, 9, colour=GREY)
                self.put(MARGIN + left, self.y, line, 9)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        """Rows with wrapped cells; the head again on each page. `widths`: shares of the line, sum 1."""
        size, columns = 7.5, [w * INNER for w in widths]
        self._row([[cell] for cell in head], columns, size, bold=True)
        for row in rows:
            cells = [wrap(cell, size, w - 6) for cell, w in zip(row, columns, strict=True)]
            before = self.pages
            self.room(max(map(len, cells)) * 10 + 6)
            if self.pages != before:
                self._row([[cell] for cell in head], columns, size, bold=True)
            self._row(cells, columns, size)

    def _row(
        self, cells: Sequence[Sequence[str]], columns: Sequence[float], size: float, *, bold: bool = False
    ) -> None:
        x, top = MARGIN, self.y
        for lines, w in zip(cells, columns, strict=True):
            for number, line in enumerate(lines):
                self.put(x, top + 11 + 10 * number, line, size, bold=bold, colour=GREY if bold else INK)
            x += w
        self.y = top + max(map(len, cells)) * 10 + 5
        self.box(MARGIN, self.y, INNER, 0.4, LINE)

    def pdf(self, at: datetime) -> bytes:
        """The file."""
        fonts = {}
        for weight, chars in self._chars.items():
            name = f"Castmate{int(weight)}-{id(self)}"
            pdfmetrics.registerFont(TTFont(name, io.BytesIO(cut_font(sorted(chars), weight))))
            fonts[weight] = name
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=(PAGE_W, PAGE_H), invariant=1)
        canvas.setTitle(self.title)
        canvas.setAuthor("Castmate")
        canvas.setSubject(at.isoformat())
        for number, page in enumerate(self._pages, 1):
            for draw in page:
                draw(canvas, fonts)
            canvas.setFillColor(GREY)
            canvas.setFont(fonts[Weight.REGULAR], 7)
            canvas.drawString(MARGIN, 26, self.footer)
            count = f"{number} / {len(self._pages)}"
            canvas.drawString(PAGE_W - MARGIN - width(count, 7), 26, count)
            canvas.showPage()
        canvas.save()
        for (
            name
        ) in fonts.values():  # each paper cuts its own; a console that writes thousands must not keep them
            pdfmetrics._fonts.pop(name, None)
        return out.getvalue()

    def save(self, path: Path, at: datetime) -> None:
        """Writes the PDF. SetupError when the file cannot be written."""
        made = self.pdf(at)
        try:
            path.write_bytes(made)
        except OSError as error:
            text = f"{path} cannot be written: {error.strerror or error}."
            raise SetupError(text, remedy="Choose a folder that is yours.") from None
