"""Twitch at its worst, in virtual time: the connector against the fake, a week in seconds."""

import asyncio
import os
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random

import pytest
import virtual_time
from asgi_wire import AsgiDial
from fakes.twitch import CHAT, FakeTwitch
from rigs.base import SHOW
from rigs.stage import told
from rigs.twitch import account_on, outside_of

from connectors.base import ChatState, EventKind, Gap
from connectors.errors import AuthNeeded, Blocked
from connectors.twitch.connector import TwitchConnector
from products.errors import CastmateError

DAYS = 7.0 if "CASTMATE_PROOF_MINUTES" in os.environ else 0.5
SUBSCRIBE = "/helix/eventsub/subscriptions"
SEND = "/helix/chat/messages"


class World:
    """A connector, its Twitch, and somebody who reads."""

    def __init__(self, *, now=virtual_time.now, **account: str) -> None:
        self.fake = FakeTwitch(now=virtual_time.now)
        self.dial = AsgiDial(self.fake.app)
        self.account = account_on(self.fake, **account)
        outside = outside_of(self.fake, self.dial, now=now, time=virtual_time.time, sleep=asyncio.sleep)
        self.connector = TwitchConnector(self.account, outside)
        self.events, self.error = [], None
        self._reading = None

    @property
    def hearing(self):
        return self.connector.hearing()

    def texts(self) -> list[str]:
        return [e.text for e in self.events if e.kind is EventKind.COMMENT]

    def gaps(self) -> list[Gap]:
        return [e.detail for e in self.events if e.kind is EventKind.GAP]

    async def begin(self) -> None:
        await self.connector.open(SHOW)
        self._reading = asyncio.ensure_future(self._read())
        await self.until(ChatState.OPEN)

    async def _read(self) -> None:
        try:
            async for event in self.connector.events():
                self.events.append(event)
        except CastmateError as error:
            self.error = error

    async def until(self, state: ChatState, within: float = 600.0) -> float:
        """Seconds until the chat stands so."""
        begun = virtual_time.time()
        async with asyncio.timeout(within):
            while self.hearing.state is not state:
                await asyncio.sleep(0.05)
        return virtual_time.time() - begun

    async def end(self) -> None:
        await self.connector.close("the end")
        if self._reading is not None:
            await self._reading


def in_world(**options):
    """Runs a test's coroutine with a connector whose chat is open, in virtual time."""

    def around(test):
        def run():
            async def live():
                async with opened(**options) as world:
                    await test(world)

            virtual_time.run(live())

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return run

    return around


@asynccontextmanager
async def opened(**options):
    world = World(**options)
    await world.begin()
    try:
        yield world
    finally:
        await world.end()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [t for t in left if "twitch" in repr(t) and "fakes" not in repr(t)], left


@in_world()
async def test_a_cut_line_comes_back_and_the_gap_is_told(world):
    await world.fake.write("before")
    await asyncio.sleep(20)
    world.dial.wires[-1].cut()
    assert await world.until(ChatState.WAITING, 5) < 5
    await world.fake.write("meanwhile")
    await world.until(ChatState.OPEN)
    await world.fake.write("after")
    await asyncio.sleep(1)
    assert world.texts() == ["before", "after"]
    (gap,) = world.gaps()
    assert gap.since < gap.until
    assert (gap.until - gap.since).total_seconds() < 25
    assert world.hearing.reconnects == 1


@in_world()
async def test_repeats_are_left_out_also_across_connections(world):
    message = await world.fake.write("once")
    for _ in range(3):
        await world.fake.repeat(message)
    world.dial.wires[-1].cut()
    await world.until(ChatState.WAITING)
    await world.until(ChatState.OPEN)
    await world.fake.repeat(message)
    await asyncio.sleep(1)
    assert world.texts() == ["once"]
    assert world.hearing.duplicates == 4


@in_world()
async def test_what_comes_out_of_order_comes_all_the_same(world):
    late = await world.fake.write("first", id_="late")
    kept = world.fake.chat_log[late]
    kept["metadata"]["message_timestamp"] = "2026-11-22T23:59:58.123456789Z"
    event = {**kept["payload"]["event"], "message_id": "x"}
    world.fake.chat_log["later"] = {**kept, "payload": {"event": event}}
    await world.fake.write("second")
    await world.fake.repeat("later")
    await asyncio.sleep(1)
    assert world.texts() == ["first", "second", "first"]
    assert world.events[-1].at < world.events[0].at


@in_world()
async def test_an_old_login_is_renewed_once_and_kept(world):
    old = world.account.secret("access_token")
    world.fake.expire_tokens()
    results = await asyncio.gather(*(world.connector.metrics() for _ in range(5)))
    assert [r.live for r in results] == [False] * 5
    assert world.account.secret("access_token") != old
    assert world.fake.calls.count(("POST", "/oauth2/token")) == 1


@in_world()
async def test_a_login_that_ends_while_the_line_is_down_is_renewed_for_the_next(world):
    world.dial.wires[-1].cut()
    world.fake.expire_tokens()
    await world.until(ChatState.WAITING)
    await world.until(ChatState.OPEN)
    assert world.error is None


@in_world()
async def test_a_login_that_was_taken_away_is_told_and_not_hammered(world):
    world.fake.revoke_login()
    await world.fake.close_all()
    await world.until(ChatState.LOST)
    await asyncio.sleep(3600)
    assert isinstance(world.error, AuthNeeded)
    assert "castmate connectors login twitch" in world.error.remedy
    assert world.fake.opened == 2


@in_world()
async def test_a_channel_that_withdraws_its_consent_ends_the_chat(world):
    await world.fake.revoke(CHAT, "authorization_revoked")
    await world.until(ChatState.LOST)
    await asyncio.sleep(0)
    assert isinstance(world.error, AuthNeeded)


@in_world()
async def test_a_user_who_was_removed_ends_the_chat(world):
    await world.fake.revoke(CHAT, "user_removed")
    await world.until(ChatState.LOST)
    await asyncio.sleep(0)
    assert isinstance(world.error, Blocked)


@in_world()
async def test_a_subscription_that_ends_for_other_reasons_is_made_anew(world):
    await world.fake.revoke(CHAT, "version_removed")
    await world.until(ChatState.WAITING)
    await world.until(ChatState.OPEN)
    await world.fake.write("back")
    await asyncio.sleep(1)
    assert world.texts() == ["back"]


@in_world()
async def test_a_limit_is_kept_to_as_long_as_twitch_says(world):
    world.fake.faults[SUBSCRIBE] += [(429, {"Retry-After": "25"}, {"message": "Too Many Requests"})]
    world.dial.wires[-1].cut()
    await world.until(ChatState.WAITING)
    assert await world.until(ChatState.OPEN) >= 25


@in_world()
async def test_the_reset_in_epoch_seconds_is_read_too(world):
    reset = str(int((virtual_time.now() + timedelta(seconds=40)).timestamp()))
    world.fake.faults[SEND] += [(429, {"Ratelimit-Reset": reset}, {"message": "Too Many Requests"})]
    result = await world.connector.say("hello")
    assert not result.ok
    assert 38 <= result.retry_after <= 40


@in_world()
async def test_faults_of_twitchs_servers_pass(world):
    for status in (500, 502, 503):
        world.fake.faults[SUBSCRIBE] += [(status, {}, "<html>Bad Gateway</html>")]
    world.dial.wires[-1].cut()
    await world.until(ChatState.WAITING)
    await world.until(ChatState.OPEN)
    await world.fake.write("back")
    await asyncio.sleep(1)
    assert world.texts() == ["back"]


@in_world()
async def test_an_answer_is_not_written_twice_after_a_fault(world):
    world.fake.faults[SEND] += [(503, {}, {})]
    with pytest.raises(Exception, match="503"):
        await world.connector.say("hello")
    assert world.fake.calls.count(("POST", SEND)) == 1


@in_world()
async def test_a_half_open_line_is_left_after_the_keepalive_and_a_margin(world):
    await asyncio.sleep(30)
    world.fake.freeze()
    assert await world.until(ChatState.WAITING, 60) <= 10 + 5 + 0.1
    await world.until(ChatState.OPEN)


@in_world()
async def test_what_cannot_be_read_is_passed_over_and_counted(world):
    bad = (
        "",
        "{",
        "null",
        "[]",
        "1e999",
        '{"metadata": 3}',
        '{"metadata":{"message_id":"a"}}',
        "[" * 100_000,
    )
    for text in bad:
        await world.fake.send_raw(text)
    await world.fake.write("still there")
    await asyncio.sleep(1)
    assert world.texts() == ["still there"]
    assert world.connector._session.malformed == len(bad)
    assert world.hearing.reconnects == 0


@in_world()
async def test_a_move_loses_nothing_and_tells_no_gap(world):
    subscribed = world.fake.calls.count(("POST", SUBSCRIBE))
    await world.fake.write("before")
    await world.fake.ask_to_move()
    await world.fake.write("while moving")
    await asyncio.sleep(1)
    await world.fake.write("after")
    await asyncio.sleep(60)
    assert world.texts() == ["before", "while moving", "after"]
    assert world.gaps() == []
    assert world.hearing.reconnects == 0
    assert world.fake.opened == 2
    assert world.fake.calls.count(("POST", SUBSCRIBE)) == subscribed


@in_world()
async def test_a_move_that_fails_becomes_a_new_connection(world):
    world.fake.tickets.clear()
    await world.fake.ask_to_move()
    world.fake.tickets.clear()  # the new address will refuse: 4007
    await world.until(ChatState.WAITING)
    await world.until(ChatState.OPEN)
    await world.fake.write("after")
    await asyncio.sleep(1)
    assert world.texts() == ["after"]
    assert len(world.gaps()) == 1


@in_world()
async def test_a_subscription_that_vanished_is_noticed_within_a_minute(world):
    await asyncio.sleep(300)
    world.fake.deafen()
    assert await world.until(ChatState.WAITING, 60) <= 60
    await world.until(ChatState.OPEN)
    await world.fake.write("heard again")
    await asyncio.sleep(1)
    assert world.texts() == ["heard again"]
    (gap,) = world.gaps()
    assert gap.why


@in_world()
async def test_a_chat_that_keeps_our_own_words_back_is_noticed_within_a_minute(world):
    await world.connector.say("hello")  # comes back: from now on it must
    await asyncio.sleep(10)
    world.fake.muted = True
    assert (await world.connector.say("anybody?")).ok
    assert await world.until(ChatState.WAITING, 60) <= 60
    assert "chat does not come" in world.hearing.why


@in_world()
async def test_our_own_words_that_come_back_before_we_are_told_prove_it_too(world):
    await world.connector.say("hello")
    await asyncio.sleep(10)
    world.fake.slow_s = 2.0
    assert (await world.connector.say("again")).ok
    await asyncio.sleep(300)
    assert (world.hearing.reconnects, world.hearing.gaps) == (0, 0)


@in_world()
async def test_when_twitch_cannot_be_asked_it_is_told_and_the_line_is_kept(world):
    world.fake.faults[SUBSCRIBE] += [(503, {}, {})] * 40
    assert await world.until(ChatState.DEAF, 61) <= 60
    assert "cannot be asked" in world.hearing.why
    await world.fake.write("it was only their interface")
    await world.until(ChatState.OPEN, 1)
    assert world.fake.opened == 1


@in_world()
async def test_a_quiet_chat_is_no_deaf_chat(world):
    await asyncio.sleep(2 * 3600)
    assert world.hearing.reconnects == 0
    assert world.hearing.state is ChatState.OPEN
    assert world.fake.opened == 1


@pytest.mark.parametrize("hours", [-30, -1, 1, 30])
def test_a_clock_that_is_wrong_loses_nothing(hours):
    def wrong():
        return virtual_time.now() + timedelta(hours=hours)

    @in_world(now=wrong)
    async def run(world):
        await world.fake.write("hello")
        await asyncio.sleep(1)
        (event,) = [e for e in world.events if e.kind is EventKind.COMMENT]
        assert abs((event.at - wrong()).total_seconds()) < 5
        assert await world.connector.metrics()
        assert world.error is None

    run()


def test_a_flood_stays_in_its_bounds_and_is_counted():
    """5,000 messages a second for two seconds, and nobody reads for the first one and a half."""

    async def live():
        world = World()
        await world.connector.open(SHOW)
        await world.until(ChatState.OPEN)
        number = 0
        for tick in range(20):
            for _ in range(500):
                number += 1
                await world.fake.write(str(number), id_=f"m{number}")
            await asyncio.sleep(0.1)
            assert world.hearing.waiting <= 2000
            if tick == 14:
                world._reading = asyncio.ensure_future(world._read())
        await asyncio.sleep(5)
        told = world.hearing
        assert told.waiting == 0
        assert told.received == told.handed_on + told.dropped == number + told.gaps
        assert told.dropped == sum(g.missed for g in world.gaps()) > 3_000
        texts = [int(t) for t in world.texts()]
        assert texts == sorted(texts)
        assert texts[-1] == number
        assert len(texts) + told.dropped == number
        await world.end()

    virtual_time.run(live())


@pytest.mark.slow
def test_a_week_of_reconnects():
    """Cuts, close codes, moves, freezes, outages, deafness and old logins; half a day in CI, seven in a
    proof. Every message that was written is handed on once, or lies in a gap that was told.
    """
    chance = Random(20261123)

    async def trouble(world):
        until = virtual_time.time() + DAYS * 86_400
        while virtual_time.time() < until:
            await asyncio.sleep(chance.uniform(300, 3000))
            kind = chance.choice(("cut", "close", "move", "freeze", "outage", "deafen", "expire", "errors"))
            if kind == "cut" and world.dial.wires:
                world.dial.wires[-1].cut()
            elif kind == "close":
                await world.fake.close_all(chance.choice((4000, 4002, 4004, 4005, 4006, 1006, 1012)))
            elif kind == "move":
                await world.fake.ask_to_move()
            elif kind == "freeze":
                world.fake.freeze()
            elif kind == "outage":
                world.dial.down = True
                world.dial.wires[-1].cut()
                await asyncio.sleep(chance.uniform(1, 900))
                world.dial.down = False
            elif kind == "deafen":
                world.fake.deafen()
            elif kind == "expire":
                world.fake.expire_tokens()
            else:
                world.fake.faults[SUBSCRIBE] += [(chance.choice((429, 500, 503)), {}, {})] * 5
                world.dial.wires[-1].cut()

    async def chat(world, written):
        number = 0
        while True:
            await asyncio.sleep(chance.uniform(20, 400))
            number += 1
            written.append((str(number), virtual_time.now()))
            await world.fake.write(str(number))

    async def live():
        world, written = World(), []
        await world.begin()
        chatting = asyncio.ensure_future(chat(world, written))
        await trouble(world)
        world.fake.faults.clear()
        chatting.cancel()
        await asyncio.sleep(1200)
        await world.until(ChatState.OPEN)
        await world.fake.write("the end")
        await asyncio.sleep(5)
        assert world.error is None
        got = world.texts()
        print(told(len(written) + 1, len(got), world.hearing))
        assert got[-1] == "the end"
        assert len(got) == len(set(got))
        gaps = world.gaps()
        margin = timedelta(seconds=1)
        for text, at in written:
            if text not in got:
                assert any(g.since - margin <= at <= g.until + margin for g in gaps), (text, at)
        assert len(got) > 0.8 * len(written)
        assert world.hearing.reconnects > 15 * DAYS
        assert len(world.fake.sessions) <= 2
        assert len(world.dial.wires) < 1000
        await world.end()

    virtual_time.run(live())
