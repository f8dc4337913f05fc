"""What the web application is told when it is made."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`link_token` opens the link to a show; `operator_token` is the key in the address printed for people.

    A key opens each page (desk, co-host) `key_uses` times; the browser then holds a cookie, and a signed-in
    desk makes new keys for other devices. `cohost_token`: a key of its own for the co-host ("": the
    operator's serves).
    `secure`: served over HTTPS, so cookies are marked Secure. `pictures`: folder served below /pictures/.
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
    metrics_token: str = ""  # lets a scraper on another machine read /metrics
