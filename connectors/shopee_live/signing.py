"""Shopee takes its secrets in the query of the address. They are put there below the HTTP client, whose log
lines would else hold them.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping

import httpx

from connectors.base import Secret


def sign_of(key: Secret, *parts: str) -> str:
    """Lower-case hex HMAC-SHA256 over the parts, one behind the other."""
    return hmac.new(key.reveal().encode(), "".join(parts).encode(), hashlib.sha256).hexdigest()


class Signing(httpx.AsyncBaseTransport):
    """Adds `params(path)` to each request's query on its way to `inner`."""

    def __init__(self, inner: httpx.AsyncBaseTransport, params: Callable[[str], Mapping[str, str]]) -> None:
        self._inner, self._params = inner, params

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_merge_params(dict(self._params(request.url.path)))
        signed = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return await self._inner.handle_async_request(signed)

    async def aclose(self) -> None:
        await self._inner.aclose()
