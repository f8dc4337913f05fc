"""An address typed by the operator as a channel: it takes the stream and nothing else."""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from connectors.base import BareConnector, Cap, Ingest, Secret, ShowInfo
from connectors.rtmp.hosts import host_of, is_loopback, is_relay, limits_of, platform_of
from products.errors import Refused, SetupError


class PushConnector(BareConnector):
    """What connectors of typed addresses have in common; implements connectors.base.Connector.

    url        in the form of the class; the key in it is a secret and is never shown
    platform   whose rules apply. A known ingest host decides it; on loopback any platform may be tried
               (default "rtmp", a server of one's own)

    Raises SetupError for an address of a wrong form, Refused where the host is not known (whose rules would
    apply?) or where it belongs to another platform than the one named.
    """

    caps = frozenset({Cap.EGRESS})
    form: ClassVar[re.Pattern[str]]
    example: ClassVar[str]

    def __init__(self, url: Secret, platform: str | None = None) -> None:
        super().__init__()
        self._url = url
        self.platform = decide_platform(url.reveal(), platform, self.form, self.example)

    def ingest(self) -> Ingest:
        """The address as it is."""
        parts = urlsplit(self._url.reveal())
        scheme, host = parts.scheme.lower(), host_of(self._url.reveal())
        shown_host = f"[{host}]" if ":" in host else host
        return Ingest(
            kind=scheme.partition("+")[0],
            url=self._url,
            shown=f"{scheme}://{shown_host}" + (f":{parts.port}" if parts.port else ""),
            limits=limits_of(self.platform),
        )

    async def open(self, show: ShowInfo) -> Ingest:
        return self.ingest()

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        """The same: nobody gives a typed address a new key."""
        return self.ingest()


def decide_platform(url: str, named: str | None, form: re.Pattern[str], example: str) -> str:
    """Whose rules apply to a stream to `url`. Raises SetupError or Refused; no message holds the key."""
    host = host_of(url)
    if not form.fullmatch(url) or not host or _bad_port(url):
        raise SetupError(
            f"The address to send to is not {example}.",
            remedy="Copy the server and the key from the platform's live page and join them with a slash.",
        )
    known = platform_of(url)
    if known is None:
        why = (
            "passes streams on to places that the address does not tell"
            if is_relay(url)
            else "is not a known ingest host"
        )
        raise Refused(
            f"{host} {why}, so nobody can say whose rules apply.",
            remedy="Send to a platform's own ingest host, or to a server on this machine.",
        )
    if named in (None, known) or is_loopback(host):
        return named or known
    raise Refused(
        f"{host} belongs to {known}, not to {named}.", remedy=f"Say --platform {known} or change the address."
    )


def _bad_port(url: str) -> bool:
    try:
        return urlsplit(url).port == 0
    except ValueError:
        return True
