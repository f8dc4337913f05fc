import asyncio
import socket

import httpx
import pytest

from bot.console.server import bind, serve
from bot.console.settings import ConsoleSettings
from products.errors import SetupError

SETTINGS = ConsoleSettings("link", "operator")


def test_a_busy_port_is_told_with_the_remedy():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SetupError, match=f"127.0.0.1:{port}: another program uses this port.*--port"):
            bind("127.0.0.1", port)


@pytest.mark.parametrize(
    "host, port, says", [("203.0.113.7", 8800, "--host"), ("127.0.0.1", 70000, "--port")]
)
def test_an_address_that_cannot_be_had_is_told(host, port, says):
    with pytest.raises(SetupError, match=says):
        bind(host, port)


async def test_it_serves_until_it_is_told_to_stop():
    stop, address = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(serve(SETTINGS, port=0, stop=stop, ready=address.set_result))
    base = await address
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{base}/healthz")
        assert answer.json() == {"shows": 0, "linked": 0}
        assert "server" not in answer.headers
    stop.set()
    await asyncio.wait_for(serving, 10)
    bind("127.0.0.1", int(base.rsplit(":", 1)[1])).close()  # the port is free again
