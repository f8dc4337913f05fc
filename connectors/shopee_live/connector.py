"""Shopee Live as a channel: session, stream, comments, answers, the shown item, figures, and the AI flag
where there is one (the Philippines).
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from connectors.account import Account
from connectors.backoff import Backoff
from connectors.base import (
    BareConnector,
    Cap,
    ChatState,
    Check,
    CheckState,
    Event,
    Evidence,
    Hearing,
    Ingest,
    Metrics,
    PinResult,
    SayResult,
    ShowInfo,
    missing,
)  # fmt: skip
from connectors.errors import Blocked, Changed, NotLive, RateLimited
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.pieces import pieces
from connectors.shopee_live.api import Shopee
from connectors.shopee_live.forms import (
    ENDED,
    ONGOING,
    PLATFORM,
    Created,
    Detail,
    Figures,
    Posted,
    Shown,
    push_address,
    read,
)  # fmt: skip
from connectors.shopee_live.polling import Polling
from products.errors import CastmateError, RemoteError, SetupError

LIVE = "/api/v2/livestream/"
MAX_CHARS = 150  # v2.livestream.post_comment
MAX_TITLE = 200
START_S = 120.0  # the start is tried so long: the platform may want to see the stream first (unproven)
CLOSE_S = 2.5
CAPS = frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.PIN, Cap.DISCLOSE, Cap.METRICS})
AI_FLAG_IN = "PH"  # v2.livestream.start_session: "Only available in PH region"


class ShopeeConnector(BareConnector):
    """Implements connectors.base.Connector for one account. Its fields, beside those of api.Shopee: region,
    shop_id, cover_image_url, is_test ("yes"), and item.HANDLE for products: ITEM_ID or SHOP_ID/ITEM_ID.
    """

    platform = PLATFORM

    def __init__(self, account: Account, outside: Outside) -> None:
        super().__init__()
        self._account, self._outside = account, outside
        self._flags = account.text("region").upper() == AI_FLAG_IN
        self.caps = CAPS if self._flags else CAPS - {Cap.DISCLOSE}
        self._api = Shopee(account, outside)
        self._feed = Feed(PLATFORM, outside.now)
        self._session: int | None = None
        self._synthetic = True
        self._started_with: bool | None = None
        self._begun = False
        self._running: asyncio.Task[None] | None = None
        self._polling: Polling | None = None

    def __repr__(self) -> str:
        return f"ShopeeConnector({self._account!r})"

    # ---- the session

    async def open(self, show: ShowInfo) -> Ingest:
        """Makes a session and gives its address; starts it and listens beside."""
        if self._session is None:
            self._synthetic = show.synthetic
            await self._create(show)
        ingest, domain = await self._ingest()
        if self._running is None and not self._closed.is_set():
            self._feed.state(ChatState.OPENING)
            try:
                await self._begin(self._id, domain)
            except RemoteError as error:  # it is tried on beside: the platform may want the stream first
                self._feed.state(ChatState.WAITING, str(error))
            self._running = asyncio.ensure_future(self._run(self._id, domain))
        return ingest

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        """The session's address as it is now; of a new session where the old one was ended."""
        if self._session is None or (await self._detail()).status == ENDED:
            await self._stop()
            self._session = None
            return await self.open(show)
        return (await self._ingest())[0]

    async def _create(self, show: ShowInfo) -> None:
        cover = self._account.text("cover_image_url")
        if not cover:
            raise SetupError("Shopee wants a cover picture.", remedy="Log in again and give its address.")
        asked = {
            "title": show.title[:MAX_TITLE],
            "description": show.description[:MAX_TITLE],
            "cover_image_url": cover,
            "is_test": self._account.text("is_test").lower() in ("yes", "true", "1"),
        }
        self._session = read(Created, await self._api.post(LIVE + "create_session", **asked)).session_id
        self._started_with, self._begun = None, False

    async def _detail(self) -> Detail:
        return read(Detail, await self._api.get(LIVE + "get_session_detail", session_id=self._id))

    async def _ingest(self) -> tuple[Ingest, int]:
        streams = (await self._detail()).streams
        url, kind = push_address(streams), streams.push_url.partition("://")[0].lower()
        if kind not in ("rtmp", "rtmps"):
            raise RemoteError(f"Shopee wants the stream by {kind}, which is not known.")
        host = streams.push_url.split("/")[2] if "://" in streams.push_url else "shopee"
        return Ingest(kind, url, f"{kind}://{host}"), streams.domain_id

    @property
    def _id(self) -> int:
        if self._session is None:
            raise NotLive("No Shopee session is open.")
        return self._session

    async def _run(self, session: int, domain: int) -> None:
        try:
            await self._start(session, domain)
        except CastmateError as error:
            self._feed.fail(error)
            return
        self._polling = Polling(self._api, self._outside, self._feed, self._account.text("user_id"))
        await self._polling.run(session)

    async def _start(self, session: int, domain: int) -> None:
        """Tries until it is taken, at most START_S."""
        backoff, until = Backoff(self._outside.rng, first=2.0, most=10.0), self._outside.time() + START_S
        while not self._begun:
            wait = backoff.wait()
            await self._outside.sleep(wait)
            try:
                await self._begin(session, domain)
            except (Blocked, Changed):
                raise
            except RemoteError as error:
                self._feed.state(ChatState.WAITING, str(error))
                if self._outside.time() + wait > until:
                    raise

    async def _begin(self, session: int, domain: int) -> None:
        asked: dict[str, object] = {"session_id": session, "domain_id": domain}
        if self._flags:
            asked["ai_stream"] = self._synthetic
        await self._api.post(LIVE + "start_session", **asked)
        self._begun = True
        self._started_with = self._synthetic if self._flags else None

    # ---- the chat

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        async for event in self._feed.events(cursor):
            yield event

    def hearing(self) -> Hearing:
        """Comments that could not be read count as dropped."""
        told, unread = self._feed.hearing(), self._polling.malformed if self._polling is not None else 0
        return replace(told, received=told.received + unread, dropped=told.dropped + unread)

    async def say(self, text: str, reply_to: str | None = None) -> SayResult:
        """In pieces of 150 characters. Shopee knows no reply to one comment."""
        parts, id_ = pieces(text, MAX_CHARS), ""
        if not parts:
            return SayResult(ok=False, reason="The message is empty.")
        for part in parts:
            try:
                answer = await self._api.post(LIVE + "post_comment", session_id=self._id, content=part)
            except RateLimited as error:
                return SayResult(False, id_, str(error), len(parts), error.retry_after)
            except RemoteError as error:
                return SayResult(False, id_, str(error), len(parts))
            id_ = str(read(Posted, answer).comment_id or "") or id_
        return SayResult(True, id_, parts=len(parts))

    # ---- goods, flag, figures

    async def pin(self, product: str) -> PinResult:
        """Shows the item and reads it back."""
        found = self._item(product)
        if found is None:
            return PinResult(
                False,
                f"No Shopee item is known for {product}. Run: castmate connectors login {PLATFORM} "
                f"--account {self._account.name} --set item.{product}=ITEM_ID",
            )
        shop, item = found
        await self._api.post(LIVE + "update_show_item", session_id=self._id, item_id=item, shop_id=shop)
        shown = read(Shown, await self._api.get(LIVE + "get_show_item", session_id=self._id))
        if shown.has_show_item and shown.item is not None and shown.item.item_id == item:
            return PinResult(True)
        return PinResult(False, "Shopee took it, but does not show it.")

    def handle_of(self, reference: str) -> str | None:
        return self._account.handle_of(reference)

    def _item(self, product: str) -> tuple[int, int] | None:
        named = self._account.text(f"item.{product}") or product
        shop, _, item = named.rpartition("/")
        shop = shop or self._account.text("shop_id")
        good = shop.isdecimal() and item.isdecimal() and len(shop) < 19 and len(item) < 19
        return (int(shop), int(item)) if good else None

    async def disclose(self, synthetic: bool) -> Evidence:
        """The flag goes along with the start and cannot be changed, or read back, afterwards."""
        if not self._flags:
            raise missing(self.platform, Cap.DISCLOSE)
        now = self._outside.now()
        if self._started_with is None:
            self._synthetic = synthetic
            return Evidence(True, now, f"ai_stream {_yes(synthetic)} is sent with the start of the session.")
        says = f"The session was started with ai_stream {_yes(self._started_with)}"
        if self._started_with is not synthetic:
            return Evidence(False, now, f"{says}; it can only be changed in a new session.")
        return Evidence(True, now, f"{says}; Shopee gives no way to read it back.")

    async def metrics(self) -> Metrics:
        now: datetime = self._outside.now()
        detail = await self._detail()
        figures = read(Figures, await self._api.get(LIVE + "get_session_metric", session_id=self._id))
        says = f"{figures.orders} orders"
        return Metrics(now, detail.status == ONGOING, figures.ccu, figures.likes, None, says)

    async def check(self) -> tuple[Check, ...]:
        """Asks for a session that is not ours: it is refused for the session only when the rest is good."""
        try:
            await self._api.get(LIVE + "get_session_detail", session_id=1)
        except NotLive:
            pass
        except (RemoteError, SetupError) as error:
            foreign = "not belong" in error.message or "not exist" in error.message
            if not foreign:
                remedy = error.remedy or "Try again later."
                return (Check("open platform", CheckState.BAD, error.message, remedy),)
        cover = bool(self._account.text("cover_image_url"))
        state = CheckState.OK if cover else CheckState.BAD
        says = "There is a cover picture." if cover else "There is no cover picture."
        return (
            Check("open platform", CheckState.OK, "Keys and token are accepted."),
            Check("cover", state, says, "" if cover else "Upload one and log in again with its address."),
        )

    async def close(self, reason: str) -> None:
        self._closed.set()
        await self._stop()
        session, self._session = self._session, None
        if session is not None and not self._api.closed:
            try:
                async with asyncio.timeout(CLOSE_S):
                    await self._api.post(LIVE + "end_session", session_id=session)
            except (CastmateError, TimeoutError):
                pass  # it ends by itself when no stream comes
        self._feed.close()
        await self._api.aclose()

    async def _stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def _yes(value: bool) -> str:
    return "true" if value else "false"
