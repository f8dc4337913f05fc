"""A show is planned, moved and made longer by the mouse, in a real browser; where it is let go it stands
in the calendar. By keys: test_calendar_browser.py.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from house import KEY, NOBODY, PASSWORD, QUICK, House
from playwright.async_api import FloatRect, Page, async_playwright, expect
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from test_accessibility import look

from bot.console import credentials
from bot.console.calendar import add_calendar
from bot.console.calendar_board import CalendarBoard, Plannable
from bot.console.server import serve
from bot.console.settings import ConsoleSettings
from schedules.conflicts import Needs
from schedules.tables import SCHEDULE_TABLES

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]
BERLIN = ZoneInfo("Europe/Berlin")
PATIENCE_MS = 60_000
HOUR = 44  # px; bot/console/static/calendar.css
GRAB = 6  # px below a show's upper edge


@pytest.fixture
async def calendar(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, CalendarBoard]]:
    """A served console with an empty calendar, on Sunday 22 November 2026 at noon (UTC)."""
    monkeypatch.setattr(credentials, "HASHER", QUICK)
    monkeypatch.setattr(credentials, "NOBODY", NOBODY)
    house = House()
    house.accounts.people.found("Olga", QUICK.hash(PASSWORD))
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    for table in SCHEDULE_TABLES:
        table.create(engine)
    shows = {"shoes": Plannable("shoes", "shoes.yaml", {"en": "Shoes"}, "Europe/Berlin", 60)}
    needs = Needs(frozenset({"room"}))
    board = CalendarBoard(engine, house.clock.now, lambda show, _: needs, lambda: shows, BERLIN, lambda: None)
    add_calendar(house.app, board)
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(
        serve(ConsoleSettings("link", KEY), port=0, stop=stop, ready=ready.set_result, app=house.app)
    )
    yield await asyncio.wait_for(ready, 60), board
    stop.set()
    await asyncio.wait_for(serving, 60)


class Mouse:
    """Presses, moves in steps as a hand does, and lets go."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def box(self, what: str) -> FloatRect:
        """Where it stands; the page draws anew now and then, and then it is away for a moment."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while (box := await self.page.locator(what).bounding_box()) is None:
                await asyncio.sleep(0.02)
        return box

    async def place(self, day: int, hour: float) -> tuple[float, float]:
        """The middle of a day's column at that hour."""
        box = await self.box(f'.cal-col[data-day="{day}"]')
        return box["x"] + box["width"] / 2, box["y"] + hour * HOUR

    async def take(self, what: str, down: float | None = None) -> None:
        """Presses on it: in its middle, or `down` px below its upper edge."""
        box = await self.box(what)
        x, y = box["x"] + box["width"] / 2, box["y"] + (box["height"] / 2 if down is None else down)
        await self.page.mouse.move(x, y)
        await self.page.mouse.down()

    async def to(self, x: float, y: float, when: str) -> None:
        """Moves there; the tip beside the pointer says the new time, and that nothing stands against it."""
        await self.page.mouse.move(x, y, steps=8)
        await expect(self.page.locator("#tip b")).to_contain_text(when)
        await expect(self.page.locator("#tip .clear")).to_be_visible()


async def test_planned_moved_and_made_longer_by_the_mouse(calendar: tuple[str, CalendarBoard]) -> None:
    base, _ = calendar
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), chromium_sandbox=False)
        page = await browser.new_page(viewport={"width": 1400, "height": 1800}, locale="en-US")
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(f"{base}/sign-in?lang=en")
        await page.fill("[name=name]", "Olga")
        await page.fill("[name=password]", PASSWORD)
        async with page.expect_navigation(url="**/home**"):
            await page.press("[name=password]", "Enter")
        await page.goto(f"{base}/calendar?lang=en&date=2026-11-23")
        await expect(page.locator(".cal-col")).to_have_count(7)
        # A whole day in view: nothing scrolls beneath the mouse.
        await page.locator("#scroll").evaluate(f"node => {{ node.style.height = '{24 * HOUR + 20}px'; }}")

        async def stands(entries: str, times: str) -> None:
            """Until the calendar holds that, and the page shows it."""
            await expect(page.locator(".slot")).to_contain_text(times)
            await page.wait_for_function(
                """async wanted => {
                  const data = await (await fetch("/calendar/data?date=2026-11-23")).json();
                  return JSON.stringify(data.entries.map((e) => [e.at.slice(0, 16), e.minutes])) === wanted;
                }""",
                arg=entries,
            )

        mouse = Mouse(page)
        await mouse.take(".to-plan")
        await mouse.to(*await mouse.place(1, 10), "10:00")
        await page.mouse.up()
        await expect(page.locator("#p-date")).to_have_value("2026-11-24")
        await expect(page.locator("#p-time")).to_have_value("10:00")
        await page.locator("#p-save").click()
        await expect(page.locator("#plan")).to_be_hidden()
        await stands('[["2026-11-24T10:00",60]]', "10:00–11:00")

        x, y = await mouse.place(2, 14)
        await mouse.take(".slot", GRAB)
        await mouse.to(x, y + GRAB, "14:00")
        await page.mouse.up()
        await stands('[["2026-11-25T14:00",60]]', "14:00–15:00")
        await expect(page.locator('.cal-col[data-day="2"] .slot')).to_have_count(1)

        await mouse.take(".slot .handle")
        await mouse.to(*await mouse.place(2, 15.5), "15:30")
        await page.mouse.up()
        await stands('[["2026-11-25T14:00",90]]', "14:00–15:30")

        await expect(page.locator('.cal-col[data-day="2"] .slot')).to_have_count(1)
        await mouse.take(".slot", GRAB)
        await mouse.to(*await mouse.place(4, 9), "8:45")
        await page.keyboard.press("Escape")
        await page.mouse.up()
        await expect(page.locator("#tip")).to_be_hidden()
        await stands('[["2026-11-25T14:00",90]]', "14:00–15:30")
        wrong = await look(page, "calendar")
        await page.emulate_media(color_scheme="dark")
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(f"{base}/calendar?lang=zh&date=2026-11-23")
        await expect(page.locator(".cal-col")).to_have_count(7)
        wrong += await look(page, "calendar, Chinese, dark, on a phone")
        assert wrong == [], "\n".join(wrong)
        assert errors == []
        await browser.close()
