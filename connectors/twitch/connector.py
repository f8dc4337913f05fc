"""Twitch as a channel: stream, chat in and out, viewers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from connectors.account import Account
from connectors.backoff import Backoff
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
from connectors.errors import RateLimited
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.pieces import pieces
from connectors.sockets import keep_open
from connectors.twitch.chat import ChatSession
from connectors.twitch.checks import check_account
from connectors.twitch.endpoints import endpoints_of
from connectors.twitch.helix import Helix
from connectors.twitch.ingest import ingest_of
from connectors.twitch.oauth import OAuth
from connectors.twitch.wire import PLATFORM
from products.errors import CastmateError, RemoteError

MAX_CHARS = 500  # Send Chat Message: "limited to a maximum of 500 characters"
MESSAGES, PER_S = 20, 30.0  # "20 messages per 30 seconds", who is not a moderator of the channel
FOLLOWERS_S = 60.0  # how often they are counted
LONGEST_WAIT_S = 8.0  # an answer that would wait longer is not sent: it would come too late
CAPS = frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.METRICS})


class TwitchConnector(BareConnector):
    """Implements connectors.base.Connector for one account, on its own channel.

    The account's fields: client_id, access_token, refresh_token; client_secret, stream_key, ingest_url where
    the shop has them.
    """

    platform = PLATFORM
    caps = CAPS

    def __init__(self, account: Account, outside: Outside) -> None:
        super().__init__()
        self._account, self._outside = account, outside
        where = endpoints_of(account)
        self._client = outside.client()
        oauth = OAuth(account, outside, where, self._client)
        self._helix = Helix(oauth, outside, where, self._client)
        self._eventsub = where.eventsub
        self._feed = Feed(PLATFORM, outside.now)
        self._window = Window(MESSAGES, PER_S)
        self._session: ChatSession | None = None
        self._chat: asyncio.Task[None] | None = None
        self._user = account.text("user_id")
        self._notes: list[str] = []
        self._followers: int | None = None
        self._followers_at: float | None = None

    async def open(self, show: ShowInfo) -> Ingest:
        """Gives the channel the show's title where the login allows it, and starts to listen."""
        await self._identify()
        try:
            await self._helix.set_title(self._user, show.title, show.language)
        except CastmateError as error:
            self._notes.append(f"The title stays as it was: {error.message}")
        self._listen()
        return await self.next_ingest(show)

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        user = await self._identify()
        own = self._account.has("stream_key")
        key = self._account.secret("stream_key") if own else await self._helix.stream_key(user)
        servers = () if self._account.has("ingest_url") else await self._helix.servers()
        return ingest_of(self._account, servers, key)

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        """The chat from now on: Twitch keeps no past."""
        self._listen()
        async for event in self._feed.events(cursor):
            yield event

    def hearing(self) -> Hearing:
        return self._feed.hearing()

    @property
    def notes(self) -> tuple[str, ...]:
        """What does not work beside what must, in plain words."""
        return (*self._notes, *(self._session.notes if self._session is not None else ()))

    async def say(self, text: str, reply_to: str | None = None) -> SayResult:
        """In pieces of at most 500 characters; the first is the reply. Stops at the first that is refused."""
        parts = pieces(text, MAX_CHARS)
        if not parts:
            return SayResult(ok=False, reason="The message is empty.")
        user, last = await self._identify(), ""
        for number, part in enumerate(parts):
            wait = await self._turn()
            if wait:
                return SayResult(False, last, "Twitch takes 20 messages in 30 seconds.", number, wait)
            began = self._outside.time()
            try:
                sent = await self._helix.send(user, user, part, None if number else _message_id(reply_to))
            except RateLimited as error:
                return SayResult(False, last, error.message, number, error.retry_after)
            if not sent.is_sent:
                why = sent.drop_reason.message if sent.drop_reason else ""
                return SayResult(False, last, why or "Twitch did not show it.", number)
            last = last or sent.message_id
            if self._session is not None:
                self._session.wrote(began)
        return SayResult(True, last, parts=len(parts))

    async def metrics(self) -> Metrics:
        stream = await self._helix.stream(await self._identify())
        if stream is None:
            return Metrics(self._outside.now(), live=False, says="Twitch does not show the channel as live.")
        followers = await self._count_followers()
        return Metrics(self._outside.now(), live=True, viewers=stream.viewer_count, followers=followers)

    async def _count_followers(self) -> int | None:
        """Asked for once a minute; a login that may not ask, or a call that fails, keeps nothing away."""
        now = self._outside.time()
        if self._followers_at is None or now - self._followers_at >= FOLLOWERS_S:
            self._followers_at = now
            with suppress(RemoteError):
                self._followers = await self._helix.followers(self._user)
        return self._followers

    async def check(self) -> tuple[Check, ...]:
        return await check_account(self._account, self._helix)

    async def close(self, reason: str) -> None:
        await super().close(reason)
        if self._chat is not None:
            self._chat.cancel()
            await asyncio.gather(self._chat, return_exceptions=True)
        self._feed.close()
        await self._client.aclose()

    async def _identify(self) -> str:
        """Our user id; asked once and kept with the account."""
        if not self._user:
            user = await self._helix.me()
            self._user = user.id
            self._account.keep(user_id=user.id, login=user.login)
        return self._user

    def _listen(self) -> None:
        if self._chat is None and not self._closed.is_set():
            self._feed.state(ChatState.OPENING)
            self._chat = asyncio.get_running_loop().create_task(self._hear())

    async def _hear(self) -> None:
        """Keeps the chat open; what another try cannot mend ends the feed with its error."""
        try:
            user = await self._identify()
            self._session = ChatSession(self._helix, self._feed, self._outside, self._eventsub, user, user)
            await keep_open(self._session, self._outside, Backoff(self._outside.rng))
        except CastmateError as error:
            self._feed.fail(error)

    async def _turn(self) -> float:
        """0.0 once a message may be sent; else how long it would have been."""
        wait = self._window.take(self._outside.time())
        if 0.0 < wait <= LONGEST_WAIT_S:
            await self._outside.sleep(wait)
            wait = self._window.take(self._outside.time())
        return wait


def _message_id(reply_to: str | None) -> str | None:
    """Only comments can be replied to; other events of ours have a prefix."""
    return reply_to if reply_to and "." not in reply_to else None


def make(account: Account, outside: Outside) -> TwitchConnector:
    """The connector of an account. Raises SetupError for an endpoint of a wrong form."""
    return TwitchConnector(account, outside)


__all__ = ["CAPS", "MAX_CHARS", "TwitchConnector", "make"]
