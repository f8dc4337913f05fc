"""The chat over hours and days, in virtual time, with faults: what is written comes once, or a gap tells."""

import asyncio
from datetime import timedelta

import grpc
import virtual_time
from youtube_fake.in_memory import Stream
from youtube_fake.listening import SHOW, gaps, listening, texts, virtual
from youtube_fake.world import Fault, World

from connectors.base import ChatState, EventKind
from connectors.youtube import chat as chat_module

U = grpc.StatusCode


# ---- the stream


@virtual
async def test_a_stream_that_is_cut_again_and_again_loses_and_repeats_nothing():
    async with listening() as live:
        for n in range(200):
            live.world.write(f"m{n}")
            if n % 7 == 3:
                live.world.cut_streams()
            await asyncio.sleep(n % 11)
        await asyncio.sleep(120)
        assert texts(live) == [f"m{n}" for n in range(200)]
        assert gaps(live) == []  # it goes on where it was: nothing is lost, so nothing is told
        assert live.youtube.hearing().reconnects == 29
        assert all(e.cursor for e in live.events)


@virtual
async def test_repeats_are_handed_on_once_and_what_is_out_of_order_comes_as_it_is():
    async with listening() as live:
        late = live.world.time - timedelta(seconds=1)
        for id_, at in (("a", None), ("b", late), ("a", None)):
            live.world.write(id_, id=id_, at=at)
        for id_ in ("a", "b", "a"):
            live.world.repeat(id_)
        await asyncio.sleep(1)
        assert texts(live) == ["a", "b"]
        assert live.youtube.hearing().duplicates == 4


@virtual
async def test_history_from_before_the_show_is_left_out_and_a_cursor_goes_on_where_it_was():
    world = World(virtual_time.now)
    async with listening(world) as live:
        world.write("first")
        await asyncio.sleep(1)
        assert texts(live) == ["first"]
        cursor = live.events[-1].cursor
    await asyncio.sleep(60)
    room = next(iter(world.rooms.values()))
    room.open = True
    next(iter(world.broadcasts.values()))["status"]["lifeCycleStatus"] = "ready"
    world.write("between", room=room)
    await asyncio.sleep(60)
    async with listening(world, cursor=cursor) as live:
        world.write("after")
        await asyncio.sleep(1)
        assert texts(live)[-2:] == ["between", "after"]
        assert world.stream_tokens[-1] == cursor
    await asyncio.sleep(60)
    async with listening(world) as live:
        world.write("at last")
        await asyncio.sleep(1)
        assert texts(live) == ["at last"]  # what is older than this show's opening is history
        assert live.chat.history >= 3


@virtual
async def test_a_token_that_is_not_taken_is_told_as_a_gap_and_the_history_mends_it():
    async with listening() as live:
        live.world.write("one")
        await asyncio.sleep(1)
        live.world.stream_plan.append((U.INVALID_ARGUMENT, "page token"))
        live.world.cut_streams()
        live.world.write("two")
        await asyncio.sleep(60)
        assert texts(live) == ["one", "two"]
        assert gaps(live) == ["YouTube does not know any more where the chat was left."]
        assert live.world.stream_tokens[-1] == ""


@virtual
async def test_a_login_that_ran_out_is_renewed_and_one_that_was_revoked_ends_the_chat():
    async with listening() as live:
        live.world.access.clear()
        live.world.cut_streams()
        await asyncio.sleep(30)
        live.world.write("still here?")
        await asyncio.sleep(1)
        assert texts(live) == ["still here?"]
        assert live.world.bearers[-1] != "ya29.first" or live.world.stream_tokens
        live.world.access.clear()
        live.world.refresh.clear()
        live.world.cut_streams()
        await asyncio.sleep(60)
        assert live.reading.done()
        assert "no longer good" in str(live.reading.exception())
        assert live.youtube.hearing().state is ChatState.LOST


@virtual
async def test_a_stream_that_is_refused_gives_way_to_polls_and_is_tried_again():
    async with listening() as live:
        live.world.stream_plan.extend([(U.UNAVAILABLE, "")] * 3)
        live.world.cut_streams()
        await asyncio.sleep(60)
        live.world.write("by poll")
        await asyncio.sleep(10)
        assert texts(live) == ["by poll"]
        assert live.chat.polls > 0
        opened = live.stream.opened
        await asyncio.sleep(700)
        assert live.stream.opened > opened
        polls = live.chat.polls
        live.world.write("by stream")
        await asyncio.sleep(10)
        assert texts(live) == ["by poll", "by stream"]
        assert live.chat.polls == polls


@virtual
async def test_a_server_without_a_stream_is_polled():
    world = World(virtual_time.now)
    world.stream_plan.append((U.UNIMPLEMENTED, ""))
    async with listening(world) as live:
        world.write("hello")
        await asyncio.sleep(10)
        assert texts(live) == ["hello"]
        assert live.stream.opened == 1


@virtual
async def test_a_stream_that_ends_every_ten_seconds_does_not_spend_the_day():
    world = World(virtual_time.now, budget=3000)
    async with listening(world, stream=Stream(world, lasts_s=10), budget="3000") as live:
        for n in range(24):
            world.write(f"m{n}")
            await asyncio.sleep(3600)
        assert texts(live) == [f"m{n}" for n in range(24)]
        assert max(world.by_day.values()) < world.budget
        assert live.stream.opened > 300


@virtual
async def test_a_server_that_takes_us_in_and_throws_us_out_is_not_hammered():
    async with listening() as live:
        live.world.stream_plan.extend([("cut", 1)] * 10_000)
        live.world.cut_streams()
        opened = live.stream.opened
        await asyncio.sleep(550)
        assert live.stream.opened - opened <= 4  # then polls, for ten minutes
        live.world.write("heard all the same")
        await asyncio.sleep(10)
        assert texts(live) == ["heard all the same"]
        assert live.world.spent < live.world.budget / 2


# ---- connected but deaf


@virtual
async def test_a_deaf_stream_is_noticed_within_a_minute_and_what_it_kept_is_fetched():
    async with listening() as live:
        live.world.write("heard")
        await asyncio.sleep(1)
        live.world.deaf = True
        live.world.write("not heard")
        began = virtual_time.time()
        while "not heard" not in texts(live):
            await asyncio.sleep(1)
        assert virtual_time.time() - began <= 60
        await asyncio.sleep(1)
        assert gaps(live) == ["the stream of the chat was connected but deaf"]
        live.world.deaf = False
        live.world.cut_streams()
        await asyncio.sleep(60)
        live.world.write("again")
        await asyncio.sleep(60)
        assert texts(live) == ["heard", "not heard", "again"]


@virtual
async def test_our_own_message_that_does_not_come_back_shows_that_the_stream_is_deaf():
    async with listening() as live:
        live.world.deaf = True
        posted = await live.youtube.say("Yes, it is.")
        assert posted.ok
        states = set()
        for _ in range(60):
            await asyncio.sleep(1)
            states.add(live.youtube.hearing().state)
        assert ChatState.DEAF in states or "deaf" in " ".join(gaps(live))


@virtual
async def test_our_own_message_that_comes_back_before_we_are_told_is_no_sign_of_deafness():
    async with listening() as live:
        await asyncio.sleep(10)
        live.world.slow_s = 2.0
        assert (await live.youtube.say("Yes, it is.")).ok
        await asyncio.sleep(300)
        assert gaps(live) == []
        assert live.stream.opened == 1


@virtual
async def test_a_quiet_chat_is_not_taken_for_a_deaf_one_and_looking_stays_cheap():
    async with listening() as live:
        await asyncio.sleep(86_400 / 3)
        assert gaps(live) == []
        assert live.stream.opened == 1
        assert live.chat.unprobed > 0
        assert live.world.calls["liveChatMessages.list"] * 5 * 3 < 5000
        assert live.world.spent * 3 < live.world.budget


# ---- polls


@virtual
async def test_polls_keep_to_the_interval_that_youtube_names():
    async with listening(polls=True) as live:
        live.world.polling_ms = 7000
        await asyncio.sleep(10)
        before = live.world.calls["liveChatMessages.list"]
        await asyncio.sleep(700)
        assert live.world.calls["liveChatMessages.list"] - before in (99, 100, 101)
        live.world.write("hello")
        await asyncio.sleep(8)
        assert texts(live) == ["hello"]


@virtual
async def test_polls_go_on_where_they_were_and_lose_nothing_of_a_burst():
    async with listening(polls=True) as live:
        for n in range(300):  # far more than a history without a token holds
            live.world.write(f"m{n}")
        await asyncio.sleep(5)
        assert texts(live) == [f"m{n}" for n in range(300)]
        live.world.faults["liveChatMessages.list"].append(Fault(400, "pageTokenInvalid"))
        await asyncio.sleep(5)
        live.world.write("after")
        await asyncio.sleep(5)
        assert texts(live)[-1] == "after"
        assert len(texts(live)) == 301
        assert gaps(live) == ["YouTube does not know any more where the chat was left."]


@virtual
async def test_three_days_of_polls_stay_within_each_days_units_and_the_operator_is_told():
    async with listening(polls=True, budget="2000") as live:
        live.world.polling_ms = 3000
        live.world.pushed, live.world.viewers = (lambda key: True), 5
        told = []
        for n in range(72):
            live.world.write(f"m{n}")
            await asyncio.sleep(3600)
            told.append((await live.youtube.metrics()).says)
        assert texts(live) == [f"m{n}" for n in range(72)]
        assert max(live.world.by_day.values()) <= live.world.budget
        assert sum("50% of today's 2000 YouTube quota units" in t for t in told) >= 3
        spent = sum(live.youtube.quota.by_method.values())
        assert spent == live.youtube.quota.spent


@virtual
async def test_a_day_whose_units_are_spent_waits_for_the_next_and_says_so():
    async with listening(polls=True) as live:
        live.world.faults["liveChatMessages.list"].append(Fault(403, "quotaExceeded"))
        await asyncio.sleep(60)
        live.world.write("too late for today")
        hearing = live.youtube.hearing()
        assert hearing.state is ChatState.WAITING
        assert "quota of this project is spent" in hearing.why
        assert "08:00 UTC" in hearing.why
        await asyncio.sleep(86_400)
        assert texts(live) == ["too late for today"]


@virtual
async def test_a_poll_that_is_too_fast_waits_as_long_as_it_is_told():
    async with listening(polls=True) as live:
        live.world.faults["liveChatMessages.list"].append(Fault(429, "", {"Retry-After": "90"}))
        await asyncio.sleep(2)
        before = live.world.calls["liveChatMessages.list"]
        await asyncio.sleep(85)
        assert live.world.calls["liveChatMessages.list"] == before
        await asyncio.sleep(30)
        assert live.youtube.hearing().state is ChatState.OPEN


@virtual
async def test_server_errors_and_pages_that_are_none_are_told_and_outlived():
    async with listening(polls=True) as live:
        faults = [Fault(500), Fault(503, None), Fault(200, None), Fault(502, None), Fault(0, cut=True)]
        live.world.faults["liveChatMessages.list"].extend(faults)
        live.world.write("after all that")
        await asyncio.sleep(300)
        assert texts(live) == ["after all that"]
        assert live.youtube.hearing().reconnects >= 1


# ---- its end


@virtual
async def test_a_chat_that_youtube_ends_is_told_and_the_next_broadcasts_chat_is_read():
    async with listening() as live:
        live.world.write("last")
        live.world.end_chat()
        await asyncio.sleep(5)
        assert texts(live) == ["last"]
        assert gaps(live) == ["YouTube ended the live chat."]
        assert live.youtube.hearing().state is ChatState.LOST
        assert not (await live.youtube.say("anybody?")).ok
        video = next(iter(live.world.broadcasts))
        live.world.broadcasts[video]["status"]["lifeCycleStatus"] = "complete"
        first = await live.youtube.open(SHOW)
        again = await live.youtube.next_ingest(SHOW)
        assert again.url == first.url  # the stream stays, the broadcast is new
        assert len(live.world.broadcasts) == 2
        await asyncio.sleep(5)
        live.world.write("hello again")
        await asyncio.sleep(5)
        assert texts(live) == ["last", "hello again"]


# ---- floods


@virtual
async def test_a_flood_is_bounded_and_what_is_dropped_is_counted():
    world = World(virtual_time.now)
    async with listening(world) as live:
        room = world.room()
        template = world.write("x")
        await asyncio.sleep(1)
        gate = asyncio.Event()
        original = live.youtube._feed.events

        async def slow_reader():
            async for event in original():
                await gate.wait()
                live.events.append(event)

        live.reading.cancel()
        await asyncio.gather(live.reading, return_exceptions=True)
        reading = asyncio.ensure_future(slow_reader())
        running = asyncio.ensure_future(live.youtube._chat.run())
        live.youtube._chat._moved.set()
        for n in range(20_000):
            room.messages.append({**template, "id": f"f{n}"})
        world.wake()
        await asyncio.sleep(5)
        hearing = live.youtube.hearing()
        assert hearing.waiting <= 2000
        assert hearing.dropped >= 17_000
        gate.set()
        await asyncio.sleep(5)
        told = live.youtube.hearing()
        assert told.received == told.handed_on + told.duplicates + told.stale + told.dropped + told.waiting
        missed = sum(e.detail.missed or 0 for e in live.events if e.kind is EventKind.GAP)
        assert missed == told.dropped
        running.cancel()
        await live.youtube.close("over")
        await asyncio.gather(running, reading, return_exceptions=True)


def test_what_paces_the_chat_is_within_the_minute_that_the_contract_gives():
    assert chat_module.LATE_S + 30 + chat_module.LOOK_S < 60
