"""Which platform stands behind an ingest address (hosts.yaml), and what it takes."""

import ipaddress
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import yaml

from connectors.base import IngestLimits

OWN = "rtmp"  # the platform name of a stream server on this machine


@cache
def _table() -> dict[str, Any]:
    text = resources.files("connectors.rtmp").joinpath("hosts.yaml").read_text("utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    return table


def host_of(url: str) -> str:
    """The host in lower case without a trailing dot; "" where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Only names that cannot lead elsewhere: "localhost" and loopback addresses as such."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _below(host: str, known: str) -> bool:
    return host == known or host.endswith("." + known)


def platform_of(url: str) -> str | None:
    """The platform that an address belongs to; "rtmp" on loopback; None where it is not known (relays among
    them).
    """
    host = host_of(url)
    if is_loopback(host):
        return OWN
    for name, entry in _table()["platforms"].items():
        if any(_below(host, known) for known in entry["hosts"]):
            return str(name)
    return None


def is_relay(url: str) -> bool:
    """A service that passes the stream on to places that the address does not tell."""
    return any(_below(host_of(url), known) for known in _table()["relays"])


def limits_of(platform: str) -> IngestLimits:
    """What a platform's ingest takes; the common denominator (a keyframe each 2 s) where nothing is known."""
    entry = _table()["platforms"].get(platform, {})
    return IngestLimits(
        max_video_kbps=entry.get("video_kbps"),
        max_audio_kbps=entry.get("audio_kbps"),
        max_keyframe_s=float(entry.get("keyframe_s", 2)),
        max_stream_s=entry.get("stream_s"),
        max_fps=entry.get("fps"),
        gap_closes_s=entry.get("gap_closes_s"),
    )
