"""Tells people who are away: what wants a person is posted to a web address (Slack and most others take it as
it is), and written as e-mail. Nothing waits for it: what does not fit or cannot be delivered is counted.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage

import httpx

from bot.mailing import Mail, Refused, letter, send
from products.errors import RemoteError

log = logging.getLogger(__name__)
WAITING = 200
TRIES_S: Sequence[float] = (0.0, 2.0, 10.0, 60.0)  # waits before each try
TIMEOUT_S = 10.0
LONGEST = 500  # characters of a text
COLLECT_S, BETWEEN_S = 5.0, 60.0  # what rings together goes into one letter; so long from one to the next
Rung = Mapping[str, str]


class Alarms:
    """`url`: where to, "" for nowhere; `mail`: by whom and to whom, None for nobody. `ring` from any thread;
    `run` delivers until cancelled.
    """

    def __init__(
        self,
        url: str,
        now: Callable[[], datetime],
        client: Callable[[], httpx.AsyncClient] = lambda: httpx.AsyncClient(timeout=TIMEOUT_S),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        mail: Mail | None = None,
        post: Callable[[Mail, EmailMessage], None] = send,
    ) -> None:
        self._now = now
        self._ways: list[_Way] = []
        if url:
            self._ways.append(_Web(url, client, sleep))
        if mail is not None:
            self._ways.append(_Letters(mail, now, post, sleep))

    @property
    def lost(self) -> int:
        """What did not fit or could not be delivered, by each way."""
        return sum(way.lost for way in self._ways)

    def ring(self, kind: str, about: str, text: str) -> None:
        """`kind`: e.g. "show.failed", "feed.waiting"; `about`: which show or feed. Returns at once."""
        said = f"Castmate: {about}: {text}"[:LONGEST]
        at = self._now().isoformat(timespec="seconds")
        for way in self._ways:
            way.put({"text": said, "kind": kind, "about": about, "at": at})

    async def run(self) -> None:
        """Delivers what rings, in order; a way that is shut holds up no other. Only one `run` at a time."""
        await asyncio.gather(*(way.run() for way in self._ways))
        await asyncio.Event().wait()


class _Way(ABC):
    """One way to people: its own bounded queue, its own tries. Derived classes deliver."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._sleep = sleep
        self._waiting: deque[Rung] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._there = asyncio.Event()
        self.lost = 0

    def put(self, rung: Rung) -> None:
        if len(self._waiting) >= WAITING:
            self.lost += 1
            return
        self._waiting.append(rung)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._there.set)

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        while True:
            while self._waiting:
                await self._deliver_next()
            self._there.clear()
            if not self._waiting:
                await self._there.wait()

    @abstractmethod
    async def _deliver_next(self) -> None:
        """Takes what waits, one or more; called only while something does."""

    def _give_up(self, why: str, rung: Sequence[Rung]) -> None:
        self.lost += len(rung)
        log.warning("an alarm could not be delivered (%s): %s", why, rung[0]["text"])


class _Web(_Way):
    """One POST for each."""

    def __init__(
        self,
        url: str,
        client: Callable[[], httpx.AsyncClient],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(sleep)
        self._url, self._client = url, client

    async def run(self) -> None:
        async with self._client() as self._open:
            await super().run()

    async def _deliver_next(self) -> None:
        body, why = self._waiting.popleft(), ""
        for wait in TRIES_S:
            await self._sleep(wait)
            try:
                answer = await self._open.post(self._url, json=body)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                why = type(error).__name__
                continue
            if answer.status_code < 300:
                return
            why = str(answer.status_code)
            if 400 <= answer.status_code < 500 and answer.status_code != 429:
                break  # it will not be taken later either
        self._give_up(why, [body])


class _Letters(_Way):
    """One letter for what rings together, and a minute between two: a bad evening fills no mailbox."""

    def __init__(
        self,
        mail: Mail,
        now: Callable[[], datetime],
        post: Callable[[Mail, EmailMessage], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(sleep)
        self._mail, self._now, self._post = mail, now, post

    async def _deliver_next(self) -> None:
        await self._sleep(COLLECT_S)
        rung = list(self._waiting)
        self._waiting.clear()
        message, why = letter(self._mail, rung, self._now()), ""
        for wait in TRIES_S:
            await self._sleep(wait)
            try:
                await asyncio.to_thread(self._post, self._mail, message)
            except RemoteError as error:
                why = error.message
                if isinstance(error, Refused):
                    break
            else:
                await self._sleep(BETWEEN_S)
                return
        self._give_up(why, rung)
