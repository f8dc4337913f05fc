"""Any address that takes a stream, with a chat that a tool of the shop's own brings (docs/webhook.md)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

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
    SayResult,
    Secret,
    ShowInfo,
)
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.push import PushConnector
from connectors.rtmp.connector import RtmpConnector
from connectors.rtmp.hosts import OWN
from connectors.srt.connector import SrtConnector
from connectors.webhook.callback import Callback
from connectors.webhook.door import Door
from connectors.webhook.gate import Gate
from connectors.webhook.listening import Listening, Place, bind, place
from connectors.webhook.replies import ANSWER_S, Replies
from connectors.whip.connector import WhipConnector
from products.errors import CastmateError, SetupError

LISTEN = "127.0.0.1:8490"
STALE = timedelta(minutes=10)
INBOX = 5_000
_STREAMS: dict[str, type[PushConnector]] = {
    "srt": SrtConnector,
    "whip+https": WhipConnector,
    "whip+http": WhipConnector,
}


def stream_of(address: Secret, platform: str | None) -> PushConnector:
    """The connector that takes the stream. Raises SetupError or Refused as that does."""
    scheme = address.reveal().partition("://")[0].lower()
    return _STREAMS.get(scheme, RtmpConnector)(address, platform)


class WebhookConnector(BareConnector):
    """Implements connectors.base.Connector for one account. Its fields: address (where the stream goes),
    platform (whose rules apply, where the address does not tell), rules (what the login made of both),
    secret, listen, certificate, certificate_key, replies_to.
    """

    caps = frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT})

    def __init__(self, account: Account, outside: Outside) -> None:
        super().__init__()
        self._account, self._outside = account, outside
        self._stream = stream_of(account.secret("address"), account.text("platform") or None)
        self.platform = self._stream.platform
        if self.platform != account.text("rules", OWN):
            raise SetupError(
                f"The account webhook:{account.name} was logged in for other rules than {self.platform}'s.",
                remedy=f"Run again: castmate connectors login webhook --account {account.name}",
            )
        self._door = Door(account.secret("secret"))
        self._replies = Replies(outside.time)
        self._feed = Feed(self.platform, outside.now, limit=INBOX, stale=STALE)
        self._listening: Listening | None = None
        self._calling: asyncio.Task[None] | None = None
        self.shown = ""  # the address that a tool talks to, once it is open

    def __repr__(self) -> str:
        return f"WebhookConnector({self._account!r})"

    async def open(self, show: ShowInfo) -> Ingest:
        """The stream's address; the tool may come from now on. SetupError where the port cannot be had."""
        if self._listening is None and not self._closed.is_set():
            where = self._place()
            gate = Gate(
                self.platform, self._door, self._feed, self._replies,
                now=self._outside.now, time=self._outside.time,
            )  # fmt: skip
            self._call()
            self._listening = Listening(gate.app, bind(where), where)
            self.shown = Place(where.host, self._listening.port, where.certificate).shown
            self._feed.state(ChatState.OPEN, f"No tool came yet; it is awaited on {self.shown}.")
        return await self._stream.open(show)

    def _place(self) -> Place:
        account = self._account
        return place(
            account.text("listen", LISTEN), account.text("certificate"), account.text("certificate_key")
        )

    def _call(self) -> None:
        if self._account.has("replies_to") and self._calling is None:
            url = self._account.secret("replies_to")
            callback = Callback(url, self._door.key, self._replies, self._outside)
            self._calling = asyncio.ensure_future(callback.run())

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        return await self._stream.next_ingest(show)

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        async for event in self._feed.events(cursor):
            yield event

    def hearing(self) -> Hearing:
        return self._feed.hearing()

    def handle_of(self, reference: str) -> str | None:
        return self._account.handle_of(reference)

    async def say(self, text: str, reply_to: str | None = None) -> SayResult:
        """Ok once a tool has confirmed it, which it has 5 s for."""
        if not text.strip():
            return SayResult(ok=False, reason="The message is empty.")
        reply = self._replies.add(text, reply_to or "", self._outside.now())
        try:
            async with asyncio.timeout(ANSWER_S):
                await reply.done.wait()
        except TimeoutError:
            here = self._replies.heard
            why = "The tool did not confirm the reply." if here else "No tool is there that takes replies."
            return SayResult(ok=False, id=reply.id, reason=why)
        return SayResult(ok=not reply.refused, id=reply.id, reason=reply.refused)

    async def check(self) -> tuple[Check, ...]:
        shown = self._stream.ingest().shown
        stream = Check("stream", CheckState.OK, f"{shown} takes it, by the rules of {self.platform}.")
        return self._check_port(), stream

    def _check_port(self) -> Check:
        if self._listening is not None:
            return Check("port", CheckState.OK, f"A tool is awaited on {self.shown}.")
        try:
            where = self._place()
            bind(where).close()
        except CastmateError as error:
            return Check("port", CheckState.BAD, error.message, error.remedy)
        return Check("port", CheckState.OK, f"{where.shown} is free.")

    async def close(self, reason: str) -> None:
        self._closed.set()
        self._replies.close()
        calling, self._calling = self._calling, None
        if calling is not None:
            calling.cancel()
            await asyncio.gather(calling, return_exceptions=True)
        listening, self._listening = self._listening, None
        if listening is not None:
            await listening.close()
        self._feed.close()
        await self._stream.close(reason)
