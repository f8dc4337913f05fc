"""How a request to the open-live API is signed, and how a signature is checked.

Rule and example: open-live.bilibili.com, "鉴权" (document/74eec767-e594-7ddd-6aba-257e8317c05d): the six
x-bili- headers in alphabetical order, as "name:value" lines, HMAC-SHA256 with the access key's secret.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from connectors.base import Secret

METHOD = "HMAC-SHA256"
VERSION = "1.0"
WINDOW_S = 600  # a timestamp further away is refused with 4003
SIGNED = (
    "x-bili-accesskeyid",
    "x-bili-content-md5",
    "x-bili-signature-method",
    "x-bili-signature-nonce",
    "x-bili-signature-version",
    "x-bili-timestamp",
)


def content_md5(body: bytes) -> str:
    """Lower-case hex MD5 of the body, as the document asks. It guards nothing: the signature does."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def signature_of(headers: Mapping[str, str], secret: str) -> str:
    """Lower-case hex signature over the six headers of SIGNED. Raises KeyError where one is missing."""
    text = "\n".join(f"{name}:{headers[name]}" for name in SIGNED)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed(body: bytes, key_id: str, secret: Secret, nonce: str, now: datetime) -> dict[str, str]:
    """All headers of a request with `body`. `nonce`: new for each request; `now`: the time, zone-aware."""
    headers = {
        "x-bili-accesskeyid": key_id,
        "x-bili-content-md5": content_md5(body),
        "x-bili-signature-method": METHOD,
        "x-bili-signature-nonce": nonce,
        "x-bili-signature-version": VERSION,
        "x-bili-timestamp": str(int(now.timestamp())),
    }
    return headers | {
        "Authorization": signature_of(headers, secret.reveal()),
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
