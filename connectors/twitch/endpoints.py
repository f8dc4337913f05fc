"""Where Twitch is. Sources: dev.twitch.tv/docs/authentication, /docs/api/reference, /docs/eventsub/
handling-websocket-events, /docs/video-broadcast/reference (Get Ingest Servers).
"""

from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from connectors.account import Account
from connectors.rtmp.hosts import host_of, is_loopback
from products.errors import SetupError

PREFIX = "url_"  # an account's field url_helix replaces `helix`: a proxy, a test


@dataclass(frozen=True, slots=True)
class Endpoints:
    """No slash at the end."""

    id: str = "https://id.twitch.tv/oauth2"
    helix: str = "https://api.twitch.tv/helix"
    eventsub: str = "wss://eventsub.wss.twitch.tv/ws"
    ingests: str = "https://ingest.twitch.tv/ingests"


def endpoints_of(account: Account) -> Endpoints:
    """Twitch's own, or what the account names instead. Raises SetupError for one that is not encrypted and
    not on this machine: tokens go there.
    """
    named = {f.name: account.text(PREFIX + f.name) for f in fields(Endpoints)}
    found = {name: url.rstrip("/") for name, url in named.items() if url}
    for name, url in found.items():
        if urlsplit(url).scheme not in ("https", "wss") and not is_loopback(host_of(url)):
            raise SetupError(
                f"The account's {PREFIX}{name} is not encrypted.", remedy="Write https:// or wss://."
            )
    return Endpoints(**found)
