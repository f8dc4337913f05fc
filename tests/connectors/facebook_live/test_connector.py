"""Facebook Live against the fake, in virtual time."""

import asyncio
import logging
import os
from dataclasses import replace
from datetime import timedelta
from random import Random

import fake_facebook as fake
import httpx
import pytest
import virtual_time
from rigs.base import SHOW
from rigs.stage import VirtualStage, staged

from connectors.account import Account, MemoryKeeper
from connectors.base import ChatState, EventKind
from connectors.errors import AuthNeeded, Blocked, Changed
from connectors.facebook_live.connector import FacebookConnector
from connectors.facebook_live.login import log_in
from connectors.outside import Outside
from products.errors import Bug, SetupError

COMMENTS = 20_000 if "CASTMATE_PROOF_MINUTES" in os.environ else 90  # `make prove`: a week of them


class Stage(VirtualStage):
    """A fake, and our connector on it."""

    def __init__(self, *, skew_s: float = 0.0, **fields: str) -> None:
        super().__init__()
        loop, start = asyncio.get_running_loop(), virtual_time.START.timestamp()
        self.server = fake.FakeFacebook(lambda: start + loop.time() + skew_s)
        self.kept = MemoryKeeper({("facebook_live", "shop"): fake.account(**fields)})
        self.connector = self.another()

    @property
    def outside(self) -> Outside:
        return Outside(
            now=virtual_time.now, time=virtual_time.time, dial=None, rng=Random(2),
            transport=httpx.MockTransport(self.server.handle),
        )  # fmt: skip

    @property
    def account(self) -> Account:
        return Account("facebook_live", "shop", self.kept)

    def another(self) -> FacebookConnector:
        return FacebookConnector(self.account, self.outside)

    def asked(self, path: str) -> int:
        return sum(1 for _, p, _ in self.server.asked if p.endswith(path))


@staged
async def test_a_broadcast_is_made_listened_to_answered_and_ended():
    async with Stage() as stage:
        assert stage.ingest.shown == "rtmps://live-api-s.facebook.com"
        assert stage.ingest.url.reveal().endswith(f"{fake.KEY}-1000")
        assert stage.ingest.limits.max_stream_s == 8 * 3600
        live = stage.server.live
        assert (live.title, live.keeps) == (SHOW.title, True)
        await stage.open_chat()
        asked = stage.server.write("Is it waterproof?")
        await stage.until(lambda: stage.comments == ["Is it waterproof?"])
        first = stage.heard[0]
        assert (first.viewer, first.own, first.reply_to) == ("Steph C.", False, "")
        assert (await stage.connector.say("Yes.", reply_to=asked["id"])).ok
        assert (await stage.connector.say("Hello all.")).ok
        assert stage.server.posted == [(asked["id"], "Yes."), (live.post, "Hello all.")]
        await stage.until(lambda: len(stage.comments) == 3)
        assert [(e.own, e.reply_to) for e in stage.heard[1:]] == [(True, asked["id"]), (True, "")]
        live.status = "LIVE"
        metrics = await stage.connector.metrics()
        assert (metrics.live, metrics.viewers) == (True, 17)
        assert "2400 kb/s at 25 pictures" in metrics.says
    assert live.status == "VOD"


@staged
async def test_what_was_written_while_the_line_was_cut_comes_from_the_list_once():
    async with Stage() as stage:
        await stage.open_chat()
        stage.server.write("before")
        await stage.until(lambda: stage.comments == ["before"])
        stage.server.cut()
        await stage.until(lambda: stage.connector.hearing().state is ChatState.WAITING)
        for n in range(60):  # more than a page
            stage.server.write(f"during {n}", streamed=False)
        await stage.open_chat()
        stage.server.write("after")
        await stage.until(lambda: "after" in stage.comments)
        await asyncio.sleep(120)
        assert stage.comments == ["before", *(f"during {n}" for n in range(60)), "after"]
        assert not [e for e in stage.heard if e.kind is EventKind.GAP]
        assert stage.counted()


@pytest.mark.parametrize("skew_s", [-3600.0, -60.0, 60.0, 3600.0])
def test_a_clock_that_is_off_loses_nothing(skew_s):
    @staged
    async def test():
        async with Stage(skew_s=skew_s) as stage:
            await stage.open_chat()
            for n in range(5):
                await asyncio.sleep(20)
                stage.server.write(f"shown {n}")
                stage.server.write(f"left out {n}", streamed=False)
            stage.server.cut()
            stage.server.write("while cut", streamed=False)
            await asyncio.sleep(120)
            wanted = [f"{w} {n}" for w in ("shown", "left out") for n in range(5)]
            assert sorted(stage.comments) == sorted([*wanted, "while cut"])
            assert all(abs((e.at - virtual_time.now()).total_seconds()) < 300 for e in stage.heard)

    test()


@staged
async def test_comments_that_the_stream_leaves_out_come_from_the_list():
    async with Stage() as stage:
        await stage.open_chat()
        for n in range(5):
            await asyncio.sleep(20)
            stage.server.write(f"shown {n}")
            stage.server.write(f"left out {n}", streamed=False)
        await asyncio.sleep(60)
        assert sorted(stage.comments) == sorted([f"{w} {n}" for w in ("shown", "left out") for n in range(5)])
        assert len(stage.server.pipes) == 1  # the stream was not given up for it


@staged
async def test_a_stream_that_is_open_and_deaf_is_told_within_a_minute_and_nothing_is_lost():
    async with Stage() as stage:
        await stage.open_chat()
        await asyncio.sleep(30)
        stage.server.pipes[-1].deaf = True
        began = virtual_time.time()
        stage.server.write("anybody there?")
        told = ""
        while stage.comments != ["anybody there?"] or "did not bring" not in told:
            told += stage.connector.hearing().why
            await asyncio.sleep(0.01)
            assert virtual_time.time() - began < 60
        await stage.open_chat()
        assert len(stage.server.pipes) == 2


@staged
async def test_a_stream_that_is_deaf_again_and_again_is_left_for_the_list():
    async with Stage() as stage:
        await stage.open_chat()
        for n in range(40):
            for pipe in stage.server.pipes:
                pipe.deaf = True
            stage.server.write(f"q{n}")
            await asyncio.sleep(30)
        await asyncio.sleep(60)
        assert stage.comments == [f"q{n}" for n in range(40)]
        assert stage.connector.hearing().state is ChatState.OPEN
        assert len(stage.server.pipes) < 15
        assert stage.counted()


@staged
async def test_without_a_stream_the_list_is_read():
    stage = Stage()
    stage.server.no_stream = True
    async with stage:
        await stage.open_chat()
        for n in range(30):
            stage.server.write(f"q{n}")
            await asyncio.sleep(60)
        assert stage.comments == [f"q{n}" for n in range(30)]
        assert "there is no stream" in stage.connector.hearing().why


@staged
async def test_silence_costs_few_calls_and_changes_nothing():
    async with Stage() as stage:
        await stage.open_chat()
        before = stage.asked("/comments")
        await asyncio.sleep(3600)
        assert stage.connector.hearing().state is ChatState.OPEN
        assert 60 <= stage.asked("/comments") - before <= 150
        assert len(stage.server.pipes) == 1


@pytest.mark.slow  # so that `make prove` takes it up
@staged
async def test_cuts_repeats_faults_and_ended_tokens_lose_and_repeat_nothing():
    async with Stage() as stage:
        rng, written = Random(9), []
        for n in range(COMMENTS):
            await asyncio.sleep(rng.uniform(1, 60))
            match rng.randrange(6):
                case 0 if stage.server.open_pipes:
                    stage.server.cut()
                case 1 if stage.server.open_pipes:
                    stage.server.open_pipes[-1].put(None)
                case 2:
                    stage.server.page = f"another-{n}"  # ours has ended
                case 3:
                    stage.server.refuse = [fake.Refusal(2, status=500)] * rng.randrange(1, 3)
            told = stage.server.write(f"q{n}", streamed=rng.random() < 0.7)
            written.append(f"q{n}")
            if rng.random() < 0.3:
                stage.server.stream(told)
        await asyncio.sleep(300)
        print(stage.told(len(written)))
        assert sorted(stage.comments) == sorted(written)
        assert stage.counted()
        assert stage.error is None


@staged
async def test_a_flood_is_bounded_and_counted():
    async with Stage() as stage:
        await stage.open_chat()
        await stage.read_no_more()
        for n in range(6_000):
            stage.server.stream({"id": f"f{n}", "message": f"m{n}", "from": {"id": "1", "name": "x"}})
        await stage.until(lambda: stage.connector.hearing().received >= 6_000)
        hearing = stage.connector.hearing()
        assert hearing.waiting <= 2000
        assert hearing.dropped >= 4_000
        assert stage.counted()


@staged
async def test_what_cannot_be_read_is_passed_over_and_counted():
    async with Stage() as stage:
        await stage.open_chat()
        for data in (b"data: {\n\n", b'data: [{"id": ""}, 7]\n\n', b"data: " + b"x" * 600_000, b"\n\n"):
            stage.server.pipes[-1].put(data)
        stage.server.stream([{"id": "a", "message": "as in the sample", "from": {"name": "Joe", "id": "1"}}])
        await stage.until(lambda: stage.comments == ["as in the sample"])
        assert stage.connector._chat.malformed == 4


# ---- tokens and limits


@staged
async def test_a_page_token_that_has_ended_is_renewed_and_kept_at_once():
    async with Stage() as stage:
        await stage.open_chat()
        stage.server.page = "another"
        assert (await stage.connector.say("hello")).ok
        assert stage.kept.read("facebook_live", "shop")["access_token"] == stage.server.page
        assert (await stage.connector.say("again")).ok


@staged
async def test_two_shows_of_one_page_do_not_spend_each_other_s_token():
    async with Stage() as stage:
        await stage.open_chat()
        other = stage.another()
        stage.server.page = "another"
        await stage.connector.metrics()
        await other.check()
        assert (
            sum(1 for _, p, q in stage.server.asked if p == f"/{fake.PAGE}" and "access_token" in q["fields"])
            == 1
        )
        await other.close("looked")


@staged
async def test_a_login_whose_time_is_over_needs_a_person():
    async with Stage() as stage:
        await stage.open_chat()
        stage.server.page = stage.server.user = "another"
        stage.server.cut()
        await stage.until(lambda: stage.error is not None)
    assert isinstance(stage.error, AuthNeeded)
    assert "its time is over" in stage.error.message
    assert "login facebook_live" in stage.error.remedy


@staged
async def test_a_login_that_ends_soon_is_made_longer_when_a_show_opens():
    soon = (virtual_time.START + timedelta(days=2)).isoformat()
    async with Stage(expires=soon) as stage:
        kept = stage.kept.read("facebook_live", "shop")
        assert kept["user_token"] == "user-1"
        assert kept["expires"] > "2027-01-20"


@staged
async def test_a_rate_limit_is_waited_for_as_long_as_facebook_says():
    async with Stage() as stage:
        await stage.open_chat()
        used = '{"4400112233":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":19}]}'
        stage.server.headers = {"X-Business-Use-Case-Usage": used}
        stage.server.refuse = [fake.Refusal(32, message="Page request limit reached")]
        result = await stage.connector.say("hello")
        assert (result.ok, result.retry_after) == (False, 19 * 60.0)
        stage.server.refuse = [httpx.Response(429, headers={"Retry-After": "7"})]
        assert (await stage.connector.say("hello")).retry_after == 7.0


@staged
async def test_a_limit_that_is_nearly_used_up_makes_the_list_be_asked_more_seldom():
    async with Stage() as stage:
        await stage.open_chat()
        stage.server.headers = {"X-App-Usage": '{"call_count":96,"total_time":3,"total_cputime":2}'}
        await asyncio.sleep(60)
        before = stage.asked("/comments")
        await asyncio.sleep(3600)
        assert stage.asked("/comments") - before <= 15
        stage.server.write("still heard")
        await stage.until(lambda: stage.comments == ["still heard"])
        assert "96 % of Facebook's rate limit" in (await stage.connector.metrics()).says


@staged
async def test_our_own_pace_keeps_a_burst_of_answers_down():
    async with Stage() as stage:
        results = [await stage.connector.say(f"answer {n}") for n in range(25)]
        assert [r.ok for r in results] == [True] * 20 + [False] * 5
        assert all(r.retry_after for r in results[20:])


@staged
async def test_a_refused_answer_says_why():
    async with Stage() as stage:
        assert (await stage.connector.say("hello")).ok
        twice = await stage.connector.say("hello")
        assert (twice.ok, "506" in twice.reason) == (False, True)
        stage.server.refuse = [fake.Refusal(368, message="The action attempted has been deemed abusive")]
        result = await stage.connector.say("more")
        assert (result.ok, "abusive" in result.reason) == (False, True)


# ---- eight hours, restarts


@staged
async def test_before_eight_hours_are_over_a_new_broadcast_takes_the_stream_and_the_chat():
    async with Stage() as stage:
        await stage.open_chat()
        assert (await stage.connector.next_ingest(SHOW)).url == stage.ingest.url
        began = stage.connector._broadcast.began - timedelta(seconds=8 * 3600 - 120)
        stage.connector._broadcast = replace(stage.connector._broadcast, began=began)
        fresh = await stage.connector.next_ingest(SHOW)
        assert fresh.url.reveal().endswith("-1001")
        old, new = stage.server.lives.values()
        assert (old.status, new.status) == ("UNPUBLISHED", "UNPUBLISHED")
        await asyncio.sleep(90)
        assert old.status == "VOD"
        stage.server.write("on we go")
        await stage.until(lambda: stage.comments == ["on we go"])


@staged
async def test_a_show_that_ends_right_after_the_change_ends_both_broadcasts():
    async with Stage() as stage:
        stage.connector._broadcast = replace(
            stage.connector._broadcast, began=virtual_time.now() - timedelta(hours=8)
        )
        await stage.connector.next_ingest(SHOW)
        await asyncio.sleep(5)
    assert [live.status for live in stage.server.lives.values()] == ["VOD", "VOD"]


@staged
async def test_a_bug_of_ours_ends_the_chat_in_words():
    async with Stage() as stage:
        await stage.open_chat()
        stage.connector._chat._offer = None
        stage.server.write("hello")
        await stage.until(lambda: stage.error is not None)
    assert isinstance(stage.error, Bug)


@staged
async def test_a_broadcast_that_was_ended_on_facebook_is_followed_by_another():
    async with Stage() as stage:
        stage.server.live.status = "VOD"
        assert (await stage.connector.next_ingest(SHOW)).url.reveal().endswith("-1001")


@staged
async def test_a_show_that_was_restarted_goes_on_in_the_same_broadcast_after_its_last_comment():
    async with Stage() as stage:
        await stage.open_chat()
        stage.server.write("one")
        await stage.until(lambda: stage.comments == ["one"])
        cursor = stage.heard[-1].cursor
        stage.connector._hearing.cancel()  # the process is gone
        stage.server.live.status = "LIVE"
        stage.server.write("two", streamed=False)
        await asyncio.sleep(5)
        second = stage.another()
        assert (await second.open(SHOW)).url == stage.ingest.url
        stage.heard.clear()
        stage.read(second, cursor)
        await stage.until(lambda: stage.comments == ["two"])
        await asyncio.sleep(60)
        assert stage.comments == ["two"]
        await second.close("done")


# ---- what a person must mend


@pytest.mark.parametrize(
    ("refusal", "kind", "says"),
    [
        (
            fake.Refusal(200, message="Requires pages_manage_posts permission"),
            AuthNeeded,
            "pages_manage_posts",
        ),
        (fake.Refusal(190, 460), AuthNeeded, "login"),
        (fake.Refusal(368, message="Temporarily blocked"), Blocked, "Temporarily blocked"),
    ],
)
def test_why_a_broadcast_is_not_made(refusal, kind, says):
    @staged
    async def test():
        stage = Stage()
        stage.server.refuse = [refusal, refusal]
        with pytest.raises(kind, match=says) as caught:
            await stage.connector.open(SHOW)
        assert caught.value.remedy
        await stage.connector.close("never began")

    test()


def test_a_stream_goes_nowhere_but_to_facebook_and_encrypted():
    @staged
    async def test():
        for address in (
            "rtmp://live-api-s.facebook.com/rtmp",
            "rtmps://evil.example/rtmp",
            "rtmps://notfacebook.com/x",
        ):
            stage = Stage()
            stage.server.rtmp = address
            with pytest.raises(Changed, match="no encrypted address"):
                await stage.connector.open(SHOW)
            await stage.connector.close("never began")

    test()


@staged
async def test_a_check_of_a_whole_account_is_good_and_makes_nothing():
    stage = Stage()
    checks = await stage.connector.check()
    assert {c.what for c in checks if c.state == "ok"} == {"login", "login's end", "permissions", "followers"}
    assert [c.what for c in checks if c.state == "by hand"] == ["age"]
    assert stage.server.lives == {}
    await stage.connector.close("looked")


@staged
async def test_a_check_names_what_is_missing():
    stage = Stage(expires=(virtual_time.START + timedelta(days=1)).isoformat())
    stage.server.followers, stage.server.permissions = 12, fake.PERMISSIONS[:2]
    bad = {c.what: c for c in await stage.connector.check() if c.state == "bad"}
    assert set(bad) == {"login's end", "permissions", "followers"}
    assert "make live videos, answer in the comments" in bad["permissions"].says
    assert "12 followers" in bad["followers"].says
    assert all(c.remedy for c in bad.values())
    await stage.connector.close("looked")


class Person:
    def __init__(self, *answers: str) -> None:
        self.answers, self.told = list(answers), []

    def tell(self, text: str) -> None:
        self.told.append(text)

    def ask(self, question: str, *, default: str = "", secret: bool = False) -> str:
        return self.answers.pop(0)

    def show_page(self, url: str) -> None:
        raise AssertionError("no page is needed")


@staged
async def test_a_login_makes_the_token_long_lived_and_finds_the_page():
    stage = Stage(access_token="", page_id="")
    person = Person()
    await log_in(stage.account, stage.outside, person)
    kept = stage.kept.read("facebook_live", "shop")
    assert (kept["user_token"], kept["access_token"], kept["page_id"]) == ("user-1", "page-2", fake.PAGE)
    assert person.told == ["Castmate goes live as the Page Lumen Store."]
    with pytest.raises(SetupError, match="time is over"):
        stage.kept.accounts["facebook_live", "shop"]["user_token"] = "wrong"
        await log_in(stage.account, stage.outside, person)


def test_no_log_line_holds_a_token(caplog):
    caplog.set_level(logging.DEBUG)

    @staged
    async def test():
        async with Stage() as stage:
            await stage.open_chat()
            await stage.connector.say("hello")
            stage.server.cut()
            await asyncio.sleep(60)
        assert not [
            s for s in ("user-0", "page-0", fake.SECRET, fake.KEY, "appsecret_proof") if s in caplog.text
        ]

    test()
