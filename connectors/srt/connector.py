"""An SRT listener as a channel: we call it, and name the stream by its id."""

import re

from connectors.base import Secret
from connectors.push import PushConnector
from connectors.srt.address import query_of
from products.errors import SetupError

_NUMBERS = {"latency": (20, 8000), "pbkeylen": (16, 32)}
_KNOWN = {"mode", "streamid", "passphrase", *_NUMBERS}


class SrtConnector(PushConnector):
    """srt://host:port[?streamid=ID][&passphrase=WORDS][&latency=MS][&pbkeylen=16|24|32].

    The stream id is the key; with a passphrase (10 to 79 characters) the stream is encrypted. Raises
    SetupError also for a part that is not one of these.
    """

    form = re.compile(r"srt://[^\s\\/?#]+:\d+/?(\?[^\s\\]*)?", re.IGNORECASE)
    example = "srt://host:port?streamid=ID"

    def __init__(self, url: Secret, platform: str | None = None) -> None:
        super().__init__(url, platform)
        for name, value in query_of(url.reveal()).items():
            _check(name, value)


def _check(name: str, value: str) -> None:
    """Raises SetupError; the message holds no value."""
    if name not in _KNOWN or (name == "mode" and value != "caller"):
        raise SetupError(
            "This SRT address has a part, or a mode, that is not taken.",
            remedy=f"Castmate calls; it takes {', '.join(sorted(_KNOWN - {'mode'}))}.",
        )
    if name in _NUMBERS:
        low, high = _NUMBERS[name]
        if not value.isdecimal() or not low <= int(value) <= high:
            raise SetupError(
                f"The {name} of an SRT address is a number from {low} to {high}.", remedy="Mend it."
            )
    if name == "passphrase" and not 10 <= len(value) <= 79:
        raise SetupError("An SRT passphrase has 10 to 79 characters.", remedy="Choose one of that length.")
