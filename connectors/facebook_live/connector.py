"""Facebook Live as a channel: a Page's live videos, their comments, answers, figures."""

import asyncio
from collections.abc import AsyncIterator

from connectors.account import Account
from connectors.base import (
    BareConnector,
    Cap,
    ChatState,
    Check,
    Event,
    Hearing,
    Ingest,
    Metrics,
    SayResult,
    ShowInfo,
)
from connectors.bucket import Window
from connectors.errors import AuthNeeded, NotLive, RateLimited
from connectors.facebook_live.broadcast import Broadcast, Broadcasts, ingest_of
from connectors.facebook_live.chat import Chat
from connectors.facebook_live.checks import check_account
from connectors.facebook_live.endpoints import PLATFORM, endpoints_of
from connectors.facebook_live.forms import LIVE, Health, Posted, read
from connectors.facebook_live.graph import Graph
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.recent import Recent
from products.errors import CastmateError, RemoteError

CAPS = frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.METRICS})
MESSAGES, PER_S = 20, 60.0  # our own caution: Facebook names no figure for comments of a Page
LONGEST_WAIT_S = 8.0  # an answer that would wait longer is not sent: it would come too late
CLOSE_S = 2.5
LINGER_S = 60.0  # after a change of address the old broadcast is ended so much later: the stream moves first


class FacebookConnector(BareConnector):
    """Implements connectors.base.Connector for one Page; the account's fields are those of graph.Graph."""

    platform = PLATFORM
    caps = CAPS

    def __init__(self, account: Account, outside: Outside) -> None:
        super().__init__()
        self._account, self._outside = account, outside
        self._graph = Graph(account, outside, endpoints_of(account))
        self._broadcasts = Broadcasts(account, outside, self._graph)
        recent = Recent()
        self._feed = Feed(PLATFORM, outside.now, recent=recent)
        self._chat = Chat(self._graph, outside, self._feed, recent, account.text("page_id"))
        self._window = Window(MESSAGES, PER_S)
        self._broadcast: Broadcast | None = None
        self._changing = asyncio.Lock()
        self._hearing: asyncio.Task[None] | None = None
        self._ending: dict[str, asyncio.Task[None]] = {}  # by live video
        self._notes = ""

    def __repr__(self) -> str:
        return f"FacebookConnector({self._account!r})"

    # ---- out

    async def open(self, show: ShowInfo) -> Ingest:
        """Raises AuthNeeded, Blocked, RateLimited, Transient or Changed."""
        async with self._changing:
            if self._broadcast is None:
                await self._lengthen()
                began = self._outside.now()
                self._broadcast = await self._broadcasts.open(show)
                self._chat.watch(self._broadcast.video, min(began, self._broadcast.began))
            return ingest_of(self._broadcast)

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        """The same address while the broadcast has time left; else that of a new broadcast. The old one is
        ended a minute later.
        """
        if self._broadcast is None:
            return await self.open(show)
        async with self._changing:
            old = self._broadcast
            if old.fresh(self._outside.now()) and await self._runs(old):
                return ingest_of(old)
            await self._lengthen()
            self._broadcast = await self._broadcasts.make(show)
            self._chat.watch(self._broadcast.video, self._outside.now())
            self._ending[old.video] = asyncio.ensure_future(self._end_later(old.video))
            return ingest_of(self._broadcast)

    async def _runs(self, broadcast: Broadcast) -> bool:
        try:
            seen = await self._broadcasts.look(broadcast.video)
        except NotLive:
            return False
        return seen.status not in ("LIVE_STOPPED", "PROCESSING", "VOD")

    async def _end_later(self, video: str) -> None:
        await self._outside.sleep(LINGER_S)
        try:
            await self._broadcasts.end(video)
            self._ending.pop(video, None)
        except CastmateError as error:
            self._notes = f"The broadcast before this one may still run: {error.message}"

    async def _lengthen(self) -> None:
        """The login lives on where it can; a refusal is told, and only the end of the token stops a show."""
        try:
            if self._account.has("app_secret") and self._account.has("user_token"):
                await self._graph.lengthen()
        except (AuthNeeded, RemoteError) as error:
            self._notes = f"The login could not be renewed: {error.message}"

    # ---- the chat

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        """`cursor`: of the last event that was handled."""
        if self._hearing is None and not self._closed.is_set():
            self._chat.resume(cursor or "")
            self._feed.state(ChatState.OPENING)
            reading = self._feed.filled_by(self._chat.run, "The reader of Facebook's comments")
            self._hearing = asyncio.ensure_future(reading)
        async for event in self._feed.events():
            yield event

    def hearing(self) -> Hearing:
        return self._feed.hearing()

    async def say(self, text: str, reply_to: str | None = None) -> SayResult:
        """As the Page. A reply goes below the comment that it answers."""
        words = text.strip()
        if not words:
            return SayResult(ok=False, reason="The message is empty.")
        if self._broadcast is None:
            return SayResult(ok=False, reason="The channel is not open yet.")
        wait = await self._turn()
        if wait:
            return SayResult(False, "", "Castmate writes 20 comments a minute and no more.", 1, wait)
        where = reply_to or self._broadcast.post or self._broadcast.video
        try:
            made = read(Posted, await self._graph.post(f"/{where}/comments", message=words))
        except RateLimited as error:
            return SayResult(False, "", error.message, 1, error.retry_after)
        except RemoteError as error:
            return SayResult(False, "", error.message)
        return SayResult(True, made.id)

    async def _turn(self) -> float:
        """0.0 once a message may be sent; else how long it would have been."""
        wait = self._window.take(self._outside.time())
        if 0.0 < wait <= LONGEST_WAIT_S:
            await self._outside.sleep(wait)
            wait = self._window.take(self._outside.time())
        return wait

    # ---- figures, checks, end

    async def metrics(self) -> Metrics:
        now = self._outside.now()
        if self._broadcast is None:
            raise NotLive("No broadcast is open on Facebook.")
        seen = await self._broadcasts.look(self._broadcast.video)
        health = next((s.stream_health for s in seen.ingest_streams if s.stream_health), None)
        says = " ".join(filter(None, (_says(seen.status, health), self._limit(), self._notes)))
        return Metrics(now, seen.status == LIVE, seen.live_views, None, None, says)

    def _limit(self) -> str:
        used = self._graph.usage.percent
        return f"{used} % of Facebook's rate limit is used." if used >= 50 else ""

    async def check(self) -> tuple[Check, ...]:
        return await check_account(self._account, self._graph, self._outside.now())

    async def close(self, reason: str) -> None:
        """Ends the broadcast, and one before it that may still run, if Facebook answers in time; without a
        stream they end by themselves.
        """
        if self._closed.is_set():
            return
        self._closed.set()
        tasks = [*self._ending.values(), *([self._hearing] if self._hearing is not None else [])]
        running = [*([self._broadcast.video] if self._broadcast is not None else []), *self._ending]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._feed.close()
        try:
            async with asyncio.timeout(CLOSE_S):
                for video in running:
                    await self._broadcasts.end(video)
        except (CastmateError, TimeoutError):
            pass
        finally:
            await self._graph.aclose()


def _says(status: str, health: Health | None) -> str:
    if health is None or health.video_bitrate is None:
        return f"Facebook says {status or 'nothing of its state'}."
    rate = f"{health.video_bitrate / 1000:.0f} kb/s"
    fps = f" at {health.video_framerate:.0f} pictures a second" if health.video_framerate else ""
    return f"Facebook says {status} and gets {rate}{fps}."
