"""TikTok LIVE as a channel: the stream by the server and key of LIVE Center, typed by hand; the chat by
TikTokLive, where the operator installed it and took on what that means.
"""

import asyncio
import importlib.util
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit

from connectors.account import Account
from connectors.base import (
    BareConnector,
    Cap,
    ChatState,
    Check,
    CheckState,
    Event,
    Hearing,
    Ingest,
    Secret,
    ShowInfo,
)
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.rtmp.hosts import host_of, is_loopback, is_relay, platform_of
from connectors.tiktok_live.lines import PLATFORM
from connectors.tiktok_live.reading import INSTALL, Reading, Spawn, spawn
from products.errors import CastmateError, Refused, SetupError

SERVER = re.compile(r"rtmps?://[^\s\\/]+(/[^\s\\]*)?", re.IGNORECASE)
STALE = timedelta(minutes=2)  # TikTok plays the last comments again at each join
KEY_AGAIN = "castmate connectors login tiktok_live --set server=... --set stream_key=..."


class TikTokConnector(BareConnector):
    """Implements connectors.base.Connector for one account. Its fields: server, stream_key, unique_id;
    unofficial ("yes" to read the chat), sign_key where the shop has one.
    """

    platform = PLATFORM

    def __init__(self, account: Account, outside: Outside, spawn: Spawn = spawn) -> None:
        super().__init__()
        self._account, self._outside = account, outside
        self._reads = account.text("unofficial").strip().lower() in ("yes", "y")
        self.caps = frozenset({Cap.EGRESS, Cap.CHAT_IN} if self._reads else {Cap.EGRESS})
        self._feed = Feed(PLATFORM, outside.now, stale=STALE)
        name = account.text("unique_id").strip().removeprefix("@")
        self._reading = Reading(_config(account, name), name, self._feed, outside, spawn)
        self._hearing: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"TikTokConnector({self._account!r})"

    async def open(self, show: ShowInfo) -> Ingest:
        """The typed address. Raises SetupError or Refused for one that cannot be TikTok's."""
        return ingest_of(self._account.text("server"), self._account.secret("stream_key"))

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        """The chat from now on: TikTok keeps no past. None where the operator does not want it read."""
        if not self._reads:
            async for event in super().events(cursor):
                yield event
            return
        if self._hearing is None and not self._closed.is_set():
            self._feed.state(ChatState.OPENING)
            reading = self._feed.filled_by(self._read, "The reader of TikTok's chat")
            self._hearing = asyncio.ensure_future(reading)
        async for event in self._feed.events():
            yield event

    async def _read(self) -> None:
        try:
            await self._reading.run()
        except OSError as error:
            raise SetupError(f"The reader cannot be started ({error.strerror}).", remedy=INSTALL) from None

    def hearing(self) -> Hearing:
        return self._feed.hearing()

    async def check(self) -> tuple[Check, ...]:
        """Asks TikTok nothing: each question would be one more that it did not invite."""
        found = [_address(self._account)]
        if not self._reads:
            says = "The chat is not read: nobody said yes to the unofficial library."
            found.append(Check("chat", CheckState.BY_HAND, says, "Read it on TikTok's own page."))
        elif importlib.util.find_spec("TikTokLive") is None:
            found.append(Check("chat", CheckState.BAD, "TikTokLive is not installed.", f"{INSTALL}."))
        else:
            says = "TikTokLive is installed. It is unofficial: TikTok may refuse it any day."
            found.append(Check("chat", CheckState.OK, says))
        return tuple(found)

    async def close(self, reason: str) -> None:
        await super().close(reason)
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)
        self._feed.close()


def _config(account: Account, name: str) -> dict[str, object]:
    """What the reader is told. Hosts only on this machine: a test's own."""
    named = {key: account.text(f"url_{key}") for key in ("app", "sign", "webcast")}
    hosts = {key: url for key, url in named.items() if url}
    for key, url in hosts.items():
        if not is_loopback(host_of(url)):
            raise SetupError(f"The account's url_{key} is not on this machine.", remedy="Leave it out.")
    return {"unique_id": name, "sign_key": account.text("sign_key"), "hosts": hosts}


def ingest_of(server: str, key: Secret) -> Ingest:
    """Raises SetupError for an address of a wrong form, Refused for one that is another platform's."""
    if not SERVER.fullmatch(server) or not host_of(server):
        raise SetupError("The server of the TikTok account is not rtmp[s]://host/app.", remedy=KEY_AGAIN)
    host, known = host_of(server), platform_of(server)
    if is_relay(server) or (known not in (None, PLATFORM) and not is_loopback(host)):
        raise Refused(f"{host} is not TikTok's: it is {known or 'a relay'}.", remedy=KEY_AGAIN)
    scheme, port = urlsplit(server).scheme.lower(), urlsplit(server).port
    url = Secret(f"{server.rstrip('/')}/{key.reveal().lstrip('/')}")
    return Ingest(scheme, url, f"{scheme}://{host}" + (f":{port}" if port else ""))


def _address(account: Account) -> Check:
    try:
        ingest = ingest_of(account.text("server"), account.secret("stream_key"))
    except CastmateError as error:
        return Check("stream key", CheckState.BAD, error.message, error.remedy or KEY_AGAIN)
    return Check(
        "stream key", CheckState.BY_HAND, f"The stream goes to {ingest.shown}.",
        "Look in LIVE Center that the key is today's: TikTok may give a new one for each live.",
    )  # fmt: skip
