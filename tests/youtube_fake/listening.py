"""A connector on the YouTube of the tests in virtual time, and what was heard of it."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import virtual_time

from connectors.base import EventKind, ShowInfo
from connectors.youtube.chat import Chat
from connectors.youtube.connector import YouTubeConnector
from youtube_fake.in_memory import Stream
from youtube_fake.nearby import LATER, InProcess, account, outside, where
from youtube_fake.world import World

SHOW = ShowInfo("show-7", "Spring sale", "en", 720, 1280, 25)


@asynccontextmanager
async def listening(world=None, *, stream=None, polls=False, opened=True, budget="10000", cursor=None):
    """A connector that is open and heard, in virtual time; `.events` is what it handed on."""
    world = world or World(virtual_time.now, budget=int(budget))
    transport = InProcess(world)
    youtube = YouTubeConnector(
        account(quota=budget, expires=LATER),
        outside(world, transport, time=virtual_time.time),
        where("http://youtube", ""),
    )
    stream = stream or Stream(world)
    if not polls:
        youtube._chat = Chat(youtube._rest, youtube._chat._login, youtube._feed, stream)
    events = []

    async def read():
        async for event in youtube.events(cursor):
            events.append(event)

    reading = asyncio.ensure_future(read())
    try:
        if opened:
            await youtube.open(SHOW)
            await asyncio.sleep(5)
        yield SimpleNamespace(
            world=world, youtube=youtube, events=events, stream=stream, transport=transport,
            chat=youtube._chat, reading=reading,
        )  # fmt: skip
    finally:
        world.pushed = lambda key: False
        await youtube.close("the test is over")
        await asyncio.gather(reading, return_exceptions=True)


def texts(live) -> list[str]:
    return [e.text for e in live.events if e.kind is EventKind.COMMENT]


def gaps(live) -> list[str]:
    return [e.detail.why for e in live.events if e.kind is EventKind.GAP]


def virtual(test):
    """Runs the test in virtual time."""

    def run():
        virtual_time.run(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run
