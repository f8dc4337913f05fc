"""Twitch under the contract: the connector against the fake, in memory."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import httpx
from asgi_wire import AsgiDial
from fakes.twitch import FakeTwitch
from rigs.base import Rig

from connectors.account import Account, MemoryKeeper
from connectors.outside import Outside
from connectors.twitch.connector import TwitchConnector


def account_on(fake: FakeTwitch, **more: str) -> Account:
    """Logged in at the fake."""
    access, refresh = fake.log_in()
    fields = {
        "client_id": fake.client_id,
        "access_token": access,
        "refresh_token": refresh,
        "url_id": f"{fake.base}/oauth2",
        "url_helix": f"{fake.base}/helix",
        "url_eventsub": fake.base.replace("http", "ws", 1) + "/ws",
        "url_ingests": f"{fake.base}/ingests",
        **more,
    }
    return Account("twitch", "main", MemoryKeeper({("twitch", "main"): fields}))


def outside_of(fake: FakeTwitch, dial: AsgiDial, **more) -> Outside:
    parts = {"now": lambda: datetime.now(UTC), "time": lambda: asyncio.get_running_loop().time(), **more}
    transport = httpx.ASGITransport(app=fake.app)
    return Outside(dial=dial, rng=Random(7), transport=transport, **parts)


async def soon(seconds: float) -> None:
    """Waits a tenth of what was asked: no test waits for back-off."""
    await asyncio.sleep(seconds / 10)


@asynccontextmanager
async def in_memory(folder):
    fake = FakeTwitch()
    dial = AsgiDial(fake.app)
    account = account_on(fake)

    async def write(id_, text):
        await fake.write(text, id_=id_)

    async def cut():
        dial.wires[-1].cut()

    async def garble():
        for text in ("", "{", "[]", '{"metadata": {}}', '{"metadata": {"message_type": "notification"}}'):
            await fake.send_raw(text)

    connector = TwitchConnector(account, outside_of(fake, dial, sleep=soon))
    secrets = (*fake.tokens, *fake.refreshes, "SECRETkey")
    yield Rig(
        connector, secrets, write, fake.repeat, cut, garble, lambda: [text for _, text, _ in fake.posted]
    )


RIGS = [in_memory]
