"""Why nobody answered, in words, from real failures."""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager

import httpx
import pytest
from fakes.console_replica import certificate

from connectors.calls import ask
from connectors.errors import Transient
from connectors.sockets import dial
from connectors.unreached import why_unreached


@asynccontextmanager
async def answering(how, **more):
    server = await asyncio.start_server(how, "127.0.0.1", 0, **more)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def nothing(reader, writer):
    await reader.read()
    writer.close()


async def hang_up(reader, writer):
    writer.transport.abort()


async def asked(url: str, timeout_s: float = 5.0) -> str:
    async with httpx.AsyncClient(timeout=timeout_s) as client:
        with pytest.raises(Transient) as caught:
            await ask(client, "GET", url)
    assert "k3y" not in str(caught.value)
    return str(caught.value)


async def test_each_kind_of_failure_has_its_words(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert "refuses the connection" in await asked(f"http://127.0.0.1:{port}/?k=k3y")
        with pytest.raises(Transient, match="refuses the connection"):
            await dial(f"ws://127.0.0.1:{port}/?k=k3y", {})
    async with answering(nothing) as port:
        assert "does not answer in time" in await asked(f"http://127.0.0.1:{port}/?k=k3y", 0.2)
    async with answering(hang_up) as port:
        assert "cannot be reached: the connection" in await asked(f"http://127.0.0.1:{port}/?k=k3y")
    async with answering(nothing, ssl=certificate(tmp_path)) as port:
        assert "certificate is not trusted" in await asked(f"https://127.0.0.1:{port}/?k=k3y")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "leads nowhere"),
        (ssl.SSLError(1, "wrong version number"), "does not speak TLS"),
        (TimeoutError(), "in time"),
        (ValueError("x"), "ValueError"),
    ],
)
def test_by_the_cause_at_the_bottom(error, words):
    outer = httpx.ConnectError("x")
    outer.__cause__ = error
    assert words in why_unreached(outer) or words == "ValueError"
    assert words in why_unreached(error)
