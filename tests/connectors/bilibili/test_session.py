"""The session against the fake, in virtual time: every fault, and nothing lost that was not told."""

import asyncio
import os
from random import Random

import fake_bilibili as fake
import pytest
import virtual_time
from rigs.base import SHOW
from rigs.stage import told

from connectors.account import Account, MemoryKeeper
from connectors.base import ChatState, EventKind, Gap
from connectors.bilibili.connector import BilibiliConnector
from connectors.errors import AuthNeeded, Blocked
from connectors.outside import Outside
from products.errors import CastmateError, SetupError

DAYS = 7.0 if "CASTMATE_PROOF_MINUTES" in os.environ else 0.15


class Stage:
    """A fake, our connector on it, and all that was heard. Time is virtual."""

    def __init__(self, *, links: int = 2, skew_s: float = 0.0, **fields: str) -> None:
        start = virtual_time.START.timestamp()
        loop = asyncio.get_running_loop()
        self.server = fake.FakeBilibili(lambda: start + loop.time() + skew_s)
        keeper = MemoryKeeper({("bilibili", "shop"): fake.account(**fields)})
        self.outside = Outside(
            now=virtual_time.now,
            time=virtual_time.time,
            dial=fake.dialling(self.server, links),
            rng=Random(3),
            transport=fake.transport(self.server),
        )
        self.connector = BilibiliConnector(Account("bilibili", "shop", keeper), self.outside)
        self.heard = []
        self.error = None

    async def __aenter__(self) -> "Stage":
        await self.connector.open(SHOW)
        self._reading = asyncio.ensure_future(self._read())
        return self

    async def __aexit__(self, *_) -> None:
        await self.connector.close("done")
        await self._reading
        assert self.server.complaints == []

    async def _read(self) -> None:
        try:
            async for event in self.connector.events():
                self.heard.append(event)
        except CastmateError as error:
            self.error = error

    async def until(self, holds, seconds: float = 600.0) -> float:
        """Seconds that it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not holds():
            assert loop.time() - began < seconds, f"not within {seconds} s: {self.connector.hearing()}"
            await asyncio.sleep(0.1)
        return loop.time() - began

    async def open(self) -> "Stage":
        await self.until(lambda: self.state is ChatState.OPEN)
        return self

    @property
    def state(self) -> ChatState:
        return self.connector.hearing().state

    @property
    def at(self) -> float:
        return self.server.clock()

    def say(self, text: str, id_: str, **more):
        return fake.danmaku(text, id_, self.at, **more)

    @property
    def comments(self) -> list[str]:
        return [e.id for e in self.heard if e.kind is EventKind.COMMENT]

    @property
    def gaps(self) -> list[Gap]:
        return [e.detail for e in self.heard if e.kind is EventKind.GAP]


def staged(test):
    """The test runs in virtual time."""

    def run():
        virtual_time.run(asyncio.wait_for(test(), 30 * 86_400))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@staged
async def test_it_starts_says_who_it_is_and_ends():
    async with Stage() as stage:
        await stage.open()
        await stage.until(lambda: len(stage.server.asked) >= 4)
        assert stage.server.peers[0].beats >= 3
    assert [path.rpartition("/")[2] for path, _, _ in stage.server.asked][:1] == ["start"]
    assert stage.server.asked[-1][0] == "/v2/app/end"
    assert stage.server.games == {}
    assert stage.server.peers == []
    assert stage.connector.hearing().state is ChatState.OFF


@staged
async def test_the_host_s_own_words_are_marked():
    async with Stage() as stage:
        await stage.open()
        await stage.server.push([stage.say("hi", "m1"), stage.say("it is 59", "m2", open_id=fake.HOST_ID)])
        await stage.until(lambda: len(stage.heard) == 2)
    assert [e.own for e in stage.heard] == [False, True]


@staged
async def test_a_link_that_is_down_is_left_for_the_next():
    async with Stage(links=3) as stage:
        stage.server.down = {0, 1}
        assert await stage.until(lambda: stage.state is ChatState.OPEN) < 10
        assert stage.server.dialled == [0, 1, 2]
        assert stage.connector.counts.starts == 1


@staged
async def test_when_all_links_are_down_a_new_game_names_others():
    async with Stage() as stage:
        stage.server.down = {0, 1}
        await stage.until(lambda: stage.connector.counts.starts == 2)
        assert stage.server.dialled[:3] == [0, 1, 0]
        stage.server.down = set()
        await stage.open()
        assert len(stage.server.games) == 1


@staged
async def test_after_a_cut_the_other_link_serves_and_the_gap_is_told():
    async with Stage() as stage:
        await stage.open()
        await stage.server.push([stage.say("one", "m1")])
        await stage.until(lambda: stage.comments == ["m1"])
        cut_at = virtual_time.now()
        stage.server.cut_all()
        assert await stage.until(lambda: stage.gaps) < 3
        await stage.server.push([stage.say("two", "m2")])
        await stage.until(lambda: stage.comments == ["m1", "m2"])
        assert stage.server.dialled == [0, 1]
    (gap,) = stage.gaps
    assert cut_at <= gap.since <= gap.until


@staged
async def test_the_game_is_kept_while_no_line_comes_about():
    async with Stage() as stage:
        await stage.open()
        stage.server.down = {0, 1}
        stage.server.cut_all()
        beats = len(stage.server.asked)
        await asyncio.sleep(100)
        asked = [path for path, _, _ in stage.server.asked[beats:]]
        assert asked.count("/v2/app/heartbeat") >= 4


@staged
async def test_a_half_open_line_is_left_after_two_heartbeats():
    async with Stage() as stage:
        await stage.open()
        (peer,) = stage.server.peers
        peer.mute = True
        stage.server.gone(peer)  # the server forgot it: nobody will cut it
        assert 20 < await stage.until(lambda: stage.state is not ChatState.OPEN) <= 46
        await stage.open()
        assert len(stage.gaps) == 1


@staged
async def test_a_deaf_line_is_noticed_by_the_project_s_heartbeat():
    """The socket answers heartbeats, but its game is no more: nothing would ever come."""
    async with Stage() as stage:
        await stage.open()
        stage.server.end_game("game-1", told=False)
        assert await stage.until(lambda: stage.connector.counts.starts == 2) < 30
        await stage.open()
        await stage.server.push([stage.say("heard?", "m1")])
        await stage.until(lambda: stage.comments == ["m1"])


@staged
async def test_the_server_ends_the_game():
    async with Stage() as stage:
        await stage.open()
        stage.server.end_game("game-1")
        assert await stage.until(lambda: "game-2" in stage.server.games) < 5
        await stage.open()


@staged
async def test_another_game_s_end_is_nobody_s_business():
    async with Stage() as stage:
        await stage.open()
        over = {"cmd": "LIVE_OPEN_PLATFORM_INTERACTION_END", "data": {"game_id": "another", "timestamp": 1}}
        await stage.server.push([over, stage.say("still here", "m1")])
        await stage.until(lambda: stage.comments == ["m1"])
        assert stage.connector.counts.starts == 1


@staged
async def test_a_refused_socket_gets_a_new_game():
    async with Stage() as stage:
        stage.server.refuse_auth = 2
        await stage.open()
        assert stage.connector.counts.starts == 3


@staged
async def test_the_cool_down_is_waited_for():
    """7001 asks for ten seconds, 7002 (another program's game) for a minute."""
    async with Stage() as stage:
        stage.server.refuse = [(200, 7001), (200, 7002)]
        assert await stage.until(lambda: stage.state is ChatState.OPEN) >= 70
        assert stage.connector.counts.starts == 3


@staged
async def test_a_broken_api_is_asked_again_and_not_hammered():
    async with Stage() as stage:
        stage.server.refuse = [(503, 0), (502, 0), (200, 5000), (200, 4009), (200, 99999)] * 10
        await stage.until(lambda: stage.state is ChatState.OPEN, 3600)
        assert len(stage.server.codes) >= 51
        assert virtual_time.time() > 50 * 20  # the ceiling is a minute: on average well above 20 s


@staged
async def test_an_answer_that_is_none_is_asked_for_again_and_patience_is_kept():
    async with Stage() as stage:
        stage.server.garbage = [(200, {}, b"<html>"), (429, {"Retry-After": "300"}, b""), (200, {}, b"{}")]
        await stage.until(lambda: stage.state is ChatState.OPEN, 3600)
        assert virtual_time.time() >= 300
        assert stage.error is None


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"access_key_id": "other"}, AuthNeeded, "4001: the access key is not valid"),
        ({"access_key_secret": "other"}, AuthNeeded, "4002: the signature is wrong"),
        ({"identity_code": "other"}, AuthNeeded, "7007: the identity code is wrong"),
        ({"app_id": "1"}, AuthNeeded, "8002: the app id is wrong"),
    ],
)
def test_what_only_a_person_can_mend_ends_the_chat_with_a_remedy(fields, error, says):
    @staged
    async def test():
        async with Stage(**fields) as stage:
            await stage.until(lambda: stage.error is not None)
            asked = len(stage.server.codes)
            await asyncio.sleep(3600)
            assert len(stage.server.codes) == asked
        assert type(stage.error) is error
        assert isinstance(stage.error, SetupError)
        assert says in str(stage.error)
        assert stage.error.remedy
        assert stage.connector.hearing().state is ChatState.LOST

    test()


@staged
async def test_a_room_that_the_app_may_not_serve_is_no_case_for_patience():
    async with Stage() as stage:
        stage.server.refuse = [(200, 5011)]
        await stage.until(lambda: stage.error is not None)
    assert isinstance(stage.error, Blocked)


@pytest.mark.parametrize("skew_s", [-86_400.0, -3_600.0, -599.0, 599.0, 3_600.0, 10**8])
def test_a_clock_that_is_off_is_made_good_by_the_server_s(skew_s):
    @staged
    async def test():
        async with Stage(skew_s=skew_s) as stage:
            await stage.open()
            await asyncio.sleep(200)
            assert stage.state is ChatState.OPEN
            assert stage.server.codes.count(4003) == (abs(skew_s) > 600)

    test()


@staged
async def test_keys_that_are_revoked_on_the_way_end_the_chat():
    async with Stage() as stage:
        await stage.open()
        stage.server.refuse = [(200, 4001)] * 2
        await stage.until(lambda: stage.error is not None)
    assert isinstance(stage.error, AuthNeeded)


@staged
async def test_duplicates_once_and_what_is_out_of_order_in_the_order_it_came():
    async with Stage() as stage:
        await stage.open()
        told = [fake.danmaku(f"t{n}", f"m{n}", stage.at - n) for n in (3, 1, 2, 1, 3)]
        for how in (fake.ZLIB, fake.BROTLI, fake.PLAIN):
            await stage.server.push(told, how)
        await stage.until(lambda: stage.connector.hearing().received == 15)
        await stage.until(lambda: len(stage.comments) == 3)
    assert stage.comments == ["m3", "m1", "m2"]
    assert stage.connector.hearing().duplicates == 12


@staged
async def test_what_cannot_be_read_is_counted_and_the_rest_is_heard():
    async with Stage() as stage:
        await stage.open()
        good = fake.frame([stage.say("good", "m1")], fake.PLAIN)
        await stage.server.push_raw(good + b"\0\0\0")
        await stage.server.push_raw(b"")
        await stage.server.push_raw(fake.packet(99, b"x") + fake.packet(5, b"no json"))
        await stage.server.push([{"cmd": "NEW"}, {"cmd": "LIVE_OPEN_PLATFORM_DM", "data": {}}])
        await stage.server.push([fake.super_chat_del([1, 2], "d"), fake.live(True, stage.at)])
        await stage.server.push([stage.say("still", "m2")])
        await stage.until(lambda: stage.comments == ["m1", "m2"])
        counts = stage.connector.counts
    assert (counts.malformed, counts.unreadable, counts.unknown, counts.withdrawn) == (1, 2, 2, 2)
    assert (counts.on_air, counts.popularity, counts.room) == (True, 4242, fake.ROOM)


@staged
async def test_a_message_server_without_encryption_is_refused():
    async with Stage() as stage:
        stage.server.links[:] = ["ws://broadcast.example/sub"]
        await stage.until(lambda: stage.error is not None)
    assert isinstance(stage.error, Blocked)


@staged
async def test_it_is_closed_in_the_middle_of_a_start():
    async with Stage() as stage:
        await asyncio.sleep(0)
    assert stage.server.games == {}


@staged
async def test_the_address_is_joined_and_named_as_bilibili_s():
    async with Stage() as stage:
        ingest = await stage.connector.next_ingest(SHOW)
        assert ingest.shown == "rtmp://live-push.bilivideo.com"
        url = ingest.url.reveal()
        assert url.startswith("rtmp://live-push.bilivideo.com/live-bvc/?streamname=live_460695_1&key=")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"server": ""}, "has no server to send to"),
        ({"stream_key": ""}, "has no stream key"),
        ({"server": "rtmp://a.rtmp.youtube.com/live2"}, "belongs to youtube"),
        ({"server": "rtmp://elsewhere.example/live"}, "not a known ingest host"),
        ({"app_id": "twelve"}, "is not a number"),
        ({"api_base": "http://live-open.example"}, "must be on this machine"),
    ],
)
def test_an_account_that_is_not_whole_says_so_at_the_start(fields, says):
    @staged
    async def test():
        stage = Stage(**fields)
        with pytest.raises(Exception, match=says) as caught:
            await stage.connector.open(SHOW)
        assert caught.value.remedy
        assert "s3cr3t" not in str(caught.value)
        (bad,) = [c for c in await stage.connector.check() if c.state == "bad"]
        assert says in bad.says
        await stage.connector.close("never began")

    test()


@pytest.mark.parametrize(
    ("answers", "state", "says"),
    [
        ([], "ok", "The access key is accepted"),
        ([(200, 4002)], "bad", "4002"),
        ([(503, 0)], "bad", "HTTP 503"),
        ([(200, 4007)], "bad", "4007: this machine's address is not on the list"),
    ],
)
def test_a_check_tells_what_is_so_and_starts_nothing(answers, state, says):
    @staged
    async def test():
        stage = Stage()
        stage.server.refuse = answers
        found = {c.what: c for c in await stage.connector.check()}
        assert (found["open-live API"].state, stage.server.games) == (state, {})
        assert says in found["open-live API"].says
        assert found["push address"].state == "ok"
        await stage.connector.close("never began")

    test()


@pytest.mark.slow  # so that `make prove` takes it up, for a week
def test_days_of_cuts_heartbeats_and_ended_games():
    """Every message that was pushed to an open socket is heard once; no game dies for want of a heartbeat."""

    async def days():
        rng = Random(11)
        async with Stage(links=3) as stage:
            await stage.open()
            pushed, ended, cuts = [], 0, 0
            end = DAYS * 86_400
            while virtual_time.time() < end:
                await asyncio.sleep(rng.uniform(5, 300))
                what = rng.random()
                if what < 0.10:
                    cuts += len(stage.server.peers)
                    stage.server.cut_all()
                elif what < 0.12:
                    ended += stage.server.end_game(next(iter(stage.server.games), ""))
                elif what < 0.14 and stage.server.peers:
                    stage.server.peers[0].mute = True
                elif what < 0.16:
                    stage.server.refuse = [(503, 0)] * rng.randint(1, 5)
                else:
                    id_ = f"m{len(pushed)}"
                    if await stage.server.push([stage.say("?", id_)] * rng.randint(1, 3)):
                        pushed.append(id_)
            await stage.open()
            await asyncio.sleep(1)
            print(told(len(pushed), len(stage.comments), stage.connector.hearing()))
            assert stage.comments == pushed
            hearing = stage.connector.hearing()
            assert hearing.dropped == 0
            assert len(stage.gaps) >= cuts > 0
            assert len(pushed) > DAYS * 200
            starts = stage.connector.counts.starts
            assert ended <= starts <= ended + hearing.reconnects / 3 + 1
        assert stage.server.games == {}
        assert stage.server.codes.count(4004) == stage.server.codes.count(7002) == 0

    virtual_time.run(days())


async def test_a_flood_is_bounded_and_counted():
    """5,000 messages a second for four seconds while nobody reads."""
    loop = asyncio.get_running_loop()
    server = fake.FakeBilibili(lambda: virtual_time.START.timestamp())
    outside = Outside(
        now=lambda: virtual_time.START,
        time=loop.time,
        dial=fake.dialling(server),
        transport=fake.transport(server),
    )
    account = Account("bilibili", "shop", MemoryKeeper({("bilibili", "shop"): fake.account()}))
    connector = BilibiliConnector(account, outside)
    await connector.open(SHOW)
    async with asyncio.timeout(60):
        while connector.hearing().state is not ChatState.OPEN:
            await asyncio.sleep(0.01)
        for second in range(4):
            told = [fake.danmaku(f"text {n}", f"{second}-{n}", server.clock()) for n in range(5_000)]
            await server.push(told, fake.ZLIB)
            while connector.hearing().received < (second + 1) * 5_000:
                await asyncio.sleep(0.01)
    hearing = connector.hearing()
    assert (hearing.received, hearing.waiting, hearing.dropped) == (20_000, 5_000, 15_000)
    await connector.close("enough")
    heard = [event async for event in connector.events()]
    assert [e.id for e in heard[-2:]] == ["3-4998", "3-4999"]
    assert sum(e.detail.missed for e in heard if e.kind is EventKind.GAP) >= 15_000
