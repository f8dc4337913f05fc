"""The browser of a console: what is missing is told in plain words, and nothing about it is hidden."""

import asyncio
import re
import sys
from pathlib import Path

import pytest
from playwright.async_api import Error
from rigs.base import SHOW
from rigs.console_rig import FIELDS, outside

import connectors.seller_console
from connectors.account import Account, MemoryKeeper
from connectors.base import ChatState
from connectors.errors import Transient
from connectors.seller_console import chromium
from connectors.seller_console.chromium import Chromium
from connectors.seller_console.connector import ConsoleConnector
from connectors.seller_console.sheet import sheet_of
from products.errors import SetupError


@pytest.fixture
def without_playwright(monkeypatch):
    for name in ("playwright", "playwright.async_api"):
        monkeypatch.setitem(sys.modules, name, None)


async def test_without_playwright_it_says_what_to_install(without_playwright):
    with pytest.raises(SetupError) as error:
        await Chromium().context("", visible=False)
    assert "castmate[browser]" in error.value.remedy


async def test_a_visible_window_needs_a_screen(monkeypatch):
    monkeypatch.setattr(chromium, "has_screen", lambda: False)
    with pytest.raises(SetupError, match="no screen"):
        await Chromium().context("", visible=True)


class Dead:
    """A browser whose driver was killed: it does not know it yet."""

    def is_connected(self):
        return True

    async def new_context(self, **options):
        raise Error("Target page, context or browser has been closed")

    async def close(self):
        raise Error("Connection closed while reading from the driver")


async def test_a_browser_that_died_unnoticed_is_started_anew_at_the_next_call(monkeypatch):
    browser = Chromium()
    browser._browser = Dead()
    with pytest.raises(Transient):
        await browser.context("", visible=False)
    launched = []

    async def launch(*, headless):
        launched.append(headless)
        return Dead()

    monkeypatch.setattr(browser, "_launch", launch)
    with pytest.raises(Transient):
        await browser.context("", visible=False)
    assert launched == [True]


async def test_a_login_that_cannot_be_read_is_told():
    with pytest.raises(SetupError, match="cannot be read"):
        await Chromium().context("{broken", visible=False)


async def test_a_show_without_playwright_is_told_and_goes_on(without_playwright, monkeypatch):
    monkeypatch.setattr(chromium, "has_screen", lambda: True)
    account = Account("taobao_live", "shop", MemoryKeeper({("taobao_live", "shop"): dict(FIELDS)}))
    connector = ConsoleConnector(sheet_of("taobao_live"), account, outside())
    assert (await connector.open(SHOW)).kind == "rtmp"
    async with asyncio.timeout(30):
        while connector.hearing().state is not ChatState.LOST:
            await asyncio.sleep(0.01)
    assert "castmate[browser]" in connector.hearing().why
    await connector.close("done")


def test_nothing_hides_that_a_program_drives_the_page():
    tricks = re.compile(
        r"stealth|AutomationControlled|navigator\.webdriver|enable-automation|user_agent|add_init_script"
    )
    folder = Path(connectors.seller_console.__path__[0])
    files = [*folder.glob("*.py"), *folder.glob("*.js")]
    assert len(files) > 10
    told = {f"{f.name}: {m[0]}" for f in files for m in tricks.finditer(f.read_text("utf-8"))}
    assert told == {"chromium.py: stealth"}  # its docstring says that there is none
