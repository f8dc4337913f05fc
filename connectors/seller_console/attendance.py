"""Keeps a console's window open and attends to it: popups closed, log-out, captcha and a changed layout
noticed within seconds, a page that fell silent loaded anew.

When the platform wants a person, Castmate keeps its hands off, says why, and goes on looking: the person may
mend it in the window, or log in again.
"""

import asyncio

from connectors.account import Account
from connectors.backoff import Backoff
from connectors.base import ChatState
from connectors.errors import AuthNeeded, Blocked, Changed, NotLive, Transient
from connectors.outside import Outside
from connectors.seller_console.ears import Ears
from connectors.seller_console.sheet import Popup, Sheet
from connectors.seller_console.shots import Shots
from connectors.seller_console.standing import STOPPED, Standing, Verdict, judge
from connectors.seller_console.window import Look, Open, Row, Window, WindowGone
from products.errors import CastmateError, RemoteError, SetupError

PROFILE = "profile"  # the account's field with the login
LOOK_S = 1.0
NOT_LIVE_S = 10.0  # a console that opens only while a broadcast runs is tried so often
REREAD_S = 5.0
KEEP_S = 600.0  # a login is renewed by the platform in small steps; it is kept so often
MISSING_S = 10.0  # a part of the page may be away for so long while it is drawn anew
OTHERS_S = 15.0
BLIND = 10  # looks in a row that the page does not allow


class _Turns:
    """When something was done last; pure."""

    def __init__(self, now: float) -> None:
        self._begun = now
        self._last: dict[str, float] = {}

    def due(self, what: str, every_s: float, now: float, *, at_once: bool = False) -> bool:
        """Whether it is due; it counts as done then."""
        if what not in self._last and not at_once:
            self._last[what] = self._begun
        if now - self._last.get(what, float("-inf")) < every_s:
            return False
        self._last[what] = now
        return True


class Attendance:
    """One window of one account. `run` until cancelled; `window` is for who wants to do something in it."""

    def __init__(
        self, sheet: Sheet, account: Account, outside: Outside, ears: Ears, shots: Shots, open_: Open
    ) -> None:
        self._sheet, self._account, self._outside = sheet, account, outside
        self._ears, self._shots, self._open = ears, shots, open_
        self._window: Window | None = None
        self._login = ""  # what the window was opened with, as far as it was not renewed since
        self._verdict = Verdict(Standing.LOADING)
        self._without_since, self._shown = 0.0, False
        self._missing: dict[str, float] = {}
        self._told_missing: set[str] = set()
        self._left_alone: set[str] = set()
        self._turns = _Turns(0.0)
        self._blind = 0
        self._ready = asyncio.Event()
        self.lock = asyncio.Lock()  # one hand in the window at a time
        self.closed_popups = 0

    @property
    def verdict(self) -> Verdict:
        return self._verdict

    # ---- for hands

    @property
    def ready(self) -> bool:
        """Whether the control page shows and nothing keeps a hand off."""
        return self._ready.is_set()

    async def window(self, patience_s: float) -> Window:
        """The window at the control page. Raises what keeps us from it: AuthNeeded, Blocked, Changed,
        NotLive, Transient.
        """
        try:
            async with asyncio.timeout(patience_s):
                while not self._ready.is_set():
                    if self._verdict.standing in STOPPED:
                        break
                    await self._outside.sleep(LOOK_S / 4)
        except TimeoutError:
            pass
        if self._ready.is_set() and self._window is not None:
            return self._window
        raise self.trouble()

    def must_be_ready(self) -> None:
        """Raises what came between while a hand was at work."""
        if not self._ready.is_set():
            raise self.trouble()

    def trouble(self) -> CastmateError:
        """What keeps us from the control page, as an error."""
        says, remedy = self._verdict.says, self._verdict.remedy
        match self._verdict.standing:
            case Standing.LOGGED_OUT:
                return AuthNeeded(says, remedy=remedy)
            case Standing.CAPTCHA:
                return Blocked(says, remedy=remedy)
            case Standing.CHANGED:
                return Changed(says, remedy=remedy)
            case Standing.NOT_LIVE:
                return NotLive(says, remedy=remedy)
        return Transient(says or f"{self._sheet.title} is not open yet.", remedy=remedy)

    def missing(self, part: str) -> bool:
        """Whether a part that the sheet names was away for longer than a page is drawn."""
        since = self._missing.get(part)
        return since is not None and self._outside.time() - since >= MISSING_S

    async def shoot(self, what: str, says: str, row: Row | None = None) -> None:
        """A picture into the show's papers; one that cannot be taken is noted as a picture of no bytes."""
        png = b""
        if self._window is not None:
            try:
                png = await self._window.picture(row)
            except (RemoteError, SetupError):
                png = b""
        self._shots.add(self._outside.now(), what, says, png)

    # ---- the watch

    async def run(self) -> None:
        """Until cancelled. A window that is gone is opened again."""
        backoff = Backoff(self._outside.rng, first=2.0, most=60.0)
        while True:
            why = "the console's window was closed"
            try:
                self._login = self._account.text(PROFILE)
                self._window = await self._open(self._login, self._ears.heard)
                self._begin()
                await self._attend(self._window, backoff)
            except WindowGone as error:
                why = error.message
            except RemoteError as error:
                why = str(error)
            except SetupError as error:  # no Playwright, no Chromium, no screen: a person must act
                self._stop(Verdict(Standing.CHANGED, error.message, error.remedy))
                await self._until_new_login()
            finally:
                await self._leave()
            self._ears.missed()
            if self._verdict.standing not in STOPPED:
                self._ears.stop(ChatState.WAITING, why)
            await self._outside.sleep(backoff.wait())

    def _begin(self) -> None:
        self._ears.begin()
        self._verdict, self._without_since, self._shown = (
            Verdict(Standing.LOADING),
            self._outside.time(),
            False,
        )
        self._missing.clear()
        self._blind = 0

    async def _leave(self) -> None:
        self._ready.clear()
        window, self._window = self._window, None
        if window is not None:
            await window.close()

    async def _attend(self, window: Window, backoff: Backoff) -> None:
        """Looks until the login changed under us. Never waits for a hand: what it would do itself waits."""
        self._turns = _Turns(self._outside.time())
        good = self._ears.counts.good
        while True:
            look = await self._look(window)
            if look is not None:
                await self._judge(window, look)
                if not self.lock.locked():
                    async with self.lock:
                        await self._tend(window, look, backoff)
            if self._ears.counts.good > good:
                good = self._ears.counts.good
                backoff.handled()
            if self._verdict.standing in STOPPED and self._turns.due("read", REREAD_S, self._outside.time()):
                if self._logged_in_anew():
                    return
            await self._outside.sleep(LOOK_S)

    async def _look(self, window: Window) -> Look | None:
        """None for a page that is just between two others; when it stays so, the error."""
        try:
            look = await window.look()
        except WindowGone:
            raise
        except Transient:
            self._blind += 1
            if self._blind > BLIND:
                raise
            return None
        self._blind = 0
        return look

    async def _tend(self, window: Window, look: Look, backoff: Backoff) -> None:
        now, turns = self._outside.time(), self._turns
        if self._ready.is_set():
            for popup in look.popups:
                await self._close(window, popup)
            if why := self._ears.deaf():
                await self._load_anew(window, why, backoff)
            elif len(self._sheet.pages) > 1 and turns.due("others", OTHERS_S, now, at_once=True):
                await self._others(window)
            if turns.due("keep", KEEP_S, now):
                self._keep(await window.state())
        elif look.live and self._verdict.standing is Standing.LOADING:
            await window.enter(look.live)
        elif self._verdict.standing is Standing.NOT_LIVE and turns.due("enter", NOT_LIVE_S, now):
            await window.enter()

    async def _judge(self, window: Window, look: Look) -> None:
        now = self._outside.time()
        before, said = self._verdict.standing, self._verdict.says
        verdict = judge(
            look, self._sheet, f"{self._account.platform}:{self._account.name}",
            without_s=now - self._without_since, shown=self._shown,
        )  # fmt: skip
        self._verdict = verdict
        if verdict.standing is Standing.CONTROL:
            self._without_since, self._shown = now, True
            if before is not Standing.CONTROL:
                self._entered(before)
            await self._look_for_parts(look, now)
            return
        self._ready.clear()
        if verdict.standing in STOPPED and before is not verdict.standing:
            self._stop(verdict)
            await self.shoot("stopped", verdict.says)
        elif verdict.says and said != verdict.says:
            self._ears.stop(ChatState.WAITING, verdict.says)

    def _entered(self, before: Standing) -> None:
        self._ready.set()
        if before is not Standing.LOADING or self._ears.held:
            self._ears.begin()
            self._ears.opening()

    def _stop(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._ready.clear()
        self._ears.stop(ChatState.LOST, f"{verdict.says} {verdict.remedy}".strip())

    async def _look_for_parts(self, look: Look, now: float) -> None:
        for part in [p for p in self._missing if p not in look.missing]:
            del self._missing[part]
            self._told_missing.discard(part)
        for part in look.missing:
            self._missing.setdefault(part, now)
            if self.missing(part) and part not in self._told_missing:
                self._told_missing.add(part)
                await self.shoot("changed", f"The console shows no {part} any more.")

    async def _close(self, window: Window, popup: Popup) -> None:
        try:
            closed = await window.close_popup(popup)
        except Changed:
            closed = False
        self.closed_popups += closed
        if not closed and popup.name not in self._left_alone:
            self._left_alone.add(popup.name)
            await self.shoot("popup", f"A window lies over the console ({popup.name}) and asks a person.")

    async def _load_anew(self, window: Window, why: str, backoff: Backoff) -> None:
        self._ears.stop(ChatState.DEAF, why)
        await self._outside.sleep(backoff.wait())
        await window.reload()
        self._ears.begin()

    async def _others(self, window: Window) -> None:
        try:
            await window.open_others(self._ears.facts)
        except WindowGone:
            raise
        except Transient as error:
            await self.shoot("page", f"A further page of the console does not open: {error.message}")

    # ---- the login

    def _keep(self, state: str) -> None:
        """Unless somebody logged in anew meanwhile."""
        if not self._logged_in_anew():
            self._account.keep(**{PROFILE: state})
            self._login = state

    def _logged_in_anew(self) -> bool:
        self._account.reread()
        return self._account.text(PROFILE) != self._login

    async def _until_new_login(self) -> None:
        while not self._logged_in_anew():
            await self._outside.sleep(REREAD_S)

    async def keep_login(self) -> None:
        """At the end of a show, where the console still knows us."""
        if self._ready.is_set() and self._window is not None:
            try:
                self._keep(await self._window.state())
            except Transient:
                return  # what was kept before still stands
