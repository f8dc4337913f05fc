"""The local room under the contract."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from rigs.base import Rig

from connectors.base import Event, EventKind, SayResult
from connectors.room.connector import RoomConnector


@asynccontextmanager
async def room(folder):
    said, inbox = [], asyncio.Queue(10)
    events = {}

    async def post(text, reply_to):
        said.append(text)
        return SayResult(ok=True, id=str(len(said)))

    async def write(id_, text):
        events[id_] = Event(EventKind.COMMENT, "room", id_, datetime.now(UTC), "Mei", "mei", text)
        await inbox.put(events[id_])

    async def repeat(id_):
        await inbox.put(events[id_])

    connector = RoomConnector(post, inbox)
    yield Rig(connector, write=write, repeat=repeat, posted=lambda: said, pinned=lambda: connector.pinned)


RIGS = [room]
