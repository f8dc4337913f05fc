"""How Shopee wants its calls signed."""

import hashlib
import hmac

from connectors.base import Secret


def sign_of(key: Secret, *parts: str) -> str:
    """Lower-case hex HMAC-SHA256 over the parts, one behind the other."""
    return hmac.new(key.reveal().encode(), "".join(parts).encode(), hashlib.sha256).hexdigest()
