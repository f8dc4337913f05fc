"""A fleet on one machine: a receiver that notes who sent what when, nodes as processes, shows by name."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from postgres import Postgres
from servers import wait_for

from bot.fleet.lease import Wish
from bot.fleet.leases import LeaseBook, ShowSeen
from products.errors import RemoteError

NODE = Path(__file__).with_name("fleet_node.py")
PATIENCE_S = 60.0  # a busy machine is no failure
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Packet:
    """What a worker sent. `at`: monotonic seconds when it was received; `line`: where its show stood."""

    at: float
    show: str
    epoch: int
    worker: int
    number: int
    line: int


class Receiver:
    """A datagram socket: what a worker sends is in its queue before `send` returns, so the order is true."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0.2)
        self.packets: list[Packet] = []
        self.last: dict[str, Packet] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                show, *numbers = self._socket.recv(200).decode().split()
                self.note(Packet(time.monotonic(), show, *(int(n) for n in numbers)))

    def note(self, packet: Packet) -> None:
        self.packets.append(packet)
        self.last[packet.show] = packet

    def close(self) -> None:
        self._over.set()
        self._thread.join(5)
        self._socket.close()

    def double(self) -> list[str]:
        """What must never be: a packet after one of a later epoch, or two workers in one epoch."""
        newest: dict[str, Packet] = {}
        found = []
        for packet in list(self.packets):
            before = newest.get(packet.show)
            if before is not None and packet.epoch < before.epoch:
                found.append(f"{packet} after {before}")
                continue
            if before is not None and packet.epoch == before.epoch and packet.worker != before.worker:
                found.append(f"{packet} beside {before}")
            newest[packet.show] = packet
        return found


class NodeProcess:
    """A node and, in sessions of their own, its workers."""

    def __init__(self, url: str, folder: Path, name: str, capacity: int, ttl_s: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name, self.folder = name, folder
        self.log = folder / "node.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(NODE), url, str(folder), name, str(capacity), str(ttl_s)],
                env={**os.environ, "CASTMATE_DATA": str(folder)},
                stdout=log,
                stderr=log,
            )
        self.id = f"{name}-{self.process.pid}"

    def workers(self) -> dict[str, int]:
        """The processes of its shows that live, by show."""
        found = {}
        for path in (self.folder / "locks").glob("*"):
            text = path.read_text().strip()
            if text.isdigit() and not gone(int(text)) and airs(int(text)):
                found[path.name] = int(text)
        return found

    def signal_all(self, number: signal.Signals) -> None:
        """To the node and all its workers, as a machine that freezes or dies."""
        for process in (self.process.pid, *self.workers().values()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    def close(self) -> None:
        self.signal_all(signal.SIGCONT)
        self.signal_all(signal.SIGKILL)
        self.process.wait(30)


def gone(number: int) -> bool:
    """Ended: no such process, or one that only waits for its parent to look."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def airs(number: int) -> bool:
    """Whether it is a worker: numbers of processes come again, and the file of a lock keeps its own."""
    try:
        return b"fleet_worker" in Path(f"/proc/{number}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


class Stand:
    """One fleet. `ttl_s`: term of its leases."""

    receiver_kind: type[Receiver] = Receiver

    def __init__(self, database: Postgres, folder: Path, ttl_s: float, shows: int) -> None:
        self.database, self.folder, self.ttl_s = database, folder, ttl_s
        self._place = tempfile.TemporaryDirectory(prefix="castmate-")  # a socket's path is short
        self.receiver = self.receiver_kind(Path(self._place.name) / "receiver")
        self.book = LeaseBook(database.url())
        self.names = [f"show-{n:02}" for n in range(shows)]
        self.nodes: list[NodeProcess] = []

    def begin(self) -> None:
        for name in self.names:
            self.begin_one(name)

    def begin_one(self, name: str) -> None:
        file = self.folder / f"{name}.yaml"
        file.write_text(json.dumps({"show": name, "receiver": str(self.receiver.path)}))
        assert self.book.place(Wish(name, str(file), f"{name}/1", datetime.now(UTC)))

    def node(
        self, name: str, capacity: int | None = None, port: int | None = None, user: str = "postgres"
    ) -> NodeProcess:
        """A node; by default it has room for all shows, and reaches the database by its socket."""
        room = len(self.names) if capacity is None else capacity
        made = NodeProcess(self.database.url(user, port), self.folder / name, name, room, self.ttl_s)
        self.nodes.append(made)
        return made

    def seen(self) -> dict[str, ShowSeen]:
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return {s.show: s for s in self.book.shows()}
            except RemoteError:  # the database is away, as the test wants it
                assert time.monotonic() < end
                time.sleep(0.02)

    def on(self, node: NodeProcess) -> list[str]:
        return [s.show for s in self.seen().values() if s.owner == node.id and s.in_force]

    def until(self, true: Callable[[], T]) -> T:
        """The first true value of `true()`."""
        try:
            found: T = wait_for(true, PATIENCE_S)
            return found
        except AssertionError:
            logs = "\n".join(f"{n.name}: {n.log.read_text()[-2000:]}" for n in self.nodes)
            raise AssertionError(f"{true} did not come true\n{self.seen()}\n{logs}") from None

    def mark(self) -> int:
        """How many packets have come."""
        return len(self.receiver.packets)

    def all_send(self, mark: int | None = None) -> dict[str, Packet]:
        """Waits until every show was received after `mark` (now), in the epoch that the database tells. The
        first such packet of each.
        """
        at = self.mark() if mark is None else mark
        first: dict[tuple[str, int], Packet] = {}

        def every_one() -> dict[str, Packet]:
            nonlocal at
            for packet in self.receiver.packets[at:]:
                first.setdefault((packet.show, packet.epoch), packet)
                at += 1
            owned = {s.show: s.epoch for s in self.seen().values() if s.in_force}
            found = {
                show: first[show, owned[show]] for show in self.names if (show, owned.get(show)) in first
            }
            return found if len(found) == len(self.names) else {}

        return self.until(every_one)

    def close(self) -> None:
        for node in self.nodes:
            node.close()
        self.receiver.close()
        self._place.cleanup()
        self.book.close()
