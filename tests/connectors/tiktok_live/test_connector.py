"""TikTok LIVE on readers that the test writes for, in virtual time."""

import asyncio
import itertools
import json
import os
from datetime import timedelta
from random import Random

import pytest
import virtual_time
from hypothesis import given
from hypothesis import strategies as st
from rigs.base import SHOW
from rigs.stage import VirtualStage, staged
from rigs.tiktok_live import KEY, Readers, account

from connectors.account import Account, MemoryKeeper
from connectors.base import Cap, ChatState, EventKind
from connectors.errors import Blocked, NotLive, RateLimited, Transient
from connectors.outside import Outside
from connectors.tiktok_live.connector import TikTokConnector
from connectors.tiktok_live.lines import event_of, parsed
from connectors.tiktok_live.reading import over
from products.errors import CastmateError, Refused, SetupError

START = virtual_time.START.timestamp()
DAYS = 7.0 if "CASTMATE_PROOF_MINUTES" in os.environ else 0.25  # `make prove`: a week


class Stage(VirtualStage):
    """Readers, and our connector on them."""

    def __init__(self, **fields: str) -> None:
        super().__init__()
        self.readers = Readers()
        keeper = MemoryKeeper({("tiktok_live", "shop"): account(**fields)})
        outside = Outside(now=virtual_time.now, time=virtual_time.time, dial=None, rng=Random(2))
        self.connector = TikTokConnector(Account("tiktok_live", "shop", keeper), outside, self.readers.spawn)

    def comment(self, id_: str, text: str, **more) -> None:
        self.readers.now.comment(id_, text, at=START + virtual_time.time(), **more)


@staged
async def test_the_stream_goes_to_the_typed_key_and_the_chat_is_heard():
    async with Stage() as stage:
        assert (stage.ingest.kind, stage.ingest.shown) == ("rtmp", "rtmp://127.0.0.1:19350")
        assert stage.ingest.url.reveal() == f"rtmp://127.0.0.1:19350/live/{KEY}"
        await stage.open_chat()
        assert stage.readers.now.told == {"unique_id": "lumen", "sign_key": "TT-s3cr3t-sign", "hosts": {}}
        stage.comment("1", "多少钱？")
        stage.comment("2", "from the host", viewer="Lumen")
        line = {"id": "3", "at": 0, "viewer": "Li", "viewer_id": "9"}
        stage.readers.now.write(**line | {"is": "gift", "gift": "Rose", "count": 5, "coins": 5})
        stage.readers.now.write(**line | {"is": "viewers", "id": "4", "count": 42})
        await stage.until(lambda: len(stage.heard) == 4)
        assert stage.comments == ["多少钱？", "from the host"]
        assert [e.own for e in stage.heard[:2]] == [False, True]
        assert (stage.heard[2].detail.name, stage.heard[2].detail.count) == ("Rose", 5)
        assert stage.heard[3].number == 42
    assert stage.readers.now.stopped


@staged
async def test_a_no_of_tiktok_is_final():
    async with Stage() as stage:
        await stage.open_chat()
        stage.comment("1", "heard")
        stage.readers.now.write(**{"is": "over", "why": "blocked", "says": "WebcastBlockedError"})
        await stage.until(lambda: stage.error is not None)
        await asyncio.sleep(86_400)
        assert len(stage.readers.all) == 1  # nobody came back
        assert stage.comments == ["heard"]
    assert isinstance(stage.error, Blocked)
    assert "looks for no way round" in stage.error.message


@staged
async def test_a_lost_line_comes_back_with_growing_pauses_and_tells_the_gap():
    async with Stage() as stage:
        await stage.open_chat()
        stage.readers.first = [{"is": "over", "why": "lost", "says": "x"}] * 6
        stage.readers.now.write(**{"is": "over", "why": "lost", "says": "ConnectionClosed"})
        began = virtual_time.time()
        await stage.until(lambda: stage.connector.hearing().state is ChatState.WAITING)
        await stage.open_chat()
        assert virtual_time.time() - began > 100
        assert len(stage.readers.all) == 8
        await stage.until(lambda: any(e.kind is EventKind.GAP for e in stage.heard))
        stage.comment("1", "after")
        await stage.until(lambda: stage.comments == ["after"])
        assert stage.counted()


@staged
async def test_a_live_that_has_not_begun_is_waited_for():
    stage = Stage()
    stage.readers.first = [{"is": "over", "why": "offline", "says": "UserOfflineError"}] * 5
    async with stage:
        await stage.open_chat()
        assert 300 <= virtual_time.time() <= 1200
        assert len(stage.readers.all) == 6


@staged
async def test_the_signing_service_is_waited_for_as_long_as_it_says():
    stage = Stage()
    stage.readers.first = [{"is": "over", "why": "limited", "says": "SignatureRateLimitError", "wait": 1700}]
    async with stage:
        await stage.open_chat()
        assert virtual_time.time() >= 1700


@staged
async def test_a_reader_that_is_joined_and_deaf_is_replaced_within_a_minute():
    async with Stage() as stage:
        await stage.open_chat()
        told = ""
        while "nothing comes" not in told:
            stage.readers.all[0].write(**{"is": "alive", "frames": 0})
            await asyncio.sleep(1)
            told = stage.connector.hearing().why
            assert virtual_time.time() < 60
        await stage.open_chat()
        assert stage.readers.all[0].stopped


@staged
async def test_a_silent_process_is_replaced_and_a_quiet_room_is_not():
    async with Stage() as stage:
        await stage.open_chat()
        for _ in range(60):
            stage.readers.now.write(**{"is": "alive", "frames": 3})
            await asyncio.sleep(10)
        assert len(stage.readers.all) == 1
        await asyncio.sleep(120)
        assert len(stage.readers.all) > 1


@staged
async def test_what_was_said_before_we_came_and_what_comes_twice_is_left_out():
    async with Stage() as stage:
        await stage.open_chat()
        stage.readers.now.comment("old", "an hour ago", at=START - 3600)
        for _ in range(3):
            stage.comment("1", "once")
        await stage.until(lambda: stage.comments == ["once"])
        hearing = stage.connector.hearing()
        assert (hearing.stale, hearing.duplicates) == (1, 2)


@pytest.mark.parametrize("off_s", [-7200, 7200])
def test_a_clock_that_is_off_loses_nothing_that_is_said_later(off_s):
    @staged
    async def test():
        async with Stage() as stage:
            await stage.open_chat()
            stage.readers.now.comment("0", "played again", at=START - 86_400)
            await asyncio.sleep(20)
            stage.readers.now.comment("1", "now", at=START + virtual_time.time() + off_s)
            await stage.until(lambda: stage.comments == ["now"])
            assert abs((stage.heard[-1].at - virtual_time.now()).total_seconds()) < 5

    test()


@staged
async def test_a_flood_is_bounded_and_counted():
    async with Stage() as stage:
        await stage.open_chat()
        await stage.read_no_more()
        for n in range(6_000):
            stage.comment(f"f{n}", "x")
        await stage.until(lambda: stage.connector.hearing().received >= 6_000)
        hearing = stage.connector.hearing()
        assert hearing.waiting <= 2000
        assert hearing.dropped >= 4_000
        assert stage.counted()


@pytest.mark.slow  # so that `make prove` takes it up
@staged
async def test_a_week_of_readers_that_fall_silent_end_or_are_refused_for_a_while():
    chance, written = Random(11), []
    endings = [{"is": "over", "why": why, "says": "x"} for why in ("lost", "other", "offline", "limited")]

    async def chat(stage):
        for n in itertools.count():
            await asyncio.sleep(chance.uniform(20, 400))
            written.append((f"c{n}", virtual_time.now()))
            if not stage.readers.now.stopped:
                stage.comment(f"c{n}", f"c{n}")

    async def alive(stage):
        while True:
            await asyncio.sleep(10)
            if not silent:
                stage.readers.now.write(**{"is": "alive", "frames": 3})

    async with Stage() as stage:
        silent = False
        beside = [asyncio.ensure_future(chat(stage)), asyncio.ensure_future(alive(stage))]
        while virtual_time.time() < DAYS * 86_400:
            await asyncio.sleep(chance.uniform(300, 3000))
            kind = chance.choice(("cut", "over", "silent", "garbled"))
            stage.readers.first += chance.choices(endings, k=chance.randrange(3))
            if kind == "cut":
                stage.readers.now.raw(b"")
            elif kind == "over":
                stage.readers.now.write(**chance.choice(endings))
            elif kind == "silent":
                silent = True
                await asyncio.sleep(chance.uniform(30, 90))
                silent = False
            else:
                stage.readers.now.raw(chance.randbytes(40) + b"\n")
        for task in beside:
            task.cancel()
        await asyncio.sleep(3600)
        await stage.open_chat()
        stage.comment("the end", "the end")
        await stage.until(lambda: stage.comments[-1:] == ["the end"])
        print(stage.told(len(written) + 1))
        assert stage.error is None and stage.counted()
        assert len(stage.comments) == len(set(stage.comments)) > 0.7 * len(written)
        gaps = [e.detail for e in stage.heard if e.kind is EventKind.GAP]
        margin = timedelta(seconds=15)  # a reader that is silent was heard that long before
        for text, at in written:
            told = any(g.since - margin <= at <= g.until + margin for g in gaps)
            assert text in stage.comments or told, (text, at)
        assert stage.connector.hearing().reconnects > 10 * DAYS


@staged
async def test_without_a_yes_the_chat_is_not_read():
    for answer in ("no", "", "maybe"):
        async with Stage(unofficial=answer) as stage:
            await asyncio.sleep(60)
            assert stage.connector.caps == {Cap.EGRESS}
            assert (stage.readers.all, stage.connector.hearing().state) == ([], ChatState.OFF)
            assert "not read" in (await stage.connector.check())[1].says


@staged
async def test_a_missing_library_is_told_with_what_to_install():
    stage = Stage()
    stage.readers.first = [{"is": "over", "why": "missing", "says": "x"}]
    async with stage:
        await stage.until(lambda: stage.error is not None)
    assert isinstance(stage.error, SetupError)
    assert "castmate[tiktok]" in stage.error.remedy


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        ("rtmps://live.twitch.tv/app", Refused),
        ("rtmp://live.restream.io/live", Refused),
        ("https://push.example/x", SetupError),
        ("rtmp://", SetupError),
    ],
)
def test_a_server_that_is_not_tiktok_s(server, kind):
    @staged
    async def test():
        stage = Stage(server=server)
        with pytest.raises(kind) as caught:
            await stage.connector.open(SHOW)
        assert KEY not in str(caught.value)
        assert (await stage.connector.check())[0].state == "bad"
        await stage.connector.close("never began")

    test()


def test_a_test_s_hosts_are_on_this_machine_alone():
    @staged
    async def test():
        with pytest.raises(SetupError):
            Stage(url_sign="https://evil.example")

    test()


@pytest.mark.parametrize(
    ("why", "kind"),
    [("offline", NotLive), ("ended", NotLive), ("lost", Transient), ("limited", RateLimited),
     ("blocked", Blocked), ("account", Blocked), ("missing", SetupError), ("other", Transient)],
)  # fmt: skip
def test_endings_by_what_is_to_be_done(why, kind):
    assert type(over({"is": "over", "why": why, "wait": "soon"})) is kind


values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.lists(st.integers())
)
keys = st.sampled_from(
    ["is", "id", "at", "viewer", "viewer_id", "text", "count", "gift", "coins", "why", "wait"]
)
kinds = st.sampled_from(["comment", "gift", "like", "follow", "enter", "viewers", "gap", "order", "alive"])


@given(st.binary(max_size=60) | st.dictionaries(keys, values).map(lambda d: json.dumps(d).encode()))
def test_whatever_the_reader_writes(raw):
    line = parsed(raw)
    if line is not None:
        assert isinstance(over(line), CastmateError)


@given(kinds, st.dictionaries(keys, values))
def test_whatever_a_line_holds(kind, fields):
    event = event_of(fields | {"is": kind}, "lumen", virtual_time.START)
    assert event is None or (event.id and event.at <= virtual_time.START and event.number >= 0)
