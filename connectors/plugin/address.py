"""Where a plug-in says that a stream goes: only to a host that it declared, to no other platform's. Pure.

Our own senders connect there, outside of the plug-in's cell, so the declaration is held to here.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.base import Ingest, Secret
from connectors.errors import Changed
from connectors.rtmp.hosts import OWN, host_of, is_loopback, is_relay, limits_of, platform_of
from products.confined.found import Plugin
from products.errors import Refused

_FORM = re.compile(r"[a-z+]+://[\x21-\x5b\x5d-\x7e]+")
KINDS = {"rtmp": "rtmp", "rtmps": "rtmps", "srt": "srt", "whip+https": "whip"}
PORTS = {"rtmp": 1935, "rtmps": 443, "whip+https": 443, "https": 443, "http": 80}
PLAYED = ("https", "http", "rtmp", "rtmps")


def ingest_of(data: Any, plugin: Plugin, platform: str) -> Ingest:
    """Raises Changed for what is no address, Refused for one that the plug-in may not name."""
    told: Mapping[str, Any] = data if isinstance(data, dict) else {}
    url = str(told.get("url") or "")
    scheme = _scheme(url)
    if scheme not in KINDS:
        raise Changed(f"{plugin.name} gives no address that a stream can go to.", remedy="Ask its authors.")
    shown = may_go(url, plugin, platform)
    return Ingest(
        kind=KINDS[scheme],
        url=Secret(url),
        shown=shown,
        limits=replace(limits_of(platform), **_limits(plugin)),
        expires=_when(told.get("expires")),
        single_use=told.get("single_use") is True,
        codec="hevc" if told.get("codec") == "hevc" else "h264",
        playback=_playback(str(told.get("playback") or ""), plugin, platform),
    )


def may_go(url: str, plugin: Plugin, platform: str) -> str:
    """The address without its key. Raises Refused."""
    host, scheme = host_of(url), _scheme(url)
    port = _port(url) or PORTS.get(scheme, 0)
    named = f"[{host}]" if ":" in host else host
    if not host or not plugin.declared.allows(named, port):
        raise Refused(
            f"{plugin.name} would send the stream to {host or 'nowhere'}:{port}, which it does not declare.",
            remedy="Ask its authors why; do not use it before.",
        )
    known = platform_of(url)
    if is_relay(url) or (known not in (None, platform) and not (known == OWN and is_loopback(host))):
        raise Refused(f"{host} is {known or 'a relay'}'s, and {plugin.name} stands for {platform}.")
    return f"{scheme}://{named}" + (f":{_port(url)}" if _port(url) else "")


def _playback(url: str, plugin: Plugin, platform: str) -> Secret | None:
    """None for one that it may not name: then nobody looks at it, and the show goes on."""
    if _scheme(url) not in PLAYED:
        return None
    try:
        may_go(url, plugin, platform)
    except Refused:
        return None
    return Secret(url)


def _scheme(url: str) -> str:
    return urlsplit(url).scheme if _FORM.fullmatch(url) and _port(url) is not None else ""


def _port(url: str) -> int | None:
    """0 where none is written, None where it is none."""
    try:
        port = urlsplit(url).port
    except ValueError:
        return None
    return 0 if port is None else port or None


def _limits(plugin: Plugin) -> dict[str, Any]:
    made = plugin.declared.connector
    return {} if made is None else {k: v for k, v in made.ingest.model_dump().items() if v is not None}


def _when(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
