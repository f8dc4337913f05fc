"""A seller console under the contract, in memory (tests/fakes/console_window.py). The same suite runs in a
real Chromium against a replica in tests/e2e/test_seller_console.py.
"""

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from fakes.console_answers import Written
from fakes.console_window import FakeConsole
from rigs.base import Rig

from connectors.account import Account, MemoryKeeper
from connectors.base import Cap
from connectors.outside import Outside
from connectors.seller_console.connector import ConsoleConnector
from connectors.seller_console.sheet import sheet_of

KEY = "s3cr3t-stream-key"
PROFILE = '{"cookies": [{"name": "sessionid", "value": "S3SSION"}], "origins": []}'
FIELDS = {
    "server": "rtmp://127.0.0.1:1935/live",
    "stream_key": KEY,
    "profile": PROFILE,
    "item.mug": "17 商品17",
}
QUICKER = 40.0


def outside() -> Outside:
    return Outside(
        now=lambda: datetime.now(UTC),
        time=time.monotonic,
        dial=None,
        sleep=lambda seconds: asyncio.sleep(seconds / QUICKER),
        rng=Random(5),
    )


def rig_on(connector, say, answers, *, cuts: int, **more) -> Rig:
    """What a viewer and a console do to it. `say`: takes what was written; `answers`: given by the console in
    place of its usual ones, so many for a cut.
    """
    written: dict[str, Written] = {}

    async def write(id_, text):
        written[id_] = Written(id_, "小林", text, "u-7")
        say(written[id_])

    async def repeat(id_):
        say(written[id_])

    async def cut():
        answers.extend([(503, b"")] * cuts)

    async def garble():
        answers.append((200, b"<html>502 Bad Gateway</html>"))

    return Rig(connector, (KEY, "S3SSION"), write, repeat, cut, garble, **more)


def rig(platform: str):
    @asynccontextmanager
    async def console_in_memory(folder):
        sheet = sheet_of(platform)
        console = FakeConsole(sheet, switches={s.words: False for s in sheet.switches})
        keeper = MemoryKeeper({(platform, "shop"): dict(FIELDS)})
        connector = ConsoleConnector(sheet, Account(platform, "shop", keeper), outside(), console.open)

        def declared():
            states = set(console.switches.values())
            return states.pop() if len(states) == 1 else None

        chat, caps = Cap.CHAT_IN in sheet.caps, sheet.caps
        full = rig_on(
            connector,
            lambda said: console.waiting.append(said),  # each poll takes the list itself away
            console.answers,
            cuts=40,
            posted=(lambda: console.posted) if Cap.CHAT_OUT in caps else None,
            pinned=(lambda: {17: "mug"}.get(console.shown)) if Cap.PIN in caps else None,
            declared=declared if Cap.DISCLOSE in caps else None,
        )
        if not chat:
            full = replace(full, write=None, repeat=None, cut=None, garble=None)
        elif sheet.taps[0].of == "socket":
            full = replace(full, cut=None)
        yield full

    console_in_memory.__name__ = f"{platform}_in_memory"
    return console_in_memory
