"""Between a platform's socket and the show: events each once, bounded, with everything counted."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.base import ChatState, Event, EventKind, Gap, Hearing
from connectors.recent import Recent
from products.errors import Bug, CastmateError


class Feed:
    """What a connector puts its events into, and what it hands out as `events()`.

    now     for people (aware, UTC)
    limit   events that wait; when one more comes the oldest goes, is counted, and a GAP stands in its place
    stale   older events are left out and counted (history that is played again at a reconnect); None: none
    """

    def __init__(
        self,
        platform: str,
        now: Callable[[], datetime],
        *,
        limit: int = 2000,
        stale: timedelta | None = None,
        recent: Recent | None = None,
    ) -> None:
        self._platform, self._now, self._limit, self._stale = platform, now, limit, stale
        self._recent = recent or Recent()
        self._queue: deque[Event] = deque()
        self._lost: Gap | None = None  # what the full queue pushed out, not told yet
        self._number = 0
        self._told = Hearing()
        self._wake = asyncio.Event()
        self._closed = False
        self._error: Exception | None = None

    def offer(self, event: Event) -> bool:
        """Whether it will be handed on, as far as there is room."""
        told = self._told = replace(self._told, received=self._told.received + 1)
        if self._stale is not None and self._now() - event.at > self._stale:
            self._told = replace(told, stale=told.stale + 1)
            return False
        if not self._recent.first(event.platform, event.id):
            self._told = replace(told, duplicates=told.duplicates + 1)
            return False
        self._queue.append(event)
        if len(self._queue) > self._limit:
            self._push_out(self._queue.popleft())
        self._wake.set()
        return True

    def gap(self, since: datetime, why: str, missed: int | None = None) -> None:
        """Messages since `since` may never come."""
        self._told = replace(self._told, gaps=self._told.gaps + 1, received=self._told.received + 1)
        self._queue.append(self._gap_event(Gap(min(since, self._now()), self._now(), why, missed)))
        if len(self._queue) > self._limit:
            self._push_out(self._queue.popleft())
        self._wake.set()

    def state(self, state: ChatState, why: str = "") -> None:
        """How the connection stands from now on. `why` holds no secret."""
        again = state is ChatState.WAITING and self._told.state is not ChatState.WAITING
        self._told = replace(self._told, state=state, why=why, reconnects=self._told.reconnects + again)

    def hearing(self) -> Hearing:
        return replace(self._told, waiting=len(self._queue))

    def close(self) -> None:
        """What waits is still handed out; then `events` ends."""
        if not self._closed:
            self.state(ChatState.OFF if self._error is None else ChatState.LOST, self._told.why)
        self._closed = True
        self._wake.set()

    def fail(self, error: Exception) -> None:
        """What waits is still handed out; then `events` raises it."""
        self._error = self._error or error
        self.state(ChatState.LOST, str(self._error))
        self._wake.set()

    async def filled_by(self, reading: Callable[[], Awaitable[None]], what: str) -> None:
        """Awaits what offers events here; how it fails, `events` raises. `what`: its name, where the fault is
        ours: nobody else looks at the reading before the feed ends.
        """
        try:
            await reading()
        except CastmateError as error:
            self.fail(error)
        except Exception as error:  # noqa: BLE001  told to who reads the events
            self.fail(Bug(f"{what} broke: {type(error).__name__}: {error}."))

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        """Everything that is offered, until closed. `cursor`: the id that was seen last, not given again.

        Raises what `fail` was given.
        """
        if cursor is not None:
            self._recent.first(self._platform, cursor)
        while True:
            while self._queue:
                event = self._take()
                self._told = replace(self._told, handed_on=self._told.handed_on + 1)
                yield event
            if self._closed:
                return
            if self._error is not None:
                raise self._error
            self._wake.clear()
            await self._wake.wait()

    def _take(self) -> Event:
        if self._lost is None:
            return self._queue.popleft()
        lost, self._lost = self._lost, None
        self._told = replace(self._told, gaps=self._told.gaps + 1, received=self._told.received + 1)
        return self._gap_event(lost)

    def _push_out(self, event: Event) -> None:
        """Counts it, as part of the gap that will be told."""
        self._told = replace(self._told, dropped=self._told.dropped + 1)
        now, lost, gap = self._now(), self._lost, event.detail if isinstance(event.detail, Gap) else None
        since = gap.since if gap else event.at
        missed = (lost.missed or 0 if lost else 0) + (gap.missed or 0 if gap else 1)
        self._lost = Gap(min(since, lost.since if lost else since, now), now, "too many messages", missed)

    def _gap_event(self, gap: Gap) -> Event:
        self._number += 1
        id_ = f"gap-{gap.until:%Y%m%dT%H%M%S%f}-{self._number}"
        return Event(EventKind.GAP, self._platform, id_, gap.until, number=gap.missed or 0, detail=gap)
