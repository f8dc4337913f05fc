"""Kuaishou's open platform against the fake, in virtual time."""

import asyncio
import logging
from datetime import timedelta

import fake_kuaishou as fake
import httpx
import pytest
import virtual_time
from hypothesis import given
from hypothesis import strategies as st
from rigs.base import SHOW

from connectors.account import Account, MemoryKeeper
from connectors.base import Cap
from connectors.errors import AuthNeeded, Changed, NotLive, RateLimited, Transient
from connectors.kuaishou.api import WORDS, error_for
from connectors.kuaishou.connector import KuaishouConnector, read_cover
from connectors.kuaishou.login import code_in, log_in
from connectors.outside import Outside
from products.errors import RemoteError, SetupError


class Stage:
    """A fake, and our connector on it."""

    def __init__(self, folder, **fields: str) -> None:
        loop, start = asyncio.get_running_loop(), virtual_time.START.timestamp()
        cover = folder / "cover.jpg"
        cover.write_bytes(fake.PICTURE)
        self.server = fake.FakeKuaishou(lambda: start + loop.time())
        self.kept = MemoryKeeper({("kuaishou", "shop"): fake.account(str(cover), **fields)})
        self.connector = self.another()

    @property
    def outside(self) -> Outside:
        transport = httpx.MockTransport(self.server.handle)
        return Outside(now=virtual_time.now, time=virtual_time.time, dial=None, transport=transport)

    @property
    def account(self) -> Account:
        return Account("kuaishou", "shop", self.kept)

    def another(self) -> KuaishouConnector:
        return KuaishouConnector(self.account, self.outside)

    def calls(self, name: str) -> list[dict[str, str]]:
        return [q for _, p, q in self.server.asked if p.endswith(name)]


@pytest.fixture
def staged(tmp_path):
    """Runs a test of a Stage in virtual time, and closes its connector."""

    def run(test, **fields):
        async def whole():
            stage = Stage(tmp_path, **fields)
            await test(stage)
            await stage.connector.close("done")

        virtual_time.run(asyncio.wait_for(whole(), 30 * 86_400))

    return run


def test_a_room_is_opened_looked_at_and_ended(staged):
    async def test(stage):
        ingest = await stage.connector.open(SHOW)
        assert ingest.shown == "rtmp://txyun-push.voip.yximgs.com"
        assert fake.KEY in ingest.url.reveal()
        assert (ingest.single_use, ingest.limits.gap_closes_s) == (True, 60.0)
        assert ingest.expires - virtual_time.now() == timedelta(days=2)
        assert stage.server.covers == [fake.PICTURE]
        asked = stage.calls("pushUrls")[0]
        assert (asked["caption"], asked["shopLive"]) == (SHOW.title[:13], "true")
        assert (await stage.connector.metrics()).live is False
        (name,) = stage.server.rooms
        stage.server.rooms[name] = "LIVING"
        assert (await stage.connector.metrics()).live is True
        await stage.connector.close("over")
        assert stage.server.rooms[name] == "LIVE_END"

    staged(test)


def test_a_short_cut_keeps_the_room_and_a_long_one_makes_a_new_one(staged):
    async def test(stage):
        first = await stage.connector.open(SHOW)
        (name,) = stage.server.rooms
        stage.server.rooms[name] = "LIVING"
        assert (await stage.connector.next_ingest(SHOW)).url == first.url
        stage.server.rooms[name] = "LIVE_END"
        second = await stage.connector.next_ingest(SHOW)
        assert second.url != first.url
        assert len(stage.server.rooms) == 2
        await asyncio.sleep(2 * 86_400)
        assert (await stage.connector.next_ingest(SHOW)).url != second.url

    staged(test)


def test_a_token_is_renewed_once_and_kept_at_once(staged):
    async def test(stage):
        await stage.connector.open(SHOW)
        stage.server.access = "another"
        other = stage.another()
        await asyncio.gather(stage.connector.metrics(), stage.connector.metrics())
        await other.check()
        kept = stage.kept.read("kuaishou", "shop")
        assert (kept["access_token"], kept["refresh_token"]) == ("access-1", "refresh-1")
        assert len(stage.calls("refresh_token")) == 1
        await asyncio.sleep(3400)  # it ends soon: renewed before anything is refused
        await stage.connector.metrics()
        assert len(stage.calls("refresh_token")) == 2
        await other.close("done")

    staged(test)


def test_a_login_that_is_over_needs_a_person(staged):
    async def test(stage):
        stage.server.access = stage.server.refresh = "another"
        with pytest.raises(AuthNeeded, match="the token is not taken") as caught:
            await stage.connector.open(SHOW)
        assert "login kuaishou" in caught.value.remedy
        assert [c.what for c in await stage.connector.check() if c.state == "bad"] == ["open platform"]

    staged(test)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"app_id": "x"}, "app id is wrong"),
        ({"biz_id": "x"}, "parameter is wrong"),
        ({"cover": ""}, "cover picture"),
    ],
)
def test_what_a_person_must_mend_is_told_at_the_start(staged, fields, says):
    async def test(stage):
        with pytest.raises((SetupError, RemoteError), match=says):
            await stage.connector.open(SHOW)

    staged(test, **fields)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (400_002, RateLimited),
        (400_003, Transient),
        (400_006, AuthNeeded),
        (httpx.Response(429, headers={"Retry-After": "9"}), RateLimited),
        (httpx.Response(503), Transient),
        (httpx.Response(200, text="<html>"), Changed),
        (httpx.Response(200, json={"result": 0, "content": {}}), Changed),
    ],
)
def test_troubles_by_their_kind(staged, answer, kind):
    async def test(stage):
        stage.server.refuse = [answer]
        with pytest.raises(kind):
            await stage.connector.open(SHOW)
        if isinstance(answer, httpx.Response) and answer.status_code == 429:
            stage.server.refuse = [answer]
            with pytest.raises(RateLimited) as caught:
                await stage.connector.open(SHOW)
            assert caught.value.retry_after == 9

    staged(test)


def test_a_server_that_is_down_is_told(staged):
    async def test(stage):
        stage.server.down = True
        with pytest.raises(Transient, match="cannot be reached"):
            await stage.connector.open(SHOW)

    staged(test)


def test_a_stream_goes_nowhere_but_to_kuaishou(staged):
    async def test(stage):
        for push in (
            "rtmp://evil.example/x",
            "http://txyun-push.voip.yximgs.com/x",
            "rtmp://notyximgs.com/x",
        ):
            stage.server.push = push
            with pytest.raises(Changed, match="no address of its own"):
                await stage.connector.open(SHOW)

    staged(test)


def test_a_check_of_a_whole_account_is_good_and_opens_nothing(staged):
    async def test(stage):
        found = {c.what: c.state for c in await stage.connector.check()}
        assert found == {"open platform": "ok", "cover": "ok", "face": "by hand"}
        assert stage.server.rooms == {}

    staged(test)


class Person:
    def __init__(self, answer) -> None:
        self.answer, self.told, self.page = answer, [], ""

    def tell(self, text: str) -> None:
        self.told.append(text)

    def ask(self, question: str, *, default: str = "", secret: bool = False) -> str:
        return self.answer(dict(httpx.URL(self.page).params))

    def show_page(self, url: str) -> None:
        self.page = url


def test_a_login_in_the_browser(staged):
    async def test(stage):
        person = Person(lambda q: f"https://shop.example/back?code=code-1&state={q['state']}")
        await log_in(stage.account, stage.outside, person)
        kept = stage.kept.read("kuaishou", "shop")
        assert (kept["access_token"], "code" in kept) == ("access-1", False)
        assert dict(httpx.URL(person.page).params)["scope"] == "user_video_live"
        wrong = Person(lambda q: "https://shop.example/back?code=code-1&state=other")
        with pytest.raises(SetupError, match="not the answer"):
            await log_in(stage.account, stage.outside, wrong)

    staged(test)


@given(st.text(max_size=60))
def test_any_text_as_the_address_brought_back(text):
    with pytest.raises(SetupError):
        code_in(text, "https://shop.example/back", "a-long-state")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("cover.gif", b"GIF89a", "no .jpg or .png"),
        ("cover.jpg", b"hello", "no picture"),
        ("cover.jpg", b"\xff\xd8\xff" + b"\0" * (2 << 20), "larger than 2 MB"),
    ],
)
def test_a_cover_that_kuaishou_does_not_take(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SetupError, match=says):
        read_cover(str(tmp_path / name))


def test_a_cover_that_is_not_there(tmp_path):
    with pytest.raises(SetupError, match="cannot be read"):
        read_cover(str(tmp_path / "none.jpg"))


def test_it_claims_no_chat():
    from connectors.registry import listing

    assert listing().entry("kuaishou").caps == {Cap.EGRESS, Cap.METRICS}


@given(st.sampled_from(sorted(WORDS)) | st.integers())
def test_every_code_is_an_error_in_words(result):
    error = error_for(result)
    assert (error is None) == (result == 0)
    assert error is None or str(result) in str(error)
    assert not isinstance(error, NotLive) or result == 400_005


def test_no_log_line_holds_a_token(staged, caplog):
    caplog.set_level(logging.DEBUG)

    async def test(stage):
        stage.server.access = "another"
        await stage.connector.open(SHOW)
        assert not [s for s in ("access-", "refresh-0", fake.SECRET, fake.KEY) if s in caplog.text]

    staged(test)
