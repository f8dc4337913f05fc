"""Reads a broadcast's chat into a feed: by the stream; by polls where there is none.

The stream goes on where it was left (nextPageToken), so a cut loses nothing as long as the token is taken.
What says that it still hears: any message; a message of our own that comes back; or, in silence, a look at
the recent history over REST, within what the day's units allow.

developers.google.com/youtube/v3/live/docs/liveChatMessages/streamList and .../list
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from connectors.backoff import Backoff
from connectors.base import ChatState, Secret
from connectors.bucket import Bucket
from connectors.canary import Canary, Ear
from connectors.errors import AuthNeeded, Changed, RateLimited, Transient
from connectors.feed import Feed
from connectors.youtube.chat_errors import ChatOver, NoStream, TokenRefused, Unauthenticated
from connectors.youtube.messages import ENDED, event_of
from connectors.youtube.oauth import LOGIN, Login
from connectors.youtube.quota import KEPT
from connectors.youtube.rest import Refusal, Rest
from connectors.youtube.wire import read_page

Pages = Callable[[str, str, Secret], AsyncIterator[Mapping[str, Any]]]

LOOK_S = 5.0  # how often a silent stream is looked after
LATE_S = 10.0  # a message that the history shows and the stream has not brought for so long: it is deaf
STOOD_S = 5.0  # a stream that was up for so long was no failure
FAILURES, DEAFNESSES = 3, 2  # in a row: then polls for a while
POLL_FOR_S = 600.0
POLL_S, SHORTEST_S, LONGEST_S = 5.0, 0.2, 120.0  # where YouTube names no interval, and what is believed
PROBES, PROBE_EVERY_S = 20, 108.0  # at once, and over a day 800: at 5 units two fifths of the usual quota
SHARE = 0.5  # of what is left of the day's units
STREAMS_KEPT = 0.1  # of the day's units: polls and looks leave them, so that a cut stream is opened again
TOLD_S = 15.0  # a wait for units that is told; and how late the first page of a chat may come untold
STREAM, LIST = "liveChatMessages.streamList", "liveChatMessages.list"
NEVER = float("inf")


class Chat:
    """One chat after another: `move` names the first, and the next when a new broadcast begins.

    `pages` opens the stream; None: polls only. `malformed`: messages that could not be read; `other`: kinds
    that are no event; `history`: messages from before the show; `unprobed`: looks in silence that the quota
    did not allow.
    """

    def __init__(self, rest: Rest, login: Login, feed: Feed, pages: Pages | None) -> None:
        self._rest, self._login, self._feed, self._pages = rest, login, feed, pages
        self._outside = rest.outside
        self._backoff = Backoff(self._outside.rng, first=1.0, most=60.0)
        self._probes = Bucket(PROBES, PROBES * PROBE_EVERY_S)
        self._chat, self._since = "", self._outside.now()
        self._last = self._since  # when the last page came
        self._moved = asyncio.Event()
        self._refused = ""
        self._canary: Canary | None = None
        self._polls_until = -NEVER if pages else NEVER
        self._called: dict[str, float] = {}
        self._begun = self._over = False
        self._deaf = 0
        self.token, self._resumed = "", False
        self.malformed = self.other = self.history = self.unprobed = self.streams = self.polls = 0

    def resume(self, token: str) -> None:
        """The first chat is read from where this token was given; nothing that came since is history."""
        self.token, self._resumed = token, bool(token)

    def move(self, chat: str, since: datetime) -> None:
        """Reads `chat` from now on; what was written before `since` is history. The same chat: nothing."""
        if chat == self._chat:
            return
        if self._chat:
            self.resume("")
            if self._canary is None and not self._over:
                self._feed.gap(self._last, "another broadcast began before this chat was read to its end")
        self._chat, self._since, self._begun, self._over = chat, since, False, False
        self._moved.set()

    def posted(self, since: float) -> None:
        """A message of our own stands in the chat: the stream must bring it, or has brought it while we were
        told. `since`: when it was sent.
        """
        if self._canary is not None:
            self._canary.probed(self._outside.time(), since)

    async def run(self) -> None:
        """Until cancelled. Raises AuthNeeded. An answer of no known form is told and asked for again."""
        self._feed.state(ChatState.OPENING)
        await self._moved.wait()
        while True:
            asked: float | None = None
            try:
                why = await self._read()
            except ChatOver as over:
                await self._wait_for_another(str(over))
                continue
            except TokenRefused as refused:
                why = str(refused)
                self.resume("")
                self._feed.gap(self._last, why)
            except NoStream as none:
                why, self._polls_until = str(none), NEVER
            except Unauthenticated as refused:
                why = str(refused)
                self._refuse_again()
            except RateLimited as error:
                why, asked = str(error), error.retry_after
            except (Transient, Changed) as error:
                why = str(error)
            wait = self._backoff.wait(asked)
            if self._pages is not None and self._backoff.tries >= FAILURES and not self._by_polls:
                self._polls_until = self._outside.time() + POLL_FOR_S
            self._feed.state(ChatState.WAITING, why)
            await self._outside.sleep(wait)

    @property
    def _by_polls(self) -> bool:
        return self._outside.time() < self._polls_until

    async def _read(self) -> str:
        self._moved.clear()
        return await (self._poll() if self._by_polls or self._pages is None else self._stream(self._pages))

    async def _wait_for_another(self, why: str) -> None:
        self._over = True
        self._feed.gap(self._last, why)
        self._feed.state(ChatState.LOST, why)
        await self._moved.wait()
        self._backoff.handled()
        self._feed.state(ChatState.OPENING)

    def _refuse_again(self) -> None:
        if self._refused == self._bearer:
            raise AuthNeeded("YouTube's chat does not take the login, not even renewed.", remedy=LOGIN)
        self._refused = self._bearer

    # ---- the stream

    async def _stream(self, open_pages: Pages) -> str:
        """Until it ends; why."""
        self._bearer = await self._login.bearer(self._refused)
        await self._pace(STREAM)
        self._rest.quota.spend(STREAM, self._outside.now())
        self.streams += 1
        began = self._outside.time()
        canary = self._canary = Canary(began, dead_after_s=NEVER)
        pages = open_pages(self._chat, self.token, Secret(self._bearer))
        async with aclosing(cast("Any", pages)):
            reading = asyncio.ensure_future(anext(pages, None))
            looking = asyncio.ensure_future(self._outside.sleep(LOOK_S))
            moving = asyncio.ensure_future(self._moved.wait())
            try:
                while True:
                    await asyncio.wait({reading, looking, moving}, return_when=asyncio.FIRST_COMPLETED)
                    if moving.done():
                        return "another broadcast began"
                    if reading.done():
                        page = reading.result()
                        if page is None:
                            return "YouTube ended the stream of the chat"
                        self._take_streamed(page, canary)
                        reading = asyncio.ensure_future(anext(pages, None))
                        await asyncio.sleep(0)  # a flood does not keep the others from their turn
                    if looking.done():
                        if await self._is_deaf(canary):
                            return self._note_deaf()
                        looking = asyncio.ensure_future(self._outside.sleep(LOOK_S))
            finally:
                self._canary = None
                if self._outside.time() - began >= STOOD_S:
                    self._backoff.handled()
                for task in (reading, looking, moving):
                    task.cancel()
                await asyncio.gather(reading, looking, moving, return_exceptions=True)

    def _take_streamed(self, page: Mapping[str, Any], canary: Canary) -> None:
        self._feed.state(ChatState.OPEN)
        if page and self._take(page):
            canary.proof(self._outside.time())
            self._deaf = 0

    async def _is_deaf(self, canary: Canary) -> bool:
        """In silence: whether the history holds messages that the stream should have brought."""
        now = self._outside.time()
        if canary.due(now):
            if self._owed(LIST) > 0 or self._probes.take(now) > 0:
                self.unprobed += 1
                canary.proof(now)
                return False
            try:
                missed = self._take(await self._list(""), late=True)
            except (Transient, Changed):
                missed = 0  # the look failed, not the stream
            if missed:
                canary.denied()
            else:
                canary.proof(now)
        return canary.ear(now) is Ear.DEAF

    def _note_deaf(self) -> str:
        self._deaf += 1
        if self._deaf >= DEAFNESSES:
            self._polls_until, self._deaf = self._outside.time() + POLL_FOR_S, 0
        self._feed.gap(self._last, "the stream of the chat was connected but deaf")
        self._feed.state(ChatState.DEAF, "the stream brings nothing of what is written")
        return "the stream of the chat was connected but deaf"

    # ---- polls

    async def _poll(self) -> str:
        """Until it is time to try the stream again; why."""
        while self._by_polls:
            await self._pace(LIST)
            page = await self._list(self.token)
            self.polls += 1
            self._feed.state(ChatState.OPEN)
            self._take(page)
            self._backoff.handled()
            asked = read_page(page).polling_interval_millis
            wait = POLL_S if asked is None else asked / 1000
            sleeping = asyncio.ensure_future(self._outside.sleep(min(max(wait, SHORTEST_S), LONGEST_S)))
            moving = asyncio.ensure_future(self._moved.wait())
            try:
                await asyncio.wait({sleeping, moving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeping.cancel()
                moving.cancel()
                await asyncio.gather(sleeping, moving, return_exceptions=True)
            if self._moved.is_set():
                return "another broadcast began"
        return "the stream of the chat is tried again"

    async def _list(self, token: str) -> Mapping[str, Any]:
        self._called[LIST] = self._outside.time()
        params = {"liveChatId": self._chat, "part": "id,snippet,authorDetails", "maxResults": "2000"}
        if token:
            params["pageToken"] = token
        try:
            page = await self._rest.call("GET", LIST, "/liveChat/messages", params, None, twice=True, tries=1)
        except Refusal as refusal:
            if token and refusal.status == 400:
                raise TokenRefused("YouTube does not know any more where the chat was left.") from None
            raise Transient(refusal.message) from None
        return cast("Mapping[str, Any]", page)

    def _owed(self, method: str) -> float:
        """Seconds until the day's units allow the call."""
        kept = KEPT if method == STREAM else STREAMS_KEPT
        pace = self._rest.quota.pace(method, SHARE, self._outside.now(), kept)
        last = self._called.get(method)
        return max(0.0, last + pace - self._outside.time()) if pace > 0 and last is not None else 0.0

    async def _pace(self, method: str) -> None:
        """Waits until the day's units allow the call, and says so where that is long."""
        wait = self._owed(method)
        if wait > (TOLD_S if method == STREAM else LONGEST_S):
            until = self._outside.now() + timedelta(seconds=wait)
            self._feed.state(
                ChatState.WAITING,
                f"Today's YouTube quota units are nearly spent: the chat is read again at {until:%H:%M} UTC.",
            )
        if wait > 0:
            await self._outside.sleep(wait)
        self._called[method] = self._outside.time()

    # ---- both

    def _take(self, raw: Mapping[str, Any], *, late: bool = False) -> int:
        """Hands a page on; how many of its messages were new. `late`: a look at the history, which changes
        nothing about where we are; new counts only what is older than LATE_S.

        Raises ChatOver at the message that ends the chat.
        """
        page, now, new, over = read_page(raw), self._outside.now(), 0, False
        self.malformed += page.malformed
        if not late:
            self._begin(now)
        for number, message in enumerate(page.items, 1):
            if message.snippet.type == ENDED:
                over = True
            event = event_of(message, now, self._rest.skew)
            if event is None:
                self.other += 1
            elif event.at < self._since and not self._resumed:
                self.history += 1
            elif not late:
                cursor = page.next_page_token if number == len(page.items) else self.token
                new += self._feed.offer(replace(event, cursor=cursor or self.token))
            elif now - event.at > timedelta(seconds=LATE_S):
                new += self._feed.offer(replace(event, cursor=self.token))
        if not late:
            self._last = now
            self.token = page.next_page_token or self.token
            if page.items or page.next_page_token:
                self._refused = ""
            if page.items:
                self._backoff.handled()
        if over:
            raise ChatOver("YouTube ended the live chat.")
        return new

    def _begin(self, now: datetime) -> None:
        """The first page of a chat, which holds its recent history: how far back, no document says."""
        if not (self._begun or self._resumed) and now - self._since > timedelta(seconds=TOLD_S):
            self._feed.gap(self._since, "the beginning of the chat was read late")
        self._begun = True
