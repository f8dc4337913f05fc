"""Bilibili as a channel: the stream to its own push address, the room's messages by the open-live API.

The API has no call that writes into the chat, pins a product, starts a broadcast or sets the AI declaration
(open-live.bilibili.com, all 40 pages, 2026-09-17): these are refused, and told as work to do by hand.
"""

import asyncio
from collections.abc import AsyncIterator

import httpx

from connectors.account import Account
from connectors.addresses import check_address
from connectors.base import BareConnector, Cap, Check, CheckState, Event, Hearing, Ingest, Secret, ShowInfo
from connectors.bilibili.api import BASE, TIMEOUT_S, Keys, OpenLive
from connectors.bilibili.codes import GameOver
from connectors.bilibili.commands import PLATFORM
from connectors.bilibili.session import Counts, Room
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.rtmp.connector import RtmpConnector
from connectors.rtmp.hosts import host_of, is_loopback
from products.errors import CastmateError, Refused, RemoteError, SetupError

CLOSE_S = 2.5
INBOX = 5_000  # a second of the worst flood


class BilibiliConnector(BareConnector):
    """Implements connectors.base.Connector for one account. Its fields: access_key_id, access_key_secret,
    app_id, identity_code, server, stream_key; api_base where the API is not Bilibili's own (a test's).
    """

    platform = PLATFORM
    caps = frozenset({Cap.EGRESS, Cap.CHAT_IN})

    def __init__(self, account: Account, outside: Outside) -> None:
        super().__init__()
        self._account, self._outside = account, outside
        self._feed = Feed(PLATFORM, outside.now, limit=INBOX)
        self._http: httpx.AsyncClient | None = None
        self._room: Room | None = None
        self._running: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"BilibiliConnector({self._account!r})"

    async def open(self, show: ShowInfo) -> Ingest:
        """The push address; listens to the room from now on. AuthNeeded or SetupError for what the account
        lacks. That the chat cannot be had is no reason not to send: `hearing` and `events` tell it.
        """
        ingest = self._ingest()
        if self._running is None and not self._closed.is_set():
            self._room = Room(self._api(), self._outside, self._feed)
            self._running = asyncio.ensure_future(self._room.run())
        return ingest

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        """The same as the operator typed it, read anew: they may have changed the key."""
        self._account.reread()
        return self._ingest()

    def _ingest(self) -> Ingest:
        server, key = (
            self._account.text("server").strip(),
            self._account.secret("stream_key").reveal().strip(),
        )
        if not server:
            raise SetupError(
                f"The account {PLATFORM}:{self._account.name} has no server to send to.",
                remedy=f"Run: castmate connectors login {PLATFORM} --account {self._account.name}",
            )
        between = "" if server.endswith("/") or key.startswith("/") else "/"
        try:
            return RtmpConnector(Secret(server + between + key), PLATFORM).ingest()
        except (Refused, SetupError) as error:
            remedy = "Copy server and key from link.bilibili.com, live settings, and log in again with them."
            raise type(error)(error.message, remedy=remedy) from None

    def _api(self) -> OpenLive:
        """Raises AuthNeeded or SetupError for what the account lacks."""
        account = self._account
        app_id = account.text("app_id").strip()
        if not app_id.isdecimal() or len(app_id) > 18:
            raise SetupError(
                f"The app id of {PLATFORM}:{account.name} is not a number.",
                remedy="Copy it from the app's page at open-live.bilibili.com/open-manage.",
            )
        keys = Keys(
            account.secret("access_key_id").reveal(),
            account.secret("access_key_secret"),
            int(app_id),
            account.secret("identity_code"),
        )
        self._http = self._http or self._outside.client(TIMEOUT_S)
        base = account.text("api_base", BASE).rstrip("/")
        if not base.startswith("https://") and not is_loopback(host_of(base)):
            raise SetupError("A stand-in for Bilibili must be on this machine.", remedy="Log in without it.")
        return OpenLive(keys, self._http, self._outside.now, self._nonce, base)

    def _nonce(self) -> str:
        """128 bits, never the same: the server refuses what comes twice."""
        return f"{self._outside.rng.getrandbits(128):032x}"

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        async for event in self._feed.events(cursor):
            yield event

    def hearing(self) -> Hearing:
        return self._feed.hearing()

    @property
    def counts(self) -> Counts:
        """What came that is no event."""
        return self._room.counts if self._room is not None else Counts()

    async def check(self) -> tuple[Check, ...]:
        """The address and the keys; what is left is in entry.MANUAL."""
        return check_address(self._ingest), await self._check_keys()

    async def _check_keys(self) -> Check:
        """A heartbeat for no game: it is refused for the game only when the keys are good. Starts nothing."""
        try:
            await self._api().heartbeat("castmate-check")
        except GameOver:
            pass
        except RemoteError as error:
            return Check("open-live API", CheckState.BAD, error.message, error.remedy or "Try again later.")
        except CastmateError as error:
            return Check("open-live API", CheckState.BAD, error.message, error.remedy)
        finally:
            await self._hang_up()
        says = "The access key is accepted; app id and identity code are tried when the show starts."
        return Check("open-live API", CheckState.OK, says)

    async def close(self, reason: str) -> None:
        """Ends the game within 2.5 s: a game that is not ended keeps the room from the next one."""
        self._closed.set()
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait({running}, timeout=CLOSE_S)
        self._feed.close()
        await self._hang_up()

    async def _hang_up(self) -> None:
        if self._http is not None and self._running is None:
            http, self._http = self._http, None
            await http.aclose()
