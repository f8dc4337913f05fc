"""A seller console in a real Chromium, against a replica with the console's own addresses and traffic
(tests/fakes/console_replica.py): comments and orders through the page's traffic, a product shown in a list
that holds only what is in view, popups, log-out, captcha, changed layouts; and the contract that every
connector keeps. One browser serves all tests here.
"""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import contract.test_connectors as contract
import cv2
import numpy as np
import pytest
import pytest_asyncio
from fakes.console_answers import Written
from fakes.console_replica import Replica, replicas
from fakes.kuaishou_replica import KuaishouReplica
from fakes.taobao_replica import TaobaoReplica
from fakes.wechat_replica import WechatReplica
from fakes.xiaohongshu_replica import XiaohongshuReplica
from rigs.base import SHOW
from rigs.console_rig import FIELDS, rig_on

from bot.accounts import account_keeper
from bot.settings import Settings
from connectors.account import Account, MemoryKeeper
from connectors.base import ChatState, EventKind, Order
from connectors.errors import AuthNeeded, Blocked, Changed
from connectors.outside import Outside
from connectors.seller_console.chromium import Chromium
from connectors.seller_console.connector import ConsoleConnector
from connectors.seller_console.login import log_in
from connectors.seller_console.page import open_window
from connectors.seller_console.sheet import sheet_of

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]
PATIENCE = 30.0
QUICKER = 4.0  # of what is waited for on purpose; what the page needs takes its time
SHEET = sheet_of("douyin")


# The shipped sheet leaves the opening to a person; one test here does that, the others save the time.
def by_program(sheet):
    pages = {name: page.model_copy(update={"by": "program"}) for name, page in sheet.pages.items()}
    return sheet.model_copy(update={"pages": pages})


OPENED = by_program(SHEET)
SESSION = json.dumps(
    {
        "cookies": [
            {
                "name": "sessionid", "value": "S3SSION", "domain": ".jinritemai.com", "path": "/",
                "expires": -1, "httpOnly": True, "secure": True, "sameSite": "None",
            }
        ],
        "origins": [],
    }
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def serving(tmp_path_factory):
    async with replicas(tmp_path_factory.mktemp("replica")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium(serving):
    args = (f"--host-resolver-rules=MAP * 127.0.0.1:{serving.port}", "--ignore-certificate-errors")
    browser = Chromium(str(CHROMIUM), args, windows=False)
    yield browser
    await browser.close()


@pytest.fixture
def replica(serving):
    serving.replica = Replica()
    return serving.replica


class Console:
    """A connector on the replica, read as a show reads it."""

    def __init__(self, chromium, sheet=OPENED, keeper=None, platform="douyin", **fields):
        self.chromium, self.sheet, self.contexts = chromium, sheet, []
        kept = {**FIELDS, "profile": SESSION, **fields}
        self.keeper = keeper or MemoryKeeper({(platform, "shop"): kept})
        outside = Outside(
            now=lambda: datetime.now(UTC),
            time=lambda: time.monotonic() * QUICKER,
            dial=None,
            sleep=lambda seconds: asyncio.sleep(seconds if seconds < 0.5 else seconds / QUICKER),
            rng=Random(5),
        )
        self.account = Account(platform, "shop", self.keeper)
        self.outside = outside
        self.connector = ConsoleConnector(sheet, self.account, outside, self.open)
        self.events, self.shots = [], []

    async def open(self, state, ear):
        context = await self.chromium.context(state, visible=False)
        self.contexts.append(context)
        return await open_window(self.sheet, context, ear)

    async def read(self):
        async for event in self.connector.events():
            self.events.append(event)

    def of(self, kind):
        return [e for e in self.events if e.kind is kind]

    def shot(self, what):
        """The first picture of that kind; what is told beside it."""
        self.shots += self.connector.shots()
        return next((s for s in self.shots if s.what == what), None)


@asynccontextmanager
async def on_air(chromium, **options):
    console = Console(chromium, **options)
    reading = asyncio.ensure_future(console.read())
    try:
        await console.connector.open(SHOW)
        yield console
    finally:
        await asyncio.wait_for(console.connector.close("the test is over"), PATIENCE)
        await asyncio.wait_for(reading, PATIENCE)


async def until(holds):
    async with asyncio.timeout(PATIENCE):
        while not (found := holds()):
            await asyncio.sleep(0.02)
        return found


def state(console):
    return console.connector.hearing().state


async def test_comments_come_through_the_pages_own_traffic_each_once(chromium, replica):
    replica.comments += [
        Written("c1", "小林", "这个杯子多少钱？", "u1"),
        Written("c2", "Ann", "Is it waterproof?"),
    ]
    async with on_air(chromium) as console:
        await until(lambda: len(console.of(EventKind.COMMENT)) == 2)
        first, second = console.of(EventKind.COMMENT)
        assert (first.id, first.viewer, first.viewer_id, first.text) == (
            "c1",
            "小林",
            "u1",
            "这个杯子多少钱？",
        )
        assert second.text == "Is it waterproof?"
        assert state(console) is ChatState.OPEN
        replica.comments.append(Written("c1", "小林", "这个杯子多少钱？", "u1"))
        result = await console.connector.say("59 元一个。", reply_to="c1")
        assert result.ok
        assert replica.posted == ["@小林 59 元一个。"]
        mine = await until(lambda: next((e for e in console.events if e.viewer == "示例小店"), None))
        assert mine.own
        assert [e.id for e in console.of(EventKind.COMMENT)] == ["c1", "c2", "own-1"]


async def test_a_product_far_down_the_list_is_shown_and_read_back(chromium, replica):
    async with on_air(chromium, **{"item.mug": "27 商品27", "item.wrong": "9 商品10"}) as console:
        assert (await console.connector.pin("mug")).ok
        assert replica.shown_number == 27
        picture = await until(lambda: console.shot("pin"))
        assert picture.says == "Shown: number 27 with the words '商品27'."
        seen = cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_COLOR)
        assert seen is not None and seen.shape[0] < 120 and seen.shape[1] > 300  # the row, not the page
        assert (await console.connector.pin("mug")).ok  # anew: off, and on again
        assert [cancel for _, cancel in replica.current] == ["false", "true", "false"]
        wrong = await console.connector.pin("wrong")
        assert not wrong.ok
        assert "without the words '商品10'" in wrong.reason
        assert replica.shown_number == 27
        by_id = await console.connector.pin(f"37304741051373{2:05}")  # the platform's own id of product 2
        assert by_id.ok
        assert replica.shown_number == 2


async def test_popups_are_closed_but_not_one_that_asks_to_end_the_broadcast(chromium, replica):
    replica.over = "afk"
    async with on_air(chromium) as console:
        await until(lambda: replica.pressed == ["afk:恢复直播"])
        replica.over = "summary"
        await until(lambda: len(replica.pressed) == 2)
        replica.over = "end"
        picture = await until(lambda: console.shot("popup"))
        assert "asks a person" in picture.says
        assert len(replica.pressed) == 2


async def test_a_log_out_is_told_and_a_new_login_is_taken_up(chromium, replica):
    async with on_air(chromium) as console:
        await until(lambda: state(console) is ChatState.OPEN)
        replica.sessions.clear()
        replica.logged_out = True
        await until(lambda: state(console) is ChatState.LOST)
        assert "castmate connectors login douyin:shop" in console.connector.hearing().why
        picture = await until(lambda: console.shot("stopped"))
        assert picture.png.startswith(b"\x89PNG")
        with pytest.raises(AuthNeeded, match="logged this account out"):
            await console.connector.pin("mug")
        replica.sessions.add("S3COND")
        replica.logged_out = False
        console.keeper.write("douyin", "shop", {"profile": SESSION.replace("S3SSION", "S3COND")})
        await until(lambda: state(console) is ChatState.OPEN)
        replica.comments.append(Written("c9", "小林", "回来了吗"))
        await until(lambda: any(e.id == "c9" for e in console.events))
        assert console.of(EventKind.GAP)


async def test_a_captcha_stops_everything_until_a_person_solved_it(chromium, replica):
    async with on_air(chromium) as console:
        await until(lambda: state(console) is ChatState.OPEN)
        replica.over = "captcha"
        await until(lambda: state(console) is ChatState.LOST)
        assert "does not solve captchas" in console.connector.hearing().why
        with pytest.raises(Blocked):
            await console.connector.pin("mug")
        assert not (await console.connector.say("hello")).ok
        assert replica.pressed == replica.posted == replica.current == []
        replica.over = ""
        await until(lambda: state(console) is ChatState.OPEN)
        assert (await console.connector.pin("mug")).ok


async def test_a_changed_layout_is_told_with_a_picture(chromium, replica):
    async with on_air(chromium) as console:
        await until(lambda: state(console) is ChatState.OPEN)
        replica.classes = {**replica.classes, "on": "停止介绍", "off": "介绍"}
        with pytest.raises(Changed, match="no button"):
            await console.connector.pin("mug")
        assert await until(lambda: console.shot("pin"))
        replica.no_panel = True
        await until(lambda: state(console) is ChatState.LOST)
        assert "goodsPanel" in console.connector.hearing().why
        with pytest.raises(Changed):
            await console.connector.pin("mug")


async def test_a_renamed_field_is_told_while_the_page_looks_well(chromium, replica):
    async with on_air(chromium) as console:
        await until(lambda: state(console) is ChatState.OPEN)
        replica.rename = ("comment_id", "commentId")
        for n in range(6):
            replica.comments.append(Written(f"r{n}", "小林", "有人吗"))
            await asyncio.sleep(0.15)
        await until(lambda: state(console) is ChatState.DEAF)
        assert "comment_id" in console.connector.hearing().why
        assert any("comment_id" in c.says for c in await console.connector.check())


async def test_orders_and_visitors_come_from_the_big_screen(chromium, replica):
    replica.orders = [("69001", 17, 0, 2), ("69001", 17, 3, 2)]
    replica.entered, replica.liked = [("m1", "阿明")], [("m2", "阿明")]
    async with on_air(chromium) as console:
        placed, paid = await until(lambda: o if len(o := console.of(EventKind.ORDER)) == 2 else None)
        assert placed.detail == Order("69001", "3730474105137300017", 2, paid=False)
        assert paid.detail == Order("69001", "3730474105137300017", 2, paid=True)
        await until(lambda: console.of(EventKind.ENTER) and console.of(EventKind.LIKE))
        assert set(replica.rooms_seen) == {replica.room}


async def test_a_person_opens_the_page_where_the_console_wants_that(chromium, replica):
    async with on_air(chromium, sheet=SHEET) as console:
        await until(lambda: "A person opens https://buyin" in console.connector.hearing().why)
        page = await console.contexts[0].new_page()
        await page.goto(SHEET.pages["control"].url)
        await until(lambda: state(console) is ChatState.OPEN)
        assert (await console.connector.pin("mug")).ok


class Person:
    def __init__(self):
        self.told = []

    def tell(self, text):
        self.told.append(text)

    def ask(self, question, *, default="", secret=False):
        raise AssertionError(question)

    def show_page(self, url):
        raise AssertionError(url)


async def test_a_person_logs_in_once_and_the_login_lies_sealed(chromium, replica, tmp_path):
    replica.sessions.clear()
    keeper, person = account_keeper(Settings(data=tmp_path)), Person()
    keeper.write("douyin", "shop", {**FIELDS, "profile": ""})
    console = Console(chromium, keeper=keeper)
    opened = []

    class Watched:
        async def context(self, kept, *, visible):
            assert visible
            opened.append(await chromium.context(kept, visible=visible))
            return opened[0]

    login = asyncio.ensure_future(log_in(SHEET, console.account, console.outside, person, Watched()))
    await until(lambda: opened and opened[0].pages)
    page = opened[0].pages[0]
    await page.goto(SHEET.login.url)
    assert not login.done()
    await page.get_by_role("button", name="扫码").click()
    await asyncio.wait_for(login, PATIENCE)
    (session,) = replica.sessions
    assert session in keeper.read("douyin", "shop")["profile"]
    assert not [f for f in tmp_path.rglob("*") if f.is_file() and session.encode() in f.read_bytes()]
    assert "The login is kept, sealed." in person.told[-1]
    async with on_air(chromium, keeper=keeper) as again:
        await until(lambda: state(again) is ChatState.OPEN)


async def test_taobaos_console_from_the_list_of_broadcasts_to_its_boxes(chromium, serving):
    replica = serving.replica = TaobaoReplica(live="")
    taobao = sheet_of("taobao_live")
    async with on_air(chromium, sheet=taobao, platform="taobao_live", profile="") as console:
        await until(lambda: "shows no running broadcast" in console.connector.hearing().why)
        replica.live = "524199001122"
        replica.comments.append(Written("t1", "小林", "能便宜吗", "7"))
        first = await until(lambda: next(iter(console.of(EventKind.COMMENT)), None))
        assert (first.id, first.viewer, first.text, first.own) == ("t1", "小林", "能便宜吗", False)
        assert replica.opened == ["524199001122"]
        evidence = await console.connector.disclose(True)
        assert evidence.ok
        assert evidence.read_back == "数字人直播: on; 仅投放至私域: on"
        await until(lambda: replica.ticked == {"human": "true", "private": "true"})
        picture = await until(lambda: console.shot("flag"))
        assert picture.png.startswith(b"\x89PNG")
        assert (await console.connector.pin("11 商品11")).ok
        assert replica.shown == 11
        assert (await console.connector.say("不议价哦。")).ok
        mine = await until(lambda: next((e for e in console.events if e.id == "own-1"), None))
        assert mine.own
        page = console.contexts[0].pages[0]
        await until(lambda: console.connector._attendance.closed_popups)
        assert await page.locator("#driver-highlighted-element-stage-overlay").count() == 0


async def test_xiaohongshus_console_speaks_through_a_socket(chromium, serving):
    replica = serving.replica = XiaohongshuReplica()
    sheet = sheet_of("xiaohongshu")
    async with on_air(chromium, sheet=sheet, platform="xiaohongshu", **{"item.mug": "2 商品2"}) as console:
        await until(lambda: "A person opens https://ark" in console.connector.hearing().why)
        await (await console.contexts[0].new_page()).goto(sheet.pages["control"].url)
        await until(lambda: state(console) is ChatState.OPEN)
        replica.comments += [
            Written("x1", "小林", "有货吗", "u1"),
            Written("x2", "示例的店", "有的", "u0", own=True),
        ]
        first, ours = await until(lambda: e if len(e := console.of(EventKind.COMMENT)) == 2 else None)
        assert (first.id, first.viewer, first.viewer_id, first.text, first.own) == (
            "x1", "小林", "u1", "有货吗", False,
        )  # fmt: skip
        assert ours.own
        assert (await console.connector.pin("mug")).ok
        assert replica.shown == 2
        assert (await console.connector.say("有货的。")).ok
        assert replica.posted == ["有货的。"]


async def test_wechats_console_is_read_and_pressed_inside_its_shadow(chromium, serving):
    replica = serving.replica = WechatReplica(live=False)
    wechat = sheet_of("wechat_channels")
    fields = {"item.mug": "12 商品12"}
    async with on_air(chromium, sheet=wechat, platform="wechat_channels", profile="", **fields) as console:
        await until(lambda: "no broadcast is on" in console.connector.hearing().why)
        replica.live = True
        replica.comments.append(Written("w1", "小林", "有货吗", "u1"))
        first = await until(lambda: next(iter(console.of(EventKind.COMMENT)), None))
        assert (first.id, first.viewer, first.viewer_id, first.text) == ("w1", "小林", "u1", "有货吗")
        await until(lambda: replica.closed == ["gifts"])  # it lay over the page of the goods
        assert (await console.connector.pin("mug")).ok
        assert replica.shown == 12
        assert (await console.connector.say("有货的。", reply_to="w1")).ok
        assert replica.posted == ["@小林 有货的。"]


async def test_kuaishous_console_asks_back_before_another_product_is_shown(chromium, serving):
    replica = serving.replica = KuaishouReplica()
    sheet = sheet_of("kuaishou_shop")
    fields = {"item.mug": "2 商品2", "item.lamp": "21 商品21"}
    async with on_air(chromium, sheet=sheet, platform="kuaishou_shop", profile="", **fields) as console:
        assert (await console.connector.pin("mug")).ok
        assert replica.shows == [2]
        assert (await console.connector.pin("lamp")).ok  # in view only when scrolled to; the page asks back
        assert replica.shown == 21
        assert (await console.connector.pin("lamp")).ok  # anew: off, and on again
        assert replica.shows == [2, 21, None, 21]
        assert (await console.connector.say("59 元。")).ok
        assert replica.posted == ["59 元。"]
        await until(lambda: console.connector._attendance.closed_popups)
        replica.logged_out = True
        await until(lambda: "logged this account out" in console.connector.hearing().why)
        with pytest.raises(AuthNeeded):
            await console.connector.pin("mug")


async def test_check_says_what_the_console_says(chromium, replica):
    console = Console(chromium)
    checks = await console.connector.check()
    assert [c.what for c in checks] == ["push address", "console"]
    assert "lets us in" in checks[1].says
    await console.connector.close("looked at")


# ---- the contract, over the replica


@pytest_asyncio.fixture(loop_scope="module")
async def rig(chromium, replica):
    console = Console(chromium)
    yield rig_on(
        console.connector,
        lambda said: replica.comments.append(said),
        replica.bad,
        cuts=5,
        posted=lambda: replica.posted,
        pinned=lambda: {17: "mug"}.get(replica.shown_number),
    )
    await asyncio.wait_for(console.connector.close("the test is over"), PATIENCE)


@pytest.fixture
def named_rig(rig):
    return "douyin", rig


@pytest.fixture
def connector(rig):
    return rig.connector


test_open_says_where_to_push = contract.test_open_says_where_to_push_and_shows_no_key
test_events_end = contract.test_events_end_when_it_is_closed_and_close_may_be_called_again
test_a_comment_comes_once = contract.test_a_comment_comes_once
test_after_a_cut = contract.test_after_a_cut_the_chat_comes_back_and_tells_the_gap
test_an_answer_is_written = contract.test_an_answer_is_written_and_a_long_one_in_pieces
test_a_pin_is_read_back = contract.test_a_pin_is_read_back
