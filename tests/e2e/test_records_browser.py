"""Evidence, rules and a performer's clone in a real browser: verified, exported, signed and withdrawn."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from licences import licence
from playwright.async_api import Page, async_playwright, expect
from records import MINUTE, told
from test_accessibility import CHROMIUM, PASSWORD, look
from watched import fill

from bot.clock import SystemClock
from bot.commands.insights import add_insight_pages
from bot.commands.records import add_records
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.console.accounts import open_accounts
from bot.console.app import create_app
from bot.console.roles import Role
from bot.console.server import serve
from bot.console.settings import ConsoleSettings
from bot.licensed import open_licences
from bot.performers import PerformerBook
from bot.settings import Settings
from bot.store import migrate
from products.store import open_engine

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
WORDS = "a long passphrase"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[tuple[str, Settings]]:
    """A served console with a show that ended an hour ago, Ana's licence, and who may look at them."""
    settings = Settings(data=tmp_path / "data", cache=tmp_path / "cache")
    begun = now() - timedelta(hours=1)
    rows, key = told(), signing_key(settings.data / "keys" / "ledger.pem")
    later = begun - rows[0].entry.at
    ledger = Ledger.open(settings.show_folder / "evening-1" / "ledger.jsonl", key, "evening", begun)
    for recorded in rows[1:]:
        entry = recorded.entry
        await ledger.append(Entry(kind=entry.kind, at=entry.at + later, data=entry.data))
    await ledger.close(rows[-1].entry.at + later)
    valid = {"valid_from": begun - timedelta(days=30), "valid_to": begun + timedelta(days=300)}
    open_licences(settings).add(licence(fee=MINUTE, **valid))
    accounts = open_accounts(open_engine("sqlite://"), now, bytes(32))
    accounts.book.make_tables()
    password = accounts.secrets.new_password(PASSWORD, "Ann Weber")
    owner = accounts.people.found("Ann Weber", password)
    for name, role in (("Wei Lin", Role.COMPLIANCE), ("Ana Silva", Role.PERFORMER)):
        made = accounts.people.accept(accounts.people.invite(name, role, owner.id), name, password)
    PerformerBook(settings.data / "licences").name("ana-2026", made.id, "Ann Weber", now())
    console = ConsoleSettings("link", "key", accounts=accounts)
    app = create_app(console)
    add_records(app, settings, now)
    brought = open_engine(str(tmp_path / "shop.db"))
    migrate(brought)
    fill(brought, now())
    add_insight_pages(app, lambda: (brought,), lambda: ZoneInfo("UTC"), SystemClock())
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(serve(console, port=0, stop=stop, ready=ready.set_result, app=app))
    base = (await asyncio.wait_for(ready, 60)).replace("127.0.0.1", "localhost")
    yield base, settings
    stop.set()
    await asyncio.wait_for(serving, 60)


async def sign_in(page: Page, base: str, name: str) -> None:
    await page.goto(f"{base}/sign-in")
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url(f"{base}/home")


async def download(page: Page, selector: str) -> bytes:
    async with page.expect_download() as waiting:
        await page.click(selector)
    return Path(await (await waiting.value).path()).read_bytes()


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("en-US", "light", 1200), ("zh-CN", "dark", 390)], ids=["desk", "phone"]
)
async def test_what_compliance_staff_and_a_performer_do(
    shop: tuple[str, Settings], language: str, theme: Any, width: int
) -> None:
    (base, settings), wrong, errors = shop, [], []
    async with async_playwright() as play:
        chromium = await play.chromium.launch(executable_path=str(CHROMIUM), chromium_sandbox=False)
        context = await chromium.new_context(
            locale=language, color_scheme=theme, viewport={"width": width, "height": 844}
        )
        context.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        await sign_in(page, base, "Wei Lin")
        await page.goto(f"{base}/evidence")
        wrong += await look(page, "/evidence")
        await page.click("a[href^='/evidence/evening-1']")
        await expect(page.locator("svg.timeline .span.bad")).not_to_have_count(0)
        await page.check("input[name=kind][value=label]")
        await page.click(".filter button")
        await expect(page.locator("table.intervals tbody tr")).to_have_count(3)
        assert (await download(page, "a[href*='export.csv']")).count(b"\n") == 4
        if language == "en-US":  # a paper takes seconds to cut its Chinese letters; unit tests have those
            assert (await download(page, "a[href*='export.pdf']")).startswith(b"%PDF")
        await page.click("#verify")
        await expect(page.locator("#verdict .note.good")).to_be_visible()
        await page.wait_for_load_state("load")
        wrong += await look(page, "/evidence/evening-1")
        await page.goto(f"{base}/rules?platform=douyin&jurisdiction=CN&host=drawn")
        await expect(page.locator(".rail .here")).to_be_in_viewport(ratio=0.9)
        await page.fill("#key-new", WORDS)
        await page.fill("#key-again", WORDS)
        await page.click("form[action='/rules/key'] button")
        await page.wait_for_url("**/rules?said=said_key")
        await page.click("details:has(#text-douyin) summary")
        for field, value in (
            ("#address-douyin", "https://example.com/rules"),
            ("#day-douyin", "2026-11-20"),
            ("#text-douyin", "what stands there today"),
            ("#adds-douyin", "nothing"),
            ("#pass-douyin", WORDS),
        ):
            await page.fill(field, value)
        wrong += await look(page, "/rules")
        await page.click("form:has(#text-douyin) button")
        await page.wait_for_url("**/rules?said=said_confirmed")
        assert list((settings.office / "confirmations").glob("douyin-*.json"))
        await page.goto(f"{base}/licences")
        wrong += await look(page, "/licences")
        await page.goto(f"{base}/insight?days=7")
        await expect(page.locator("svg.chart[role=img]")).to_have_count(10)
        await page.click("section:has(#h-products) summary")
        assert b"cup,6,9" in await download(page, "a[href*='products.csv']")
        wrong += await look(page, "/insight")
        await context.clear_cookies()
        await sign_in(page, base, "Ana Silva")
        await page.goto(f"{base}/my-clone")
        await expect(page.get_by_text("1.88 EUR")).to_be_visible()
        wrong += await look(page, "/my-clone")
        if language == "en-US":
            assert (await download(page, "a[href*='/statement']")).startswith(b"%PDF")
        await page.click("a[href*='/withdraw']")
        await page.wait_for_url("**/my-clone/ana-2026/withdraw**")
        wrong += await look(page, "/my-clone/ana-2026/withdraw")
        await page.fill("#sure", "ana-2026")
        assert open_licences(settings).has_key("ana-2026")
        await page.click("button.danger")
        await page.wait_for_url("**/my-clone/ana-2026?said=said_withdrawn")
        assert not open_licences(settings).has_key("ana-2026")
        await expect(page.locator("a[href*='/withdraw']")).to_have_count(0)
        await chromium.close()
    assert wrong == [] and errors == []
