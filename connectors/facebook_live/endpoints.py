"""Where Facebook is. Sources: developers.facebook.com/documentation/live-video-api (calls),
/docs/graph-api/server-sent-events/endpoints/live-comments (the stream of comments).
"""

from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from connectors.account import Account
from connectors.rtmp.hosts import host_of, is_loopback
from products.errors import SetupError

VERSION = "v26.0"  # /docs/graph-api/reference/live-video/comments, as read in November 2026
PREFIX = "url_"  # an account's field url_graph replaces `graph`: a test
PLATFORM = "facebook_live"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """No slash at the end."""

    graph: str = f"https://graph.facebook.com/{VERSION}"
    stream: str = f"https://streaming-graph.facebook.com/{VERSION}"


def endpoints_of(account: Account) -> Endpoints:
    """Facebook's own, or what the account names instead. Raises SetupError for one that is not encrypted and
    not on this machine: tokens go there.
    """
    named = {f.name: account.text(PREFIX + f.name) for f in fields(Endpoints)}
    found = {name: url.rstrip("/") for name, url in named.items() if url}
    for name, url in found.items():
        if urlsplit(url).scheme != "https" and not is_loopback(host_of(url)):
            raise SetupError(f"The account's {PREFIX}{name} is not encrypted.", remedy="Write https://.")
    return Endpoints(**found)
