"""Whose word about a request counts: the proxy's that stands before us, nobody else's; and which names the
console answers to.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HEADERS = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded", b"x-real-ip")
Address = IPv4Address | IPv6Address


class Forwarded:
    """`proxies`: networks, e.g. "127.0.0.1/32". What anybody else says of themselves is taken away."""

    def __init__(self, app: ASGIApp, *, proxies: Iterable[str]) -> None:
        self._app = app
        self._proxies = tuple(ip_network(p, strict=False) for p in proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = self._as_seen_by_the_proxy(scope)
        await self._app(scope, receive, send)

    def _as_seen_by_the_proxy(self, scope: Scope) -> Scope:
        headers = Headers(scope=scope)
        bare = [(name, value) for name, value in scope["headers"] if name not in HEADERS]
        client = scope.get("client")
        if client is None or not self._trusted(client[0]):
            return {**scope, "headers": bare}
        seen = {**scope}
        if (address := self._asker(headers.getlist("x-forwarded-for"))) is not None:
            seen["client"] = (address, 0)
        secure = headers.get("x-forwarded-proto", "").strip().lower() in ("https", "wss")
        plain, over_tls = ("ws", "wss") if scope["type"] == "websocket" else ("http", "https")
        seen["scheme"] = over_tls if secure else plain
        if host := headers.get("x-forwarded-host", "").strip():
            bare = [(n, v) for n, v in bare if n != b"host"]
            bare.append((b"host", host.encode("latin-1")))
        return {**seen, "headers": bare}

    def _asker(self, given: list[str]) -> str | None:
        """The last address of the chain that is no proxy of ours: what stands before it anybody can write."""
        for text in reversed([part.strip() for line in given for part in line.split(",")]):
            try:
                ip_address(text)
            except ValueError:
                return None
            if not self._trusted(text):
                return text
        return None

    def _trusted(self, text: str) -> bool:
        try:
            address: Address = ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)


class KnownHosts:
    """Refuses requests for names that are not ours: a page elsewhere whose name was pointed at us."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(h.lower().strip("[]") for h in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not self._hosts:
            await self._app(scope, receive, send)
            return
        if host_name(Headers(scope=scope).get("host", "")) in self._hosts:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            said = PlainTextResponse("This address is not served here.\n", 421)
            await said(scope, receive, send)


def host_name(host: str) -> str:
    """ "shop.example" of "Shop.example:8484"; "" for what is no host."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
