"""What the web application is told when it is made."""

from dataclasses import dataclass
from pathlib import Path

from bot.compliance.enrolled import FaceStore
from bot.console.accounts import Accounts
from bot.console.authority import Authority
from bot.traces import Spans


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`link_token` opens the link to a show; `operator_token` is the key in the address printed for people.

    `accounts`: who may sign in. With accounts that last, the printed key makes the owner's account, once.
    Without any (None: a demo) it opens each page (desk, co-host) `key_uses` times; `cohost_token` is then a
    key of its own for the co-host ("": the operator's serves). The browser holds a cookie, and a signed-in
    desk makes new keys for other devices.
    `secure`: served over HTTPS, so cookies are marked Secure. `authority`: which of our own signs for it;
    None: one that browsers know, so that they may be told to ask for nothing but HTTPS from now on.
    `hosts`: names that the console answers to (empty: any). `proxies`: networks whose word about who asks is
    believed. `pictures`: folder served below /pictures/.
    """

    link_token: str
    operator_token: str
    pictures: Path | None = None
    title: str = "Castmate"
    languages: tuple[str, ...] = ("en", "zh")
    cohost_token: str = ""
    key_uses: int = 1
    secure: bool = False
    max_viewers: int = 500
    accounts: Accounts | None = None
    authority: Authority | None = None
    address: str = ""  # what people open, e.g. "https://shop.local:8484"
    plain: str = ""  # where phones get the authority's certificate, e.g. "http://shop.local:8485"
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    hearing: Path = Path("hearing")  # keeps the model of the speech recognition
    faces: FaceStore | None = None  # co-hosts' enrolled faces; None: nobody can enrol
    metrics_token: str = ""  # lets a scraper on another machine read /metrics
    spans: Spans | None = None  # follows what viewers write on its way to the show
