"""YouTube in the list of connectors."""

from typing import TYPE_CHECKING

from connectors.account import Account
from connectors.base import ChatLimits
from connectors.outside import Outside
from connectors.registry import Entry
from connectors.youtube.endpoints import endpoints_of
from connectors.youtube.limits import CAPS, LIMITS, MAX_CHARS
from connectors.youtube.logins import FIELDS, log_in

if TYPE_CHECKING:
    from connectors.base import Connector


def make(account: Account, outside: Outside) -> "Connector":
    """Raises AuthNeeded for an account that is not logged in."""
    from connectors.youtube.connector import YouTubeConnector

    return YouTubeConnector(account, outside, endpoints_of(account))


ENTRY = Entry(
    name="youtube",
    title="YouTube",
    caps=CAPS,
    ingest=LIMITS,
    chat=ChatLimits(max_chars=MAX_CHARS),
    fields=FIELDS,
    login=log_in,
    make=make,
    manual=(
        "Enable live streaming for the channel (youtube.com/features); the first time takes up to 24 hours.",
        "Look once in YouTube Studio whether a live video shows the AI flag: no document says that it stays.",
    ),
)
