"""The kept-open WebSocket against a real server on this machine: refusals by their kind, frames without
end.
"""

import asyncio
import http

import pytest
from websockets.asyncio.server import serve

from connectors.errors import AuthNeeded, Blocked, Dropped, RateLimited, Transient
from connectors.sockets import LARGEST_FRAME, dial


async def talk(handler, test, **options):
    async with serve(handler, "127.0.0.1", 0, **options) as server:
        port = server.sockets[0].getsockname()[1]
        return await asyncio.wait_for(test(f"ws://127.0.0.1:{port}/path?token=SECRET"), 60)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthNeeded), (403, Blocked), (429, RateLimited), (503, Transient), (404, Transient)],
)
async def test_a_refusal_is_told_by_its_kind_and_without_the_query(status, kind):
    def refuse(connection, request):
        response = connection.respond(http.HTTPStatus(status), "no")
        response.headers["Retry-After"] = "7"
        return response

    async def test(url):
        with pytest.raises(kind) as error:
            await dial(url, {})
        assert type(error.value) is kind
        assert "SECRET" not in str(error.value)
        if kind is RateLimited:
            assert error.value.retry_after == 7

    await talk(lambda connection: None, test, process_request=refuse)


async def test_nobody_there():
    with pytest.raises(Transient, match="cannot be reached"):
        await dial("ws://127.0.0.1:1/", {})


async def test_headers_go_along_and_a_close_says_why():
    async def handler(connection):
        await connection.send(connection.request.headers["x-test"])
        await connection.close(4003, "connection unused")

    async def test(url):
        wire = await dial(url, {"x-test": "yes"})
        assert await wire.recv() == "yes"
        with pytest.raises(Dropped) as error:
            await wire.recv()
        assert (error.value.code, error.value.reason) == (4003, "connection unused")
        with pytest.raises(Dropped):
            await wire.send("late")
        await wire.close()

    await talk(handler, test)


async def test_a_frame_that_is_too_large_ends_the_line_and_not_us():
    async def handler(connection):
        await connection.send("x" * (LARGEST_FRAME + 1))
        await connection.wait_closed()

    async def test(url):
        wire = await dial(url, {})
        with pytest.raises(Dropped):
            await wire.recv()

    await talk(handler, test, max_size=None)
