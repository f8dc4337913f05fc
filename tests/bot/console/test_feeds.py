"""Catalogues by web address: on time, by condition, with a person where it matters. Time is the test's."""

import re
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest
from house import FORM, NOBODY, QUICK, House, sign_in, token_of

from bot.console import catalogue_work, credentials
from bot.console.catalogue_page import Goods, add_catalogue
from bot.console.catalogue_uploads import Uploads
from bot.console.catalogue_work import Options, Outcome, Web, feed_ending, perform
from bot.console.feed_rules import Policy, against, next_time
from bot.console.feeds import Feeds
from bot.console.roles import Role
from products.catalogue import FactKind
from products.errors import ContentError, Refused
from products.questions import OPEN_QUESTION
from products.store import SqlCatalogue, create_tables, open_engine

HEAD = "handle,title,description,sku,price,currency,stock\n"
URL = "https://shop.example/export/products.csv?key=secret"


def csv(*prices, head=HEAD):
    rows = (f"p{n},Tea {n},A tea in a tin.,s{n},{price},USD,5\n" for n, price in enumerate(prices))
    return head + "".join(rows)


class Shop:
    """A server that answers what the test says, and a console that fetches from it."""

    def __init__(self, folder):
        self.house = House()
        self.url = f"sqlite:///{folder / 'shop.db'}"
        self.engine = open_engine(self.url)
        create_tables(self.engine)
        OPEN_QUESTION.create(self.engine)
        self.answer, self.asked, self.told, self.address = (
            httpx.Response(200, text=csv(9, 9)),
            [],
            [],
            "93.184.216.34",
        )

        def handler(request):
            self.asked.append(request)
            return self.answer

        web = Web(
            lambda: httpx.Client(transport=httpx.MockTransport(handler)), lambda host, port: [self.address]
        )

        async def run(job):
            return perform(job, web=web)

        now = self.house.clock.now
        self.uploads = Uploads(folder / "uploads", self.url, now, run)
        self.catalogue = SqlCatalogue(self.engine)
        self.feeds = Feeds(
            folder / "feeds", self.uploads, self.house.accounts.sealer, now,
            told=lambda feed: self.told.append((feed.state, feed.why)),
            confirm=lambda file, at: self.catalogue.confirm_stock(at, file),
        )  # fmt: skip
        add_catalogue(self.house.app, Goods(self.engine, self.uploads, now, self.feeds))
        self.house.person("Ann")
        self.mei, _ = self.house.person("Mei", Role.MERCH)

    def add(self, every=60, policy=None, **changed):
        # the first file is always unusual: everything is new
        policy = policy or Policy(rows=100, prices=100, move=100)
        feed = self.feeds.add(URL, every, self.feeds_options(**changed), policy)
        return feed.id

    @staticmethod
    def feeds_options(**changed):
        return Options(**changed)

    async def later(self, **lapse):
        self.house.clock.later(**lapse)
        before = len(self.asked)
        await self.feeds.look()
        return len(self.asked) - before

    def prices(self):
        return {p.handle: float(p.variants[0].offer.price.amount) for p in self.catalogue.products()}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setattr(credentials, "HASHER", QUICK)
    monkeypatch.setattr(credentials, "NOBODY", NOBODY)
    shop = Shop(tmp_path)
    yield shop
    shop.engine.dispose()


async def test_a_feed_is_fetched_on_time_and_goes_in(shop):
    id_ = shop.add(every=60)
    assert await shop.later() == 1
    assert shop.prices() == {"p0": 9.0, "p1": 9.0}
    feed = shop.feeds.get(id_)
    assert (feed.state, feed.moved, feed.rows) == ("applied", (2, 0, 0), 2)
    assert feed.next_at - shop.house.clock.at == timedelta(minutes=60)
    assert [await shop.later(minutes=m) for m in (30, 29, 1)] == [0, 0, 1]
    shop.answer = httpx.Response(200, text=csv(9, 8))
    await shop.later(hours=1)
    assert shop.prices()["p1"] == 8.0 and shop.feeds.get(id_).moved == (0, 1, 0)


async def test_a_server_is_asked_whether_there_is_anything_new(shop):
    headers = {"etag": '"v1"', "last-modified": "Sun, 22 Nov 2026 10:00:00 GMT"}
    shop.answer = httpx.Response(200, text=csv(9), headers=headers)
    id_ = shop.add()
    await shop.later()
    shop.answer = httpx.Response(304)
    await shop.later(hours=1)
    assert shop.asked[1].headers["if-none-match"] == '"v1"'
    assert shop.asked[1].headers["if-modified-since"] == "Sun, 22 Nov 2026 10:00:00 GMT"
    assert shop.feeds.get(id_).state == "same"
    stock = next(f for f in shop.catalogue.facts(["p0"], shop.house.clock.at) if f.kind is FactKind.STOCK)
    assert stock.fresh(shop.house.clock.at), "what the server says again holds again"
    shop.answer = httpx.Response(200, text=csv(9))  # a server that knows no conditions
    await shop.later(hours=1)
    assert shop.feeds.get(id_).state == "same" and [s for s, _ in shop.told] == ["applied"]


@pytest.mark.parametrize(
    ("file", "policy", "why"),
    [
        (csv(9, 9, 9, 4), Policy(rows=100, prices=100, move=50), "move"),
        (csv(9, 9, 8, 8), Policy(rows=100, prices=40), "prices"),
        (csv(9, 9, 9, 9, 9, 9), Policy(rows=20), "rows"),
        (csv(9, 9, 9, 8), Policy(clean=False, rows=100, prices=100), "never"),
        (csv(9, 9, 9, 9) + "p9,,,s9,x,USD,5\n", Policy(rows=100), "problems"),
    ],
)
async def test_what_is_unusual_waits_for_a_person(shop, file, policy, why):
    id_ = shop.add()
    shop.answer = httpx.Response(200, text=csv(9, 9, 9, 9))
    await shop.later()
    feed = shop.feeds.get(id_)
    feed.policy = policy
    shop.feeds._write(feed)
    shop.answer = httpx.Response(200, text=file)
    before = shop.prices()
    await shop.later(hours=1)
    feed = shop.feeds.get(id_)
    assert (feed.state, why in feed.why.split()) == ("waiting", True)
    assert shop.prices() == before
    page = shop.mei.get("/catalogue?lang=en").text
    assert "Look at it" in page and f"/catalogue/uploads/{feed.upload}" in page
    await shop.later(hours=1)
    assert shop.feeds.get(id_).state == "waiting", "the same file waits on"
    form = token_of(shop.mei, "/catalogue")
    done = shop.mei.post(f"/catalogue/uploads/{feed.upload}/apply", data={"form": form}, headers=FORM)
    assert "said_applied" in done.headers["location"]
    assert shop.prices() != before or why == "problems"
    assert "Look at it" not in shop.mei.get("/catalogue?lang=en").text


async def test_a_newer_file_takes_the_place_of_one_that_waits(shop):
    id_ = shop.add(policy=Policy(clean=False))
    await shop.later()
    first = shop.feeds.get(id_).upload
    shop.answer = httpx.Response(200, text=csv(7, 7))
    await shop.later(hours=1)
    assert shop.uploads.get(first) is None and shop.feeds.get(id_).upload != first


async def test_columns_that_a_person_chose_hold_for_the_next_file(shop):
    odd = "handle,title,description,sku,Our tariff,currency,stock\n"
    id_ = shop.add()
    shop.answer = httpx.Response(200, text=csv(9, 9, head=odd))
    await shop.later()
    feed = shop.feeds.get(id_)
    assert feed.state == "waiting" and "price" in feed.why
    upload = shop.uploads.get(feed.upload)
    upload = await shop.uploads.compare(upload, shop.feeds_options(mapping={"price": "Our tariff"}))
    assert (await shop.uploads.apply(upload)).ok
    shop.answer = httpx.Response(200, text=csv(9, 5, head=odd))
    await shop.later(hours=1)
    assert shop.feeds.get(id_).state == "applied" and shop.prices()["p1"] == 5.0


async def test_a_week_of_faults_of_the_server(shop):
    id_ = shop.add(every=1440)
    await shop.later()
    shop.answer = httpx.Response(503)
    moments, start = [], shop.house.clock.at
    for _ in range(7 * 24 * 6):
        if await shop.later(minutes=10):
            moments.append((shop.house.clock.at - start) / timedelta(hours=1))
    gaps = [round(b - a, 2) for a, b in pairwise(moments)]
    assert moments[0] == 24 and gaps[:8] == [0.17, 0.33, 0.67, 1.33, 2.67, 5.33, 10.67, 21.33]
    assert set(gaps[8:]) == {24.0}
    feed = shop.feeds.get(id_)
    assert feed.state == "failed" and "503" in feed.why and "secret" not in feed.why + feed.shown
    sign_in(shop.mei, "Mei")
    assert "times in a row" in shop.mei.get("/catalogue?lang=en").text
    shop.answer = httpx.Response(200, text=csv(9, 8.5))
    await shop.later(hours=24)
    assert (shop.feeds.get(id_).state, shop.feeds.get(id_).failures) == ("applied", 0)


async def test_only_public_servers_by_https_are_asked(shop):
    id_ = shop.add()
    shop.address = "169.254.169.254"
    assert await shop.later() == 0
    assert "private network" in shop.feeds.get(id_).why
    shop.address = "93.184.216.34"
    shop.answer = httpx.Response(302, headers={"location": "http://shop.example/plain.csv"})
    await shop.later(hours=1)
    assert "not https" in shop.feeds.get(id_).why and len(shop.asked) == 1
    for url, why in (("http://a.example/x.csv", "feed_address"), ("https://u:p@a.example/", "feed_password"),
                     ("https://", "feed_address"), ("file:///etc/passwd", "feed_address")):  # fmt: skip
        with pytest.raises(ContentError, match=why):
            shop.feeds.add(url, 60, shop.feeds_options(), Policy())


async def test_a_feed_that_is_too_large_ends_in_time(shop, monkeypatch):
    monkeypatch.setattr(catalogue_work, "FEED_BYTES", 3 * 2**20)
    id_ = shop.add()
    served = []

    def blocks():
        for _ in range(50):
            served.append(1)
            yield b"x" * 2**20

    shop.answer = httpx.Response(200, content=blocks())
    await shop.later()
    assert "larger than 3 MiB" in shop.feeds.get(id_).why
    assert len(served) == 4
    assert shop.uploads.all() == [] and not list(shop.uploads._folder.iterdir())


async def test_while_another_file_is_read_a_feed_waits_its_turn(shop):
    id_ = shop.add()
    async with shop.uploads._turn:
        assert await shop.later() == 0
        with pytest.raises(Refused, match="busy"):
            await shop.feeds.fetch(shop.feeds.get(id_))
    assert shop.feeds.get(id_).state == "never" and shop.told == []
    assert await shop.later() == 1


async def test_on_the_page_feeds_are_added_hurried_and_removed(shop):
    form = token_of(shop.mei, "/catalogue")
    data = {
        "form": form,
        "url": URL,
        "every": "15",
        "language": "en",
        "currency": "eur",
        "full": "yes",
        "rows": "5",
    }
    assert "said_feed" in shop.mei.post("/catalogue/feeds", data=data, headers=FORM).headers["location"]
    (feed,) = shop.feeds.all()
    assert (feed.every, feed.options.currency, feed.options.full) == (15, "EUR", True)
    assert feed.policy == Policy(clean=False, rows=5)
    assert b"secret" not in (shop.feeds._folder / f"{feed.id}.json").read_bytes()
    page = shop.mei.get("/catalogue?lang=zh").text
    assert "https://shop.example/export/products.csv" in page and "secret" not in page
    assert "尚未获取" in page
    wrong = shop.mei.post("/catalogue/feeds", data=data | {"url": "http://x"}, headers=FORM)
    assert "feed_address" in wrong.headers["location"]
    assert "begins with https" in shop.mei.get("/catalogue?lang=en&trouble=feed_address").text
    path = f"/catalogue/feeds/{feed.id}"
    assert "form_old" in shop.mei.post(f"{path}/now", data={"form": "x"}, headers=FORM).headers["location"]
    await shop.later()
    assert shop.feeds.due() == []
    shop.mei.post(f"{path}/now", data={"form": form}, headers=FORM)
    assert [f.id for f in shop.feeds.due()] == [feed.id]
    assert (
        "said_feed_removed"
        in shop.mei.post(f"{path}/remove", data={"form": form}, headers=FORM).headers["location"]
    )
    assert shop.feeds.all() == [] and shop.uploads.all() == []
    assert (
        "feed_gone" in shop.mei.post(f"{path}/remove", data={"form": form}, headers=FORM).headers["location"]
    )
    assert [w for w in shop.house.what() if w.startswith("feed")] == ["feed_removed", "feed_added"]
    assert (
        re.search(
            r"feeds/[.]", shop.mei.post("/catalogue/feeds/..%2fx/now", data={"form": form}, headers=FORM).text
        )
        is None
    )


def test_what_a_policy_lets_in():
    calm = Outcome(rows=100, changed=10, unchanged=90, prices=10, steepest=0.1)
    assert against(calm, Policy()) == ()
    assert against(calm, Policy(rows=9, prices=9, move=9)) == ("rows", "prices", "move")
    assert against(calm.model_copy(update={"problems": 1}), Policy()) == ("problems",)
    assert against(Outcome(new=1, rows=1), Policy()) == ("rows",), "the first file of all"


def test_how_a_feed_is_read():
    assert feed_ending("https://a.example/x.JSON?a=b.csv", "text/html") == ".json"
    assert feed_ending("https://a.example/export", "application/json; charset=utf-8") == ".json"
    assert feed_ending("https://a.example/export.php", "text/html") == ".csv"


def test_the_next_time_is_never_later_than_the_usual_one(shop):
    now = shop.house.clock.at
    assert next_time(now, 15, 9) - now == timedelta(minutes=15)
    assert next_time(now, 60, 0) - now == timedelta(minutes=60)
