"""The YouTube of the tests, served as Google serves its own, beside a show that runs in another process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

from fakes.serving import beside
from office import log_in
from servers import NginxRtmp
from shows import Castmate
from youtube_fake.grpc_chat import serving
from youtube_fake.nearby import over_sockets
from youtube_fake.world import CLIENT_ID, CLIENT_SECRET, World


class Google:
    """A World that is served in a thread of its own. `base`, `chat`: where."""

    def __init__(self, server: NginxRtmp) -> None:
        self.world = World(lambda: datetime.now(UTC), ingest=server.url)
        self.world.pushed = lambda key: key in server.stat()
        self.world.viewers = 12
        self.base = self.chat = ""

    @contextlib.contextmanager
    def up(self) -> Iterator["Google"]:
        with beside(self._served()) as (_, self._there):
            yield self

    @contextlib.asynccontextmanager
    async def _served(self) -> AsyncIterator[None]:
        async with over_sockets(self.world) as self.base, serving(self.world) as (self.chat, _):
            typing = asyncio.ensure_future(self._agree())
            try:
                yield
            finally:
                typing.cancel()

    async def _agree(self) -> None:
        """The operator types every code at once."""
        while True:
            for device in self.world.devices.values():
                device["agreed"] = True
            await asyncio.sleep(0.05)

    def ask(self, text: str) -> None:
        async def write() -> None:
            self.world.write(text, name="Mei")

        self._there(write())

    @property
    def said(self) -> list[str]:
        found = [m for room in list(self.world.rooms.values()) for m in room.messages]
        return [m["snippet"]["displayMessage"] for m in found if m["authorDetails"]["isChatOwner"]]

    @property
    def lives(self) -> list[str]:
        """How each broadcast stands."""
        return [b["status"]["lifeCycleStatus"] for b in list(self.world.broadcasts.values())]

    def log_in(self, castmate: Castmate) -> str:
        fields = {
            "server": self.base, "chat_server": self.chat, "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }  # fmt: skip
        return log_in(castmate, "youtube", fields, typed="unlisted\n\nno\n")
