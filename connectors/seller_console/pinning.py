"""Showing a product: find its row in a list that holds only what is in view, press its button, and look that
the button's words changed. A click is not a pin.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from connectors.base import PinResult
from connectors.errors import Changed
from connectors.seller_console.sheet import GoodsOf
from connectors.seller_console.window import Row, Window

PRESSES, LOOKS, LOOK_S = 3, 40, 0.1
DRAWN = 20  # looks until a list that was scrolled has drawn others
SCROLLS = 120
_ITEM = re.compile(r"(?P<number>\d{1,4})(?:\s+(?P<words>\S.*))?")

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Item:
    """A product of the shop in the console's list: its number there, words of its row, or both."""

    number: int | None
    words: str = ""

    def fits(self, row: Row) -> bool:
        return self.number in (None, row.number) and squeezed(self.words) in squeezed(row.text)

    def ends(self, row: Row) -> bool:
        """Whether there is no need to look further: it is this row, or another product has its number."""
        return self.fits(row) if self.number is None else self.number == row.number


def item_of(text: str) -> Item | None:
    """ "3", "3 some words of the title"; None for anything else."""
    found = _ITEM.fullmatch(text.strip())
    return Item(int(found["number"]), (found["words"] or "").strip()) if found else None


def squeezed(text: str) -> str:
    """Without spaces: a page breaks a title where it likes."""
    return "".join(text.split()).casefold()


async def find(window: Window, item: Item, sleep: Sleep) -> Row | None:
    """The row, in view (one with the item's number and other words too); None when the whole list was seen
    without it. Raises Changed: there is no list.
    """
    rows = await _filled(window, None, sleep)
    first = _lies_below(item, rows)
    for down in (first, not first):  # from where it stands to that end, then to the other
        seen: tuple[int | None, ...] | None = None
        for _ in range(SCROLLS):
            rows = await _filled(window, seen, sleep)
            found = next((row for row in rows if item.ends(row)), None)
            if found is not None:
                return found
            seen = tuple(row.number for row in rows)
            if not await window.scroll(down=down):
                break
    return None


def _lies_below(item: Item, rows: tuple[Row, ...]) -> bool:
    """Where to look first. Lists stand in rising or in falling order."""
    ends = rows[0].number, rows[-1].number
    if item.number is None or ends[0] is None or ends[1] is None:
        return True
    return item.number > ends[0] if ends[0] <= ends[1] else item.number < ends[0]


async def _filled(window: Window, seen: tuple[int | None, ...] | None, sleep: Sleep) -> tuple[Row, ...]:
    """The rows once others than `seen` stand there; the same again when none came in time."""
    rows: tuple[Row, ...] = ()
    for _ in range(DRAWN):
        rows = await window.rows()
        if rows and tuple(row.number for row in rows) != seen:
            break
        await sleep(LOOK_S)
    if not rows:
        raise Changed("The console shows no product list.", remedy="Look at the page by hand.")
    return rows


async def pin(window: Window, goods: GoodsOf, item: Item, sleep: Sleep) -> PinResult:
    """Shows the item, anew where it shows already, and reads that back. Raises Changed for words on the
    button that are not known.
    """
    row = await find(window, item, sleep)
    if row is None:
        return PinResult(False, f"The console's list has no {described(item)}.")
    if not item.fits(row):
        stands = " ".join(row.text.split())[:60]
        return PinResult(
            False, f"In the console's list {row.number} is {stands!r}, without the words {item.words!r}."
        )
    if goods.on is None or goods.off is None:
        return await _pin_by_change(window, item, row, sleep)
    if _legal(row, goods) == goods.on:
        await _turn(window, item, goods.on, goods.off, sleep)
    if await _turn(window, item, goods.off, goods.on, sleep):
        return PinResult(True)
    row = await find(window, item, sleep)
    if row is not None and row.disabled:
        return PinResult(False, "The button is there and does nothing: probably no broadcast is on.")
    return PinResult(False, "The console took the click, and does not show the product.")


def _legal(row: Row, goods: GoodsOf) -> str:
    if row.button is None:
        raise Changed("The row of the product has no button that shows it.")
    if row.button not in (goods.off, goods.on):
        raise Changed(
            f"The product's button says {row.button!r}; known are {goods.off!r} and {goods.on!r}.",
            remedy="Look at the page by hand; Castmate needs a newer data sheet.",
        )
    return row.button


async def _turn(window: Window, item: Item, before: str, after: str, sleep: Sleep) -> bool:
    """Presses while the button says `before`, until it says `after`; whether it does."""
    for _ in range(PRESSES):
        await window.press_row(item.number, item.words, before)
        await window.confirm()
        for _ in range(LOOKS):
            await sleep(LOOK_S)
            row = await find(window, item, sleep)
            if row is not None and row.button == after:
                return True
        if row is not None and row.disabled:
            return False
    return False


async def _pin_by_change(window: Window, item: Item, row: Row, sleep: Sleep) -> PinResult:
    if row.button is None:
        raise Changed("The row of the product has no button that shows it.")
    await window.press_row(item.number, item.words, row.button)
    await window.confirm()
    for _ in range(LOOKS):
        await sleep(LOOK_S)
        now = await find(window, item, sleep)
        if now is not None and now.button != row.button:
            return PinResult(True, f"The button said {row.button!r} and says {now.button!r} now.")
    return PinResult(
        False, f"The button was pressed and still says {row.button!r}: it is not known what shows."
    )


def described(item: Item) -> str:
    number = f"number {item.number}" if item.number is not None else "product"
    return f"{number} with the words {item.words!r}" if item.words else number
