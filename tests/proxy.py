"""A TCP proxy between a sender and a real server: narrow, frozen, or cut off in the middle."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

_PIECE = 4096


class Proxy:
    """Listens on `port`. `kbps`: how much passes towards the server, None for all; `frozen`: reads nothing
    more and says nothing; `reset`: cuts every connection with RST, as a router does that restarts."""

    def __init__(self, target: int) -> None:
        self._target, self.kbps, self.frozen, self.port = target, None, False, 0
        self.passed = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        # a small buffer, as a narrow line has: what the sender's system holds is then seen
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        self.port = listener.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=8192)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers += [writer, back]
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await asyncio.wait(
                    [asyncio.ensure_future(self._copy(reader, back, True)),
                     asyncio.ensure_future(self._copy(there, writer, False))],
                    return_when=asyncio.FIRST_COMPLETED,
                )  # fmt: skip
            back.close()
        writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counted: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                while self.frozen:
                    await asyncio.sleep(0.02)
                data = await reader.read(_PIECE)
                if not data:
                    return
                if counted and self.kbps is not None:
                    await asyncio.sleep(len(data) / (self.kbps * 125))
                self.passed += len(data) if counted else 0
                writer.write(data)
                await writer.drain()

    def reset(self) -> None:
        def cut() -> None:
            for writer in self._writers:
                if (sock := writer.get_extra_info("socket")) is not None:
                    with contextlib.suppress(OSError):
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    writer.transport.abort()
            self._writers.clear()

        self._loop.call_soon_threadsafe(cut)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(self, *exc: object) -> None:
        self.frozen = False
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


@contextlib.contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    with Proxy(target) as p:
        yield p
