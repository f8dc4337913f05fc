"""The webhook under the contract: real sockets; a tool that brings the chat, and what else a tool may do."""

import asyncio
import base64
import contextlib
import json
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from rigs.base import Rig
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from connectors.account import Account, MemoryKeeper
from connectors.outside import Outside
from connectors.sockets import dial
from connectors.webhook.connector import WebhookConnector

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
STREAM_KEY = "live_SECRET-key_42"


def fields(**changed: str) -> dict[str, str]:
    plain = {
        "address": f"rtmp://127.0.0.1:1935/live/{STREAM_KEY}",
        "secret": SECRET,
        "listen": "127.0.0.1:0",
    }
    return plain | changed


def connector_of(kept: dict[str, str], **more) -> WebhookConnector:
    outside = Outside(lambda: datetime.now(UTC), time.monotonic, dial, **more)
    return WebhookConnector(Account("webhook", "shop", MemoryKeeper({("webhook", "shop"): kept})), outside)


class Tool:
    """A shop's tool on the socket: connects as soon as it can and again after each cut."""

    def __init__(self, connector: WebhookConnector, secret: str = SECRET) -> None:
        self.connector, self.secret = connector, secret
        self.posted, self.told = [], []
        self.confirms = True
        self.socket = None
        self._task = asyncio.ensure_future(self._stay())

    async def _stay(self) -> None:
        while True:
            while not self.connector.shown:
                await asyncio.sleep(0.01)
            url = self.connector.shown.replace("http", "ws", 1) + "/v1/chat"
            with contextlib.suppress(OSError, ConnectionClosed):
                async with connect(url, ping_interval=None) as socket:
                    await socket.send(json.dumps({"type": "hello", "secret": self.secret}))
                    async for text in socket:
                        await self._heard(json.loads(text), socket)
            self.socket = None
            await asyncio.sleep(0.2)

    async def _heard(self, message, socket) -> None:
        self.told.append(message)
        if message["type"] == "welcome":
            self.socket = socket
        if message["type"] == "reply":
            self.posted.append(message["text"])
            if self.confirms:
                await socket.send(json.dumps({"type": "ack", "id": message["id"]}))

    async def send(self, **message) -> None:
        async with asyncio.timeout(30):
            while self.socket is None:
                await asyncio.sleep(0.01)
        await self.socket.send(json.dumps(message))

    def cut(self) -> None:
        self.socket.transport.abort()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@asynccontextmanager
async def by_socket(folder):
    connector = connector_of(fields())
    tool = Tool(connector)

    async def write(id_, text):
        await tool.send(type="event", id=id_, viewer={"name": "Mei"}, text=text)

    async def repeat(id_):
        await write(id_, "said again")

    async def cut():
        async with asyncio.timeout(30):
            while tool.socket is None:
                await asyncio.sleep(0.01)
        tool.cut()

    async def garble():
        async with asyncio.timeout(30):
            while tool.socket is None:
                await asyncio.sleep(0.01)
        await tool.socket.send("{no json")
        await tool.socket.send(b"\xff\xfe")
        await tool.socket.send('{"type": "event", "id": "x", "wrong": 1}')

    try:
        yield Rig(connector, (STREAM_KEY, SECRET), write, repeat, cut, garble)
    finally:
        await tool.close()


@asynccontextmanager
async def by_http(folder):
    """Events are posted; replies are asked for."""
    connector, said = connector_of(fields()), []
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {SECRET}"}, timeout=40) as client:

        async def write(id_, text):
            answer = await client.post(
                f"{connector.shown}/v1/events", json={"id": id_, "viewer": {"name": "Mei"}, "text": text}
            )
            assert answer.status_code == 200, answer.text

        async def repeat(id_):
            await write(id_, "said again")

        async def garble():
            assert (await client.post(f"{connector.shown}/v1/events", content=b"{no json")).status_code == 415

        async def take():
            after = 0
            while True:
                try:
                    asked = {"after": after, "wait": 5}
                    answer = (await client.get(f"{connector.shown}/v1/replies", params=asked)).json()
                    said.extend(r["text"] for r in answer["replies"])
                    after = answer["next"]
                except (httpx.HTTPError, httpx.InvalidURL, ValueError):
                    await asyncio.sleep(0.01)

        taking = asyncio.ensure_future(take())
        try:
            yield Rig(connector, (STREAM_KEY, SECRET), write, repeat, garble=garble, posted=lambda: said)
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)


RIGS = [by_socket, by_http]
