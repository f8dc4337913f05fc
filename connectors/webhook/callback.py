"""Answers posted to an address of the shop's tool, signed; tried again where that can help."""

import asyncio
import json

import httpx

from connectors.base import Secret
from connectors.calls import patient
from connectors.errors import Transient
from connectors.outside import Outside
from connectors.rtmp.hosts import host_of, is_loopback
from connectors.unreached import why_unreached
from connectors.webhook.replies import ANSWER_S, Replies, Reply
from connectors.webhook.signatures import signed
from products.errors import RemoteError, SetupError

WAITING = 50
SHOWN = "http://the-shops-tool/"  # what the HTTP client logs


def checked(url: Secret) -> Secret:
    """https, or http on this machine. Raises SetupError."""
    scheme = url.reveal().partition("://")[0].lower()
    if scheme != "https" and not (scheme == "http" and is_loopback(host_of(url.reveal()))):
        raise SetupError("Replies would go out unencrypted.", remedy="Give an https:// address for replies.")
    return url


class _Hidden(httpx.AsyncBaseTransport):
    """Sends everything to `url`, which so stands in no log line of the HTTP client: it may hold a token."""

    def __init__(self, inner: httpx.AsyncBaseTransport, url: Secret) -> None:
        self._inner, self._url = inner, url

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = httpx.URL(self._url.reveal())
        headers = [(b"Host", url.netloc), *((k, v) for k, v in request.headers.raw if k.lower() != b"host")]
        sent = httpx.Request(
            request.method, url, headers=headers, stream=request.stream,
            extensions=request.extensions,
        )  # fmt: skip
        return await self._inner.handle_async_request(sent)

    async def aclose(self) -> None:
        await self._inner.aclose()


class Callback:
    """`run` until cancelled. An address that answers 410 Gone is asked no more (Standard Webhooks)."""

    def __init__(self, url: Secret, key: bytes, replies: Replies, outside: Outside) -> None:
        self._url, self._key, self._replies, self._outside = checked(url), key, replies, outside
        self._waiting: asyncio.Queue[Reply] = asyncio.Queue(WAITING)
        self._stop = replies.listen(self._put)

    def _put(self, reply: Reply) -> None:
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(reply)

    async def run(self) -> None:
        try:
            inner = self._outside.transport or httpx.AsyncHTTPTransport()
            hidden = _Hidden(inner, self._url)
            async with httpx.AsyncClient(transport=hidden, timeout=ANSWER_S) as client:
                while await self._sent(client, await self._waiting.get()):
                    pass
        finally:
            self._stop()

    async def _sent(self, client: httpx.AsyncClient, reply: Reply) -> bool:
        """Whether to go on."""
        body = json.dumps(reply.form, ensure_ascii=False).encode()
        try:
            status = await patient(lambda: self._post(client, reply.id, body), self._outside)
        except RemoteError as error:
            self._replies.confirm(reply.id, str(error))
            return True
        if status == 410:
            self._replies.confirm(reply.id, "the tool wants no more replies (410)")
            return False
        self._replies.confirm(reply.id, "" if status < 300 else f"the tool answered {status}")
        return True

    async def _post(self, client: httpx.AsyncClient, id_: str, body: bytes) -> int:
        headers = signed(self._key, id_, self._outside.now(), body) | {"Content-Type": "application/json"}
        try:
            async with client.stream("POST", SHOWN, content=body, headers=headers) as response:
                status = response.status_code
        except httpx.HTTPError as error:
            raise Transient(f"The tool cannot be reached: {why_unreached(error)}") from None
        if status == 429 or status >= 500:
            raise Transient(f"The tool answered {status}.")
        return status
