"""A seller console as a channel: the stream goes to the address that the operator copied from it, everything
else goes through the shop's own logged-in console.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from connectors.account import Account
from connectors.addresses import check_address
from connectors.base import (
    BareConnector,
    Cap,
    Check,
    CheckState,
    Event,
    Evidence,
    Hearing,
    Ingest,
    IngestLimits,
    PinResult,
    SayResult,
    Shot,
    ShowInfo,
    missing,
)  # fmt: skip
from connectors.bucket import Window as Pace
from connectors.errors import Changed
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.seller_console.attendance import PROFILE, Attendance
from connectors.seller_console.chromium import Chromium
from connectors.seller_console.declaring import declare
from connectors.seller_console.ears import Ears
from connectors.seller_console.ingest import ingest_of
from connectors.seller_console.replying import reply
from connectors.seller_console.sheet import CONTROL, Sheet
from connectors.seller_console.shelf import PATIENCE_S, Shelf
from connectors.seller_console.shots import Shots
from connectors.seller_console.standing import Standing
from connectors.seller_console.window import Ear, Open, Window
from products.errors import Bug, CastmateError, RemoteError

INBOX = 5_000
OPEN_S = 45.0  # a check may take so long
FLAG_S = 12.0  # the stream waits for the switches, at the start of a show
LATER_S = 5.0
CLOSE_S = 5.0
MESSAGES, PER_S = 10, 30.0  # our own restraint: consoles publish no limit


class ConsoleConnector(BareConnector):
    """Implements connectors.base.Connector for one account on a console that `sheet` describes. The account's
    fields: server, stream_key; profile (the login, as castmate connectors login keeps it); item.HANDLE of
    products ("3", or "3 words of the title"); browser, a path of Chromium. `open_`: opens windows; None: in a
    Chromium of its own.
    """

    def __init__(self, sheet: Sheet, account: Account, outside: Outside, open_: Open | None = None) -> None:
        super().__init__()
        self.platform, self.caps = sheet.platform, sheet.caps
        self._sheet, self._account, self._outside = sheet, account, outside
        self._chromium = Chromium(account.text("browser")) if open_ is None else None
        self._feed = Feed(sheet.platform, outside.now, limit=INBOX)
        self._shots = Shots()
        self._ears = Ears(sheet, self._feed, outside, self._tell)
        self._attendance = Attendance(
            sheet, account, outside, self._ears, self._shots, open_ or self._open_window
        )
        self._shelf = Shelf(account, outside, self._ears, self._attendance, self._sleep)
        self._pace = Pace(MESSAGES, PER_S)
        self._running: asyncio.Task[None] | None = None
        self._changed: Changed | None = None
        self._flag_owed: bool | None = None

    def __repr__(self) -> str:
        return f"ConsoleConnector({self._account!r})"

    async def _open_window(self, state: str, ear: Ear) -> Window:
        assert self._chromium is not None
        visible = any(page.by == "person" for page in self._sheet.pages.values())
        context = await self._chromium.context(state, visible=visible)
        from connectors.seller_console.page import open_window  # Playwright is there, or that said so

        return await open_window(self._sheet, context, ear)

    def _tell(self, changed: Changed) -> None:
        """A tap lost its fields: it is in the hearing, and in `check`."""
        self._changed = changed

    # ---- the stream

    async def open(self, show: ShowInfo) -> Ingest:
        """The address as the operator typed it; the console is opened beside. SetupError, AuthNeeded for what
        the account lacks; trouble with the console is told by `hearing` and does not keep the show from air.
        """
        ingest = self._ingest()
        if self._running is None and not self._closed.is_set():
            self._ears.opening()
            self._running = asyncio.ensure_future(self._run())
        return ingest

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        """Read anew: the operator may have copied another key."""
        self._account.reread()
        return self._ingest()

    def _ingest(self) -> Ingest:
        return ingest_of(self._sheet, self._account, IngestLimits())

    async def _run(self) -> None:
        """The window, its ears and the shelf; whatever ends one ends all, and is told."""
        try:
            async with asyncio.TaskGroup() as together:
                together.create_task(self._ears.run())
                together.create_task(self._attendance.run())
                together.create_task(self._shelf.run())
                together.create_task(self._declare_later())
        except* CastmateError as errors:
            self._feed.fail(_first(errors))
        except* Exception as errors:  # noqa: BLE001  a bug of ours: the show must know that nobody listens
            error = _first(errors)
            self._feed.fail(Bug(f"The console is not attended any more ({type(error).__name__}: {error})."))

    # ---- the chat

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        async for event in self._feed.events(cursor):
            yield event

    def hearing(self) -> Hearing:
        """Answers of the console that could not be read count as dropped."""
        told, dropped = self._feed.hearing(), self._ears.counts.dropped
        return replace(told, received=told.received + dropped, dropped=told.dropped + dropped)

    async def say(self, text: str, reply_to: str | None = None) -> SayResult:
        """Through the console's box; with the asker's name before it where the message is still known."""
        if self._sheet.reply is None:
            raise missing(self.platform, Cap.CHAT_OUT)
        asker = self._ears.asker(reply_to) if reply_to else ""
        text = f"@{asker} {text}" if asker and text.strip() else text
        try:
            window = await self._attendance.window(PATIENCE_S)
            async with self._attendance.lock:
                return await reply(window, text, self._may_say, self._ears.will_say, self._sleep)
        except Changed as error:
            await self._attendance.shoot("reply", error.message)
            raise
        except RemoteError as error:
            return SayResult(False, reason=str(error))

    def _may_say(self) -> float:
        return self._pace.take(self._outside.time())

    # ---- products

    def handle_of(self, reference: str) -> str | None:
        return self._shelf.handle_of(reference)

    async def pin(self, product: str) -> PinResult:
        """Shows the product and reads it back; what cannot be shown now is shown as soon as it can be."""
        if self._sheet.goods is None:
            raise missing(self.platform, Cap.PIN)
        return await self._shelf.show(product, self._sheet.goods)

    # ---- switches

    async def disclose(self, synthetic: bool) -> Evidence:
        """Sets the switches and reads them back. A console that cannot be had keeps no show from air: that is
        evidence of nothing, told as such, and made up for once the console is there.
        """
        if not self._sheet.switches:
            raise missing(self.platform, Cap.DISCLOSE)
        self._flag_owed = None
        try:
            await self._attendance.window(FLAG_S)
            return await self._declare(synthetic)
        except CastmateError as error:
            self._flag_owed = synthetic
            says = f"Not set yet: {error} Look at the console's switches by hand."
            return Evidence(False, self._outside.now(), says)

    async def _declare(self, synthetic: bool) -> Evidence:
        window = await self._attendance.window(FLAG_S)
        async with self._attendance.lock:
            evidence = await declare(window, self._sheet.switches, synthetic, self._outside.now, self._sleep)
            await self._attendance.shoot("flag", evidence.says)
        return evidence

    async def _declare_later(self) -> None:
        """Until cancelled. What came of it is told by its picture."""
        while True:
            await self._outside.sleep(LATER_S)
            owed = self._flag_owed
            if owed is not None and self._attendance.ready:
                self._flag_owed = None
                try:
                    await self._declare(owed)
                except CastmateError as error:
                    self._flag_owed = owed
                    await self._attendance.shoot("flag", f"The switches could not be set: {error.message}")

    async def _sleep(self, seconds: float) -> None:
        """Between two steps of a hand; a captcha or a log-out takes it off."""
        await self._outside.sleep(seconds)
        self._attendance.must_be_ready()

    # ---- the rest

    def shots(self) -> tuple[Shot, ...]:
        return self._shots.take()

    async def check(self) -> tuple[Check, ...]:
        """The address, and a look at the console with the kept login."""
        return check_address(self._ingest), *await self._check_console()

    async def _check_console(self) -> tuple[Check, ...]:
        if not self._account.has(PROFILE):
            remedy = f"Run: castmate connectors login {self._account.platform}:{self._account.name}"
            return (Check("console", CheckState.BAD, "Nobody logged in to the console yet.", remedy),)
        by_person = self._sheet.pages[CONTROL].by == "person"
        if by_person and self._running is None:
            says = f"A person opens {self._sheet.pages[CONTROL].url} when the show starts."
            return (Check("console", CheckState.BY_HAND, says),)
        alone = self._running is None
        if alone:
            self._running = asyncio.ensure_future(self._run())
        try:
            window = await self._attendance.window(OPEN_S)
            async with self._attendance.lock:
                look = await window.look()
        except CastmateError as error:
            live = self._attendance.verdict.standing is Standing.NOT_LIVE
            state = CheckState.BY_HAND if live else CheckState.BAD
            return (Check("console", state, error.message, error.remedy or "Look at it by hand."),)
        finally:
            if alone:
                await self._stop()
        parts = tuple(
            Check("console", CheckState.BAD, f"The control page shows no {part}.", self._newer())
            for part in look.missing
        )
        return (
            Check("console", CheckState.OK, f"{self._sheet.title} lets us in."),
            *parts,
            *self._check_taps(),
        )

    def _check_taps(self) -> tuple[Check, ...]:
        if self._changed is None:
            return ()
        return (Check("console traffic", CheckState.BAD, self._changed.message, self._changed.remedy),)

    def _newer(self) -> str:
        return f"Look by hand; if it is there, Castmate needs a data sheet newer than {self._sheet.version}."

    async def close(self, reason: str) -> None:
        self._closed.set()
        await self._stop()
        self._feed.close()

    async def _stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            try:
                async with asyncio.timeout(CLOSE_S):
                    await self._attendance.keep_login()
            except TimeoutError:
                pass  # what was kept before still stands
            running.cancel()
            await asyncio.wait({running}, timeout=CLOSE_S)
        if self._chromium is not None:
            await self._chromium.close()


def _first(errors: BaseExceptionGroup[Exception]) -> Exception:
    """The first that happened."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Exception)
    return error
