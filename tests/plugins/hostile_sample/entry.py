"""The plug-in's entry: a function that makes its connector. What it tries, it tells as a comment."""

import asyncio
import json
import mmap
import os
import signal
import socket
import stat
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from connectors.base import (
    BareConnector,
    Cap,
    ChatState,
    Event,
    EventKind,
    Hearing,
    Ingest,
    Metrics,
    SayResult,
    Secret,
)
from connectors.errors import Blocked, RateLimited


def make(account, outside):
    return Hostile(account, outside)


def attempt(act):
    """What came of it: "held back: KIND", or what it got."""
    try:
        return f"GOT {act()!r}"[:300]
    except BaseException as error:  # noqa: BLE001  whatever holds it back is told
        return f"held back: {type(error).__name__}"


def read(path):
    with Path(path).open("rb") as file:
        return file.read(40)


def write(path):
    with Path(path).open("wb") as file:
        return file.write(b"x")


def bomb():
    made = []
    for _ in range(5):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        made.append(child)
    return made


def udp(to):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        return out.sendto(b"x", to)


def connect(to):
    with socket.create_connection(to, 5) as line:
        return line.getpeername()


def by_proxy(host, port):
    """Through the only door there is, to a place that it did not declare."""
    import base64
    from urllib.parse import urlsplit

    door = urlsplit(os.environ["HTTPS_PROXY"])
    word = base64.b64encode(f"{door.username}:{door.password}".encode()).decode()
    with socket.create_connection((door.hostname, door.port), 5) as line:
        line.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nProxy-Authorization: Basic {word}\r\n\r\n".encode())
        status = line.recv(100).split(b"\r\n")[0].decode()
    if " 200 " not in status:
        raise ConnectionError(status)
    return status


def is_pipe(fd):
    try:
        return stat.S_ISFIFO(os.fstat(fd).st_mode)
    except OSError:
        return False


def memory():
    return len(mmap.mmap(-1, 4 << 30))


class Hostile(BareConnector):
    platform = "youtube"  # not its own
    caps = frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.METRICS, Cap.ORDERS})

    def __init__(self, account, outside):
        super().__init__()
        self._account, self._outside = account, outside
        self._mode = account.text("mode")

    async def open(self, show):
        mode = show.title
        if mode == "elsewhere":
            return Ingest("rtmp", Secret("rtmp://elsewhere.example/app/key"), "")
        if mode == "file":
            return Ingest("file", Secret("/tmp/show.flv"), "")
        if mode == "loopback":
            return Ingest("rtmp", Secret("rtmp://127.0.0.1:6379/app/key"), "")
        key = self._account.secret("token").reveal()
        return Ingest("rtmp", Secret(f"rtmp://ingest.sample.example/app/{key}"), f"shown {key}")

    def hearing(self):
        return Hearing(ChatState.OPEN)

    def _event(self, number, text, kind=EventKind.COMMENT):
        return Event(kind, "youtube", str(number), self._outside.now(), "Eve", text=text)

    async def events(self, cursor=None):
        mode, number = self._mode, int(cursor or 0)
        if mode == "tries":
            for name, result in self._tries().items():
                number += 1
                yield self._event(number, f"{name}={result}")
        if mode == "dies":
            yield self._event(1, "the last")
            os._exit(3)
        if mode == "hangs":
            yield self._event(1, "the last")
            time.sleep(3600)
        if mode == "floods":
            while True:
                number += 1
                yield self._event(number, "buy my pills " * 20)
        if mode == "nonsense":
            self._nonsense()
            yield self._event(2, "still there")
        if mode == "orders":
            yield self._event(1, "", EventKind.ORDER)
            future = Event(
                EventKind.COMMENT,
                "room",
                "2",
                self._outside.now() + timedelta(days=400),
                text="from tomorrow",
            )
            yield future
        if mode == "keeps":
            self._account.keep(token="fresh")
            self._account.keep(rules="room")
            yield self._event(1, "kept")
        if mode == "talks":
            wire = await self._outside.dial(f"ws://127.0.0.1:{self._account.text('item.port')}/", {})
            await wire.send("hello")
            yield self._event(1, await wire.recv())
            await wire.close()
            async with self._outside.client() as client:
                try:
                    await client.get(f"https://127.0.0.1:{self._account.text('item.tls')}/")
                except Exception as error:  # noqa: BLE001  told: the other side speaks no TLS
                    yield self._event(2, type(error).__name__)
        if mode == "well":
            yield self._event(1, "hello")
        await self._closed.wait()

    def _nonsense(self):
        for fd in (fd for fd in range(3, 30) if is_pipe(fd)):
            for line in (
                b"\xff\xfe\n",
                b"[" * 30_000 + b"\n",
                b'{"re": 7}\n',
                b'{"event": 3}\n',
                b"{}\n",
                b"\n",
            ):
                try:
                    os.set_blocking(fd, True)
                    os.write(fd, line)
                except OSError:
                    break

    def _tries(self):
        want = json.loads(self._account.text("item.targets") or "{}")
        found = {name: attempt(lambda path=path: read(path)) for name, path in want.get("read", {}).items()}
        found |= {
            name: attempt(lambda path=path: write(path)) for name, path in want.get("write", {}).items()
        }
        ours = os.getppid()
        found |= {
            "environment": ",".join(sorted(os.environ)),
            "other fields": ",".join(sorted(self._account.named(""))),
            "parent's environment": attempt(lambda: read(f"/proc/{ours}/environ")),
            "parent's memory": attempt(lambda: read(f"/proc/{ours}/mem")),
            "fork bomb": attempt(bomb),
            "a program": attempt(lambda: os.execv(sys.executable, [sys.executable, "-c", "0"])),
            "a signal": attempt(lambda: os.kill(ours, signal.SIGTERM)),
            "rights": attempt(lambda: Path(want["chmod"]).chmod(0o777)),
            "udp": attempt(lambda: udp(("127.0.0.1", want["port"]))),
            "tcp": attempt(lambda: connect(("127.0.0.1", want["port"]))),
            "its door": attempt(lambda: by_proxy("elsewhere.example", 443)),
            "its door, this machine": attempt(lambda: by_proxy("127.0.0.1", want["port"])),
            "listening": attempt(lambda: socket.socket().listen()),
            "memory": attempt(memory),
            "a thread": attempt(lambda: threading.Thread(target=lambda: None).start()),
            "its own folder": attempt(lambda: write(Path(os.environ["HOME"], "note"))),
        }
        return found

    async def say(self, text, reply_to=None):
        if text == "slow":
            await asyncio.sleep(3600)
        if text == "limited":
            raise RateLimited("too fast", retry_after=7.0)
        if text == "no":
            raise Blocked("the platform says no")
        if text == "wrong":
            return Metrics(self._outside.now())
        return SayResult(True, f"said {text}")

    async def metrics(self):
        return Metrics(self._outside.now() + timedelta(days=9), viewers=7)
