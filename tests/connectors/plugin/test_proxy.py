"""The way out of a plug-in's cell: by TLS to declared hosts, to nothing else, with its word alone."""

import asyncio
import base64
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from connectors.plugin.proxy import Proxy
from products.confined.declaration import Declaration

PATIENCE = 60.0


@asynccontextmanager
async def door(*hosts):
    proxy = Proxy(Declaration(title="Sample", hosts=hosts))
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()


async def asked(proxy, head, more=b""):
    """The first line of its answer, and what came after the head."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(head.encode() + more)
        status = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode()
        rest = await reader.read(100) if " 200 " in status else b""
        writer.close()
    return status.split(" ", 2)[1], rest


def connect(proxy, to, word=None):
    user = urlsplit(proxy.url)
    given = base64.b64encode(f"plugin:{word or user.password}".encode()).decode()
    return f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\nProxy-Authorization: Basic {given}\r\n\r\n"


@pytest.fixture
async def echo():
    async def answer(reader, writer):
        writer.write(b"heard " + await reader.read(100))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_what_was_declared_is_reached(echo):
    async with door(f"127.0.0.1:{echo}") as proxy:
        assert await asked(proxy, connect(proxy, f"127.0.0.1:{echo}"), b"hello") == ("200", b"heard hello")
        assert not proxy.refused


async def test_nothing_else_is(echo):
    async with door("api.sample.example", f"127.0.0.1:{echo}") as proxy:
        for to in ("elsewhere.example:443", "api.sample.example:80", "127.0.0.1:22", f"localhost:{echo}"):
            assert (await asked(proxy, connect(proxy, to)))[0] == "403", to
        assert (await asked(proxy, connect(proxy, f"127.0.0.1:{echo}", word="guessed")))[0] == "407"
        assert (await asked(proxy, "CONNECT a:1 HTTP/1.1\r\n\r\n"))[0] == "407"
        plain = connect(proxy, "x").replace("CONNECT x", "GET http://api.sample.example/")
        assert (await asked(proxy, plain))[0] == "501", "what is not TLS"
        assert (await asked(proxy, connect(proxy, "no..host")))[0] == "400"
        assert proxy.tried == 4
        assert "elsewhere.example:443" in proxy.refused


async def test_a_declared_name_that_leads_into_a_private_network_is_refused(echo, monkeypatch):
    async with door(f"api.sample.example:{echo}") as proxy:
        for address in ("127.0.0.1", "10.1.1.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "100.64.0.1"):

            async def leads(host, port, address=address, **more):
                return [(0, 0, 0, "", ("93.184.216.34", port)), (0, 0, 0, "", (address, port))]

            with monkeypatch.context() as patched:
                patched.setattr(asyncio.get_running_loop(), "getaddrinfo", leads)
                reader, writer = await _raw(proxy)
                writer.write(connect(proxy, f"api.sample.example:{echo}").encode())
                async with asyncio.timeout(PATIENCE):
                    assert b" 403 " in await reader.readuntil(b"\r\n\r\n"), address
                writer.close()


async def _raw(proxy):
    """A connection without a look-up of names."""
    import socket

    line = socket.create_connection(("127.0.0.1", proxy.port))
    line.setblocking(False)
    return await asyncio.open_connection(sock=line)
