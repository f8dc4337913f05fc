"""TikTok LIVE under the contract: the connector on readers that the test writes for. That TikTokLive itself
writes such lines is shown by tests/connectors/tiktok_live/by_tiktoklive.py.
"""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

from rigs.base import Rig

from connectors.account import Account, MemoryKeeper
from connectors.outside import Outside
from connectors.tiktok_live.connector import TikTokConnector

KEY = "TT-s3cr3t-key"


class Lines:
    """A Reader whose lines a test writes. `told`: what it was to read."""

    def __init__(self, told) -> None:
        self.told, self.stopped = told, False
        self._queue: asyncio.Queue[bytes | ValueError] = asyncio.Queue()

    def write(self, **line) -> None:
        self.raw(json.dumps(line).encode() + b"\n")

    def raw(self, line: bytes | ValueError) -> None:
        self._queue.put_nowait(line)

    def comment(self, id_: str, text: str, *, at: float | None = None, viewer: str = "Mei") -> None:
        at = time.time() if at is None else at
        self.write(
            **{
                "is": "comment",
                "id": id_,
                "at": int(at * 1000),
                "viewer": viewer,
                "viewer_id": "7",
                "text": text,
            }
        )

    async def line(self) -> bytes:
        line = await self._queue.get()
        if isinstance(line, ValueError):
            raise line
        return line

    async def stop(self) -> None:
        self.stopped = True


class Readers:
    """Stands for the process; each new one opens at once, unless `first` says otherwise."""

    def __init__(self) -> None:
        self.all: list[Lines] = []
        self.first: list[dict] = []

    async def spawn(self, config) -> Lines:
        self.all.append(lines := Lines(dict(config)))
        lines.write(**(self.first.pop(0) if self.first else {"is": "open"}))
        return lines

    @property
    def now(self) -> Lines:
        return self.all[-1]


def account(**changed: str) -> dict[str, str]:
    fields = {
        "server": "rtmp://127.0.0.1:19350/live", "stream_key": KEY, "unique_id": "@lumen",
        "unofficial": "yes", "sign_key": "TT-s3cr3t-sign",
    }  # fmt: skip
    return fields | changed


@asynccontextmanager
async def tiktok(folder):
    readers = Readers()
    outside = Outside(
        now=lambda: datetime.now(UTC), time=time.monotonic, dial=None, rng=Random(5),
        sleep=lambda seconds: asyncio.sleep(seconds / 20),
    )  # fmt: skip
    keeper = MemoryKeeper({("tiktok_live", "shop"): account()})
    connector = TikTokConnector(Account("tiktok_live", "shop", keeper), outside, readers.spawn)
    written = {}

    async def write(id_, text):
        written[id_] = text
        readers.now.comment(id_, text)

    async def repeat(id_):
        readers.now.comment(id_, written[id_])

    async def cut():
        readers.now.raw(b"")

    async def garble():
        for line in (b"\xff\n", b"[]\n", b'{"is": 7}\n', b'{"is": "comment"}\n', ValueError("too long")):
            readers.now.raw(line)

    yield Rig(connector, (KEY, "TT-s3cr3t-sign"), write, repeat, cut, garble)


RIGS = [tiktok]
