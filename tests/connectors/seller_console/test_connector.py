"""A console attended to, in memory and forty times as quick: what is told, left alone, and comes back."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import pytest
from fakes.console_answers import Written, douyin_comments, douyin_goods
from fakes.console_window import FakeConsole
from rigs.base import SHOW
from rigs.console_rig import FIELDS

from connectors.account import Account, MemoryKeeper
from connectors.base import ChatState, CheckState, EventKind
from connectors.errors import AuthNeeded, Blocked, Changed
from connectors.outside import Outside
from connectors.seller_console import connector as connector_module
from connectors.seller_console import ears as ears_module
from connectors.seller_console import pinning
from connectors.seller_console.connector import ConsoleConnector
from connectors.seller_console.replying import reply
from connectors.seller_console.sheet import sheet_of
from products.errors import Bug, CastmateError, Refused, SetupError

QUICKER = 40.0
PATIENCE = 30.0


class Shop:
    """A connector on a console in memory, read as a show reads it."""

    def __init__(self, platform="douyin", open_=None, fields=None, **console):
        sheet = sheet_of(platform)
        console.setdefault("switches", {s.words: False for s in sheet.switches})
        self.console = FakeConsole(sheet, **console)
        self.keeper = MemoryKeeper({(platform, "shop"): {**FIELDS, **(fields or {})}})
        self.outside = Outside(
            now=lambda: datetime.now(UTC),
            time=lambda: time.monotonic() * QUICKER,
            dial=None,
            sleep=lambda seconds: asyncio.sleep(seconds / QUICKER),
            rng=Random(5),
        )
        account = Account(platform, "shop", self.keeper)
        self.connector = ConsoleConnector(sheet, account, self.outside, open_ or self.console.open)
        self.events, self.told, self.error = [], [], None

    async def read(self):
        try:
            async for event in self.connector.events():
                self.events.append(event)
        except CastmateError as error:
            self.error = error

    def shots(self, what):
        self.told += self.connector.shots()
        return [s for s in self.told if s.what == what]

    @property
    def state(self):
        return self.connector.hearing().state

    @property
    def why(self):
        return self.connector.hearing().why


@asynccontextmanager
async def on_air(*args, **options):
    shop = Shop(*args, **options)
    reading = asyncio.ensure_future(shop.read())
    try:
        await shop.connector.open(SHOW)
        yield shop
    finally:
        await asyncio.wait_for(shop.connector.close("the test is over"), PATIENCE)
        await asyncio.wait_for(reading, PATIENCE)


async def until(holds):
    async with asyncio.timeout(PATIENCE):
        while not (found := holds()):
            await asyncio.sleep(0.005)
        return found


async def opened(shop):
    await until(lambda: shop.state is ChatState.OPEN)


# ---- what keeps us out


async def test_a_log_out_stops_every_hand_and_is_told_until_somebody_logs_in():
    async with on_air() as shop:
        await opened(shop)
        shop.console.address = "https://www.douyinec.com/"
        await until(lambda: shop.state is ChatState.LOST)
        assert "castmate connectors login douyin:shop" in shop.why
        assert len(await until(lambda: shop.shots("stopped"))) == 1
        for call in (shop.connector.pin("mug"), shop.connector.say("hello")):
            with pytest.raises(AuthNeeded, match="logged this account out"):
                await call
        assert shop.console.posted == [] and shop.console.shown is None
        shop.keeper.write("douyin", "shop", {"profile": '{"cookies": [], "origins": [1]}'})
        await until(lambda: len(shop.console.opened_with) >= 2)
        shop.console.address = shop.console.sheet.pages["control"].url
        await opened(shop)
        assert shop.console.opened_with[-1] == '{"cookies": [], "origins": [1]}'
        assert [e for e in shop.events if e.kind is EventKind.GAP]


async def test_a_captcha_is_left_to_a_person_though_the_page_goes_on_polling():
    async with on_air() as shop:
        await opened(shop)
        shop.console.captcha = "#captcha_container"
        await until(lambda: shop.state is ChatState.LOST)
        shop.console.waiting.append(Written("1", "小林", "在吗"))
        await until(lambda: shop.events)
        assert shop.state is ChatState.LOST
        with pytest.raises(Blocked, match="does not solve captchas"):
            await shop.connector.pin("mug")
        shop.console.captcha = ""
        await opened(shop)
        assert (await shop.connector.pin("mug")).ok


async def test_a_page_without_its_sign_is_changed():
    async with on_air() as shop:
        await opened(shop)
        shop.console.ready = False
        await until(lambda: shop.state is ChatState.LOST)
        with pytest.raises(Changed, match="goodsPanel"):
            await shop.connector.pin("mug")


async def test_a_part_that_stays_away_is_told_once():
    async with on_air() as shop:
        await opened(shop)
        shop.console.missing = ("reply box",)
        (shot,) = await until(lambda: shop.shots("changed"))
        assert "no reply box" in shot.says
        with pytest.raises(Changed):
            await shop.connector.say("hello")
        shop.console.missing = ()
        assert (await shop.connector.say("hello")).ok
        assert len(shop.shots("changed")) == 1


async def test_a_console_that_is_not_live_yet_is_tried_again():
    async with on_air("taobao_live", ready=False, between=True) as shop:
        await until(lambda: "no running broadcast" in shop.why)
        await until(lambda: shop.console.entered >= 3)
        shop.console.number = "524199"
        await opened(shop)


async def test_a_person_is_asked_to_open_the_page_where_programs_may_not():
    async with on_air(address="about:blank", ready=False) as shop:
        await until(lambda: "A person opens https://buyin.jinritemai.com" in shop.why)
        shop.console.address, shop.console.ready = shop.console.sheet.pages["control"].url, True
        await opened(shop)


async def test_a_popup_is_closed_and_one_that_asks_is_told_once():
    popup = sheet_of("douyin").popups[0]
    async with on_air(popups=[popup]) as shop:
        await until(lambda: not shop.console.popups)
        shop.console.popup_words = "确定结束直播吗？"
        shop.console.popups.append(popup)
        await until(lambda: shop.shots("popup"))
        await asyncio.sleep(5 / QUICKER)
        assert len(shop.shots("popup")) == 1
        assert shop.console.popups == [popup]


async def test_a_window_that_was_closed_is_opened_again():
    async with on_air() as shop:
        await opened(shop)
        await shop.console.windows[0].close()
        await until(lambda: len(shop.console.windows) == 2 and shop.state is ChatState.OPEN)
        assert (await shop.connector.pin("mug")).ok


async def test_what_a_person_must_install_is_told_and_the_show_goes_on():
    async def no_browser(state, ear):
        raise SetupError("Seller consoles need Playwright, which is not installed.", remedy="Install it.")

    async with on_air(open_=no_browser) as shop:
        await until(lambda: shop.state is ChatState.LOST)
        assert "Playwright" in shop.why
        with pytest.raises(Changed, match="Playwright"):
            await shop.connector.pin("mug")


async def test_a_bug_of_ours_is_told_to_the_show():
    async def broken(state, ear):
        raise KeyError("oh")

    async with on_air(open_=broken) as shop:
        await until(lambda: shop.error)
        assert isinstance(shop.error, Bug)
        assert "KeyError" in str(shop.error)


# ---- what is heard


async def test_a_page_that_falls_silent_is_loaded_anew():
    async with on_air() as shop:
        await opened(shop)
        shop.console.silent = True
        await until(lambda: shop.console.reloads)
        shop.console.silent = False
        await opened(shop)
        (gap,) = [e for e in shop.events if e.kind is EventKind.GAP]
        assert gap.detail.since <= gap.detail.until


async def test_answers_that_fail_are_told_and_the_gap_after_them():
    async with on_air() as shop:
        await opened(shop)
        shop.console.answers += [(0, b"")] * 20
        await until(lambda: shop.state is ChatState.WAITING)
        assert "no connection" in shop.why
        await opened(shop)
        assert [e for e in shop.events if e.kind is EventKind.GAP]


async def test_a_renamed_field_is_deaf_and_empty_answers_do_not_hide_it():
    async with on_air() as shop:
        await opened(shop)
        bad = douyin_comments([Written("1", "小林", "在吗")]).replace(b"comment_id", b"commentId")
        for _ in range(3):
            shop.console.answers += [(200, bad), (200, douyin_comments([]))]
        await until(lambda: shop.state is ChatState.DEAF)
        await asyncio.sleep(0.1)
        assert shop.state is ChatState.DEAF
        assert "comment_id" in shop.why
        checks = await shop.connector.check()
        assert [c.what for c in checks if c.state is CheckState.BAD] == ["console traffic"]
        shop.console.waiting.append(Written("2", "小林", "有人吗"))
        await opened(shop)


async def test_a_flood_is_bounded_and_what_is_dropped_is_counted(monkeypatch):
    monkeypatch.setattr(ears_module, "WAITING", 50)
    async with on_air() as shop:
        await opened(shop)
        window, tap = shop.console.windows[0], shop.console.sheet.taps[0]
        for n in range(5_000):
            window.hear(tap, douyin_comments([Written(f"f{n}", "小林", "1")]))
        await until(lambda: shop.connector.hearing().handed_on >= 50)
        hearing = shop.connector.hearing()
        assert hearing.dropped >= 4_950
        assert hearing.received == (
            hearing.handed_on + hearing.duplicates + hearing.stale + hearing.dropped + hearing.waiting
        )


async def test_our_own_words_come_back_as_ours_once():
    async with on_air() as shop:
        await opened(shop)
        assert (await shop.connector.say("59 元一个。")).ok
        shop.console.waiting += [Written("1", "店", "59 元一个。"), Written("2", "小林", "59 元一个。")]
        await until(lambda: len(shop.events) == 2)
        assert [e.own for e in shop.events] == [True, False]


async def test_the_pieces_of_a_long_answer_come_back_as_ours():
    async with on_air(limit=20) as shop:
        await opened(shop)
        assert (await shop.connector.say("It is waterproof. It is blue.")).parts == 2
        shop.console.waiting += [Written(str(n), "店", text) for n, text in enumerate(shop.console.posted)]
        await until(lambda: len(shop.events) == 2)
        assert all(e.own for e in shop.events)


async def test_an_answer_names_its_asker():
    async with on_air() as shop:
        await opened(shop)
        shop.console.waiting.append(Written("7", "小林", "多少钱"))
        await until(lambda: shop.events)
        assert (await shop.connector.say("59 元。", reply_to="7")).ok
        assert (await shop.connector.say("59 元。", reply_to="8")).ok
        assert shop.console.posted == ["@小林 59 元。", "59 元。"]


# ---- what is done


async def test_a_box_with_a_limit_gets_pieces_and_a_dead_button_is_told():
    async with on_air(limit=20) as shop:
        await opened(shop)
        result = await shop.connector.say("It is waterproof. It is blue. It is here.")
        assert result.ok and result.parts == len(shop.console.posted) == 3
        assert all(len(text) <= 20 for text in shop.console.posted)
        shop.console.sends = False
        result = await shop.connector.say("hello")
        assert not result.ok
        assert "does nothing now" in result.reason
        assert shop.console.windows[0].text == ""


async def test_too_many_answers_wait():
    console = FakeConsole(sheet_of("douyin"))
    window = await console.open("", lambda heard: None)
    result = await reply(window, "hello", lambda: 4.5, lambda text: None, asyncio.sleep)
    assert (result.ok, result.retry_after, console.posted) == (False, 4.5, [])
    await window.close()


@pytest.mark.parametrize(
    ("item", "shown"),
    [("1", 1), ("30", 30), ("12 商品12", 12), ("12 商品 12 陶瓷", 12), ("12 商品13", None), ("99", None)],
)
async def test_a_product_is_found_wherever_it_stands(item, shown):
    async with on_air(fields={"item.mug": item}) as shop:
        await opened(shop)
        result = await shop.connector.pin("mug")
        assert result.ok is (shown is not None)
        assert shop.console.shown == shown
        assert bool(result.reason) is not result.ok
        assert shop.shots("pin")


async def test_a_product_may_be_named_by_the_platforms_own_id():
    async with on_air() as shop:
        await opened(shop)
        tap = next(t for t in shop.console.sheet.taps if t.name == "goods")
        shop.console.windows[0].hear(tap, douyin_goods(shop.console.titles, "7412"))
        await until(lambda: shop.connector._ears.goods)
        assert (await shop.connector.pin("3730474105137300023")).ok
        assert shop.console.shown == 23
        unknown = await shop.connector.pin("3730474105137300099")
        assert "--set 'item.3730474105137300099=" in unknown.reason


async def test_what_was_ordered_is_known_by_the_words_of_its_title():
    fields = {"item.mug": "17 商品17", "item.bowl": "3", "ref.cup": "3730474105137300005"}
    async with on_air(fields=fields) as shop:
        await opened(shop)
        assert shop.connector.handle_of("3730474105137300017") is None  # the list was not seen yet
        tap = next(t for t in shop.console.sheet.taps if t.name == "goods")
        shop.console.windows[0].hear(tap, douyin_goods(shop.console.titles, "7412"))
        await until(lambda: shop.connector.handle_of("3730474105137300017"))
        assert shop.connector.handle_of("3730474105137300017") == "mug"
        assert shop.connector.handle_of("3730474105137300005") == "cup"
        assert shop.connector.handle_of("3730474105137300003") is None
        assert shop.connector.handle_of("") is None


async def test_a_click_that_changes_nothing_is_no_pin():
    async with on_air(stuck=True) as shop:
        await opened(shop)
        result = await shop.connector.pin("mug")
        assert not result.ok
        assert "does not show" in result.reason


async def test_a_product_is_pressed_once_though_the_console_opens_meanwhile():
    async with on_air(address="about:blank", ready=False) as shop:
        pinning_it = asyncio.ensure_future(shop.connector.pin("mug"))
        await until(lambda: "A person opens" in shop.why)
        shop.console.address, shop.console.ready = shop.console.sheet.pages["control"].url, True
        assert (await pinning_it).ok
        await asyncio.sleep(5 / QUICKER)
        assert (shop.console.shown, shop.console.presses) == (17, 1)


async def test_what_could_not_be_shown_is_shown_when_the_console_is_back():
    async with on_air(fields={"item.bowl": "4 商品4"}) as shop:
        await opened(shop)
        shop.console.captcha = "#captcha_container"
        await until(lambda: shop.state is ChatState.LOST)
        for product in ("mug", "bowl"):
            with pytest.raises(Blocked):
                await shop.connector.pin(product)
        shop.console.captcha = ""
        await until(lambda: shop.console.shown == 4)
        await asyncio.sleep(5 / QUICKER)
        assert (shop.console.shown, shop.console.presses) == (4, 1)  # the last that was asked for alone, once


async def test_a_captcha_takes_a_hand_off_that_is_at_work(monkeypatch):
    monkeypatch.setattr(pinning, "LOOKS", 1_000_000)
    async with on_air(stuck=True) as shop:
        await opened(shop)
        at_work = asyncio.ensure_future(shop.connector.pin("mug"))
        await asyncio.sleep(0)
        shop.console.captcha = "#captcha_container"
        with pytest.raises(Blocked):
            await asyncio.wait_for(at_work, PATIENCE)


async def test_words_on_the_button_that_nobody_knows_are_not_pressed():
    async with on_air(words={"讲解": "讲解 (new)"}) as shop:
        await opened(shop)
        with pytest.raises(Changed, match="known are"):
            await shop.connector.pin("mug")
        assert shop.console.shown is None


async def test_a_button_that_does_nothing_means_no_broadcast():
    async with on_air(live=False) as shop:
        await opened(shop)
        assert "probably no broadcast" in (await shop.connector.pin("mug")).reason


async def test_switches_are_set_read_back_and_pictured():
    async with on_air("taobao_live") as shop:
        await opened(shop)
        evidence = await shop.connector.disclose(True)
        assert evidence.ok
        assert evidence.read_back == "数字人直播: on; 仅投放至私域: on"
        assert shop.shots("flag")
        assert (await shop.connector.disclose(False)).read_back == "数字人直播: off; 仅投放至私域: off"


@pytest.mark.parametrize(
    "trouble",
    [{"stiff": True}, {"switches": {"数字人直播": False}}, {"switches": {}}],
    ids=["stiff", "one is hidden", "none is there"],
)
async def test_a_switch_that_does_not_move_is_told_and_never_claimed(trouble):
    async with on_air("taobao_live", **trouble) as shop:
        await opened(shop)
        evidence = await shop.connector.disclose(True)
        assert not evidence.ok
        assert "by hand" in evidence.says


async def test_switches_are_made_up_for_once_the_console_is_there(monkeypatch):
    monkeypatch.setattr(connector_module, "FLAG_S", 0.01)
    async with on_air("taobao_live", ready=False, between=True) as shop:
        evidence = await shop.connector.disclose(True)
        assert not evidence.ok
        assert "Not set yet" in evidence.says
        shop.console.number = "524199"
        await until(lambda: set(shop.console.switches.values()) == {True})
        (shot,) = await until(lambda: shop.shots("flag"))
        assert "read back" in shot.says


# ---- the stream and the check


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"server": "rtmp://push-rtmp-l6.douyincdn.com/third"}, None, ""),
        ({"server": "rtmp://push.example/live"}, Refused, "ingest_host=push.example"),
        ({"server": "rtmp://push.example/live", "ingest_host": "push.example"}, None, ""),
        (
            {"server": "rtmp://a.rtmp.youtube.com/live2", "ingest_host": "a.rtmp.youtube.com"},
            Refused,
            "youtube",
        ),
        ({"server": "rtmp://live.restream.io/live", "ingest_host": "live.restream.io"}, Refused, "passes"),
        ({"server": "https://push.example/"}, SetupError, "rtmp"),
        ({"server": ""}, SetupError, "no server"),
        ({"stream_key": ""}, AuthNeeded, "stream key"),
    ],
)
async def test_the_stream_goes_only_where_the_platforms_rules_hold(fields, error, says):
    shop = Shop(fields=fields)
    if error is None:
        ingest = await shop.connector.open(SHOW)
        assert ingest.url.reveal().startswith(f"{fields['server']}/")
    else:
        with pytest.raises(error) as raised:
            await shop.connector.open(SHOW)
        assert says in str(raised.value)
        assert "s3cr3t" not in str(raised.value)
        assert (await shop.connector.check())[0].state is CheckState.BAD
    await shop.connector.close("done")


async def test_check_explains_what_it_finds():
    nobody = Shop("taobao_live", fields={"profile": ""})
    assert "Nobody logged in" in (await nobody.connector.check())[1].says
    good = Shop("taobao_live", missing=("reply box",))
    _, lets_in, lacks = await good.connector.check()
    assert lets_in.state is CheckState.OK
    assert "no reply box" in lacks.says
    assert all(w.closed for w in good.console.windows)
    out = Shop("taobao_live", address="https://login.taobao.com/x")
    assert "logged this account out" in (await out.connector.check())[1].says
    by_person = Shop("douyin")
    assert (await by_person.connector.check())[1].state is CheckState.BY_HAND
    for shop in (nobody, good, out, by_person):
        await shop.connector.close("looked at")


async def test_the_login_is_kept_at_the_end_as_the_console_renewed_it():
    async with on_air(state='{"cookies": ["renewed"], "origins": []}') as shop:
        await opened(shop)
    assert shop.keeper.read("douyin", "shop")["profile"] == '{"cookies": ["renewed"], "origins": []}'


async def test_a_login_that_somebody_made_meanwhile_is_not_put_back():
    async with on_air(state='{"cookies": ["renewed"], "origins": []}') as shop:
        await opened(shop)
        shop.keeper.write("douyin", "shop", {"profile": "newer"})
    assert shop.keeper.read("douyin", "shop")["profile"] == "newer"
