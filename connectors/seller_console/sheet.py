"""What is known of a platform's seller console: its data sheet, a YAML beside the platform's policy pack.

Consoles change; what is known of them is data with a date and a source for each part, not code. What has no
source is not in a sheet: the capability that would need it is missing, and is said to be missing.
"""

from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from connectors.base import Cap, EventKind
from products.errors import Bug

CONTROL = "control"  # the page that every console has: the running broadcast


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Part):
    """Where facts come from: `what` names repository, commit and folder, or a document."""

    what: str = Field(min_length=1)
    url: str = Field(min_length=1)
    seen: date


class PageOf(_Part):
    """A page of the console. `url` may hold {room} or another fact that a tap finds. `by`: who opens it; some
    consoles show a broken page to an address that a program opened, and a person opens these. `then`: the
    address behind it while a broadcast runs, whose number is {live} (Signs.live).
    """

    url: str = Field(pattern=r"^https://")
    source: str
    by: Literal["program", "person"] = "program"
    then: str = ""


class LoginOf(_Part):
    """url      where a person logs in
    addresses  parts of an address that tell: logged out
    inside     a selector that only a logged-in page shows
    """

    url: str = Field(pattern=r"^https://")
    addresses: tuple[str, ...] = Field(min_length=1)
    inside: str
    source: str
    by: Literal["program", "person"] = "program"


class Signs(_Part):
    """What a look at the control page tells. `ready`: it is the control page. `between`: the page that leads
    there, with the running broadcast's number at `live`; none is on where that does not show. `private`:
    parts with viewers' names, blacked out in pictures. An address that ends with $ must end there.
    """

    ready: str
    between: str = ""
    live: str = ""
    captcha: tuple[str, ...] = ()
    captcha_addresses: tuple[str, ...] = ()
    not_live_addresses: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    source: str


class Popup(_Part):
    """Something that lies over a page. `press`: what closes it; `key`: the key that does. `unless`: words
    with which it is left alone, since a person may be asked something there.
    """

    name: str
    page: str = CONTROL
    seen: str
    press: str = ""
    key: str = ""
    unless: tuple[str, ...] = ()
    source: str

    @model_validator(mode="after")
    def _one_way(self) -> "Popup":
        if bool(self.press) is bool(self.key):
            raise ValueError("a popup is closed by `press` or by `key`")
        return self


class Tap(_Part):
    """Where the page's own traffic carries something.

    address  a part of the address of the response or of the socket
    good     values by path that a whole answer must have; another one is the platform's refusal
    each     path of the list (connectors/seller_console/paths.py)
    when     values by path that an element must have; others are left out
    fields   paths by name: id, viewer, viewer_id, text, at, number, reply_to; of orders: order, product,
             quantity, status; of facts: the fact's own name
    own      values by path that tell: written by our account
    paid     values of `status` that mean paid
    maybe    the list may be missing: then there is nothing of its kind
    """

    name: str
    page: str = CONTROL
    of: Literal["response", "socket"] = "response"
    address: str = Field(min_length=4)
    form: Literal["json", "jsonp"] = "json"
    gives: EventKind | Literal["facts", "goods"]
    good: dict[str, str] = {}
    each: str = ""
    when: dict[str, str] = {}
    fields: dict[str, str]
    own: dict[str, str] = {}
    unit: Literal["s", "ms"] = "ms"
    paid: tuple[str, ...] = ()
    maybe: bool = False
    source: str


class Number(_Part):
    """Where a row of the list shows its number: in a field's value or as text."""

    at: str
    read: Literal["value", "text"]


class GoodsOf(_Part):
    """The list of products and the button that shows one.

    row       a selector of rows; the list may hold only those that are in view
    skip      rows whose id ends so are copies
    button    selector in a row; of several the first whose words hold `says`
    off, on   its only legal words; None: not known, then a press counts when the words changed
    confirm   a button that may ask back
    """

    page: str = CONTROL
    row: str
    skip: str = ""
    numbers: tuple[Number, ...] = Field(min_length=1)
    button: str
    says: str = ""
    off: str | None = None
    on: str | None = None
    disabled: str = ""
    confirm: str = ""
    source: str


class ReplyOf(_Part):
    """The box in which the host writes, and its button. `disabled`: a class of a button that does nothing."""

    page: str = CONTROL
    box: str
    send: str
    disabled: str = ""
    source: str


class Switch(_Part):
    """A box to tick or a switch, found by the words beside it, on whatever page of the console is open."""

    words: str
    source: str


class Sheet(_Part):
    """All that is known of one console. `version`: its day; a newer one replaces it whole. `ingest_hosts`: a
    host matches itself and what is below it.
    """

    platform: str
    title: str
    version: date
    sources: dict[str, Source]
    ingest_hosts: tuple[str, ...] = ()
    pages: dict[str, PageOf]
    login: LoginOf
    signs: Signs
    popups: tuple[Popup, ...] = ()
    taps: tuple[Tap, ...] = ()
    goods: GoodsOf | None = None
    reply: ReplyOf | None = None
    switches: tuple[Switch, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> "Sheet":
        if CONTROL not in self.pages:
            raise ValueError(f"there is no page {CONTROL}")
        parts: tuple[Any, ...] = (
            *self.pages.values(), self.login, self.signs, *self.popups, *self.taps, self.goods, self.reply,
            *self.switches,
        )  # fmt: skip
        for part in parts:
            if part is not None and part.source not in self.sources:
                raise ValueError(f"the source {part.source!r} is not among the sources")
            if part is not None and getattr(part, "page", CONTROL) not in self.pages:
                raise ValueError(f"the page {part.page!r} is not among the pages")
        return self

    @property
    def caps(self) -> frozenset[Cap]:
        """What a console with this sheet can do. The stream goes to an address that a person copied."""
        found = {Cap.EGRESS}
        kinds = {tap.gives for tap in self.taps}
        found |= {Cap.CHAT_IN} if EventKind.COMMENT in kinds else set()
        found |= {Cap.ORDERS} if EventKind.ORDER in kinds else set()
        found |= {Cap.PIN} if self.goods is not None else set()
        found |= {Cap.CHAT_OUT} if self.reply is not None else set()
        found |= {Cap.DISCLOSE} if self.switches else set()
        return frozenset(found)


def parse(text: str, name: str) -> Sheet:
    """A sheet from YAML. Raises Bug: sheets are part of Castmate. `name`: of the file, for the message."""
    try:
        return Sheet.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise Bug(f"The data sheet {name} cannot be used: {error}") from None


@cache
def sheet_of(folder: str) -> Sheet:
    """The sheet that ships in a folder of connectors/."""
    file = resources.files(f"connectors.{folder}").joinpath("console.yaml")
    return parse(file.read_text("utf-8"), f"connectors/{folder}/console.yaml")
