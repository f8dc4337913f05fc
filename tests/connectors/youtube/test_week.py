"""A week on YouTube in virtual time, chat and all; CI takes half a day of it, `make prove` the whole."""

import asyncio
import itertools
import os
from collections import Counter
from datetime import timedelta
from random import Random

import grpc
import pytest
import virtual_time
from rigs.base import SHOW
from rigs.stage import VirtualStage, staged
from youtube_fake.nearby import InProcess, account, outside, where
from youtube_fake.wireless import Air
from youtube_fake.world import Fault, World

from connectors.base import EventKind
from connectors.youtube.chat import Chat
from connectors.youtube.connector import YouTubeConnector

DAYS = 7.0 if "CASTMATE_PROOF_MINUTES" in os.environ else 0.5
LIST = "liveChatMessages.list"
U = grpc.StatusCode


class Stage(VirtualStage):
    """A YouTube whose stream is gRPC and whose REST is HTTP, both in memory, and our connector on it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(virtual_time.now)
        self.world.pushed, self.world.polling_ms = (lambda key: True), 5000
        self.rest, self.air = InProcess(self.world), Air(self.world)
        there, soon = where("http://youtube"), virtual_time.START + timedelta(hours=1)
        self.connector = YouTubeConnector(
            account(expires=soon.isoformat()),
            outside(self.world, self.rest, time=virtual_time.time),
            there,
        )
        made = self.connector._chat
        self.connector._chat = Chat(made._rest, made._login, made._feed, self.air.client(there).pages)

    def gaps(self):
        return [e.detail for e in self.heard if e.kind is EventKind.GAP]


class Trouble:
    """One method for each kind."""

    def __init__(self, stage: Stage, chance: Random) -> None:
        self.stage, self.world, self.chance = stage, stage.world, chance

    KINDS = (
        "cut", "ended", "renewal", "outage", "freeze", "deaf", "refused", "limited", "errors", "rubbish",
        "forgotten", "repeats", "over",
    )  # fmt: skip

    async def cut(self) -> None:
        self.stage.air.cut()

    async def ended(self) -> None:
        """In order, and the next one soon again."""
        self.world.stream_plan += [("end", self.chance.randrange(1, 4)) for _ in range(3)]
        self.world.cut_streams()

    async def renewal(self) -> None:
        self.world.access.clear()
        self.stage.air.cut()

    async def outage(self) -> None:
        self.stage.air.down = self.stage.rest.down = True
        self.stage.air.cut()
        await asyncio.sleep(self.chance.uniform(1, 900))
        self.stage.air.down = self.stage.rest.down = False

    async def freeze(self) -> None:
        self.stage.air.freeze()

    async def deaf(self) -> None:
        self.world.deaf = True
        await asyncio.sleep(self.chance.uniform(60, 900))
        self.world.deaf = False
        self.world.wake()

    async def refused(self) -> None:
        self.world.stream_plan += [(U.UNAVAILABLE, "no")] * 5
        self.world.cut_streams()

    async def limited(self) -> None:
        self.world.stream_plan.append((U.RESOURCE_EXHAUSTED, "slow down"))
        self.world.faults[LIST].append(Fault(429, "", {"Retry-After": "90"}))
        self.world.cut_streams()

    async def errors(self) -> None:
        kinds = (Fault(500), Fault(503, None), Fault(200, None), Fault(200, body=b"[]"), Fault(0, cut=True))
        self.world.faults[LIST] += [self.chance.choice(kinds) for _ in range(4)]
        self.world.faults["token"] += [Fault(503, None), Fault(200, None)]

    async def rubbish(self) -> None:
        self.world.garbage.append(self.chance.randbytes(40))
        self.world.wake()

    async def forgotten(self) -> None:
        self.world.stream_plan.append((U.INVALID_ARGUMENT, "page token"))
        self.world.cut_streams()

    async def repeats(self) -> None:
        room = self.world.room()
        for message in self.chance.sample(room.messages, min(3, len(room.messages))):
            self.world.repeat(message["id"])

    async def over(self) -> None:
        """YouTube ends the broadcast; the show opens another, as it does when its stream is refused."""
        self.world.complete(next(reversed(self.world.broadcasts)))
        await asyncio.sleep(self.chance.uniform(5, 60))
        await self.stage.connector.next_ingest(SHOW)


async def chat(stage: Stage, chance: Random, written: list) -> None:
    for n in itertools.count():
        await asyncio.sleep(chance.uniform(20, 400))
        open_rooms = [room for room in stage.world.rooms.values() if room.open]
        if open_rooms:
            written.append((f"m{n}", virtual_time.now()))
            stage.world.write(f"m{n}", room=open_rooms[-1])


@pytest.mark.slow  # so that `make prove` takes it up
@staged
async def test_a_week_of_trouble_loses_and_repeats_nothing():
    """Each message that stood in the chat is heard once, or lies in a gap that was told."""
    chance, written, counts = Random(20261123), [], Counter()
    async with Stage() as stage:
        await stage.open_chat()
        chatting = asyncio.ensure_future(chat(stage, chance, written))
        trouble, kinds = Trouble(stage, chance), itertools.cycle(Trouble.KINDS)
        while virtual_time.time() < DAYS * 86_400:
            await asyncio.sleep(chance.uniform(300, 3000))
            kind = next(kinds)
            await getattr(trouble, kind)()
            counts[kind] += 1
        chatting.cancel()
        stage.world.faults.clear()
        stage.world.stream_plan.clear()
        await stage.open_chat()
        stage.world.write("the end")
        await stage.until(lambda: stage.comments[-1:] == ["the end"], 86_400)
        polls, streams, units = stage.connector._chat.polls, stage.air.opened, stage.world.by_day.values()
        print(stage.told(len(written) + 1), f"{streams} streams, {polls} polls, units {sorted(units)}")
        print(dict(counts))
        assert stage.error is None
        assert stage.counted()
        assert len(stage.comments) == len(set(stage.comments))
        for text, at in written:
            assert text in stage.comments or any(g.since <= at <= g.until for g in stage.gaps()), (text, at)
        assert len(stage.comments) > 0.98 * len(written)
        assert max(units) <= stage.world.budget
        assert stage.air.standing <= 1
