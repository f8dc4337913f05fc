"""Tells people who are away: what wants a person is posted to a web address (Slack and most others take it as
it is). Nothing waits for it: what does not fit or cannot be delivered is counted.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import httpx

log = logging.getLogger(__name__)
WAITING = 200
TRIES_S: Sequence[float] = (0.0, 2.0, 10.0, 60.0)  # waits before each try
TIMEOUT_S = 10.0
LONGEST = 500  # characters of a text


class Alarms:
    """`url`: where to; "": nowhere. `ring` from any thread; `run` posts until cancelled."""

    def __init__(
        self,
        url: str,
        now: Callable[[], datetime],
        client: Callable[[], httpx.AsyncClient] = lambda: httpx.AsyncClient(timeout=TIMEOUT_S),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url, self._now, self._client, self._sleep = url, now, client, sleep
        self._waiting: deque[dict[str, str]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._there = asyncio.Event()
        self.lost = 0

    def ring(self, kind: str, about: str, text: str) -> None:
        """`kind`: e.g. "show.failed", "feed.waiting"; `about`: which show or feed. Returns at once."""
        if not self._url:
            return
        if len(self._waiting) >= WAITING:
            self.lost += 1
            return
        said = f"Castmate: {about}: {text}"[:LONGEST]
        at = self._now().isoformat(timespec="seconds")
        self._waiting.append({"text": said, "kind": kind, "about": about, "at": at})
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._there.set)

    async def run(self) -> None:
        """Posts what rings, in order; only one `run` at a time."""
        self._loop = asyncio.get_running_loop()
        async with self._client() as client:
            while True:
                while self._waiting:
                    await self._post(client, self._waiting.popleft())
                self._there.clear()
                if not self._waiting:
                    await self._there.wait()

    async def _post(self, client: httpx.AsyncClient, body: dict[str, str]) -> None:
        why = ""
        for wait in TRIES_S:
            await self._sleep(wait)
            try:
                answer = await client.post(self._url, json=body)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                why = type(error).__name__
                continue
            if answer.status_code < 300:
                return
            why = str(answer.status_code)
            if 400 <= answer.status_code < 500 and answer.status_code != 429:
                break  # it will not be taken later either
        self.lost += 1
        log.warning("an alarm could not be delivered (%s): %s", why, body["text"])
