"""The only way out of a plug-in's cell: a proxy of ours that connects to the hosts that it declared.

A plug-in's HTTP and WebSocket libraries find it in HTTPS_PROXY and ask it by CONNECT (RFC 9110, 9.3.6); TLS
goes from the plug-in to the platform, past us. Names are resolved here, and what leads into a private network
is refused unless the declaration names that very address, so that the operator read it.
"""

import asyncio
import base64
import hmac
import ipaddress
import secrets
import socket
from collections import deque
from contextlib import suppress

from products.confined.declaration import Declaration, host_and_port

HEAD_S, CONNECT_S, HEAD_BYTES = 10.0, 10.0, 8 << 10
MOST = 32  # connections at once
PIECE = 64 << 10
REMEMBERED = 8


class Proxy:
    """`refused`: hosts that were asked for and are not declared, the last few; `tried`: how many tries."""

    def __init__(self, declared: Declaration) -> None:
        self._declared = declared
        self._word = secrets.token_urlsafe(24)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.refused: deque[str] = deque(maxlen=REMEMBERED)
        self.tried = 0

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """For HTTPS_PROXY; holds the word without which it serves nobody."""
        return f"http://plugin:{self._word}@127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", 0, limit=HEAD_BYTES)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            if len(self._open) > MOST:
                await _answer(writer, "429 Too Many Requests")
                return
            await self._serve(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # it is the plug-in's own connection that broke
        finally:
            self._open.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, _, rest = head[0].partition(" ")
        if not self._known(head[1:]):
            await _answer(writer, "407 Proxy Authentication Required")
            return
        if method != "CONNECT":
            await _answer(writer, "501 Not Implemented")  # TLS alone
            return
        try:
            host, port = host_and_port(rest.partition(" ")[0])
        except ValueError:
            await _answer(writer, "400 Bad Request")
            return
        if not self._declared.allows(host, port):
            self.tried += 1
            if f"{host}:{port}" not in self.refused:
                self.refused.append(f"{host}:{port}")
            await _answer(writer, "403 Forbidden")
            return
        await self._tunnel(host.strip("[]"), port, reader, writer)

    def _known(self, headers: list[str]) -> bool:
        right = "Basic " + base64.b64encode(f"plugin:{self._word}".encode()).decode()
        found = (h.partition(":") for h in headers)
        given = next((value.strip() for name, _, value in found if name.lower() == "proxy-authorization"), "")
        return hmac.compare_digest(given.encode("latin-1", "replace"), right.encode())

    async def _tunnel(
        self, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async with asyncio.timeout(CONNECT_S):
                address = await self._address(host, port)
                if address is None:
                    await _answer(writer, "403 Forbidden")
                    return
                far_reader, far_writer = await asyncio.open_connection(address, port)
        except (OSError, TimeoutError):
            await _answer(writer, "502 Bad Gateway")
            return
        try:
            await _answer(writer, "200 Connection established")
            ways = [
                asyncio.ensure_future(_pump(reader, far_writer)),
                asyncio.ensure_future(_pump(far_reader, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            far_writer.close()

    async def _address(self, host: str, port: int) -> str | None:
        """The address to connect to; None where none may be."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(info[4][0]) for info in found]
        known = _literal(host) and self._declared.names(f"[{host}]" if ":" in host else host)
        if addresses and (known or all(_public(a) for a in addresses)):
            return addresses[0]
        self.refused.append(f"{host}:{port} (a private network)")
        return None


def _public(address: str) -> bool:
    known = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(known, "ipv4_mapped", None)
    known = mapped or known
    return known.is_global and not known.is_multicast


def _literal(host: str) -> bool:
    """Whether a name cannot be led elsewhere: an address, or this machine."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return False


async def _answer(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\n\r\n".encode())
    with suppress(OSError):
        await writer.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(PIECE):
        writer.write(data)
        await writer.drain()
