"""Hears the console through the page's own traffic: bounded, each event once; notices when it is deaf."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.base import ChatState, Event, EventKind
from connectors.canary import Canary, Ear
from connectors.errors import Changed, Transient
from connectors.feed import Feed
from connectors.outside import Outside
from connectors.seller_console.reading import Reading, read
from connectors.seller_console.sheet import Sheet, Tap
from connectors.seller_console.window import Heard

WAITING = 400  # answers that are not read yet; when one more comes the oldest goes and is counted
BODY_S = 10.0
STRIKES = 3  # answers in a row that lack a field: the console changed
OWN_WORDS, OWN_S = 50, 120.0
ASKERS = 1000
SILENT_S = 20.0  # a page that asked for nothing for so long may have missed something
DEAD_S = 40.0  # so long without any answer of a tap


@dataclass(slots=True)
class Counts:
    """What came that is no event."""

    answers: int = 0
    good: int = 0
    dropped: int = 0
    failed: int = 0
    refused: int = 0
    unreadable: int = 0
    skipped: int = 0
    gone: dict[str, int] = field(default_factory=dict)


class Ears:
    """`heard` is called by the window; `run` reads until cancelled. `state` is how the chat stands."""

    def __init__(self, sheet: Sheet, feed: Feed, outside: Outside, told: Callable[[Changed], None]) -> None:
        self._sheet, self._feed, self._outside, self._told = sheet, feed, outside, told
        self._waiting: deque[Heard] = deque()
        self._wake = asyncio.Event()
        self._strikes: dict[str, int] = {}
        self._own: deque[tuple[str, float]] = deque(maxlen=OWN_WORDS)
        self._askers: OrderedDict[str, str] = OrderedDict()
        self._last_good: datetime | None = None
        self._lost_since: datetime | None = None
        self.held = False
        self.counts = Counts()
        self.facts: dict[str, str] = {}
        self.goods: tuple[Mapping[str, str], ...] = ()
        self._chat_taps = frozenset(t.name for t in sheet.taps if t.gives is EventKind.COMMENT)
        self.begin()

    # ---- in

    def opening(self) -> None:
        """The first answer of the chat is waited for; without a tap for it there is nothing to hear."""
        self.held = False
        self._feed.state(ChatState.OPENING if self._chat_taps else ChatState.OFF)

    def begin(self) -> None:
        """A window was opened or loaded anew: it has a while to be heard."""
        self._canary = Canary(self._outside.time(), dead_after_s=DEAD_S)

    def heard(self, heard: Heard) -> None:
        """Never waits."""
        self.counts.answers += 1
        self._waiting.append(heard)
        if len(self._waiting) > WAITING:
            self._waiting.popleft()
            self.counts.dropped += 1
            self._lose("the console's answers came faster than they could be read")
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            while self._waiting:
                await self._take(self._waiting.popleft())
            self._wake.clear()
            await self._wake.wait()

    async def _take(self, heard: Heard) -> None:
        chat = heard.tap.name in self._chat_taps
        if not 200 <= heard.status < 300:
            self.counts.failed += 1
            if chat:
                self._lose(f"the console's own requests fail ({heard.status or 'no connection'})")
            return
        try:
            async with asyncio.timeout(BODY_S):
                body = await heard.body()
        except (Transient, TimeoutError):  # the page went on before it could be read
            self.counts.failed += 1
            if chat:
                self._lose("an answer of the console could not be read in time")
            return
        self._handle(heard, read(heard.tap, body, self._sheet.platform, self._outside.now()))

    def _handle(self, heard: Heard, found: Reading) -> None:
        tap, counts = heard.tap, self.counts
        counts.skipped += found.skipped
        self._canary.frame(self._outside.time())
        if found.unreadable or found.refused:
            counts.unreadable += bool(found.unreadable)
            counts.refused += bool(found.refused)
            if tap.name in self._chat_taps:
                self._odd(tap, found)
            return
        if found.gone:
            self._strike(tap.name, found.gone)
            return
        if found.events:  # an empty answer proves nothing about the fields
            self._strikes.pop(tap.name, None)
        self.facts.update({k: v for k, v in found.facts.items() if v not in ("", "0")})
        if found.goods:
            self.goods = found.goods
        if tap.name in self._chat_taps and self._strikes.get(tap.name, 0) < STRIKES:
            self._good()
        for event in found.events:
            self._feed.offer(self._ours(event))

    def _odd(self, tap: Tap, found: Reading) -> None:
        """A socket carries other things too, and these prove that it lives; a poll has one kind of answer."""
        if tap.of == "response":
            self._lose(f"the console got: {found.refused or 'an answer of an unknown form'}")
        elif found.refused:
            self._good()

    def _strike(self, tap: str, gone: tuple[str, ...]) -> None:
        strikes = self._strikes[tap] = self._strikes.get(tap, 0) + 1
        for path in gone:
            self.counts.gone[path] = self.counts.gone.get(path, 0) + 1
        if strikes == STRIKES:
            self._told(
                Changed(
                    f"The console's answers ({tap}) have no {', '.join(gone)} any more: they were changed.",
                    remedy="Watch the chat by hand; Castmate needs a data sheet newer than "
                    f"{self._sheet.version}.",
                )
            )
            if tap in self._chat_taps:
                self._feed.state(ChatState.DEAF, f"the console's answers have no {', '.join(gone)} any more")
                self.missed()

    # ---- how it stands

    def _lose(self, why: str) -> None:
        self.missed()
        self._feed.state(ChatState.WAITING, why)

    def missed(self) -> None:
        """From the last good answer on something may be lost."""
        self._lost_since = self._lost_since or self._last_good or self._outside.now()

    def stop(self, state: ChatState, why: str) -> None:
        """From the outside: the page is not heard from now on."""
        self.held = state is ChatState.LOST
        if not self.held:
            self.missed()
        if self._chat_taps or self.held:
            self._feed.state(state, why)

    def _good(self) -> None:
        self._canary.proof(self._outside.time())
        self.counts.good += 1
        now, last = self._outside.now(), self._last_good
        lost, self._lost_since = self._lost_since, None
        if lost is None and last is not None and (now - last).total_seconds() > SILENT_S:
            lost = last
        if lost is not None and last is not None:
            self._feed.gap(lost, self._feed.hearing().why or "the console was not heard")
        self._last_good = now
        if not self.held:  # a page that a person must look at may go on polling
            self._feed.state(ChatState.OPEN)

    def deaf(self) -> str:
        """Why the page is to be loaded anew; "" while it is heard, and for a sheet without chat."""
        if not self._chat_taps:
            return ""
        match self._canary.ear(self._outside.time()):
            case Ear.DEAD:
                return "the page asks for nothing any more"
            case Ear.DEAF:
                return "the page is open, and no chat came through it for a minute"
        return ""

    # ---- our own words

    def will_say(self, text: str) -> None:
        """These words will come back, and are ours."""
        self._own.append((_folded(text), self._outside.time()))

    def asker(self, id_: str) -> str:
        """The name of who wrote that message; "" where it is not known any more."""
        return self._askers.get(id_, "")

    def _ours(self, event: Event) -> Event:
        if event.kind is not EventKind.COMMENT:
            return event
        self._askers[event.id] = event.viewer
        while len(self._askers) > ASKERS:
            self._askers.popitem(last=False)
        text, now = _folded(event.text), self._outside.time()
        for said in self._own:
            if said[0] == text and now - said[1] <= OWN_S:
                self._own.remove(said)
                return replace(event, own=True)
        return event


def _folded(text: str) -> str:
    return " ".join(text.split())
