"""Facebook Live under the contract: the connector against tests/fake_facebook.py, in memory."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import fake_facebook as fake
import httpx
from rigs.base import Rig

from connectors.account import Account, MemoryKeeper
from connectors.facebook_live.connector import FacebookConnector
from connectors.outside import Outside

QUICKER = 10.0


@asynccontextmanager
async def facebook(folder):
    server = fake.FakeFacebook(time.time)
    outside = Outside(
        now=lambda: datetime.now(UTC),
        time=time.monotonic,
        dial=None,
        sleep=lambda seconds: asyncio.sleep(seconds / QUICKER),
        rng=Random(5),
        transport=httpx.MockTransport(server.handle),
    )
    keeper = MemoryKeeper({("facebook_live", "shop"): fake.account(expires="2999-01-01T00:00:00+00:00")})
    connector = FacebookConnector(Account("facebook_live", "shop", keeper), outside)

    async def write(id_, text):
        server.write(text, id_)

    async def repeat(id_):
        server.stream(next(c for c in server.live.comments if c["id"] == id_))

    async def cut():
        server.cut()

    async def garble():
        for data in (
            b"data: {\n\n",
            b"data: []\n\n",
            b"\xff\xfe\n\n",
            b'data: {"id": 7}\n\n',
            b"event: x\n\n",
        ):
            server.open_pipes[-1].put(data)

    yield Rig(
        connector,
        (fake.KEY, fake.SECRET, "page-0", "user-0"),
        write,
        repeat,
        cut,
        garble,
        posted=lambda: [text for _, text in server.posted],
    )


RIGS = [facebook]
