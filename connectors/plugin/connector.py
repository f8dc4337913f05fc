"""A connector of another package as the show sees it: the contract, with a process of its own behind it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

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
    Gap,
    Hearing,
    Ingest,
    Metrics,
    PinResult,
    SayResult,
    ShowInfo,
    missing,
)
from connectors.bucket import Bucket
from connectors.errors import AuthNeeded, Blocked, Changed, Transient
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.plugin import wire
from connectors.plugin.address import ingest_of
from connectors.plugin.process import START_S, Life, begin
from connectors.plugin.proxy import Proxy
from connectors.plugin.wire import Malformed
from connectors.registry import Entry
from products.confined import cell
from products.confined.found import Plugin
from products.errors import CastmateError, Refused

OFTEN, OFTEN_S = 5, 600.0  # deaths in so many seconds: it is not started again
KEPT, KEPT_S = 10, 60.0  # changes of its account
LONGEST_FIELD = 8_000


class ConfinedConnector(BareConnector):
    """Implements connectors.base.Connector. Nothing runs before it is first asked for something.

    home   the plug-in's own folder; None where it declares none
    lacks  what this machine cannot hold back
    """

    def __init__(
        self, plugin: Plugin, entry: Entry, account: Account, outside: Outside, home: Path | None
    ) -> None:
        super().__init__()
        self.platform, self.caps = entry.policy, entry.caps
        self._plugin, self._entry, self._account = plugin, entry, account
        self._outside, self._home = outside, home
        self._feed = Feed(self.platform, outside.now)
        self._proxy = Proxy(plugin.declared) if plugin.declared.hosts else None
        self._life: Life | None = None
        self._changed = asyncio.Event()  # a life began, or none will
        self._over: CastmateError | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._asking_again: asyncio.Task[None] | None = None
        self._wants_events, self._cursor = False, ""
        self._deaths: deque[float] = deque(maxlen=OFTEN)
        self._bucket = Bucket(KEPT, KEPT_S)
        self._heard: datetime | None = None
        self.malformed = 0
        self.lacks = cell.lacking(network=self._proxy is not None)

    def __repr__(self) -> str:
        return f"ConfinedConnector({self._account!r})"

    @property
    def pid(self) -> int | None:
        """Of its process; None while it has none."""
        return None if self._life is None else self._life.pid

    # ---- what the show wants

    async def open(self, show: ShowInfo) -> Ingest:
        return await self._ingest("open", show)

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        return await self._ingest("next_ingest", show)

    async def _ingest(self, do: str, show: ShowInfo) -> Ingest:
        if Cap.EGRESS not in self.caps:
            raise missing(self.platform, Cap.EGRESS)
        told = await self._ask(do, lambda data, now: data, show=wire.plain(show))
        return ingest_of(told, self._plugin, self.platform)

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        self._wants_events, self._cursor = True, cursor or ""
        if not self._closed.is_set():
            self._feed.state(ChatState.OPENING)
            if self._life is not None:
                self._ask_for_events(self._life)
            self._keep()
        async for event in self._feed.events():
            yield event

    def hearing(self) -> Hearing:
        return self._feed.hearing()

    async def say(self, text: str, reply_to: str | None = None) -> SayResult:
        self._has(Cap.CHAT_OUT)
        if not text.strip():
            return SayResult(False, reason="there are no words in it")
        found: SayResult = await self._ask("say", wire.say_result, text=text, reply_to=reply_to)
        return found

    async def pin(self, product: str) -> PinResult:
        self._has(Cap.PIN)
        found: PinResult = await self._ask("pin", wire.pin_result, product=product)
        return found

    def handle_of(self, reference: str) -> str | None:
        return self._account.handle_of(reference)

    async def disclose(self, synthetic: bool) -> Evidence:
        self._has(Cap.DISCLOSE)
        found: Evidence = await self._ask("disclose", wire.evidence, synthetic=synthetic)
        return found

    async def metrics(self) -> Metrics:
        self._has(Cap.METRICS)
        found: Metrics = await self._ask("metrics", wire.metrics)
        return found

    async def check(self) -> tuple[Check, ...]:
        """What the plug-in finds, what this machine cannot hold back, what the plug-in asked for in vain."""
        try:
            found: tuple[Check, ...] = await self._ask("check", wire.checks)
        except CastmateError as error:
            found = (Check("plug-in", CheckState.BAD, error.message, error.remedy or "Ask its authors."),)
        known = tuple(Check("confinement", CheckState.BY_HAND, lack) for lack in self.lacks)
        return (*found, *known, *self._stopped_at())

    def _stopped_at(self) -> tuple[Check, ...]:
        if self._proxy is None or not self._proxy.refused:
            return ()
        says = f"It asked for servers that it does not declare: {', '.join(self._proxy.refused)}."
        return (Check("servers", CheckState.BAD, says, "Ask its authors why; do not use it before."),)

    async def close(self, reason: str) -> None:
        if not self._closed.is_set() and self._life is not None:
            with suppress(CastmateError):  # it is ended all the same
                await self._life.ask("close", None, 5.0, reason=reason)
        await super().close(reason)
        for task in (self._keeping, self._asking_again):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._feed.close()

    def _has(self, cap: Cap) -> None:
        if cap not in self.caps:
            raise missing(self.platform, cap)

    # ---- its process

    async def _ask(self, do: str, reads: wire.Reads, **more: Any) -> Any:
        return await (await self._living()).ask(do, reads, **more)

    async def _living(self) -> Life:
        """The process, once it runs. Raises Transient, or why there will be none."""
        self._keep()
        with suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                while self._life is None and self._over is None and not self._closed.is_set():
                    self._changed.clear()
                    await self._changed.wait()
        if self._over is not None:
            raise self._over
        if self._life is None:
            raise Transient(f"{self._plugin.name} does not run.")
        return self._life

    def _keep(self) -> None:
        if self._keeping is None and not self._closed.is_set():
            work = self._feed.filled_by(self._keep_alive, f"The keeper of the plug-in {self._plugin.name}")
            self._keeping = asyncio.ensure_future(work)

    async def _keep_alive(self) -> None:
        """Until cancelled, or until it died too often: that is raised, and is the channel's trouble alone."""
        backoff = Backoff(self._outside.rng, first=2.0, most=60.0)
        try:
            if self._proxy is not None:
                await self._proxy.start()
            while True:
                why = await self._one_life(backoff)
                now = self._outside.time()
                self._deaths.append(now)
                if len(self._deaths) == OFTEN and now - self._deaths[0] < OFTEN_S:
                    self._over = Blocked(
                        f"{self._plugin.name} was stopped: it ended {OFTEN} times. Last: {why}",
                        remedy="Ask its authors; take its channel out until then.",
                    )
                    self._changed.set()
                    raise self._over
                if self._wants_events:
                    self._feed.gap(self._heard or self._outside.now(), why)
                self._feed.state(ChatState.WAITING, why)
                await self._outside.sleep(backoff.wait())
        finally:
            if self._proxy is not None:
                await self._proxy.close()

    async def _one_life(self, backoff: Backoff) -> str:
        """Why it ended."""
        life: Life | None = None
        try:
            fields = declared_fields(self._plugin, self._account)
            account = (self._account.name, fields)
            life = await begin(
                self._plugin,
                self._home,
                self._proxy,
                account,
                self._outside,
                lambda told: self._hear(told, backoff),
            )
            if self._wants_events:
                self._ask_for_events(life)
            self._life = life
            self._changed.set()
            await life.run()
        except Transient as error:
            return error.message
        finally:
            self._life = None
            if life is not None:
                self.malformed += life.malformed
                await (life.stop() if self._closed.is_set() else life.stop(0.0))

    def _ask_for_events(self, life: Life) -> None:
        life.tell("events", cursor=self._cursor or None)

    def _hear(self, told: Mapping[str, Any], backoff: Backoff) -> None:
        """A message that answers nothing. Raises Malformed."""
        if "event" in told:
            self._take(told["event"])
            backoff.handled()
        elif "hearing" in told:
            self._take_hearing(told["hearing"])
        elif "keep" in told:
            self._take_fields(told["keep"])
        elif "over" in told:
            self._take_over(told["over"], backoff)
        elif "beat" not in told:
            raise Malformed("nothing that is known")

    def _take(self, data: Any) -> None:
        now = self._outside.now()
        found = wire.event_of(data, self.platform, self.caps, now)
        if not self._wants_events:
            raise Malformed("nobody asked for events")
        self._heard = now
        if isinstance(found, Gap):
            self._feed.gap(found.since, found.why, found.missed)
            return
        self._cursor = found.cursor or self._cursor
        self._feed.offer(found)

    def _take_hearing(self, data: Any) -> None:
        told = data if isinstance(data, dict) else {}
        if told.get("state") not in set(ChatState):
            raise Malformed("its chat stands as nothing known")
        self._feed.state(ChatState(told["state"]), str(told.get("why") or "")[:200])

    def _take_fields(self, data: Any) -> None:
        """It changes its account: a token that it refreshed. Declared fields alone, and not often."""
        known = {f.name for f in self._entry.fields}
        if not isinstance(data, dict) or not data or not data.keys() <= known:
            raise Malformed("it keeps what it did not declare")
        if not all(v is None or (isinstance(v, str) and len(v) <= LONGEST_FIELD) for v in data.values()):
            raise Malformed("it keeps what is no text")
        if self._bucket.take(self._outside.time()):
            raise Malformed("it changes its account too often")
        self._account.keep(**data)

    def _take_over(self, data: Any, backoff: Backoff) -> None:
        """Its chat ended: for good where a person must act, else it is asked for again."""
        error = wire.error_of(data, self._plugin.name) if data else Transient("The plug-in's chat ended.")
        if isinstance(error, AuthNeeded | Blocked | Refused | Changed):
            self._feed.fail(error)
            return
        self._feed.state(ChatState.WAITING, error.message)
        if self._asking_again is None or self._asking_again.done():
            self._asking_again = asyncio.ensure_future(self._again(backoff.wait()))

    async def _again(self, seconds: float) -> None:
        since = self._heard or self._outside.now()
        await self._outside.sleep(seconds)
        if self._life is not None:
            self._feed.gap(since, "the plug-in's chat ended")
            with suppress(Transient):  # its process goes: the next one is asked anew
                self._ask_for_events(self._life)


def declared_fields(plugin: Plugin, account: Account) -> dict[str, str]:
    """Of the account what the plug-in declared, and the shop's own names of products (item.*, ref.*)."""
    made = plugin.declared.connector
    fields = {f.name: account.text(f.name) for f in (made.fields if made else ()) if account.has(f.name)}
    for prefix in ("item.", "ref."):
        fields |= {f"{prefix}{name}": value for name, value in account.named(prefix).items()}
    return fields
