"""The catalogue as the merch team uses it, in Chromium: a file dropped, its columns, what it would change, in
and back out; read in a process of its own. Both themes, both languages, desk and phone, by axe-core.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import Engine

from bot.console.accounts import open_accounts
from bot.console.app import create_app
from bot.console.catalogue_page import Goods, add_catalogue
from bot.console.catalogue_uploads import Uploads
from bot.console.catalogue_work import Options
from bot.console.feed_rules import Policy
from bot.console.feeds import Feeds
from bot.console.roles import Role
from bot.console.server import serve
from bot.console.settings import ConsoleSettings
from bot.store import migrate
from products.intake.load import import_catalogue
from products.questions import PassedOn, QuestionQueue
from products.store import SqlCatalogue, open_engine

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SAMPLE = Path(__file__).parents[2] / "sample" / "shop"
PASSWORD = "four plain words here"
PATIENCE_MS = 90_000
DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0)), carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  const more = { bubbles: true, cancelable: true, dataTransfer: carried };
  const place = document.getElementById("drop");
  for (const kind of ["dragover", "drop"]) place.dispatchEvent(new DragEvent(kind, more));
}"""
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[tuple[str, Engine]]:
    """A served console over a shop with the sample's products and a question: its address, its database."""
    engine = open_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    migrate(engine)
    for name in ("products.csv", "products.zh.csv"):
        import_catalogue(engine, SAMPLE / name, now() - timedelta(minutes=30))
    QuestionQueue(engine).pass_on(
        PassedOn("product", "Does the mug survive a dishwasher?", "en", now(), product="dawn-mug")
    )
    accounts = open_accounts(engine, now, bytes(32))
    password = accounts.secrets.new_password(PASSWORD, "Ann")
    owner = accounts.people.found("Ann", password)
    accounts.people.accept(accounts.people.invite("Mei", Role.MERCH, owner.id), "Mei", password)
    settings = ConsoleSettings("link", "key", accounts=accounts)
    app = create_app(settings)
    uploads = Uploads(tmp_path / "uploads", f"sqlite:///{tmp_path / 'shop.db'}", now)
    feeds = Feeds(tmp_path / "feeds", uploads, accounts.sealer, now)
    feed = feeds.add("https://shop.example/export/products.csv?key=k", 60, Options(), Policy())
    await feeds._failed(feed, "The feed was answered with 503.", "Check it.")
    add_catalogue(app, Goods(engine, uploads, now, feeds))
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(serve(settings, port=0, stop=stop, ready=ready.set_result, app=app))
    base = (await asyncio.wait_for(ready, 60)).replace("127.0.0.1", "localhost")
    yield base, engine
    stop.set()
    await asyncio.wait_for(serving, 60)
    engine.dispose()


async def look(page: Page, name: str, folder: Path) -> list[str]:
    """What axe finds against the page, and whether it is wider than the screen. Keeps a picture of it."""
    await page.screenshot(path=folder / f"{name}.png", full_page=True)
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


def changed_list() -> bytes:
    """The sample with a lower price, a product that is new, one that is gone, and one row that is wrong."""
    rows = (SAMPLE / "products.csv").read_text("utf-8").replace("59.00", "49.00").splitlines(keepends=True)
    kept = [row for row in rows if not row.startswith("willow-tote")]
    new = kept[1].replace("harbor-sneakers", "tide-sandals").replace("HS-36", "TS-1")
    bad = new.replace("tide-sandals", "reed-hat").replace("TS-1", "RH-1").replace("49.00", "12-May")
    return "".join([*kept, new, bad]).encode()


def prices(engine: Engine) -> dict[str, str]:
    return {p.handle: str(p.variants[0].offer.price.amount) for p in SqlCatalogue(engine).products()}


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("en-US", "light", 1200), ("zh-CN", "dark", 390)], ids=["desk", "phone"]
)
async def test_the_merch_teams_way_through_the_catalogue(
    shop: tuple[str, Engine], tmp_path: Path, language: str, theme: Any, width: int
) -> None:
    base, engine = shop
    before = prices(engine)
    async with async_playwright() as play:
        chromium = await play.chromium.launch(
            executable_path=str(CHROMIUM), headless=True, chromium_sandbox=False
        )
        context = await chromium.new_context(
            locale=language, color_scheme=theme, viewport={"width": width, "height": 844}
        )
        context.set_default_timeout(PATIENCE_MS)
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page, wrong = await context.new_page(), list[str]()
        await page.goto(f"{base}/sign-in?next=/catalogue")
        await page.fill("#name", "Mei")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_url(f"{base}/catalogue")
        await page.click(".feed-new summary")
        wrong += await look(page, "list", tmp_path)
        await page.goto(f"{base}/catalogue/products/dawn-mug")
        wrong += await look(page, "product", tmp_path)
        await page.fill(".tick input[name=note]", "written into the page")
        await page.click(".tick button")
        await expect(page.locator(".tick")).to_have_count(0, timeout=PATIENCE_MS)
        await page.goto(f"{base}/catalogue")

        if theme == "light":  # dropped, or chosen
            data = base64.b64encode(changed_list()).decode()
            await page.evaluate(DROP, ["products.csv", data])
        else:
            (tmp_path / "products.csv").write_bytes(changed_list())
            await page.set_input_files("#file", tmp_path / "products.csv")
        await page.wait_for_url("**/catalogue/uploads/*")
        wrong += await look(page, "columns", tmp_path)
        assert await page.input_value("select[aria-labelledby=col-1]") == "title"
        await page.check("input[name=full]")
        await page.click("form[data-work=compare] button")
        tallies = page.locator(".tallies strong")
        await expect(tallies).to_have_text(["1", "1", "1", "10"], timeout=PATIENCE_MS)
        wrong += await look(page, "changes", tmp_path)
        assert prices(engine) == before, "nothing is written yet"
        async with page.expect_download() as waiting:
            await page.click("a[href$='problems.csv']")
        listed = Path(await (await waiting.value).path()).read_text("utf-8-sig")
        assert "a date, not an amount" in listed

        if theme == "light":
            wrong += await in_and_out(page, engine, before, base, tmp_path)
        await chromium.close()
    assert (wrong, errors) == ([], [])


async def in_and_out(
    page: Page, engine: Engine, before: dict[str, str], base: str, folder: Path
) -> list[str]:
    """Takes the compared file in, and back out. What axe finds on the way."""
    await page.click("form[data-work=apply] button")
    undo = page.locator("form[action='/catalogue/undo'] button")
    await expect(undo).to_be_visible(timeout=PATIENCE_MS)
    wrong = await look(page, "applied", folder)
    after = prices(engine)
    assert after["harbor-sneakers"] == "49.00" and "tide-sandals" in after and "willow-tote" not in after
    await undo.click()
    await page.wait_for_url(f"{base}/catalogue?said=said_undone")
    assert prices(engine) == before
    return wrong
