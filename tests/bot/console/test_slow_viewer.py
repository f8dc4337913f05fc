"""A viewer on a real socket who does not read: the server keeps little for them and the others lose
nothing.
"""

import asyncio

import websockets

from bot.console.app import create_app
from bot.console.server import serve
from bot.console.settings import ConsoleSettings
from bot.console.stream import VIEWER_FRAGMENTS
from bot.show.messages import Hello, Media

HELLO = Hello(
    show="s", title="t", language="en", platform="room", mode="clone", codecs="c", width=2, height=2
)
SIZE, GROUPS, EACH = 200_000, 12, 10


async def test_who_does_not_read_is_dropped_to_a_keyframe_and_counted():
    settings = ConsoleSettings("link", "operator")
    app, stop, ready = create_app(settings), asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(serve(settings, port=0, stop=stop, ready=ready.set_result, app=app))
    base = (await ready).replace("http", "ws")
    headers = {"Authorization": "Bearer link"}
    async with websockets.connect(f"{base}/link/s", additional_headers=headers) as show:
        await show.send(HELLO.model_dump_json())
        await show.recv()
        async with (
            websockets.connect(f"{base}/room/s/media", max_queue=1) as slow,
            websockets.connect(f"{base}/room/s/media", max_size=None) as quick,
        ):
            await quick.recv()
            await show.send(bytes([Media.INIT]) + b"i")
            assert await quick.recv() == b"\x01i"
            stream = app.state.hub.get("s").stream
            for group in range(GROUPS):
                for n in range(EACH):
                    kind = Media.DELTA if n else Media.KEY
                    await show.send(bytes([kind]) + group.to_bytes(2, "big") + bytes(SIZE))
                    got = await asyncio.wait_for(quick.recv(), 10)
                    assert (got[0], int.from_bytes(got[1:3], "big")) == (kind, group)
            assert stream.dropped > 0
            assert all(len(viewer) <= VIEWER_FRAGMENTS + 1 for viewer in stream._viewers)
            kinds, last = [], None
            while last != GROUPS - 1 or len(kinds) < 3:
                got = await asyncio.wait_for(slow.recv(), 10)
                if isinstance(got, bytes) and got[0] != Media.INIT:
                    group = int.from_bytes(got[1:3], "big")
                    if last is not None and group > last:
                        assert got[0] == Media.KEY  # after a gap only a keyframe can be decoded
                    kinds, last = [*kinds, got[0]], group
    stop.set()
    await asyncio.wait_for(serving, 15)
