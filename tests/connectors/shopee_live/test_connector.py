"""Shopee Live against the fake, in virtual time."""

import asyncio
import itertools
import logging
import os
from datetime import timedelta
from random import Random

import fake_shopee as fake
import httpx
import pytest
import virtual_time
from hypothesis import given
from hypothesis import strategies as st
from rigs.base import SHOW
from rigs.stage import VirtualStage, staged

from connectors.account import Account, MemoryKeeper
from connectors.base import Cap, ChatState, EventKind
from connectors.errors import AuthNeeded, Blocked, Changed, NotLive, RateLimited, Transient
from connectors.outside import Outside
from connectors.shopee_live.api import error_for
from connectors.shopee_live.connector import ShopeeConnector
from connectors.shopee_live.forms import Comments, Detail, Figures, Shown, read
from connectors.shopee_live.signing import sign_of
from products.errors import Refused, SetupError

DAYS = 7.0 if "CASTMATE_PROOF_MINUTES" in os.environ else 0.05  # `make prove`: a week


class Stage(VirtualStage):
    """A fake, and our connector on it."""

    def __init__(self, *, skew_s: float = 0.0, **fields: str) -> None:
        super().__init__()
        loop, start = asyncio.get_running_loop(), virtual_time.START.timestamp()
        self.server = fake.FakeShopee(lambda: start + loop.time() + skew_s)
        self.kept = MemoryKeeper({("shopee_live", "shop"): fake.account(**fields)})
        self.connector = self.another()

    def another(self) -> ShopeeConnector:
        outside = Outside(
            now=virtual_time.now, time=virtual_time.time, dial=None, rng=Random(2),
            transport=httpx.MockTransport(self.server.handle),
        )  # fmt: skip
        return ShopeeConnector(Account("shopee_live", "shop", self.kept), outside)


@staged
async def test_a_session_is_made_started_listened_to_and_ended():
    async with Stage() as stage:
        assert stage.ingest.shown == "rtmp://push-zl.lvb.test.shopee.co.id"
        assert stage.ingest.url.reveal().startswith(
            "rtmp://push-zl.lvb.test.shopee.co.id/live/id-test-6236215?"
        )
        session = stage.server.going
        assert (session.title, session.ai) == (SHOW.title, True)
        stage.server.write(session, "还有吗", 1)
        stage.server.write(session, "how much?", 2)
        await stage.until(lambda: len(stage.comments) == 2)
        await asyncio.sleep(30)
        assert stage.comments == ["还有吗", "how much?"]
        assert (stage.heard[0].viewer, stage.heard[0].id, stage.heard[0].own) == ("mei", "1", False)
    assert session.status == 2


@staged
async def test_what_we_wrote_ourselves_is_marked():
    async with Stage() as stage:
        assert (await stage.connector.say("Yes.")).ok
        await stage.until(lambda: stage.heard)
        assert stage.heard[0].own


@staged
async def test_many_comments_come_by_pages():
    async with Stage() as stage:
        stage.server.page = 7
        for n in range(30):
            stage.server.write(stage.server.going, f"t{n}", 100 + n)
        await stage.until(lambda: len(stage.comments) == 30)
        assert stage.comments == [f"t{n}" for n in range(30)]


@staged
async def test_a_pause_of_more_than_ten_seconds_is_told_as_a_gap():
    async with Stage() as stage:
        await stage.open_chat()
        stage.server.down = True
        await asyncio.sleep(4)
        assert stage.connector.hearing().state is ChatState.WAITING
        stage.server.write(stage.server.going, "lost", 1)
        await asyncio.sleep(40)
        stage.server.down = False
        await stage.open_chat()
        stage.server.write(stage.server.going, "heard", 2)
        await stage.until(lambda: stage.comments == ["heard"])
        (gap,) = [e.detail for e in stage.heard if e.kind is EventKind.GAP]
        assert gap.until - gap.since > timedelta(seconds=40)


@staged
async def test_a_short_trouble_loses_nothing():
    async with Stage() as stage:
        await stage.open_chat()
        stage.server.refuse = [(200, "error_server", "Something wrong. Please try later.\t")]
        stage.server.write(stage.server.going, "heard", 2)
        await stage.until(lambda: stage.comments == ["heard"])
        assert stage.connector.hearing().gaps == 0


@staged
async def test_a_flood_is_bounded_and_what_did_not_fit_into_the_answers_is_told():
    async with Stage() as stage:
        await stage.open_chat()
        stage.server.page = 2_000
        await stage.read_no_more()
        for n in range(15_000):
            stage.server.write(stage.server.going, "x", n + 1)
        await stage.until(lambda: stage.connector.hearing().gaps)
        hearing = stage.connector.hearing()
        assert hearing.waiting <= 2_000
        assert hearing.dropped >= 7_000
        assert stage.counted()
        stage.read(stage.connector)
        await stage.until(lambda: any(e.kind is EventKind.GAP for e in stage.heard))
        told = [e.detail.why for e in stage.heard if e.kind is EventKind.GAP]
        assert any("more comments than" in why for why in told)


@staged
async def test_what_cannot_be_read_is_passed_over_counted_and_told_where_nothing_can():
    async with Stage() as stage:
        await stage.open_chat()
        session = stage.server.going
        session.comments.append({"comment_id": "no", "timestamp": int(stage.server.clock())})
        stage.server.write(session, "beside it", 1)
        await stage.until(lambda: stage.comments == ["beside it"])
        await asyncio.sleep(30)
        assert stage.connector.hearing().state is ChatState.OPEN
        assert stage.connector.hearing().dropped == 1
        for n in range(3):
            session.comments.append({"comment_id": f"no {n}", "timestamp": int(stage.server.clock())})
        await stage.until(lambda: "comment_id" in stage.connector.hearing().why)
        await asyncio.sleep(30)
        stage.server.write(session, "as before", 2)
        await stage.until(lambda: stage.comments[-1] == "as before")
        assert stage.error is None


@staged
async def test_patience_is_kept_as_long_as_it_is_asked_for():
    async with Stage() as stage:
        await stage.open_chat()
        stage.server.garbage.append((429, {"Retry-After": "90"}, b"slow down"))
        await stage.until(lambda: not stage.server.garbage)
        asked, began = len(stage.server.asked), virtual_time.time()
        await stage.until(lambda: len(stage.server.asked) > asked)
        assert virtual_time.time() - began >= 89
        await stage.open_chat()


@pytest.mark.slow  # so that `make prove` takes it up
@staged
async def test_a_week_of_outages_faults_and_ended_tokens():
    chance, written = Random(11), []

    async def chat(stage):
        for n in itertools.count(1):
            await asyncio.sleep(chance.uniform(20, 400))
            written.append((str(n), virtual_time.now()))
            stage.server.write(stage.server.going, str(n), n)

    async with Stage() as stage:
        chatting = asyncio.ensure_future(chat(stage))
        while virtual_time.time() < DAYS * 86_400:
            await asyncio.sleep(chance.uniform(300, 3000))
            kind = chance.choice(("outage", "token", "errors", "limit", "garbage"))
            if kind == "outage":
                stage.server.down = True
                await asyncio.sleep(chance.uniform(1, 300))
                stage.server.down = False
            elif kind == "token":
                stage.server.access = f"another-{virtual_time.time():.0f}"
            elif kind == "errors":
                stage.server.garbage += [(chance.choice((500, 502, 503)), {}, b"<html>")] * chance.randrange(
                    6
                )
            elif kind == "limit":
                stage.server.garbage.append((429, {"Retry-After": "60"}, b""))
            else:
                stage.server.garbage += [(200, {}, chance.randbytes(30)), (403, {}, b"")]
        chatting.cancel()
        await asyncio.sleep(120)
        stage.server.write(stage.server.going, "the end", 10**9)
        await stage.until(lambda: stage.comments[-1:] == ["the end"])
        print(stage.told(len(written) + 1))
        assert stage.error is None
        assert len(stage.comments) == len(set(stage.comments)) > 0.7 * len(written)
        gaps, margin = [e.detail for e in stage.heard if e.kind is EventKind.GAP], timedelta(seconds=1)
        for text, at in written:
            told = any(g.since - margin <= at <= g.until + margin for g in gaps)
            assert text in stage.comments or told, (text, at)


@staged
async def test_a_token_is_renewed_once_and_kept_at_once():
    async with Stage() as stage:
        stage.server.access = "another"  # ours is no good any more
        stage.server.write(stage.server.going, "heard", 2)
        await stage.until(lambda: stage.comments == ["heard"])
        kept = stage.kept.read("shopee_live", "shop")
        assert (kept["access_token"], kept["refresh_token"]) == ("access-1", "refresh-1")
        ends = virtual_time.now() + timedelta(minutes=12)
        stage.connector._account.keep(expires=ends.isoformat())
        await asyncio.sleep(300)
        kept = stage.kept.read("shopee_live", "shop")
        assert kept["access_token"] == "access-2"  # before its time was over: nothing was refused
        assert [p for p, _, _ in stage.server.asked].count("/api/v2/auth/access_token/get") == 2


@staged
async def test_two_shows_of_one_account_do_not_spend_each_other_s_token():
    async with Stage() as stage:
        other = stage.another()
        stage.server.access = "another"
        assert (await stage.connector.metrics()).viewers == 17
        await other.check()
        assert [p for p, _, _ in stage.server.asked].count("/api/v2/auth/access_token/get") == 1
        await other.close("looked")


@staged
async def test_a_spent_refresh_token_needs_a_person():
    async with Stage() as stage:
        stage.server.access, stage.server.refresh = "another", "another"
        await stage.until(lambda: stage.error is not None)
    assert isinstance(stage.error, AuthNeeded)
    assert stage.error.remedy


@staged
async def test_an_answer_that_is_refused_says_why():
    async with Stage() as stage:
        result = await stage.connector.say("a forbidden word")
        assert (result.ok, "sensitive content" in result.reason) == (False, True)
        stage.server.refuse = [(200, "error_rate_limit", "Too many requests.")]
        assert not (await stage.connector.say("hello")).ok
        assert stage.server.posted == []


@staged
async def test_items_are_shown_by_the_account_s_names_or_by_number():
    async with Stage() as stage:
        for named, shown in (("mug", (9001, 2312)), ("77", (9001, 77)), ("5/78", (5, 78))):
            assert (await stage.connector.pin(named)).ok
            assert stage.server.going.shown == shown
        unknown = await stage.connector.pin("teapot")
        assert (unknown.ok, "--set item.teapot=" in unknown.reason) == (False, True)


@staged
async def test_an_item_that_is_taken_and_not_shown_is_no_pin():
    async with Stage() as stage:
        stage.server._show = lambda session, asked: fake._answer()
        result = await stage.connector.pin("mug")
        assert (result.ok, result.reason) == (False, "Shopee took it, but does not show it.")


@staged
async def test_the_ai_flag_goes_with_the_start_and_only_in_the_philippines():
    async with Stage() as stage:
        assert (await stage.connector.disclose(True)).ok
        late = await stage.connector.disclose(False)
        assert (late.ok, "new session" in late.says) == (False, True)
    async with Stage(region="SG") as stage:
        assert stage.server.going.ai is None
        assert Cap.DISCLOSE not in stage.connector.caps
        with pytest.raises(Refused):
            await stage.connector.disclose(True)


@staged
async def test_a_session_that_the_platform_ended_is_followed_by_another():
    async with Stage() as stage:
        stage.server.going.status = 2
        await asyncio.sleep(10)
        assert stage.connector.hearing().state is ChatState.WAITING
        ingest = await stage.connector.next_ingest(SHOW)
        assert "6236216" in ingest.url.reveal()
        stage.server.write(stage.server.going, "on we go", 9)
        await stage.until(lambda: stage.comments == ["on we go"])


@staged
async def test_a_start_that_is_not_taken_yet_is_tried_again():
    async with Stage() as stage:
        stage.connector._begun = False
        stage.server.going.status = 0
        await stage.connector._stop()
        stage.server.refuse = [(200, "error_data", "The session(session_id:1) is not ongoing")] * 3
        stage.connector._running = asyncio.ensure_future(stage.connector._run(6_236_215, 57))
        await stage.until(lambda: [s for s in stage.server.sessions.values() if s.status == 1])


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"partner_key": "other"}, "error_sign: Wrong sign."),
        ({"user_id": "8"}, "user_no_linked"),
        ({"partner_id": "1"}, "partner_id is invalid"),
        ({"cover_image_url": ""}, "wants a cover picture"),
        ({"access_token": ""}, "has no access token"),
    ],
)
def test_what_a_person_must_mend_is_told_at_the_start_and_by_the_check(fields, says):
    @staged
    async def test():
        stage = Stage(**fields)
        with pytest.raises(SetupError, match=says) as caught:
            await stage.connector.open(SHOW)
        assert caught.value.remedy
        assert [c for c in await stage.connector.check() if c.state == "bad"]
        await stage.connector.close("never began")

    test()


@pytest.mark.parametrize("skew_s", [-200.0, 200.0, 400.0])
def test_a_clock_that_is_off_is_named(skew_s):
    @staged
    async def test():
        stage = Stage(skew_s=skew_s)
        if abs(skew_s) < 300:
            await stage.connector.open(SHOW)
        else:
            with pytest.raises(SetupError, match="Timestamp is expired"):
                await stage.connector.open(SHOW)
        await stage.connector.close("done")

    test()


@staged
async def test_a_session_that_runs_in_the_app_is_named():
    stage = Stage()
    stage.server.sessions[1] = fake.Session(1, "from the app", status=1)
    with pytest.raises(SetupError, match="still ongoing") as caught:
        await stage.connector.open(SHOW)
    assert "End the session" in caught.value.remedy
    await stage.connector.close("never began")


@staged
async def test_a_check_of_a_whole_account_is_good_and_starts_nothing():
    stage = Stage()
    assert {c.state for c in await stage.connector.check()} == {"ok"}
    assert stage.server.sessions == {}
    await stage.connector.close("looked")


def test_no_log_line_holds_a_token_or_a_sign(caplog):
    caplog.set_level(logging.DEBUG)

    @staged
    async def test():
        async with Stage() as stage:
            await asyncio.sleep(10)
            signs = [q["sign"] for _, q, _ in stage.server.asked]
        assert signs
        assert not [s for s in (*signs, "access-0", "refresh-0", fake.KEY) if s in caplog.text]

    test()


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        ("error_auth", "You are not authorized", AuthNeeded),
        ("error_partner_key_expired", "", AuthNeeded),
        ("error_data", "You do not have permission to livestream", AuthNeeded),
        ("source_ip_undeclared", "", AuthNeeded),
        ("user_banned", "", Blocked),
        ("error_limit", "", Blocked),
        ("error_server", "The API is not supported for current region", Blocked),
        ("error_server", "Too many requests, please try again later", RateLimited),
        ("error_server", "Server internal error: x", Transient),
        ("error_data", "The session(session_id:1) is not ongoing", NotLive),
    ],
)
def test_errors_by_what_is_to_be_done(error, message, kind):
    assert type(error_for(error, message)) is kind


def test_success_is_no_error():
    assert error_for("", "") is None
    assert error_for("-", "-") is None  # the sample of v2.livestream.add_item_list


def test_the_sign_is_that_of_the_sdk():
    """congminh1254/shopee-sdk cb231e9, src/utils/signature.ts: the parts joined, HMAC-SHA256, hex."""
    import hashlib
    import hmac

    from connectors.base import Secret

    joined = b"2001887/api/v2/x1610000000token7001"
    expected = hmac.new(b"key", joined, hashlib.sha256).hexdigest()
    assert sign_of(Secret("key"), "2001887", "/api/v2/x", "1610000000", "token", "7001") == expected


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["list", "next_offset", "comment_id", "content", "timestamp", "user_id", "username", "status", "item",
     "stream_url_list", "push_url", "domain_id", "has_show_item", "ccu"]
)  # fmt: skip


@given(
    st.sampled_from([Comments, Detail, Figures, Shown]), st.dictionaries(names, values, max_size=6) | values
)
def test_whatever_comes_is_read_or_changed(form, data):
    try:
        found = read(form, data)
    except Changed as error:
        assert len(str(error)) < 400
        return
    for comment in getattr(found, "comments", []):
        assert comment.event("1", virtual_time.START).at.tzinfo is not None
