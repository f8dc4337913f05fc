"""The fleet's page on a real PostgreSQL and in a real browser: what it tells, that it renews itself, that an
owner empties a node with it; axe in both languages, light and dark, desk and phone.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect
from postgres import Postgres, migrated
from test_accessibility import CHROMIUM, PASSWORD, look

from bot.clock import SystemClock
from bot.commands.fleet_pages import add_fleet_page
from bot.console.accounts import Accounts, open_accounts
from bot.console.app import create_app
from bot.console.roles import Role
from bot.console.server import serve
from bot.console.settings import ConsoleSettings
from bot.fleet.lease import Wish
from bot.fleet.leases import Holding, LeaseBook
from bot.fleet.placement import Needs, Obstacle, Offer
from bot.settings import Settings
from bot.store import open_engine

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
EU = frozenset({"region=eu", "platform=youtube"})
TTL_S = 3600.0  # nothing here expires by itself


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with migrated() as made:
        yield made


class Fleet:
    """Three nodes that beat when the test says so: two that live, one whose last heartbeat is long ago."""

    def __init__(self, url: str) -> None:
        self.book = LeaseBook(url)
        self.held: dict[str, dict[str, int]] = {}
        self.offers = {
            "east-1": Offer("east-1", 4, 8.0, 16000.0, 1, 100.0, EU),
            "west-1": Offer("west-1", 2),
            "old-1": Offer("old-1", 4),
        }

    def place(self, show: str, needs: Needs, position: str = "") -> None:
        now = datetime.now(UTC)
        assert self.book.place(
            Wish(show, f"/shows/{show}.yaml", f"{show}/1", now, position=position, needs=needs)
        )

    def beat(self, node: str) -> None:
        offer, held = self.offers[node], self.held.setdefault(node, {})
        mine = [Holding(show, epoch, "1.3-offer") for show, epoch in held.items()]
        answer = self.book.beat(
            node, node.partition("-")[0], offer.shows, TTL_S, mine, offer.shows - len(held), offer
        )
        held |= {c.wish.show: c.epoch for c in answer.claimed}


@pytest.fixture
def fleet(database: Postgres) -> Iterator[Fleet]:
    with database.connect() as connection:
        connection.execute("truncate fleet_node, show_lease, ledger_copy")
        made = Fleet(database.url())
        made.beat("old-1")
        connection.execute("update fleet_node set seen = seen - interval '4000 s'")
        made.beat("west-1")
        made.beat("east-1")
        made.place("corner-evening", Needs(0.5, 1100, 0.25, 2.5, EU, "corner"))
        made.place("harbor-night", Needs(labels=EU, cores=0.5))
        made.beat("east-1")
        made.beat("east-1")
        for n in range(2):
            made.place(f"tea-{n}", Needs())
        made.beat("west-1")
        made.place("far-show", Needs(labels=frozenset({"region=ap"})))
        connection.execute(
            "update show_lease set note = 'it said <nothing>', crashes = 2 where show = 'tea-1'"
        )
        yield made
    made.book.close()


def test_one_look_tells_everything(fleet: Fleet) -> None:
    fleet.place("one-more", Needs(gpu=0.9))
    seen = fleet.book.look()
    assert {n.name: (n.alive, n.shows, n.free) for n in seen.nodes} == {
        "east": (True, ("corner-evening", "harbor-night"), 2),
        "old": (False, (), 0),
        "west": (True, ("tea-0", "tea-1"), 0),
    }
    east = seen.nodes[0].place
    assert (east.cores, east.memory_mb, east.cards, east.egress_mbps) == (1.0, 1100.0, [0.25], 2.5)
    assert seen.counts == {"on_air": 4, "nowhere": 2} and seen.more == 0 and seen.free == 2
    shows = {show.show: show for show in seen.shows}
    assert [s.state for s in seen.shows[:2]] == ["nowhere", "nowhere"], "those that nobody has come first"
    assert (shows["corner-evening"].position, shows["corner-evening"].node) == ("1.3-offer", "east")
    far, more = shows["far-show"].waiting, shows["one-more"].waiting
    assert far is not None and far.never and far.lacks == ((Obstacle.LABELS, 2),)
    assert more is not None and not more.never and dict(more.lacks) == {Obstacle.GPU: 1, Obstacle.SHOWS: 1}
    assert seen.without_reserve is seen.nodes[0], "west is full: nobody could take what east airs"
    fleet.offers["new-1"] = Offer("new-1", 2)
    fleet.beat("new-1")
    assert fleet.book.look().without_reserve is None


@pytest.fixture
async def console(database: Postgres, tmp_path: Path) -> AsyncIterator[tuple[str, Accounts]]:
    """A served console with an owner and an operator, over the fleet's database."""
    accounts = open_accounts(open_engine("sqlite://"), lambda: datetime.now(UTC), bytes(32))
    accounts.book.make_tables()
    password = accounts.secrets.new_password(PASSWORD, "Ann Weber")
    owner = accounts.people.found("Ann Weber", password)
    accounts.people.accept(accounts.people.invite("Bo", Role.OPERATOR, owner.id), "Bo", password)
    settings = ConsoleSettings("link", "key", accounts=accounts)
    app = create_app(settings)
    book = add_fleet_page(app, Settings(data=tmp_path, database=database.url()), SystemClock())
    assert book is not None
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(serve(settings, port=0, stop=stop, ready=ready.set_result, app=app))
    yield (await asyncio.wait_for(ready, 60)).replace("127.0.0.1", "localhost"), accounts
    stop.set()
    await asyncio.wait_for(serving, 60)
    book.close()


async def enter(page: Page, base: str, name: str) -> None:
    await page.goto(f"{base}/sign-in?next=/fleet")
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url(f"{base}/fleet")


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium")
async def test_an_owner_sees_the_fleet_and_empties_a_node(
    fleet: Fleet, console: tuple[str, Accounts]
) -> None:
    base, accounts = console
    async with async_playwright() as play:
        chromium = await play.chromium.launch(
            executable_path=str(CHROMIUM), headless=True, chromium_sandbox=False
        )
        context = await chromium.new_context(locale="en-US", viewport={"width": 1200, "height": 844})
        context.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        await enter(page, base, "Ann Weber")
        await expect(page.locator("#fleet-head")).to_contain_text("Nodes alive: 2 of 3. Shows on the air: 4.")
        await expect(page.locator("#troubles")).to_contain_text("no node has it: far-show.")
        await expect(page.locator("#show-far-show")).to_contain_text("2 without its labels")
        await expect(page.locator("#show-corner-evening")).to_contain_text("round 2, cue 3: ")
        await expect(page.locator("#show-tea-1")).to_contain_text("it said <nothing>")
        wrong = await look(page, "/fleet")

        # It renews itself under an open explanation, which stays open.
        east = page.locator("#node-east-1")
        await east.locator("summary").click()
        button = east.get_by_role("button", name="Empty east")
        await expect(button).to_be_visible()
        fleet.offers["far-1"] = Offer("far-1", 1, labels=frozenset({"region=ap"}))
        await asyncio.to_thread(fleet.beat, "far-1")
        await asyncio.to_thread(fleet.beat, "far-1")
        await expect(page.locator("#show-far-show")).to_contain_text("on the air")
        await expect(page.locator("#node-far-1")).to_contain_text("1 of 1 places")
        await expect(page.locator("#fleet-said")).not_to_contain_text("far-show")
        await expect(button).to_be_visible()
        await button.click()
        await expect(page.locator("#node-east-1")).to_contain_text("is being emptied")
        assert "fleet.drained" in [row.what for row in accounts.book.events()]
        await page.goto(f"{base}/acts")
        await expect(page.locator("tbody")).to_contain_text("emptied a node · node: east-1")
        await page.goto(f"{base}/fleet")
        await page.get_by_role("button", name="Let it take shows again").click()
        await expect(page.locator("#node-east-1 .chip").first).to_have_text("alive")
        assert not next(n for n in fleet.book.nodes() if n.name == "east").draining

        other: Any = await chromium.new_context(
            locale="zh-CN", color_scheme="dark", viewport={"width": 390, "height": 844}
        )
        other.set_default_timeout(60_000)
        phone = await other.new_page()
        await enter(phone, base, "Bo")
        await expect(phone.locator("#fleet-head")).to_contain_text("个节目在播")
        assert await phone.locator("#fleet button").count() == 0, "an operator looks, and empties nothing"
        wrong += await look(phone, "/fleet on a phone")
        await chromium.close()
    assert wrong == [] and problems == []
