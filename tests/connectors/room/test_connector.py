import asyncio
from datetime import UTC, datetime

import pytest

from connectors.base import Cap, Event, EventKind, SayResult, ShowInfo
from connectors.room.connector import RoomConnector

SHOW = ShowInfo("s", "Shoes", "en", 720, 1280, 25)


def event(id_):
    return Event(EventKind.COMMENT, "room", id_, datetime(2026, 1, 1, tzinfo=UTC), viewer="Al", text="hi")


@pytest.fixture
def posted():
    return []


@pytest.fixture
def room(posted):
    async def post(text, reply_to):
        posted.append((text, reply_to))
        return SayResult(ok=True, id=str(len(posted)))

    return RoomConnector(post, asyncio.Queue(8), open_url="http://127.0.0.1/room/s")


async def test_it_opens_as_a_room(room):
    ingest = await room.open(SHOW)
    assert (ingest.kind, ingest.shown) == ("room", "http://127.0.0.1/room/s")
    assert (await room.next_ingest(SHOW)).shown == ingest.shown
    assert room.caps == {Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.PIN}


async def test_each_event_comes_once_and_close_ends_them(room):
    for id_ in ("a", "b", "a", "c"):
        room._inbox.put_nowait(event(id_))
    seen = []

    async def read():
        async for got in room.events(cursor="b"):
            seen.append(got.id)

    reading = asyncio.ensure_future(read())
    await asyncio.sleep(0)
    room._inbox.put_nowait(event("d"))
    while len(seen) < 3:
        await asyncio.sleep(0)
    await room.close("over")
    await asyncio.wait_for(reading, 5)
    assert seen == ["a", "c", "d"]


async def test_what_waits_when_it_closes_is_still_given(room):
    room._inbox.put_nowait(event("last"))
    await room.close("over")
    assert [got.id async for got in room.events()] == ["last"]


async def test_the_host_speaks_in_the_rooms_chat_but_never_nothing(room, posted):
    assert (await room.say("Hello", "m1")).ok
    assert not (await room.say("  ")).ok
    assert posted == [("Hello", "m1")]


async def test_a_pin_is_remembered(room):
    assert (await room.pin("shoe")).ok
    assert room.pinned == "shoe"
