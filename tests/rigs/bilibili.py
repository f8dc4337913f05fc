"""Bilibili under the contract: the connector against tests/fake_bilibili.py, in memory."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import fake_bilibili as fake
from rigs.base import Rig

from connectors.account import Account, MemoryKeeper
from connectors.bilibili.connector import BilibiliConnector
from connectors.outside import Outside

QUICKER = 10.0  # heartbeats and waits, against the clock


def outside(server: fake.FakeBilibili) -> Outside:
    return Outside(
        now=lambda: datetime.now(UTC),
        time=time.monotonic,
        dial=fake.dialling(server),
        sleep=lambda seconds: asyncio.sleep(seconds / QUICKER),
        rng=Random(7),
        transport=fake.transport(server),
    )


@asynccontextmanager
async def bilibili(folder):
    server = fake.FakeBilibili(time.time)
    keeper = MemoryKeeper({("bilibili", "shop"): fake.account()})
    connector = BilibiliConnector(Account("bilibili", "shop", keeper), outside(server))
    written = {}

    async def write(id_, text):
        written[id_] = fake.danmaku(text, id_, time.time())
        assert await server.push([written[id_]])

    async def repeat(id_):
        await server.push([written[id_]], fake.BROTLI)

    async def cut():
        server.cut_all()

    async def garble():
        await server.push_raw(b"\0\0\0\x20\0\x10\0\2\0\0\0\5\0\0\0\1no zlib at all")
        await server.push([{"cmd": "LIVE_OPEN_PLATFORM_DM", "data": {"msg": 7}}, {"cmd": 3}])

    secrets = ("s3cr3t-stream-key", fake.KEY_SECRET, fake.CODE)
    yield Rig(connector, secrets, write=write, repeat=repeat, cut=cut, garble=garble)
    assert server.complaints == []


RIGS = [bilibili]
