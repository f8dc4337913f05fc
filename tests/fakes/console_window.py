"""A seller console in memory behind connectors.seller_console.window.Window: a list that holds only the rows
in view, a page that polls by itself, and everything that may go wrong, as switches.
"""

import asyncio
from dataclasses import dataclass, field

from fakes.console_answers import COMMENTS, Written

from connectors.base import EventKind
from connectors.errors import Changed
from connectors.seller_console.sheet import Popup, Sheet
from connectors.seller_console.window import Heard, Look, Row, WindowGone

IN_VIEW = 6
POLL_S = 0.01


@dataclass
class FakeConsole:
    """One account's console. `titles`: of the products by number."""

    sheet: Sheet
    titles: dict[int, str] = field(default_factory=lambda: {n: f"商品{n} 陶瓷杯" for n in range(1, 31)})
    address: str = ""
    ready: bool = True
    between: bool = False
    number: str = ""
    captcha: str = ""
    popups: list[Popup] = field(default_factory=list)
    popup_words: str = ""
    missing: tuple[str, ...] = ()
    live: bool = True
    stuck: bool = False  # clicks on products change nothing
    words: dict[str, str] = field(default_factory=dict)  # other words for the buttons
    limit: int | None = None
    sends: bool = True
    switches: dict[str, bool] = field(default_factory=dict)
    stiff: bool = False  # switches do not move
    state: str = '{"cookies": [], "origins": []}'
    opened_with: list[str] = field(default_factory=list)
    shown: int | None = None
    presses: int = 0
    posted: list[str] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)  # given before the usual ones
    waiting: list[Written] = field(default_factory=list)
    silent: bool = False
    reloads: int = 0
    entered: int = 0
    pictures: list[Row | None] = field(default_factory=list)
    windows: "list[FakeWindow]" = field(default_factory=list)

    def __post_init__(self):
        self.address = self.address or self.sheet.pages["control"].url

    async def open(self, state, ear):
        self.opened_with.append(state)
        window = FakeWindow(self, ear)
        self.windows.append(window)
        await window.enter()
        return window


class FakeWindow:
    def __init__(self, console, ear):
        self.console, self.ear = console, ear
        self.top, self.text, self.closed = 0, "", False
        self.others: list[str] = []
        self.polling = asyncio.ensure_future(self._poll())

    async def _poll(self):
        taps = [t for t in self.console.sheet.taps if t.gives is EventKind.COMMENT]
        while taps:
            await asyncio.sleep(POLL_S)
            console = self.console
            if console.silent:
                continue
            if console.answers:
                status, body = console.answers.pop(0)
            else:
                status, body = 200, COMMENTS[console.sheet.platform](console.waiting)
                console.waiting = []
            self.hear(taps[0], body, status)

    def hear(self, tap, body, status=200):
        async def given():
            return body

        self.ear(Heard(tap, status, given))

    def _at(self):
        if self.closed:
            raise WindowGone("The console's window is closed.")
        return self.console

    async def enter(self, live=""):
        self._at().entered += 1
        if live:
            self.console.between, self.console.ready = False, True

    async def open_others(self, facts):
        for name, page in self._at().sheet.pages.items():
            if name != "control" and name not in self.others:
                if "{" not in page.url or facts:
                    page.url.format_map(facts)
                    self.others.append(name)

    async def look(self):
        console = self._at()
        ready = console.ready and not console.captcha
        return Look(
            console.address,
            ready,
            console.captcha,
            console.between,
            console.number if console.between else "",
            tuple(console.popups),
            console.missing,
        )

    async def close_popup(self, popup):
        console = self._at()
        if any(word in console.popup_words for word in popup.unless):
            return False
        console.popups.remove(popup)
        return True

    def _view(self):
        console = self._at()
        if "product list" in console.missing:
            return []
        return sorted(console.titles)[self.top : self.top + IN_VIEW]

    def _row(self, number):
        console, goods = self.console, self.console.sheet.goods
        off, on = goods.off or "弹品", goods.on or "取消"
        word = on if console.shown == number else off
        word = console.words.get(word, word)
        return Row(number, f"{number}\n{console.titles[number]}", word, disabled=not console.live)

    async def rows(self):
        return tuple(self._row(n) for n in self._view())

    async def scroll(self, *, down):
        most, before = max(0, len(self._at().titles) - IN_VIEW), self.top
        self.top = min(most, self.top + IN_VIEW - 1) if down else max(0, self.top - IN_VIEW + 1)
        return self.top != before

    async def press_row(self, number, words, expect):
        for row in await self.rows():
            fits = number in (None, row.number) and "".join(words.split()) in "".join(row.text.split())
            if fits and row.button == expect and not row.disabled:
                self.console.presses += 1
                if not self.console.stuck:
                    self.console.shown = None if self.console.shown == row.number else row.number
                return True
        return False

    async def confirm(self):
        self._at()

    async def reply_limit(self):
        return self._at().limit

    async def write(self, text):
        if "reply box" in self._at().missing:
            raise Changed("The console shows no reply box.")
        self.text = text if self.console.limit is None else text[: self.console.limit]
        return self.text

    async def send(self):
        console = self._at()
        if not console.sends or not self.text:
            return False
        console.posted.append(self.text)
        self.text = ""
        return True

    async def box(self):
        self._at()
        return self.text

    async def switch(self, words):
        return self._at().switches.get(words)

    async def press_switch(self, words):
        if not self._at().stiff:
            self.console.switches[words] = not self.console.switches[words]

    async def picture(self, row=None):
        self._at().pictures.append(row)
        return b"\x89PNG"

    async def state(self):
        return self._at().state

    async def reload(self):
        self._at().reloads += 1

    async def close(self):
        self.closed = True
        self.polling.cancel()
        await asyncio.gather(self.polling, return_exceptions=True)
