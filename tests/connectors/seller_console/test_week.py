"""A console attended to for long in virtual time: outages, silence, closed windows, captchas, log-outs and
rubbish. `make prove` makes it a week.
"""

import asyncio
import itertools
import os
from random import Random

import pytest
import virtual_time
from fakes import console_window
from fakes.console_answers import Written
from fakes.console_window import FakeConsole
from rigs.console_rig import FIELDS
from rigs.stage import VirtualStage, staged

from connectors.account import Account, MemoryKeeper
from connectors.base import ChatState, EventKind
from connectors.outside import Outside
from connectors.seller_console.connector import ConsoleConnector
from connectors.seller_console.sheet import sheet_of

DAYS = 7.0 if "CASTMATE_PROOF_MINUTES" in os.environ else 0.06
LOGIN = "https://www.douyinec.com/"


class Stage(VirtualStage):
    """A console in memory that polls every five seconds, and our connector on it."""

    def __init__(self) -> None:
        super().__init__()
        sheet = sheet_of("douyin")
        self.console = FakeConsole(sheet)
        self.keeper = MemoryKeeper({("douyin", "shop"): dict(FIELDS)})
        outside = Outside(now=virtual_time.now, time=virtual_time.time, dial=None, rng=Random(2))
        account = Account("douyin", "shop", self.keeper)
        self.connector = ConsoleConnector(sheet, account, outside, self.console.open)
        self._logins = 0

    async def trouble(self, kind: str, seconds: float) -> None:
        console, control = self.console, self.console.sheet.pages["control"].url
        if kind == "errors":
            console.answers += [(503, b"")] * 4
        elif kind == "rubbish":
            console.answers += [(200, b"<html>"), (200, b"[]"), (200, b'{"data": 7}')]
        elif kind == "silent":
            console.silent = True
            await asyncio.sleep(seconds)
            console.silent = False
        elif kind == "closed":
            await console.windows[-1].close()
        elif kind == "captcha":
            console.captcha = "#captcha_container"
            await asyncio.sleep(seconds)
            console.captcha = ""
        else:
            console.address = LOGIN
            await asyncio.sleep(seconds)
            self._logins += 1
            self.keeper.write(
                "douyin", "shop", {"profile": f'{{"cookies": [], "origins": [{self._logins}]}}'}
            )
            console.address = control


@pytest.mark.slow  # so that `make prove` takes it up
def test_days_of_trouble_lose_and_repeat_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_window, "POLL_S", 5.0)
    chance, written = Random(11), []

    async def chat(stage: Stage) -> None:
        for n in itertools.count():
            await asyncio.sleep(chance.uniform(20, 200))
            written.append(f"c{n}")
            stage.console.waiting.append(Written(f"c{n}", "Mei", f"c{n}"))

    @staged
    async def days() -> None:
        async with Stage() as stage:
            await stage.open_chat()
            chatting = asyncio.ensure_future(chat(stage))
            kinds = ("errors", "rubbish", "silent", "closed", "captcha", "out")
            for number in itertools.count():
                if virtual_time.time() > DAYS * 86_400 and number >= len(kinds):
                    break
                await asyncio.sleep(chance.uniform(120, 1200))
                await stage.trouble(kinds[number % len(kinds)], chance.uniform(10, 120))
            chatting.cancel()
            await stage.open_chat()
            stage.console.waiting.append(Written("the end", "Mei", "the end"))
            await stage.until(lambda: stage.comments[-1:] == ["the end"])
            print(stage.told(len(written) + 1))
            assert stage.error is None and stage.counted()
            assert stage.comments == [*written, "the end"]
            assert stage.connector.hearing().gaps >= 4
            assert stage.connector.hearing().state is ChatState.OPEN
            assert len(stage.console.windows) < 4 + number
            assert {e.kind for e in stage.heard} == {EventKind.COMMENT, EventKind.GAP}

    days()
