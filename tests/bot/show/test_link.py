"""The show's end of the link, against a real WebSocket server: it comes back, is bounded, kills nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from pydantic import BaseModel
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.utils import accept_key

from bot.show import link as module
from bot.show.link import Link
from bot.show.messages import Command, Down, Hello, Media, Viewers
from connectors.base import Secret

HELLO = Hello(
    show="s", title="T", language="en", platform="room", mode="clone", codecs="c", width=720, height=1280
)


@dataclass
class Console:
    """A tiny console: keeps every frame of every connection, closes or chokes when told."""

    token: str = "secret"
    got: list[list[str | bytes]] = field(default_factory=list)
    sockets: list[ServerConnection] = field(default_factory=list)
    refused: int = 0
    reading: asyncio.Event = field(default_factory=asyncio.Event)
    server: Server | None = None

    async def start(self, port: int = 0) -> int:
        self.reading.set()
        self.server = await serve(self.take, "127.0.0.1", port, process_request=self.check, max_queue=2)
        return int(self.server.sockets[0].getsockname()[1])

    def check(self, socket, request):
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            self.refused += 1
            return socket.respond(403, "no")
        return None

    async def take(self, socket: ServerConnection) -> None:
        mine: list[str | bytes] = []
        self.got.append(mine)
        self.sockets.append(socket)
        while True:
            await self.reading.wait()
            try:
                mine.append(await socket.recv())
            except ConnectionClosed:
                return

    def kinds(self, n: int = -1) -> list[str]:
        return [kind_of(f) for f in self.got[n]]

    async def stop(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()


def kind_of(frame: str | bytes) -> str:
    if isinstance(frame, str):
        message = json.loads(frame)
        return f"{message['type']}{message.get('number', '')}"
    return f"{Media(frame[0]).name} {frame[1:].decode()}"


@dataclass
class Rig:
    console: Console
    link: Link
    port: int
    heard: list[Down]
    running: "asyncio.Task[None]"

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not true():
                assert not self.running.done(), self.running
                await asyncio.sleep(0.005)


@asynccontextmanager
async def rig(
    token: str = "secret", welcome: Callable[[], Iterable[BaseModel]] = lambda: [HELLO]
) -> AsyncIterator[Rig]:
    console = Console()
    port = await console.start()
    heard: list[Down] = []

    async def receive(message: Down) -> None:
        heard.append(message)

    link = Link(f"ws://127.0.0.1:{port}/link/s", Secret(token), welcome, receive, Random(1))
    running = asyncio.get_running_loop().create_task(link.run())
    try:
        yield Rig(console, link, port, heard, running)
    finally:
        console.reading.set()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await console.stop()


async def test_a_join_begins_with_the_welcome_and_the_init_segment() -> None:
    async with rig() as r:
        r.link.send_media(Media.INIT, b"moov")
        r.link.send(Viewers(number=7))  # nobody there: the welcome tells all that matters
        await r.until(lambda: r.link.connected)
        r.link.send(Viewers(number=1))
        r.link.send_media(Media.KEY, b"k")
        await r.until(lambda: len(r.console.got[0]) == 4)
        assert r.console.kinds() == ["hello", "INIT moov", "viewers1", "KEY k"]


async def test_after_the_console_has_gone_and_come_it_is_welcomed_again(monkeypatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.02, 0.1))
    async with rig() as r:
        r.link.send_media(Media.INIT, b"moov")
        await r.until(lambda: r.link.connected and r.console.got)
        await r.console.stop()
        await r.until(lambda: not r.link.connected)
        r.link.send(Viewers(number=9))
        r.link.send_media(Media.KEY, b"lost")
        await asyncio.sleep(0.1)
        await r.console.start(r.port)
        await r.until(lambda: len(r.console.got) == 2 and len(r.console.got[1]) == 2)
        assert r.console.kinds() == ["hello", "INIT moov"]


async def test_a_console_that_is_killed_does_not_end_the_show(monkeypatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.02, 0.1))
    async with rig() as r:
        await r.until(lambda: r.link.connected and r.console.sockets)
        r.console.sockets[0].transport.abort()  # no close frame, as when the process dies
        await r.until(lambda: len(r.console.got) == 2 and r.link.connected)
        r.link.send(Viewers(number=3))
        await r.until(lambda: r.console.kinds()[-1:] == ["viewers3"])


async def test_a_console_that_is_killed_while_it_is_sent_to_does_not_end_the_show(monkeypatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.02, 0.1))
    async with rig() as r:
        for n in range(1, 5):
            await r.until(lambda n=n: len(r.console.sockets) == n and r.link.connected)
            for _ in range(50):
                r.link.send_media(Media.KEY, b"x" * 10_000)
            r.console.sockets[-1].transport.abort()
            for _ in range(50):
                r.link.send_media(Media.DELTA, b"x" * 10_000)
                await asyncio.sleep(0)
        await r.until(lambda: len(r.console.sockets) == 5)


async def test_what_is_told_during_the_welcome_is_not_lost() -> None:
    links: list[Link] = []

    def welcome() -> Iterable[BaseModel]:
        yield HELLO
        for n in range(50):
            yield Viewers(number=n)

    async with rig(welcome=welcome) as r:
        links.append(r.link)
        told = False
        async with asyncio.timeout(10):
            while not (r.console.got and "viewers999" in r.console.kinds(0)):
                if r.console.got and r.console.got[0] and not told:
                    told = True
                    r.link.send(Viewers(number=999))
                await asyncio.sleep(0)
        assert r.console.kinds(0)[:2] == ["hello", "viewers0"]


async def test_what_comes_back_is_handed_on_and_what_is_unknown_is_counted() -> None:
    async with rig() as r:
        await r.until(lambda: r.link.connected and r.console.sockets)
        socket = r.console.sockets[0]
        await socket.send('{"type":"dance"}')
        await socket.send("no json")
        await socket.send(b"\x01bytes")
        await socket.send('{"type":"command","name":"explode","by":"x"}')
        await socket.send('{"type":"command","name":"hold","by":"Ada"}')
        await r.until(lambda: r.heard)
        assert r.heard == [Command(name="hold", by="Ada")]
        assert r.link.dropped == 3


async def test_a_bad_token_is_never_connected_and_it_goes_on_asking(monkeypatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.01, 0.02))
    async with rig(token="wrong") as r:
        await r.until(lambda: r.console.refused >= 3)
        assert not r.link.connected and r.console.got == []


async def test_a_console_that_does_not_read_gets_the_picture_again_from_a_keyframe(monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_MEDIA", 10)
    async with rig() as r:
        await r.until(lambda: r.link.connected and r.console.sockets)
        r.console.reading.clear()
        await asyncio.sleep(0)
        sent: list[str] = []
        for n in range(400):
            media = Media.KEY if n % 7 == 0 else Media.DELTA
            r.link.send_media(media, f"{n} ".encode() + b"." * 100_000)
            if n % 50 == 0:
                r.link.send(Viewers(number=n))
            await asyncio.sleep(0)
        assert r.link.dropped > 100
        r.console.reading.set()
        r.link.send_media(Media.KEY, b"end")
        await r.until(lambda: r.console.kinds()[-1:] == ["KEY end"])
        sent = [k.rstrip(".").strip() for k in r.console.kinds()]
        assert [k for k in sent if k.startswith("viewers")] == [f"viewers{n}" for n in range(0, 400, 50)]
        pieces = [k for k in sent if k.startswith(("KEY", "DELTA")) and k != "KEY end"]
        numbers = [int(k.split()[1]) for k in pieces]
        assert numbers == sorted(numbers) and len(numbers) < 300
        for before, piece, number in zip([-1, *numbers], pieces, numbers, strict=False):
            assert number == before + 1 or piece.startswith("KEY"), "after a hole only a keyframe may follow"


async def test_the_init_segment_survives_a_console_that_does_not_read(monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_MEDIA", 5)
    async with rig() as r:
        await r.until(lambda: r.link.connected and r.console.sockets)
        r.link.send_media(Media.INIT, b"moov")
        for n in range(30):  # no turn for the writer in between
            r.link.send_media(Media.KEY if n % 6 == 0 else Media.DELTA, str(n).encode())
        await r.until(lambda: any(k.startswith("KEY") for k in r.console.kinds()))
        assert "INIT moov" in r.console.kinds()


async def test_too_many_messages_are_dropped_and_counted(monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_MESSAGES", 5)
    async with rig() as r:
        await r.until(lambda: r.console.got and r.console.kinds() == ["hello"])  # nothing is queued any more
        for n in range(9):
            r.link.send(Viewers(number=n))
        assert r.link.dropped == 4
        await r.until(lambda: r.console.kinds() == ["hello", *(f"viewers{n}" for n in range(5))])


async def test_drain_waits_for_what_is_queued_and_not_for_a_console_that_is_away() -> None:
    async with rig() as r:
        await r.until(lambda: r.link.connected)
        for n in range(40):
            r.link.send(Viewers(number=n))
        await r.link.drain(10)
        await r.until(lambda: len(r.console.got[0]) == 41)
    async with asyncio.timeout(5):
        await r.link.drain(60)


async def test_why_a_console_does_not_take_the_show_is_told_until_it_does() -> None:
    async with rig(token="wrong") as r:
        await r.until(lambda: r.link.trouble)
        assert "CASTMATE_LINK_TOKEN" in r.link.trouble
        r.console.token = "wrong"
        await r.until(lambda: r.link.connected)
        await r.console.sockets[-1].close(1008, "The first message must be the hello of this show.")
        await r.until(lambda: "hello of this show" in r.link.trouble)
        await r.until(lambda: r.link.connected)
        await r.console.sockets[-1].send(Viewers(number=1).model_dump_json())
        await r.until(lambda: not r.link.trouble)
        await r.console.sockets[-1].close(1012, "restarting")
        await r.until(lambda: not r.link.connected)
        assert r.link.trouble == ""


async def test_where_no_console_answers_it_is_told() -> None:
    link = Link("ws://127.0.0.1:9/link/s", Secret("secret"), lambda: [HELLO], nothing, Random(1))
    running = asyncio.ensure_future(link.run())
    async with asyncio.timeout(20):
        while not link.trouble:
            await asyncio.sleep(0.01)
    assert link.trouble == "No console answers there."
    running.cancel()
    await asyncio.wait({running})


async def test_a_console_that_stands_still_does_not_keep_the_show_from_ending(monkeypatch) -> None:
    """Its kernel takes the connection and nobody ever reads: what is sent stands in our buffers."""
    monkeypatch.setattr(module, "CLOSE_S", 0.05)
    gone: list[asyncio.StreamWriter] = []

    async def stand(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        key = next(x for x in request.decode().split("\r\n") if x.lower().startswith("sec-websocket-key"))
        told = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept_key(key[19:])}"
        writer.write(f"HTTP/1.1 101 Switching Protocols\r\n{told}\r\n\r\n".encode())
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        gone.append(writer)

    server = await asyncio.start_server(stand, "127.0.0.1", 0)
    address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    link = Link(address, Secret("secret"), lambda: [HELLO], nothing, Random(1))
    async with asyncio.timeout(15):
        running = asyncio.ensure_future(link.run())
        while not link.connected:
            await asyncio.sleep(0.01)
        link.send_media(Media.KEY, b"x" * 30_000_000)
        await asyncio.sleep(0.3)
        running.cancel()
        await asyncio.wait({running})
    assert running.cancelled()
    for writer in gone:
        writer.transport.abort()
    server.close()


async def nothing(message: Down) -> None: ...
