"""YouTube for the contract suite: its chat by the stream, and by polls."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from rigs.base import Rig
from youtube_fake.grpc_chat import serving
from youtube_fake.nearby import InProcess, connector
from youtube_fake.world import CLIENT_SECRET, World

from connectors.base import ChatState


def _rig(world: World, chat: str) -> tuple[Rig, InProcess]:
    transport = InProcess(world)
    youtube = connector(world, chat, transport=transport)

    async def write(id_: str, text: str) -> None:
        world.write(text, id=id_)

    async def repeat(id_: str) -> None:
        world.repeat(id_)

    def posted() -> list[str]:
        texts = [m["snippet"] for room in world.rooms.values() for m in room.messages]
        return [s["displayMessage"] for s in texts if s["authorChannelId"].startswith("UCshop")]

    def declared() -> bool | None:
        return next(iter(world.videos.values())).get("containsSyntheticMedia")

    secrets = (CLIENT_SECRET, "ya29.first", "1//refresh", "k3y-", "-secret")
    return Rig(youtube, secrets, write, repeat, posted=posted, declared=declared), transport


def _world() -> World:
    return World(lambda: datetime.now(UTC))


@asynccontextmanager
async def stream(folder):
    world = _world()
    async with serving(world) as (chat, _):
        rig, _ = _rig(world, chat)

        async def cut() -> None:
            world.cut_streams()

        async def garble() -> None:
            world.garbage.append(b"\xff\xfe no message at all")
            world.wake()

        rig.cut, rig.garble = cut, garble
        yield rig


@asynccontextmanager
async def polls(folder):
    world = _world()
    world.polling_ms = 50
    rig, transport = _rig(world, "")

    async def cut() -> None:
        transport.down = True
        while rig.connector.hearing().state is ChatState.OPEN:
            await asyncio.sleep(0.01)
        transport.down = False

    async def garble() -> None:
        world.room().messages.append({"kind": "youtube#liveChatMessage", "id": ["no"], "snippet": 7})

    rig.cut, rig.garble = cut, garble
    yield rig


RIGS = (stream, polls)
