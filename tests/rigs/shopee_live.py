"""Shopee Live under the contract: the connector against tests/fake_shopee.py, in memory. Its comments have
numbers for ids, which the suite does not write: tests/connectors/shopee_live has those tests.
"""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import fake_shopee as fake
import httpx
from rigs.base import Rig

from connectors.account import Account, MemoryKeeper
from connectors.outside import Outside
from connectors.shopee_live.connector import ShopeeConnector

QUICKER = 30.0


def rig(region: str):
    @asynccontextmanager
    async def shopee(folder):
        server = fake.FakeShopee(time.time)
        outside = Outside(
            now=lambda: datetime.now(UTC),
            time=time.monotonic,
            dial=None,
            sleep=lambda seconds: asyncio.sleep(seconds / QUICKER),
            rng=Random(5),
            transport=httpx.MockTransport(server.handle),
        )
        keeper = MemoryKeeper({("shopee_live", "shop"): fake.account(region=region)})
        connector = ShopeeConnector(Account("shopee_live", "shop", keeper), outside)

        def pinned():
            return {(9001, 2312): "mug"}.get(server.going.shown)

        yield Rig(
            connector,
            ("s3cr3t-stream-key", fake.KEY, "access-0", "refresh-0"),
            posted=lambda: server.posted,
            pinned=pinned,
            declared=(lambda: server.going.ai) if region == "PH" else None,
        )

    shopee.__name__ = f"shopee_{region.lower()}"
    return shopee


RIGS = [rig("PH"), rig("SG")]
