"""A plain RTMP or RTMPS address as a channel."""

import re
from dataclasses import replace

from connectors.base import Ingest, Secret
from connectors.push import PushConnector
from connectors.push import decide_platform as decide
from connectors.rtmp.hosts import OWN, limits_of, platform_of

_FORM = re.compile(r"rtmps?://[^\s\\/]+/[^\s\\]+", re.IGNORECASE)
_EXAMPLE = "rtmp[s]://host[:port]/app/key"
HEVC = "#hevc"  # at the end of an address: the server takes HEVC (enhanced RTMP). Never sent


class RtmpConnector(PushConnector):
    """rtmp[s]://host[:port]/app/key, and #hevc behind it where the server is to get HEVC."""

    form, example = _FORM, _EXAMPLE

    def ingest(self) -> Ingest:
        plain = super().ingest()
        url = self._url.reveal()
        if not url.lower().endswith(HEVC):
            return plain
        return replace(plain, url=Secret(url[: -len(HEVC)]), codec="hevc")


def decide_platform(url: str, named: str | None) -> str:
    """Whose rules apply to a stream to `url`. Raises SetupError or Refused; no message holds the key."""
    return decide(url, named, _FORM, _EXAMPLE)


__all__ = ["HEVC", "OWN", "RtmpConnector", "decide_platform", "limits_of", "platform_of"]
