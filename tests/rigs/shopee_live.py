"""Shopee Live under the contract: the connector against tests/fake_shopee.py, in memory."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import fake_shopee as fake
import httpx
from rigs.base import Rig

from connectors.account import Account, MemoryKeeper
from connectors.base import ChatState
from connectors.outside import Outside
from connectors.shopee_live.connector import ShopeeConnector

QUICKER = 60.0


def rig(region: str):
    @asynccontextmanager
    async def shopee(folder):
        server = fake.FakeShopee(time.time)
        outside = Outside(
            now=lambda: datetime.now(UTC),
            time=lambda: time.monotonic() * QUICKER,
            dial=None,
            sleep=lambda seconds: asyncio.sleep(seconds / QUICKER),
            rng=Random(5),
            transport=httpx.MockTransport(server.handle),
        )
        keeper = MemoryKeeper({("shopee_live", "shop"): fake.account(region=region)})
        connector = ShopeeConnector(Account("shopee_live", "shop", keeper), outside)

        async def write(id_, text):
            server.write(server.going, text, int(id_))

        async def repeat(id_):
            server.write(server.going, "said again", int(id_))

        async def cut():
            """For longer than Shopee keeps comments."""
            server.down = True
            while connector.hearing().state is ChatState.OPEN:
                await asyncio.sleep(0.01)
            await asyncio.sleep(12.0 / QUICKER)
            server.down = False

        async def garble():
            server.garbage += [(200, {}, b"<html>502 Bad Gateway</html>"), (403, {}, b"{}")]
            server.garbage += [
                (200, {}, b'{"response": {"list": 7}}'),
                (200, {}, b'{"response": {"list": [7]}}'),
            ]

        def pinned():
            return {(9001, 2312): "mug"}.get(server.going.shown)

        yield Rig(
            connector,
            ("s3cr3t-stream-key", fake.KEY, "access-0", "refresh-0"),
            write,
            repeat,
            cut,
            garble,
            posted=lambda: server.posted,
            pinned=pinned,
            declared=(lambda: server.going.ai) if region == "PH" else None,
        )

    shopee.__name__ = f"shopee_{region.lower()}"
    return shopee


RIGS = [rig("PH"), rig("SG")]
