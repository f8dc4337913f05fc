"""The window of a console in Chromium: what the sheet names, found and pressed as a person would."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from playwright.async_api import Error
from playwright.async_api import TimeoutError as Late

from connectors.errors import Changed, Transient
from connectors.seller_console.sheet import CONTROL, GoodsOf, Popup, ReplyOf, Sheet, Tap
from connectors.seller_console.window import Ear, Heard, Look, Row, WindowGone
from products.errors import SetupError

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Locator, Page, Request, Response, WebSocket

ACT_MS = 5_000.0
OPEN_MS = 30_000.0
STEP_MS = 1_500.0
SCROLL = """(rows, down) => {
  const row = rows.at(down ? -1 : 0), top = row?.getBoundingClientRect().top;
  row?.scrollIntoView({ block: down ? 'start' : 'end', behavior: 'instant' });
  return Boolean(row) && Math.abs(row.getBoundingClientRect().top - top) > 1;
}"""
BLANK = "about:blank"
PLEASE = "<meta charset=utf-8><p style='font:20px sans-serif'>Please open this page yourself:<br>{url}"


class PlaywrightWindow:
    """Implements connectors.seller_console.window.Window over a browser context that it owns."""

    def __init__(self, sheet: Sheet, context: "BrowserContext", ear: Ear) -> None:
        self._sheet, self._context, self._ear = sheet, context, ear
        self._pages: dict[str, Page] = {}
        self._closed = False
        context.set_default_timeout(ACT_MS)
        context.on("close", lambda _: self._end())
        context.on("page", self._listen)

    def _end(self) -> None:
        self._closed = True

    # ---- pages

    async def enter(self, live: str = "") -> None:
        page, of = self._pages.get(CONTROL), self._sheet.pages[CONTROL]
        async with self._at():
            if page is None or page.is_closed():
                page = self._pages[CONTROL] = await self._context.new_page()
            if of.by == "program":
                url = of.then.format(live=quote(live)) if live else of.url
                await page.goto(url, wait_until="domcontentloaded", timeout=OPEN_MS)
            elif page.url == BLANK:
                await page.set_content(PLEASE.format(url=of.url))

    async def open_others(self, facts: dict[str, str]) -> None:
        for name, of in self._sheet.pages.items():
            there = self._pages.get(name)
            if name == CONTROL or of.by == "person" or (there is not None and not there.is_closed()):
                continue
            try:
                url = of.url.format_map(facts)
            except KeyError:  # its fact is not known yet
                continue
            async with self._at():
                page = self._pages[name] = await self._context.new_page()
                await page.goto(url, wait_until="domcontentloaded", timeout=OPEN_MS)
                await self._page(CONTROL).bring_to_front()  # a page behind another draws once a second

    def _listen(self, page: "Page") -> None:
        page.on("response", partial(self._responded, page))
        page.on("requestfailed", partial(self._failed, page))
        page.on("websocket", partial(self._socket, page))

    def _taps(self, page: "Page", url: str) -> list[Tap]:
        return [
            t
            for t in self._sheet.taps
            if t.of == "response" and t.address in url and self._pages.get(t.page) is page
        ]

    def _adopt(self) -> None:
        """A page that a person opened, where the sheet leaves that to them."""
        for name, of in self._sheet.pages.items():
            if of.by == "person":
                own = [p for p in self._context.pages if p.url.startswith(of.url.partition("?")[0])]
                if own and self._pages.get(name) not in own:
                    self._pages[name] = own[0]

    def _responded(self, page: "Page", response: "Response") -> None:
        for tap in self._taps(page, response.url):
            self._ear(Heard(tap, response.status, partial(_body, response)))

    def _failed(self, page: "Page", request: "Request") -> None:
        if "ERR_ABORTED" in (request.failure or ""):  # the page itself went on
            return
        for tap in self._taps(page, request.url):
            self._ear(Heard(tap, 0, _nothing))

    def _socket(self, page: "Page", socket: "WebSocket") -> None:
        """Whose page it is, is asked of each frame: a person's page opens its socket before it is known."""
        for tap in self._sheet.taps:
            if tap.of == "socket" and tap.address in socket.url:
                socket.on("framereceived", partial(self._framed, page, tap))

    def _framed(self, page: "Page", tap: Tap, payload: str | bytes) -> None:
        if self._pages.get(tap.page) is not page:
            return
        data = payload.encode() if isinstance(payload, str) else payload
        self._ear(Heard(tap, 200, partial(_given, data)))

    # ---- looking

    async def look(self) -> Look:
        self._adopt()
        page, signs = self._page(CONTROL), self._sheet.signs
        async with self._at():
            captcha = [s for s in signs.captcha if await page.locator(s).first.is_visible()]
            popups = [p for p in self._sheet.popups if await self._lies_there(p)]
            ready = await page.locator(signs.ready).first.is_visible()
            missing = await self._missing() if ready else ()
            between = (
                bool(signs.between) and not ready and await page.locator(signs.between).first.is_visible()
            )
            live = await page.locator(signs.live).all_inner_texts() if between else []
        address = page.url.partition("?")[0].partition("#")[0]
        number = live[0].strip() if live else ""
        return Look(address, ready, captcha[0] if captcha else "", between, number, tuple(popups), missing)

    async def _missing(self) -> tuple[str, ...]:
        parts: list[tuple[str, str, str]] = []
        if self._sheet.goods is not None:
            parts.append(("product list", self._sheet.goods.page, self._sheet.goods.row))
        if self._sheet.reply is not None:
            parts.append(("reply box", self._sheet.reply.page, self._sheet.reply.box))
            parts.append(("reply button", self._sheet.reply.page, self._sheet.reply.send))
        here = [(what, self._pages[name], at) for what, name, at in parts if name in self._pages]
        return tuple([what for what, page, at in here if not await page.locator(at).count()])

    async def _lies_there(self, popup: Popup) -> bool:
        page = self._pages.get(popup.page)
        return page is not None and not page.is_closed() and await page.locator(popup.seen).first.is_visible()

    async def close_popup(self, popup: Popup) -> bool:
        page = self._page(popup.page)
        async with self._at():
            shown = page.locator(popup.seen).first
            words = await shown.inner_text(timeout=STEP_MS) if popup.unless else ""
            if any(word in words for word in popup.unless):
                return False
            if popup.key:
                await page.keyboard.press(popup.key)
            else:
                await page.locator(popup.press).first.dispatch_event("click", timeout=STEP_MS)
        return True

    async def picture(self, row: Row | None = None) -> bytes:
        page = self._page(CONTROL)
        async with self._at():
            if row is not None and self._sheet.goods is not None:
                place = self._page(self._sheet.goods.page).locator(self._sheet.goods.row).nth(row.place)
                return await place.screenshot(timeout=ACT_MS, animations="disabled")
            private = [page.locator(s) for s in self._sheet.signs.private]
            return await page.screenshot(
                mask=private, mask_color="#303030", timeout=ACT_MS, animations="disabled"
            )

    # ---- goods

    async def rows(self) -> tuple[Row, ...]:
        found = await self._rows(None)
        return tuple(Row(r["number"], r["text"], r["button"], r["disabled"], r["place"]) for r in found)

    async def press_row(self, number: int | None, words: str, expect: str) -> bool:
        return bool(await self._rows({"number": number, "words": words, "expect": expect}))

    async def _rows(self, press: dict[str, Any] | None) -> Any:
        goods = self._goods()
        query = goods.model_dump(mode="json", include={"numbers", "button", "says", "skip", "disabled"})
        async with self._at():
            rows = self._page(goods.page).locator(goods.row)
            return await rows.evaluate_all(_script(), {"query": query, "press": press})

    async def scroll(self, *, down: bool) -> bool:
        goods = self._goods()
        async with self._at():
            page = self._page(goods.page)
            if goods.page != CONTROL:
                await page.bring_to_front()
            rows = page.locator(goods.row)
            return bool(await rows.evaluate_all(SCROLL, down))

    async def confirm(self) -> None:
        goods = self._goods()
        if not goods.confirm:
            return
        async with self._at():
            button = self._page(goods.page).locator(goods.confirm).first
            if await button.is_visible():
                await button.dispatch_event("click", timeout=STEP_MS)

    def _goods(self) -> GoodsOf:
        if self._sheet.goods is None:
            raise Changed("The sheet of this console knows no product list.")
        return self._sheet.goods

    # ---- replies

    async def reply_limit(self) -> int | None:
        async with self._at("reply box"):
            limit = await self._box().get_attribute("maxlength", timeout=ACT_MS)
        return int(limit) if limit and limit.isdecimal() and 0 < int(limit) < 100_000 else None

    async def write(self, text: str) -> str:
        async with self._at("reply box"):
            await self._box().fill(text, timeout=ACT_MS)
            return await self._box().input_value(timeout=ACT_MS)

    async def box(self) -> str:
        async with self._at("reply box"):
            return await self._box().input_value(timeout=ACT_MS)

    async def send(self) -> bool:
        reply = self._reply()
        async with self._at("reply button"):
            button = self._page(reply.page).locator(reply.send).first
            classes = await button.get_attribute("class", timeout=ACT_MS) or ""
            if (reply.disabled and reply.disabled in classes) or await button.is_disabled():
                return False
            await button.dispatch_event("click", timeout=STEP_MS)
        return True

    def _reply(self) -> ReplyOf:
        if self._sheet.reply is None:
            raise Changed("The sheet of this console knows no reply box.")
        return self._sheet.reply

    def _box(self) -> "Locator":
        return self._page(self._reply().page).locator(self._reply().box).first

    # ---- switches

    async def switch(self, words: str) -> bool | None:
        async with self._at():
            found = await self._switch(words)
            return None if found is None else await found.is_checked()

    async def press_switch(self, words: str) -> None:
        async with self._at():
            found = await self._switch(words)
            if found is None:
                raise Changed(f"No open page of the console shows the switch {words!r}.")
            await found.dispatch_event("click", timeout=STEP_MS)

    async def _switch(self, words: str) -> "Locator | None":
        for page in self._context.pages:
            for role in ("checkbox", "switch"):
                found = page.get_by_role(role, name=words)
                if await found.count() == 1:
                    return found
        return None

    # ---- the whole

    async def state(self) -> str:
        async with self._at():
            return json.dumps(await self._context.storage_state(indexed_db=True))

    async def reload(self) -> None:
        async with self._at():
            for page in list(self._pages.values()):
                if not page.is_closed():
                    await page.reload(wait_until="domcontentloaded", timeout=OPEN_MS)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            try:
                await self._context.close()
            except Error:  # it ended by itself
                return

    def _page(self, name: str) -> "Page":
        page = self._pages.get(name)
        if page is not None and not self._closed and not page.is_closed():
            return page
        if name != CONTROL and not self._closed:
            raise Transient(f"The console's page for {name} is not open yet.")
        raise WindowGone("The console's window is closed.")

    @asynccontextmanager
    async def _at(self, part: str = "") -> AsyncIterator[None]:
        """Playwright's errors as ours: what cannot be found is Changed, what is closed is WindowGone."""
        try:
            yield
        except Late as error:
            if part:
                raise Changed(f"The console shows no {part}.", remedy="Look at the page by hand.") from None
            raise Transient(f"The console did not react in time ({_first_line(error)}).") from None
        except Error as error:
            control = self._pages.get(CONTROL)
            if self._closed or control is None or control.is_closed():
                raise WindowGone("The console's window is closed.") from None
            raise Transient(f"The console's page does not answer ({_first_line(error)}).") from None


@cache
def _script() -> str:
    return resources.files("connectors.seller_console").joinpath("rows.js").read_text("utf-8")


def _first_line(error: Error) -> str:
    """Of Playwright's message; without addresses, which may hold tokens."""
    words = error.message.strip().splitlines()[0] if error.message.strip() else "no reason"
    return " ".join(w for w in words.split() if "://" not in w)[:200]


async def _body(response: "Response") -> bytes:
    try:
        return await response.body()
    except Error as error:
        raise Transient(_first_line(error)) from None


async def _given(data: bytes) -> bytes:
    return data


async def _nothing() -> bytes:
    return b""


async def open_window(sheet: Sheet, context: "BrowserContext", ear: Ear) -> PlaywrightWindow:
    """A window over the context, on its way to the control page. Closes the context where it fails."""
    window = PlaywrightWindow(sheet, context, ear)
    try:
        await window.enter()
    except (Transient, asyncio.CancelledError):
        await window.close()
        raise
    return window


async def go(page: "Page", url: str) -> None:
    """To a page for a person; one that does not load is seen by them."""
    try:
        await page.goto(url, wait_until="domcontentloaded", timeout=OPEN_MS)
    except Error:
        return


async def login_of(context: "BrowserContext", sheet: Sheet) -> str:
    """The login's state as JSON text once a page shows that somebody is inside; "" until then. Raises
    SetupError where the window was closed.
    """
    if not context.pages:
        raise SetupError("The window was closed before anybody was logged in.", remedy="Try again.")
    try:
        for page in context.pages:
            at_login = any(part in page.url for part in sheet.login.addresses)
            if not at_login and await page.locator(sheet.login.inside).first.is_visible():
                return json.dumps(await context.storage_state(indexed_db=True))
    except Error:  # a page is between two addresses, or was just closed
        return ""
    return ""
