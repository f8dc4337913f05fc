"""Secrets that a platform wants in the query of the address are put there below the HTTP client, whose log
lines would else hold them.
"""

from collections.abc import Callable, Mapping

import httpx


class QuietQuery(httpx.AsyncBaseTransport):
    """Adds `params(path)` to each request's query on its way to `inner`."""

    def __init__(self, inner: httpx.AsyncBaseTransport, params: Callable[[str], Mapping[str, str]]) -> None:
        self._inner, self._params = inner, params

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_merge_params(dict(self._params(request.url.path)))
        full = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return await self._inner.handle_async_request(full)

    async def aclose(self) -> None:
        await self._inner.aclose()
