"""What a person sees in the window of a console, and what they can do there. page.py does it in Chromium;
tests do it in memory.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from connectors.errors import Transient
from connectors.seller_console.sheet import Popup, Tap


class WindowGone(Transient):
    """The window was closed, or its browser ended."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the control page.

    address   of the page, without what stands behind ? and #
    ready     the sign of the control page shows
    captcha   the sign of a captcha that shows, "" for none
    popups    that lie over the page now
    between   the page that leads to the control page shows; `live`: the running broadcast's number there
    missing   parts that the sheet names and the page lacks: "product list", "reply box"
    """

    address: str
    ready: bool
    captcha: str = ""
    between: bool = False
    live: str = ""
    popups: tuple[Popup, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A product in the list as it stands there now. `button`: its words; None: there is none. `place`: among
    the rows that the page holds.
    """

    number: int | None
    text: str
    button: str | None
    disabled: bool = False
    place: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """Traffic of the page that a tap wants. `status`: of the response, 0 where it failed on its way; 200 for
    frames. `body`: fetches it, and may raise Transient.
    """

    tap: Tap
    status: int
    body: Callable[[], Awaitable[bytes]]


class Ear(Protocol):
    """Takes what is heard; returns at once."""

    def __call__(self, heard: Heard) -> None: ...


class Window(Protocol):
    """All methods raise WindowGone once it is closed, Changed where the page lacks what the sheet names."""

    async def enter(self, live: str = "") -> None:
        """Goes to the control page (or waits for a person to open it); what it becomes is seen by `look`.
        `live`: the number of a broadcast, where the page that leads there told it.
        """

    async def open_others(self, facts: dict[str, str]) -> None:
        """Opens the sheet's other pages whose facts are known, each once."""

    async def look(self) -> Look: ...

    async def close_popup(self, popup: Popup) -> bool:
        """Whether it was closed; False where its words say that a person is asked."""

    async def rows(self) -> tuple[Row, ...]:
        """Of the product list, those that the page holds now, in their order there."""

    async def scroll(self, *, down: bool) -> bool:
        """Brings the last row to the top (or the first to the bottom): a list that holds only what is in view
        gives others then. Whether anything moved.
        """

    async def press_row(self, number: int | None, words: str, expect: str) -> bool:
        """Presses the button of the row with that number and those words, if the button says `expect`.
        Whether it was pressed.
        """

    async def confirm(self) -> None:
        """Presses the confirmation that the sheet names, where it shows."""

    async def reply_limit(self) -> int | None:
        """Characters that the box takes, as the page says it; None: it does not."""

    async def write(self, text: str) -> str:
        """Puts the text into the box; what stands there then."""

    async def send(self) -> bool:
        """Presses the button beside the box; False where it does nothing now."""

    async def box(self) -> str:
        """What stands in the box."""

    async def switch(self, words: str) -> bool | None:
        """Whether the switch beside these words is on; None: no open page shows it."""

    async def press_switch(self, words: str) -> None: ...

    async def picture(self, row: Row | None = None) -> bytes:
        """PNG of the page, viewers' names blacked out; of a row alone."""

    async def state(self) -> str:
        """The login, as JSON text. A secret."""

    async def reload(self) -> None: ...

    async def close(self) -> None:
        """May be called again."""


Open = Callable[[str, Ear], Awaitable[Window]]  # a login's state, "" for none; where traffic goes
