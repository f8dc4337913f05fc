"""The browser in which a console is open: the shop's own Chromium, driven by Playwright.

Nothing about it is hidden: no stealth plug-in, no changed name of the browser, no patched pages. A login
lives in the browser's memory and in the sealed account; the browser's folder is a temporary one that only its
user reads and that goes with it.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from connectors.errors import Transient
from products.errors import SetupError

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CLOSE_S = 5.0
PICTURE = {"width": 1440, "height": 900}


class Chromium:
    """Started at the first context. `executable`: its path; "" looks for one. `args`: further arguments.
    `windows`: False shows none even where one is asked for (a machine without a screen, tests).
    """

    def __init__(self, executable: str = "", args: tuple[str, ...] = (), *, windows: bool = True) -> None:
        self._executable, self._args, self._windows = executable, args, windows
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    async def context(self, state: str, *, visible: bool) -> "BrowserContext":
        """A context with that login (JSON text; "" for none). Raises SetupError, Transient."""
        if visible and self._windows and not has_screen():
            raise SetupError(
                "This console wants a visible window, and there is no screen here.",
                remedy="Run it in a desktop session (or under xvfb-run).",
            )
        options: dict[str, Any] = {"viewport": PICTURE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
        if state:
            options["storage_state"] = _login(state)
        if self._browser is None or not self._browser.is_connected():
            await self.close()
            self._browser = await self._launch(headless=not (visible and self._windows))
        from playwright.async_api import Error

        try:
            return await self._browser.new_context(**options)
        except Error:
            await self.close()  # the browser or its driver died unnoticed: the next call starts anew
            raise Transient("The browser of the console ended.") from None

    async def _launch(self, *, headless: bool) -> "Browser":
        try:
            from playwright.async_api import Error, async_playwright
        except ImportError:
            raise SetupError(
                "Seller consoles need Playwright, which is not installed.",
                remedy="Run: pip install 'castmate[browser]'",
            ) from None
        self._playwright = await async_playwright().start()
        path = self._executable or next((p for p in map(shutil.which, NAMES) if p), None)
        try:
            return await self._playwright.chromium.launch(
                executable_path=path,
                headless=headless,
                args=list(self._args),
                chromium_sandbox=os.geteuid() != 0,  # Chromium's sandbox does not work for root
            )
        except Error as error:
            await self.close()
            first = str(error).strip().splitlines()[0]
            raise SetupError(
                f"Chromium does not start ({first}).",
                remedy="Install it (apt install chromium), or run: playwright install chromium",
            ) from None

    async def close(self) -> None:
        """May be called again. A browser that does not end in time ends with Playwright's own process."""
        browser, self._browser = self._browser, None
        playwright, self._playwright = self._playwright, None
        if browser is not None and browser.is_connected():
            await _ended(browser.close())
        if playwright is not None:
            await _ended(playwright.stop())


def _login(state: str) -> Any:
    try:
        return json.loads(state)
    except ValueError:
        raise SetupError("The login that is kept cannot be read.", remedy="Log in again.") from None


async def _ended(ending: Coroutine[Any, Any, None]) -> None:
    """Waits CLOSE_S; how it ended does not matter, what has died cannot be closed."""
    task = asyncio.ensure_future(ending)
    await asyncio.wait({task}, timeout=CLOSE_S)
    if not task.done():
        task.cancel()
    elif not task.cancelled():
        task.exception()  # looked at, so that nobody complains that it was not


def has_screen() -> bool:
    """Whether a browser can open a window here."""
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return shown or sys.platform in ("darwin", "win32")
