"""The local room as a channel: the live page that Castmate serves. Its chat comes over the show's own
link.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from connectors.base import BareConnector, Cap, Event, Ingest, PinResult, SayResult, Secret, ShowInfo
from connectors.recent import Recent

Post = Callable[[str, str | None], Awaitable[SayResult]]


class RoomConnector(BareConnector):
    """Implements connectors.base.Connector. `post` puts a message of the host into the room's chat.

    `inbox`: bounded; the show's worker puts an Event for each comment that comes over the link. `open_url`:
    the room's address, for people. The room shows the show's own card, so `pin` only remembers the product.
    """

    platform = "room"
    caps = frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.PIN})

    def __init__(self, post: Post, inbox: asyncio.Queue[Event], *, open_url: str = "") -> None:
        super().__init__()
        self._post = post
        self._inbox = inbox
        self._open_url = open_url
        self.pinned: str | None = None

    async def open(self, show: ShowInfo) -> Ingest:
        shown = self._open_url or f"room/{show.id}"
        return Ingest(kind="room", url=Secret(f"room:{show.id}"), shown=shown)

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        return await self.open(show)

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        """Events in the order they came, each id once; ends when the connector is closed.

        The room keeps no past: `cursor` names the event that was seen last, which is not given again.
        """
        seen = Recent(2000)
        if cursor is not None:
            seen.first(self.platform, cursor)
        while (event := await self._next()) is not None:
            if seen.first(self.platform, event.id):
                yield event

    async def _next(self) -> Event | None:
        if not self._inbox.empty():
            return self._inbox.get_nowait()
        if self._closed.is_set():
            return None
        getting = asyncio.ensure_future(self._inbox.get())
        closing = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait({getting, closing}, return_when=asyncio.FIRST_COMPLETED)
            return getting.result() if getting.done() else None
        finally:
            getting.cancel()
            closing.cancel()

    async def say(self, text: str, reply_to: str | None = None) -> SayResult:
        if not text.strip():
            return SayResult(ok=False, reason="The message is empty.")
        return await self._post(text, reply_to)

    async def pin(self, product: str) -> PinResult:
        self.pinned = product
        return PinResult(ok=True)
