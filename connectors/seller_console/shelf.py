"""The product that is to be shown: by the account's words for it, with a picture, and again when the console
was not to be had at the time.
"""

import asyncio
from collections.abc import Awaitable, Callable

from connectors.account import Account
from connectors.base import PinResult
from connectors.errors import Changed
from connectors.outside import Outside
from connectors.seller_console.attendance import Attendance
from connectors.seller_console.ears import Ears
from connectors.seller_console.pinning import Item, described, find, item_of, pin, squeezed
from connectors.seller_console.sheet import GoodsOf
from products.errors import CastmateError

PATIENCE_S = 8.0  # for longer nobody wants to wait for a console that is not open
PIN_S = 45.0  # by then the host speaks of something else
LOOK_S = 1.0
TRIES = 5


class Shelf:
    """`sleep`: between two steps of a hand; raises what takes the hand off."""

    def __init__(
        self,
        account: Account,
        outside: Outside,
        ears: Ears,
        attendance: Attendance,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._account, self._outside, self._ears = account, outside, ears
        self._attendance, self._sleep = attendance, sleep
        self._owed: tuple[str, GoodsOf] | None = None
        self._at_work = 0

    async def show(self, product: str, goods: GoodsOf) -> PinResult:
        """Shows the product and reads it back; a picture of its row, or of what stood in the way, is kept."""
        item = self._item(product)
        if item is None:
            return PinResult(
                False,
                f"No place in the console's list is known for {product}. Run: castmate connectors login "
                f"{self._account.platform}:{self._account.name} --set 'item.{product}=NUMBER WORDS OF TITLE'",
            )
        self._owed = owed = (product, goods)
        self._at_work += 1
        try:
            result = await self._shown(item, goods)
        except Changed:
            self._settle(owed)
            raise
        finally:
            self._at_work -= 1
        self._settle(owed)
        return result

    async def run(self) -> None:
        """Until cancelled: what could not be shown is shown once the console is to be had again, unless
        another product was asked for since.
        """
        tries = 0
        while True:
            await self._outside.sleep(LOOK_S * (1 + tries))
            owed = self._owed
            if owed is None:
                tries = 0
            elif self._attendance.ready and not self._at_work:
                tries += 1
                try:
                    await self.show(*owed)
                except CastmateError:
                    if tries >= TRIES and self._owed is not None and self._owed[0] == owed[0]:
                        self._settle(self._owed)

    def _settle(self, owed: tuple[str, GoodsOf] | None) -> None:
        if self._owed is owed:
            self._owed = None

    async def _shown(self, item: Item, goods: GoodsOf) -> PinResult:
        window, row = await self._attendance.window(PATIENCE_S), None
        try:
            async with self._attendance.lock, asyncio.timeout(PIN_S):
                result = await pin(window, goods, item, self._sleep)
                row = await find(window, item, self._sleep) if result.ok else None
        except TimeoutError:
            result = PinResult(False, f"The console did not show it within {PIN_S:.0f} s.")
        except CastmateError as error:
            await self._attendance.shoot("pin", f"{described(item)}: {error.message}")
            raise
        says = f"Shown: {described(item)}." if result.ok else result.reason
        await self._attendance.shoot("pin", says, row)
        return result

    # ---- names

    def handle_of(self, reference: str) -> str | None:
        """As the account names it; else by the title that the console's own list gives that id, where the
        words of one product alone stand in it.
        """
        known = self._account.handle_of(reference)
        titles = [g.get("title", "") for g in self._ears.goods if reference and g.get("id") == reference]
        if known is not None or len(titles) != 1:
            return known
        items = ((handle, item_of(text)) for handle, text in self._account.named("item.").items())
        fits = [h for h, item in items if item and item.words and squeezed(item.words) in squeezed(titles[0])]
        return fits[0] if len(fits) == 1 else None

    def _item(self, product: str) -> Item | None:
        """As the account says; else by the page's own list, for a product that is named its id there."""
        named = self._account.text(f"item.{product}") or product
        item = item_of(named)
        if item is not None:
            return item
        titles = [
            good.get("title", "")
            for good in self._ears.goods
            if named in (good.get("id"), good.get("promotion"))
        ]
        return Item(None, titles[0]) if len(titles) == 1 and titles[0] else None
