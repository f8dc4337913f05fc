"""A WHIP endpoint (RFC 9725) as a channel: the stream goes there by WebRTC."""

import re

from connectors.base import Secret
from connectors.push import PushConnector
from connectors.rtmp.hosts import host_of, is_loopback
from products.errors import SetupError


class WhipConnector(PushConnector):
    """whip+https://host[:port]/path[#TOKEN]; plain whip+http only on this machine.

    What stands behind # goes into the Authorization header and nowhere else.
    """

    form = re.compile(r"whip\+https?://[^\s\\/?#]+/[^\s\\]*", re.IGNORECASE)
    example = "whip+https://host/path#TOKEN"

    def __init__(self, url: Secret, platform: str | None = None) -> None:
        super().__init__(url, platform)
        if url.reveal().lower().startswith("whip+http:") and not is_loopback(host_of(url.reveal())):
            raise SetupError(
                "A token would go to that WHIP server unencrypted.", remedy="Write whip+https instead."
            )
