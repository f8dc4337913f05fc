"""The pages around accounts by axe-core: WCAG 2.2 AA, light and dark, both languages, desk and phone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from bot.console.accounts import Accounts, open_accounts
from bot.console.authority import open_authority
from bot.console.roles import Role
from bot.console.server import serve
from bot.console.settings import ConsoleSettings
from products.store import open_engine

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "four plain words here"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[tuple[str, Accounts, str]]:
    """A served console with some people: its address, its accounts, the key of an invitation."""
    accounts = open_accounts(open_engine("sqlite://"), now, bytes(32))
    accounts.book.make_tables()
    password = accounts.secrets.new_password(PASSWORD, "Ann Weber")
    owner = accounts.people.found("Ann Weber", password)
    for name, role in (("李梅", Role.COHOST), ("Bob Tan", Role.OPERATOR)):
        accounts.people.accept(accounts.people.invite(name, role, owner.id), name, password)
    key = accounts.people.invite("Dana", Role.MERCH, owner.id)
    authority = open_authority(tmp_path, ("shop.test",), accounts.sealer, now())
    settings = ConsoleSettings(
        "link",
        "key",
        accounts=accounts,
        authority=authority,
        address="https://shop.test:8484",
        plain="http://shop.test:8485",
    )
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(serve(settings, port=0, stop=stop, ready=ready.set_result))
    base = (await asyncio.wait_for(ready, 60)).replace("127.0.0.1", "localhost")
    yield base, accounts, key
    stop.set()
    await asyncio.wait_for(serving, 60)


async def look(page: Page, name: str) -> list[str]:
    """What axe finds against the page, and whether it is wider than the screen."""
    await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert len(found["passes"]) > 5, "axe looked"
    wrong = [
        f"{name}: {rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append(f"{name}: wider than the screen")
    return wrong


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("en-US", "light", 1200), ("zh-CN", "dark", 390)], ids=["desk", "phone"]
)
async def test_everybody_can_use_the_pages(
    house: tuple[str, Accounts, str], language: str, theme: Any, width: int
) -> None:
    base, _, key = house
    async with async_playwright() as play:
        chromium = await play.chromium.launch(
            executable_path=str(CHROMIUM), headless=True, chromium_sandbox=False
        )
        context = await chromium.new_context(
            locale=language, color_scheme=theme, viewport={"width": width, "height": 844}
        )
        context.set_default_timeout(60_000)
        page, wrong = await context.new_page(), []
        for path in ("/sign-in", f"/join?key={key}", "/join?key=old", "/phone"):
            await page.goto(base + path)
            wrong += await look(page, path)
        await page.goto(f"{base}/sign-in?next=/account")
        await page.fill("#name", "Ann Weber")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_url(f"{base}/account")
        await page.fill("#token-name", "till")
        await page.check("input[name=scopes]")
        await page.click("form[action='/account/tokens'] button")
        await page.wait_for_selector("#token")
        wrong += await look(page, "/account with a new token")
        await page.click("form[action='/account/codes/begin'] button")
        await page.wait_for_selector(".qr")
        wrong += await look(page, "/account/codes/begin")
        for path in ("/home", "/acts", "/api", "/account/prove"):
            await page.goto(base + path)
            wrong += await look(page, path)
        await page.goto(f"{base}/people")
        await page.click("li:nth-child(3) summary")
        wrong += await look(page, "/people")
        await chromium.close()
    assert wrong == []
