"""A plain RTMP or RTMPS address as a channel: it takes the stream and nothing else."""

import asyncio
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from connectors.base import Cap, Event, Ingest, PinResult, SayResult, Secret, ShowInfo, missing
from connectors.rtmp.hosts import OWN, host_of, is_loopback, is_relay, limits_of, platform_of
from products.errors import Refused, SetupError

_FORM = re.compile(r"rtmps?://[^\s\\/]+/[^\s\\]+", re.IGNORECASE)


class RtmpConnector:
    """Implements connectors.base.Connector for an address typed by the operator.

    url        rtmp[s]://host[:port]/app/key; the key is a secret and is never shown
    platform   whose rules apply. A known ingest host decides it; on loopback any platform may be tried
    (default "rtmp", a server of one's own)

    Raises SetupError for an address of a wrong form, Refused where the host is not known (whose rules would
    apply?) or where it belongs to another platform than the one named.
    """

    caps = frozenset({Cap.EGRESS})

    def __init__(self, url: Secret, platform: str | None = None) -> None:
        self._url = url
        self.platform = decide_platform(url.reveal(), platform)
        self._closed = asyncio.Event()

    async def open(self, show: ShowInfo) -> Ingest:
        parts = urlsplit(self._url.reveal())
        kind, host = parts.scheme.lower(), host_of(self._url.reveal())
        return Ingest(
            kind=kind,
            url=self._url,
            shown=f"{kind}://{host}" + (f":{parts.port}" if parts.port else ""),
            limits=limits_of(self.platform),
        )

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        return await self.open(show)

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        """None ever come; ends when the channel is closed."""
        await self._closed.wait()
        none: tuple[Event, ...] = ()
        for event in none:
            yield event

    async def say(self, text: str, reply_to: str | None = None) -> SayResult:
        raise missing(self.platform, Cap.CHAT_OUT)

    async def pin(self, product: str) -> PinResult:
        raise missing(self.platform, Cap.PIN)

    async def close(self, reason: str) -> None:
        self._closed.set()


def decide_platform(url: str, named: str | None) -> str:
    """Whose rules apply to a stream to `url`. Raises SetupError or Refused; no message holds the key."""
    host = host_of(url)
    if not _FORM.fullmatch(url) or not host or _bad_port(url):
        raise SetupError(
            "The address to send to is not rtmp[s]://host[:port]/app/key.",
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


__all__ = ["OWN", "RtmpConnector", "decide_platform", "limits_of", "platform_of"]
