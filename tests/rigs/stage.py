"""A connector on a fake in virtual time, and what was heard of it; the platforms' tests fill it."""

import asyncio

import virtual_time
from rigs.base import SHOW

from connectors.base import ChatState, Connector, Event, EventKind, Hearing
from products.errors import CastmateError


class VirtualStage:
    """`connector` is made by a platform's own stage. `heard`: its events; `error`: what ended them."""

    connector: Connector

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.error: CastmateError | None = None
        self._readings: list[asyncio.Task[None]] = []

    async def __aenter__(self):
        self.ingest = await self.connector.open(SHOW)
        self.read(self.connector)
        return self

    async def __aexit__(self, *_) -> None:
        await self.connector.close("done")
        await asyncio.gather(*self._readings)

    def read(self, connector: Connector, cursor: str | None = None) -> None:
        """As a show reads it, from now on."""
        self._readings.append(asyncio.ensure_future(self._read(connector, cursor)))

    async def _read(self, connector: Connector, cursor: str | None) -> None:
        try:
            async for event in connector.events(cursor):
                self.heard.append(event)
        except CastmateError as error:
            self.error = error

    async def read_no_more(self) -> None:
        """The show does not take what comes."""
        for reading in self._readings:
            reading.cancel()
        await asyncio.gather(*self._readings, return_exceptions=True)
        self._readings.clear()

    async def until(self, holds, seconds: float = 3600.0) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.1)

    async def open_chat(self) -> None:
        await self.until(lambda: self.connector.hearing().state is ChatState.OPEN)

    @property
    def comments(self) -> list[str]:
        return [e.text for e in self.heard if e.kind is EventKind.COMMENT]

    def told(self, written: int) -> str:
        """What became of a long proof, for who runs it with -s."""
        return told(written, len(self.comments), self.connector.hearing())

    def counted(self) -> bool:
        h = self.connector.hearing()
        return h.received == h.handed_on + h.duplicates + h.stale + h.dropped + h.waiting


def told(written: int, heard: int, hearing: Hearing) -> str:
    return (
        f"\n{virtual_time.time() / 86_400:.2f} days: {written} messages written, {heard} heard, "
        f"{hearing.duplicates} left out as repeats, {hearing.gaps} gaps told, {hearing.reconnects} reconnects"
    )


def staged(test):
    """The test runs in virtual time."""

    def run():
        virtual_time.run(asyncio.wait_for(test(), 30 * 86_400))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run
