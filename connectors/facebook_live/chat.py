"""The comments of a live video: a stream of server-sent events, and beside it a look at the list of comments,
which finds what the stream left out, fills what a cut lost, and tells a deaf stream.

Sources: developers.facebook.com/docs/graph-api/server-sent-events/endpoints/live-comments (comment_rate,
fields; comments beyond the rate are left out by quality), /documentation/live-video-api/interact-with-viewers
(of July 2026), /docs/graph-api/reference/live-video/comments (filter, live_filter, order, since). That the
stream sends anything while nobody writes is said nowhere: its silence proves nothing, so the list is asked.
/docs/graph-api/changelog/version18.0 ends the stream with 2023, the page of 2026 still describes it: where it
is not to be had, the list is read alone.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from connectors.backoff import Backoff
from connectors.base import ChatState
from connectors.canary import Canary, Ear
from connectors.errors import AuthNeeded, Blocked, NotLive, RateLimited, Transient
from connectors.facebook_live.endpoints import PLATFORM
from connectors.facebook_live.forms import Comment, Comments, comments_in, read
from connectors.facebook_live.graph import Graph
from connectors.facebook_live.place import Place, place_of
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.recent import Recent
from connectors.server_events import ServerEvents
from products.errors import RemoteError

FIELDS = "id,from{id,name},message,created_time,parent{id}"
RATE = "one_hundred_per_second"
LOOK_S = (
    5.0  # how often the canary is looked at, and how often the list is asked where no stream is to be had
)
PROBE_S, ANSWER_S = 25.0, 20.0
SETTLE = timedelta(seconds=12)  # a comment in the list that the stream may still bring
SLACK_S = 30  # comments may be let through later than they were written
PAGE, MOST_PAGES = 100, 20
REFUSALS, POLL_FOR_S = 3, 1800.0  # tries, seconds until the next
DEAF = "Facebook's stream answers, but comments are in the list that it did not bring."


class Chat:
    """Puts comments into `feed`, whose ids `recent` knows too. `own`: the Page's id.

    malformed  messages that could not be read; they are passed over and counted
    """

    def __init__(self, graph: Graph, outside: Outside, feed: Feed, recent: Recent, own: str) -> None:
        self._graph, self._outside, self._feed, self._recent, self._own = graph, outside, feed, recent, own
        self._video, self._start, self._resumed = "", 0, 0  # seconds since 1970
        self._place = Place(0)
        self._changed = asyncio.Event()
        self._canary = self._fresh_canary()
        self._heard: datetime | None = None  # when it was certain that nothing was missed
        self._streamed = False  # whether the stream brought anything since the list was asked last
        self._streaming = False  # the same, before that
        self._ask_from = 0.0  # the list is not asked before
        self._refusals = 0
        self.malformed = 0

    def watch(self, video: str, since: datetime) -> None:
        """Goes over to that live video; of comments from before `since` nothing is wanted."""
        if video != self._video:
            began = int((since + self._graph.skew).timestamp())
            self._video, self._start = video, max(began, self._resumed)
            self._place = Place(max(self._place.second, self._start), self._place.ids)
            self._heard = self._outside.now()
            self._changed.set()

    def resume(self, cursor: str) -> None:
        """Goes on after that place; called before `run`."""
        found = place_of(cursor)
        if found is not None:
            self._place, self._resumed = found, found.second
            self._start = max(self._start, found.second)
            for id_ in found.ids:
                self._recent.first(PLATFORM, id_)

    async def run(self) -> None:
        """Until cancelled, or until a thing is raised that only a person can mend."""
        backoff = Backoff(self._outside.rng, first=1.0, most=60.0)
        while True:
            if not self._video:
                await self._changed.wait()
            self._changed.clear()
            wait = await self._turn(backoff)
            await self._outside.sleep(wait)

    async def _turn(self, backoff: Backoff) -> float:
        """One connection, from its opening to its end, or the list for a while. Seconds until the next."""
        streams = self._refusals < REFUSALS
        try:
            if streams:
                await self._listen(backoff)
            else:
                await self._poll()
                self._refusals = REFUSALS - 1  # one try
            return 0.0
        except (AuthNeeded, Blocked):
            raise
        except RemoteError as error:
            if streams and not isinstance(error, Transient):
                self._refusals = REFUSALS  # there is no stream for us
            if streams and self._refusals >= REFUSALS:
                return 0.0  # the list will do
            self._feed.state(ChatState.WAITING, error.message)
            return backoff.wait(error.retry_after if isinstance(error, RateLimited) else None)

    # ---- the stream

    async def _listen(self, backoff: Backoff) -> None:
        video, self._refusals = self._video, self._refusals + 1
        async with self._graph.stream(
            f"/{video}/live_comments", comment_rate=RATE, fields=FIELDS
        ) as response:
            self._refusals -= 1
            self._canary, self._streamed, self._streaming = self._fresh_canary(), False, False
            await self._fill()
            self._feed.state(ChatState.OPEN)
            await self._until_over(response, video, backoff)

    async def _until_over(self, response: httpx.Response, video: str, backoff: Backoff) -> None:
        tasks = [
            asyncio.ensure_future(self._read(response, backoff)),
            asyncio.ensure_future(self._look(backoff)),
            asyncio.ensure_future(self._moved(video)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _moved(self, video: str) -> None:
        while self._video == video:
            self._changed.clear()
            await self._changed.wait()

    async def _read(self, response: httpx.Response, backoff: Backoff) -> None:
        events = ServerEvents()
        async for raw in response.aiter_bytes():
            known = events.dropped
            for event in events.feed(raw):
                if self._take(event.data):
                    backoff.handled()
            self.malformed += events.dropped - known
            await asyncio.sleep(0)  # a flood must not starve the show
        raise Transient("Facebook ended the stream of comments.")

    def _take(self, data: str) -> bool:
        """Whether it held a comment."""
        try:
            found = list(comments_in(json.loads(data)))
        except (ValueError, RecursionError):
            found = [None]
        for comment in found:
            if comment is None:
                self.malformed += 1
                continue
            self._streamed = True
            self._offer(comment)
        return any(comment is not None for comment in found)

    def _offer(self, comment: Comment) -> bool:
        """Whether it is new. One without words (a sticker) is no question."""
        now = self._outside.now() + self._graph.skew  # the list is asked by Facebook's clock
        at = comment.at(now)
        self._place = self._place.after(int(at.timestamp()), comment.id)
        if not comment.message:
            return False
        event = comment.event(self._own, now, self._place.cursor)
        with suppress(OverflowError):  # the first or last day of the calendar
            event = replace(event, at=event.at - self._graph.skew)
        return self._feed.offer(event)

    # ---- the list

    async def _look(self, backoff: Backoff) -> None:
        """Asks the list now and then. Raises Transient once the stream is deaf for sure."""
        while True:
            await self._outside.sleep(LOOK_S)
            now = self._outside.time()
            if self._canary.due(now) and now >= self._ask_from:
                self._canary.probed(now)
                await self._probe(backoff)
            if self._canary.ear(self._outside.time()) is Ear.HEARS:
                continue
            if not self._unsure:
                self._feed.state(ChatState.DEAF, DEAF)
                self._refusals += 1  # twice more, and the list is read instead
                raise Transient(DEAF)
            if not self._streaming:
                self._feed.state(ChatState.DEAF, f"The comments cannot be looked up: {self._unsure}")
            self._canary.retry()

    async def _probe(self, backoff: Backoff) -> None:
        """Does the list hold what the stream did not bring? A call that fails leaves the question open."""
        self._streaming, self._streamed = self._streamed, False
        try:
            missed = await self._catch_up(settled=True)
        except (AuthNeeded, Blocked):
            raise
        except RemoteError as error:
            asked_for = error.retry_after if isinstance(error, RateLimited) else None
            self._ask_from = self._outside.time() + max(asked_for or 0.0, PROBE_S)
            self._unsure = error.message
            return
        self._unsure, self._streaming = "", self._streaming or self._streamed
        if missed and not self._streaming:
            self._canary.denied()
            return
        self._ask_from = self._outside.time() + PROBE_S * self._graph.usage.slower
        if self._graph.usage.slower > 1:
            self._unsure = "the rate limit is nearly used up"
        self._sure()
        if self._feed.hearing().state is not ChatState.OPEN:
            self._feed.state(ChatState.OPEN)
        backoff.handled()

    async def _fill(self) -> None:
        """What was written while nobody listened. Where the list cannot be had, that is told as a gap."""
        try:
            await self._catch_up(settled=False)
        except (AuthNeeded, Blocked, NotLive):
            raise
        except RemoteError as error:
            self._feed.gap(self._heard or self._outside.now(), f"the list was not to be had: {error.message}")
        self._sure()

    async def _catch_up(self, *, settled: bool) -> int:
        """Reads the list from the last place on; how many comments were new. `settled`: those that the stream
        may still bring are left to it.
        """
        video, after, new = self._video, "", 0
        since = max(self._start, self._place.second - SLACK_S)
        for _ in range(MOST_PAGES):
            more = {"after": after} if after else {}
            page = read(Comments, await self._graph.get(
                f"/{video}/comments", fields=FIELDS, filter="stream", live_filter="no_filter",
                order="chronological", since=since, limit=PAGE, **more,
            ))  # fmt: skip
            for comment in comments_in(page.data):
                if comment is None:
                    self.malformed += 1
                elif self._due(comment, settled):
                    new += self._offer(comment)
            after = page.after
            if not after:
                return new
        if not settled:  # else the stream brings them
            self._feed.gap(self._heard or self._outside.now(), "more comments than the list was read for")
        return new

    def _due(self, comment: Comment, settled: bool) -> bool:
        """Whether it is for the list to hand it on."""
        now = self._outside.now() + self._graph.skew
        return not self._recent.knows(PLATFORM, comment.id) and (
            not settled or now - comment.at(now) >= SETTLE
        )

    async def _poll(self) -> None:
        """Reads the list instead of the stream, for a while."""
        until = self._outside.time() + POLL_FOR_S
        while self._outside.time() < until and not self._changed.is_set():
            await self._catch_up(settled=False)
            self._sure()
            self._feed.state(ChatState.OPEN, "The comments are read from the list: there is no stream.")
            await self._outside.sleep(LOOK_S * self._graph.usage.slower)

    def _sure(self) -> None:
        self._canary.proof(self._outside.time())
        self._heard = self._outside.now()

    def _fresh_canary(self) -> Canary:
        """The stream's silence is no sign of death: only the list tells."""
        self._unsure = ""
        return Canary(self._outside.time(), dead_after_s=1e9, probe_every_s=PROBE_S, answer_s=ANSWER_S)
