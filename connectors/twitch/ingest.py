"""Where Twitch takes the stream: the account's key and the server that Twitch recommends.

Sources: dev.twitch.tv/docs/api/reference (Get Stream Key); /docs/video-broadcast/reference (Get Ingest
Servers, templates with {stream_key}).
"""

from urllib.parse import urlsplit

from connectors.account import Account
from connectors.base import Ingest, Secret
from connectors.errors import Changed
from connectors.rtmp.hosts import host_of, is_loopback, limits_of
from connectors.twitch.helix import Server
from connectors.twitch.wire import PLATFORM
from products.errors import SetupError

HOSTS = ("twitch.tv", "live-video.net")  # a key goes nowhere else
PLACE = "{stream_key}"


def ingest_of(account: Account, servers: tuple[Server, ...], key: Secret) -> Ingest:
    """The address to push to. An account's field `ingest_url` (rtmp[s]://host/app) wins over the list.

    Raises SetupError or Changed for an address that is not Twitch's and not on this machine.
    """
    own = account.text("ingest_url").rstrip("/")
    template = f"{own}/{PLACE}" if own else _recommended(servers)
    parts = urlsplit(template)
    host = host_of(template)
    known = is_loopback(host) or any(host == h or host.endswith("." + h) for h in HOSTS)
    if not known or parts.scheme not in ("rtmp", "rtmps") or PLACE not in template:
        what = f"{host or 'An empty address'} is no ingest server of Twitch."
        if own:
            raise SetupError(what, remedy="Correct the account's ingest_url, or leave it out.")
        raise Changed(what)
    port = f":{parts.port}" if parts.port else ""
    return Ingest(
        kind=parts.scheme,
        url=Secret(template.replace(PLACE, key.reveal())),
        shown=f"{parts.scheme}://{host}{port}",
        limits=limits_of(PLATFORM),
    )


def _recommended(servers: tuple[Server, ...]) -> str:
    """Encrypted where it can be."""
    open_ = [s for s in servers if s.availability > 0 and (s.url_template_secure or s.url_template)]
    if not open_:
        raise Changed("Twitch names no ingest server.")
    return open_[0].url_template_secure or open_[0].url_template
