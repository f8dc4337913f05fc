"""The chat when the day's units run low, when answers cannot be read, when a broadcast follows another."""

import asyncio

import pytest
import virtual_time
from youtube_fake.listening import SHOW, gaps, listening, texts, virtual
from youtube_fake.world import HISTORY, Fault

from connectors.base import ChatState


def spend(live, left: int) -> None:
    """Something else of the show took units until so many are left."""
    while live.youtube.quota.left(virtual_time.now()) > left:
        live.youtube.quota.spend("videos.list", virtual_time.now())


@virtual
async def test_a_stream_that_must_wait_for_units_says_so_and_until_when():
    async with listening() as live:
        spend(live, 210)
        live.world.cut_streams()
        await asyncio.sleep(3)
        live.world.cut_streams()
        await asyncio.sleep(60)
        hearing = live.youtube.hearing()
        assert hearing.state is ChatState.WAITING
        assert "quota units" in hearing.why
        live.world.write("late, and not lost")
        await asyncio.sleep(9 * 3600)
        assert texts(live) == ["late, and not lost"]
        assert live.youtube.hearing().state is ChatState.OPEN


@virtual
async def test_polls_leave_units_with_which_a_cut_stream_is_opened_again():
    async with listening(polls=True) as live:
        await asyncio.sleep(7.9 * 3600)  # to the end of the units' day
        assert live.youtube.quota.left(virtual_time.now()) > 500
        assert live.world.spent > 5000


@virtual
async def test_looks_in_silence_leave_units_with_which_a_cut_stream_is_opened_again():
    async with listening() as live:
        spend(live, 800)
        looked = live.world.calls["liveChatMessages.list"]
        await asyncio.sleep(3600)
        assert live.world.calls["liveChatMessages.list"] - looked <= 1
        assert live.chat.unprobed > 100
        live.world.cut_streams()
        live.world.write("heard at once")
        await asyncio.sleep(10)
        assert texts(live) == ["heard at once"]


@virtual
async def test_a_chat_that_is_first_read_late_tells_that_its_beginning_may_be_lost():
    async with listening(opened=False) as live:
        live.world.faults["liveChatMessages.list"] += [Fault(500)] * 99
        live.world.stream_plan.extend([("cut", 0)] * 99)
        await live.youtube.open(SHOW)
        for n in range(HISTORY + 20):
            live.world.write(f"m{n}")
        await asyncio.sleep(60)
        live.world.stream_plan.clear()
        live.world.faults.clear()
        await asyncio.sleep(120)
        assert texts(live) == [f"m{n}" for n in range(20, HISTORY + 20)]
        assert "the beginning" in gaps(live)[0]


@pytest.mark.parametrize("body", [b"[]", b'"no"', b"7", b'{"items": [], "pollingIntervalMillis": "x"}'])
def test_a_page_that_cannot_be_read_ends_no_chat(body):
    @virtual
    async def test():
        async with listening(polls=True) as live:
            live.world.faults["liveChatMessages.list"] += [Fault(200, body=body)] * 3
            states = set()
            for _ in range(200):
                await asyncio.sleep(0.1)
                states.add(live.youtube.hearing().state)
            live.world.write("after all that")
            await asyncio.sleep(60)
            assert texts(live) == ["after all that"]
            assert ChatState.WAITING in states

    test()


@virtual
async def test_a_login_server_that_talks_rubbish_for_once_ends_no_chat():
    async with listening() as live:
        live.world.access.clear()
        live.world.faults["token"] += [Fault(200, None), Fault(200, body=b"[]")]
        live.world.cut_streams()
        live.world.write("still here?")
        await asyncio.sleep(60)
        assert texts(live) == ["still here?"]


@virtual
async def test_a_chat_that_is_left_while_its_line_is_down_tells_a_gap():
    async with listening() as live:
        live.world.write("one")
        await asyncio.sleep(1)
        live.world.stream_plan.extend([("cut", 0)] * 99)
        live.world.faults["liveChatMessages.list"] += [Fault(503)] * 99
        live.world.cut_streams()
        await asyncio.sleep(20)
        live.world.write("never seen")
        first = live.world.room()
        next(iter(live.world.broadcasts.values()))["status"]["lifeCycleStatus"] = "complete"
        await live.youtube.next_ingest(SHOW)
        first.open = False
        live.world.stream_plan.clear()
        live.world.faults.clear()
        await asyncio.sleep(120)
        live.world.write("two")
        await asyncio.sleep(60)
        assert texts(live) == ["one", "two"]
        assert any("another broadcast" in why for why in gaps(live))
