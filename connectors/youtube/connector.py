"""YouTube as a channel of a show.

open      a broadcast and a stream of its own, bound; then, as long as the show lasts: the AI flag is set and
          read back, the broadcast goes live once YouTube gets our picture, health and viewers are watched
events    the live chat, and how many watch
say       a message in the chat
disclose  status.containsSyntheticMedia, set and read back: the broadcast does not go live before
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.account import Account
from connectors.backoff import Backoff
from connectors.base import (
    BareConnector,
    Cap,
    Check,
    CheckState,
    Event,
    EventKind,
    Evidence,
    Hearing,
    Ingest,
    Metrics,
    PinResult,
    SayResult,
    ShowInfo,
    missing,
)
from connectors.errors import AuthNeeded, Blocked, NotLive, RateLimited, Transient
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.pieces import pieces
from connectors.youtube.broadcasts import ON, OVER, Broadcasts, Opened, ingest_of
from connectors.youtube.chat import Chat, Pages
from connectors.youtube.endpoints import GOOGLE, Endpoints
from connectors.youtube.limits import CAPS, MAX_CHARS
from connectors.youtube.logins import app_of, keep_tokens, tokens_of
from connectors.youtube.messages import PLATFORM
from connectors.youtube.oauth import Login, OAuth
from connectors.youtube.quota import DAY_UNITS, Quota
from connectors.youtube.rest import Rest, Unsure
from connectors.youtube.wire import Stream, Video
from products.errors import CastmateError, RemoteError

SOON_S, LATE_S, FLAG_S, WATCH_S, CLOSE_S = 3.0, 30.0, 120.0, 60.0, 2.5
HISTORY = timedelta(seconds=5)  # so much before the opening counts as said to this show
RESERVE = 0.05  # of the day's units are kept from posting, so that the chat is read to the end


@dataclass(slots=True)
class _Seen:
    """What was last seen of the broadcast."""

    at: datetime
    live: bool | None = None
    viewers: int | None = None
    healthy: bool | None = None
    says: str = ""


class YouTubeConnector(BareConnector):
    """Implements connectors.base.Connector. `account`: client_id, client_secret and what the login kept."""

    platform = PLATFORM
    caps = CAPS

    def __init__(self, account: Account, outside: Outside, where: Endpoints = GOOGLE) -> None:
        super().__init__()
        self._account, self._outside, self._where = account, outside, where
        self._http = outside.client()
        login = Login(
            OAuth(self._http, app_of(account), where),
            tokens_of(account, outside.now()),
            outside.now,
            lambda tokens: keep_tokens(account, tokens),
        )
        self.quota = Quota(_units(account))
        self._rest = Rest(self._http, login, self.quota, outside, where)
        self._broadcasts = Broadcasts(self._rest, account.text("privacy", "public"))
        self._feed = Feed(PLATFORM, outside.now)
        self._chat = Chat(self._rest, login, self._feed, _pages(where))
        self._seen = _Seen(outside.now())
        self._show: ShowInfo | None = None
        self._opened: Opened | None = None
        self._evidence: Evidence | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._changing, self._marking = asyncio.Lock(), asyncio.Lock()
        self._waited = SOON_S

    # ---- out

    async def open(self, show: ShowInfo) -> Ingest:
        """Raises AuthNeeded, Blocked, QuotaSpent, Transient or Changed."""
        async with self._changing:
            self._show = show
            began = self._outside.now() - HISTORY
            if self._opened is None:
                self._opened = await self._broadcasts.open(show)
            self._chat.move(self._opened.chat, began)
            if self._keeping is None and not self._closed.is_set():
                self._keeping = asyncio.ensure_future(self._keep())
            return ingest_of(self._opened)

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        """The same key while the broadcast is not over (it works as often as it is dialled); else a new
        broadcast, which is marked and put live as the first one.
        """
        if self._opened is None:
            return await self.open(show)
        async with self._changing:
            renewed = await self._broadcasts.renew(show, self._opened)
            if renewed.video != self._opened.video:
                self._evidence, self._seen = None, _Seen(self._outside.now(), False)
                self._chat.move(renewed.chat, self._outside.now() - HISTORY)
            self._opened = renewed
            return ingest_of(renewed)

    async def disclose(self, synthetic: bool) -> Evidence:
        """Raises NotLive before `open`."""
        opened = self._opened
        if opened is None:
            raise NotLive("There is no broadcast yet that could be marked.", remedy="Open the channel first.")
        async with self._marking:  # the show asks, and so does our own keeping: the second finds it set
            evidence = await self._broadcasts.disclose(opened.video, synthetic, self._outside.now())
        if self._opened is not None and opened.video == self._opened.video:
            self._evidence = evidence
        return evidence

    async def close(self, reason: str) -> None:
        """Ends the broadcast, if YouTube answers in time."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._feed.close()
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        try:
            if self._opened is not None and self._seen.live:
                async with asyncio.timeout(CLOSE_S):
                    await self._broadcasts.go(self._opened.video, "complete")
        except TimeoutError:
            raise Transient(
                "YouTube did not say that the broadcast has ended.", remedy="Look at YouTube Studio."
            ) from None
        finally:
            await self._http.aclose()

    # ---- the broadcast's life

    async def _keep(self) -> None:
        """As long as the show lasts. What goes wrong is told by `metrics` and tried again."""
        backoff = Backoff(self._outside.rng, first=2.0, most=60.0)
        while True:
            try:
                wait = await self._step()
                backoff.handled()
            except (AuthNeeded, Blocked) as error:
                self._seen = _Seen(self._outside.now(), self._seen.live, says=str(error))
                return
            except RateLimited as error:
                self._seen = replace(self._seen, says=str(error))
                wait = backoff.wait(error.retry_after)
            except RemoteError as error:
                self._seen = replace(self._seen, says=str(error))
                wait = backoff.wait()
            await self._outside.sleep(wait)

    async def _step(self) -> float:
        """One look; seconds until the next."""
        opened, show = self._opened, self._show
        assert opened is not None
        assert show is not None
        if self._evidence is None or not self._evidence.ok:
            evidence = await self.disclose(show.synthetic)
            if not evidence.ok:
                self._seen = _Seen(self._outside.now(), False, says=evidence.says)
                return FLAG_S  # somebody may set it by hand
        stream = await self._broadcasts.stream(opened.stream.id)
        if not self._seen.live:
            return await self._go_live(opened, stream)
        video = await self._broadcasts.video(opened.video)
        self._look(stream, video)
        now = self._outside.now()
        return max(WATCH_S, self.quota.pace("videos.list", 0.1, now))

    async def _go_live(self, opened: Opened, stream: Stream) -> float:
        now, state = self._outside.now(), stream.status.stream_status
        if state != "active":
            self._waited = min(LATE_S, self._waited * 1.1)  # a picture that is late costs a unit a look
            self._seen = _Seen(now, False, healthy=None, says=f"YouTube waits for the picture ({state}).")
            return max(self._waited, self.quota.pace("liveStreams.list", 0.1, now))
        self._waited = SOON_S
        monitored = opened.broadcast.content_details.monitor_stream.enable_monitor_stream
        begun = await self._broadcasts.broadcast(opened.video)
        state = begun.status.life_cycle_status if begun is not None else "revoked"
        if state in OVER:
            raise Blocked("The broadcast was ended on YouTube.", remedy="Start the show again.")
        if state not in ON:
            step = "testing" if monitored and state in ("created", "ready") else "live"
            state = await self._broadcasts.go(opened.video, step)
        if state in ON and opened.video == (self._opened.video if self._opened else ""):
            self._seen = _Seen(now, True, says="YouTube shows the broadcast.")
            return SOON_S
        self._seen = _Seen(now, False, says=f"YouTube is getting the broadcast ready ({state}).")
        return SOON_S

    def _look(self, stream: Stream, video: Video) -> None:
        now, health = self._outside.now(), stream.status.health_status
        if video.live_streaming_details.actual_end_time is not None:
            self._seen = _Seen(now, False, says="The broadcast was ended on YouTube.")
            return
        worst = [i for i in health.configuration_issues if i.severity in ("warning", "error")]
        says = "; ".join(f"{i.reason or i.type}: {i.description}".strip(": ") for i in worst)[:500]
        viewers = video.live_streaming_details.concurrent_viewers
        healthy = {"good": True, "ok": True, "bad": False, "noData": False, "revoked": False}
        self._seen = _Seen(
            now, True, viewers, healthy.get(health.status), says or f"Stream: {health.status}."
        )
        if viewers is not None:
            id_ = f"viewers-{video.id}-{now:%Y%m%dT%H%M%S%f}"
            self._feed.offer(Event(EventKind.VIEWERS, PLATFORM, id_, now, number=viewers))

    async def metrics(self) -> Metrics:
        """As of the last look, at most a minute ago while the quota lasts."""
        seen = self._seen
        told = " ".join((seen.says, *self.quota.notes())).strip()
        return Metrics(seen.at, seen.live, seen.viewers, None, seen.healthy, told)

    # ---- the chat

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        """`cursor`: of the last event that was handled."""
        self._chat.resume(cursor or "")
        reading = asyncio.ensure_future(self._feed.filled_by(self._chat.run, "The reader of YouTube's chat"))
        try:
            async for event in self._feed.events():
                yield event
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def hearing(self) -> Hearing:
        return self._feed.hearing()

    async def say(self, text: str, reply_to: str | None = None) -> SayResult:
        """YouTube knows no answers to a message: `reply_to` is not sent."""
        parts = pieces(text, MAX_CHARS)
        if not parts:
            return SayResult(ok=False, reason="The message is empty.")
        if self._opened is None:
            return SayResult(ok=False, reason="The channel is not open yet.")
        if self.quota.left(self._outside.now()) < RESERVE * self.quota.budget:
            return SayResult(
                ok=False, reason="Today's YouTube quota is nearly spent: the rest reads the chat."
            )
        id_ = ""
        for number, part in enumerate(parts, 1):
            try:
                id_ = await self._post(self._opened.chat, part)
            except RateLimited as error:
                return SayResult(False, id_, str(error), number, error.retry_after)
            except (Unsure, NotLive) as error:
                return SayResult(False, id_, str(error), number)
        return SayResult(ok=True, id=id_, parts=len(parts))

    async def _post(self, chat: str, text: str) -> str:
        body = {
            "snippet": {
                "liveChatId": chat,
                "type": "textMessageEvent",
                "textMessageDetails": {"messageText": text},
            }
        }
        began = self._outside.time()
        made = await self._rest.call(
            "POST", "liveChatMessages.insert", "/liveChat/messages", {"part": "snippet"}, body, twice=False
        )
        self._chat.posted(began)
        id_ = made.get("id") if isinstance(made, dict) else None
        return id_ if isinstance(id_, str) else ""

    async def pin(self, product: str) -> PinResult:
        raise missing(PLATFORM, Cap.PIN)

    # ---- before a show

    async def check(self) -> tuple[Check, ...]:
        """The login, the channel, live streaming, the chat's library, the quota, and what a person does."""
        done: list[Check] = []
        try:
            channel = await self._broadcasts.channel()
            done.append(
                Check("login", CheckState.OK, f"Logged in to the channel {channel}.")
                if channel
                else Check("login", CheckState.BAD, "The account has no YouTube channel.", "Create one.")
            )
            await self._rest.get("liveBroadcasts.list", "/liveBroadcasts", part="id", broadcastStatus="all")
            done.append(Check("live streaming", CheckState.OK, "The channel's broadcasts can be read."))
        except CastmateError as error:
            what = "live streaming" if done else "login"
            done.append(Check(what, CheckState.BAD, error.message, error.remedy or "Try again later."))
        left = self.quota.left(self._outside.now())
        stream = "as a stream" if _pages(self._where) else "by polls (castmate[youtube] has the stream)"
        done += [
            Check("chat", CheckState.OK, f"The chat is read {stream}."),
            Check("quota", CheckState.OK, f"{left} of {self.quota.budget} units are left, by our own count."),
            Check(
                "AI flag", CheckState.BY_HAND, "It is set and read back before the broadcast goes live.",
                "Once, look in YouTube Studio whether a live video shows it.",
            ),
            Check("age", CheckState.BY_HAND, "A live host must be 16 or older.", "Make sure of it."),
        ]  # fmt: skip
        return tuple(done)


def _pages(where: Endpoints) -> Pages | None:
    """The stream, where its libraries are installed; None without an address of it."""
    if not where.chat:
        return None
    try:
        from connectors.youtube.streaming import GrpcChat
    except ImportError:
        return None
    return GrpcChat(where).pages


def _units(account: Account) -> int:
    """Units a day of the account's project, as its owner typed them."""
    given = account.text("quota")
    return int(given) if given.isascii() and given.isdecimal() and 0 < len(given) < 10 else DAY_UNITS
