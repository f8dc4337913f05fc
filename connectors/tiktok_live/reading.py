"""Keeps a reader of TikTok's chat at work: started again after a loss with growing pauses, and never once
TikTok said no.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from connectors.backoff import Backoff
from connectors.base import ChatState
from connectors.canary import Canary, Ear
from connectors.errors import Blocked, NotLive, RateLimited, Transient
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.tiktok_live.lines import event_of, parsed
from products.errors import CastmateError, SetupError

LOOK_S = 5.0
DEAD_S, DEAF_S = 35.0, 45.0  # without a line of the reader, without a message of TikTok
PAST_S = 15.0  # after a join TikTok plays the last comments again; what comes later is of now
OFFLINE_S = 60.0  # so long between looks whether the live has begun
LONGEST_LINE = 64 << 10
STOP_S = 2.0
INSTALL = "pip install 'castmate[tiktok]'"
DEAF = "TikTok's chat is joined, and nothing comes."
NO = "TikTok refuses the reader ({}). Castmate does not try again, and looks for no way round it."


class Reader(Protocol):
    """A reader process. `line` gives one line, b"" at its end; raises ValueError for one that is too long."""

    async def line(self) -> bytes: ...
    async def stop(self) -> None: ...


Spawn = Callable[[Mapping[str, Any]], Awaitable[Reader]]


class Process:
    """A Reader in a process of its own (connectors/tiktok_live/reader.py)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> bytes:
        assert self._process.stdout is not None
        return await self._process.stdout.readline()

    async def stop(self) -> None:
        """It leaves when its stdin closes; else it is ended."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


async def spawn(config: Mapping[str, Any]) -> Reader:
    """Starts the process; what it is to read goes through its stdin, where nobody else sees it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "connectors.tiktok_live.reader", stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=LONGEST_LINE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(dict(config)).encode() + b"\n")
    return Process(process)


class Reading:
    """Puts what the reader tells into `feed`. `malformed`: lines that could not be read, passed over."""

    def __init__(
        self, config: Mapping[str, Any], own: str, feed: Feed, outside: Outside, spawn: Spawn
    ) -> None:
        self._config, self._own, self._feed, self._outside, self._spawn = config, own, feed, outside, spawn
        self._since: datetime | None = None  # while lost: since when
        self._heard: datetime | None = None
        self._joined = float("-inf")
        self.malformed = 0

    async def run(self) -> None:
        """Until cancelled, or until TikTok says no or a person must act: that is raised."""
        backoff = Backoff(self._outside.rng, first=5.0, most=300.0)
        while True:
            try:
                await self._once(backoff)
                why, asked_for = "The reader ended.", None
            except NotLive as error:
                why, asked_for = error.message, OFFLINE_S
            except RateLimited as error:
                why, asked_for = error.message, error.retry_after or OFFLINE_S
            except Transient as error:
                why, asked_for = error.message, None
            self._since = self._since or self._heard or self._outside.now()
            self._feed.state(ChatState.WAITING, why)
            await self._outside.sleep(backoff.wait(asked_for))

    async def _once(self, backoff: Backoff) -> None:
        reader = await self._spawn(self._config)
        try:
            canary = Canary(
                self._outside.time(), dead_after_s=DEAD_S, probe_every_s=DEAF_S / 2, answer_s=DEAF_S / 2
            )
            while True:
                raw = await self._line(reader)
                if raw == b"":
                    raise Transient("The reader of TikTok's chat ended without a word.")
                if raw is not None and self._take(raw, canary):
                    backoff.handled()
                if canary.ear(self._outside.time()) is not Ear.HEARS:
                    self._feed.state(ChatState.DEAF, DEAF)
                    raise Transient(DEAF)
        finally:
            await reader.stop()

    async def _line(self, reader: Reader) -> bytes | None:
        """None where none came in time, or one that is too long to be ours."""
        try:
            async with asyncio.timeout(LOOK_S):
                return await reader.line()
        except TimeoutError:
            return None
        except ValueError:
            self.malformed += 1
            return None

    def _take(self, raw: bytes, canary: Canary) -> bool:
        """Whether an event was handled. Raises what an "over" stands for."""
        line = parsed(raw)
        if line is None:
            self.malformed += 1
            return False
        now = self._outside.time()
        canary.frame(now)
        if line["is"] == "over":
            raise over(line)
        if line["is"] == "open":
            self._open()
            canary.proof(now)
            return False
        if line["is"] == "alive":
            if isinstance(line.get("frames"), int) and line["frames"] > 0:
                self._heard = self._outside.now()
                canary.proof(now)
            return False
        event = event_of(line, self._own, self._outside.now())
        if event is None:
            self.malformed += 1
            return False
        canary.proof(now)
        self._heard = self._outside.now()
        if now - self._joined > PAST_S and event.at != self._heard:
            event = replace(event, at=self._heard)  # so that a clock that is off makes nothing look old
        self._feed.offer(event)
        return True

    def _open(self) -> None:
        if self._since is not None:
            self._feed.gap(self._since, "the connection to TikTok was lost")
            self._since = None
        self._heard, self._joined = self._outside.now(), self._outside.time()
        self._feed.state(ChatState.OPEN)


def over(line: Mapping[str, Any]) -> CastmateError:
    """What the reader's last line stands for."""
    why, says = str(line.get("why")), str(line.get("says", ""))[:200]
    if why == "missing":
        return SetupError("TikTokLive is not installed, so TikTok's chat is not read.", remedy=f"{INSTALL}.")
    if why == "blocked":
        return Blocked(NO.format(says), remedy="Read the chat on TikTok's own page.")
    if why == "account":
        return Blocked(f"TikTok shows no live chat of this account ({says}).", remedy="Look at the @name.")
    if why == "limited":
        wait = line.get("wait")
        known = isinstance(wait, int) and not isinstance(wait, bool) and wait >= 0
        said = "The signing service of TikTokLive asks for patience."
        return RateLimited(said, retry_after=min(float(wait), 86_400.0) if known and wait else None)
    if why in ("offline", "ended"):
        return NotLive("TikTok shows no live of this account now.")
    return Transient(f"TikTok's chat was lost ({says}).")
