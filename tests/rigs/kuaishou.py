"""Kuaishou under the contract: the connector against tests/fake_kuaishou.py, in memory."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import fake_kuaishou as fake
import httpx
from rigs.base import Rig

from connectors.account import Account, MemoryKeeper
from connectors.kuaishou.connector import KuaishouConnector
from connectors.outside import Outside


@asynccontextmanager
async def kuaishou(folder):
    cover = folder / "cover.jpg"
    cover.write_bytes(fake.PICTURE)
    server = fake.FakeKuaishou(time.time)
    outside = Outside(
        now=lambda: datetime.now(UTC),
        time=lambda: asyncio.get_running_loop().time(),
        dial=None,
        transport=httpx.MockTransport(server.handle),
    )
    keeper = MemoryKeeper({("kuaishou", "shop"): fake.account(str(cover))})
    connector = KuaishouConnector(Account("kuaishou", "shop", keeper), outside)
    yield Rig(connector, (fake.KEY, fake.SECRET, "access-0", "refresh-0"))


RIGS = [kuaishou]
