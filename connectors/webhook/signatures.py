"""Signatures of messages between a shop's tool and us, both ways: Standard Webhooks 1.0.0.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md: HMAC-SHA256 over
"id.timestamp.body" with a secret of 24 to 64 bytes, written whsec_BASE64; headers webhook-id,
webhook-timestamp (seconds), webhook-signature ("v1,BASE64", several with spaces between, any one suffices).
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.base import Secret
from products.errors import SetupError

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)  # a timestamp further away is refused
LONGEST_ID = 128
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Unproven(ValueError):
    """A message whose signature does not hold. The text tells the sender why."""


def key_of(secret: Secret) -> bytes:
    """The bytes behind whsec_BASE64. Raises SetupError for something else, or fewer than 24 bytes."""
    text = secret.reveal()
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise SetupError(
            "The webhook's secret is not whsec_ and 24 to 64 bytes in base64.",
            remedy="Leave it empty at the login: one is made.",
        )
    return key


def secret_from(random_bytes: bytes) -> Secret:
    """A secret of at least 24 random bytes."""
    return Secret(PREFIX + base64.b64encode(random_bytes).decode())


def signature(key: bytes, id_: str, timestamp: int, body: bytes) -> str:
    digest = hmac.new(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def signed(key: bytes, id_: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message with `body`."""
    at = int(now.timestamp())
    return dict(zip(HEADERS, (id_, str(at), signature(key, id_, at, body)), strict=True))


def proven(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The message's id. Raises Unproven."""
    id_, at, given = (headers.get(name, "") for name in HEADERS)
    if not id_ or len(id_) > LONGEST_ID or not at.isdecimal() or len(at) > 11:
        raise Unproven("webhook-id or webhook-timestamp is missing or no such thing")
    expected = signature(key, id_, int(at), body)
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given.split(" ")[:8]):
        raise Unproven("no signature in webhook-signature is right")
    if abs(now.timestamp() - int(at)) > TOLERANCE.total_seconds():
        raise Unproven("webhook-timestamp is more than five minutes from now")
    return id_
