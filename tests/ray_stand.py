"""A fleet that Ray keeps stocked, on one machine: the cluster of ray_host.py, and what tests do to it."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from fleet_stand import NODE, Stand, gone
from postgres import Postgres
from servers import wait_for

from bot.locks import held

ROOT = Path(__file__).parents[1]
HOST = Path(__file__).with_name("ray_host.py")


class RayStand(Stand):
    """Three machines a (with Ray's head), b and c, each with room for one node; what they have lies in
    `place`/NAME.
    """

    def __init__(self, database: Postgres, folder: Path, ttl_s: float, shows: int) -> None:
        super().__init__(database, folder, ttl_s, shows)
        self._machines = 0
        self.place = Path(tempfile.mkdtemp(prefix="castmate-ray-", dir="/tmp"))  # sockets need short paths
        own = {"RAY_AUTH_TOKEN": secrets.token_hex(32)}  # none is left at home
        own["RAY_worker_niceness"] = "3"  # by itself 15, with which a busy machine starts nothing
        own["RAY_TMPDIR"] = str(self.place)  # else it writes to /tmp/ray, which is not there or another's
        self.environment = {**os.environ, **own}
        with (self.place / "host.log").open("wb") as log:
            self.host = subprocess.Popen(
                [
                    "unshare",
                    "-n",
                    sys.executable,
                    HOST,
                    self.place,
                    database.url(),
                    str(ttl_s),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self.environment,
                text=True,
                start_new_session=True,
            )
        try:
            self.address = str(self._answer()["address"])
        except AssertionError:
            self.close()
            raise

    def ask(self, do: str, **told: object) -> dict[str, Any]:
        assert self.host.stdin is not None
        self.host.stdin.write(json.dumps({"do": do, **told}) + "\n")
        self.host.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.host.stdout is not None
        line = self.host.stdout.readline()
        assert line, (self.place / "host.log").read_text()[-4000:]
        answer: dict[str, Any] = json.loads(line)
        return answer

    def up(self, slots: list[str]) -> None:
        self.ask("up", slots=slots, program=[sys.executable, str(NODE)], capacity=len(self.names))

    def join(self) -> None:
        """One more machine."""
        self._machines += 1
        self.ask("add", name=f"m{self._machines}")

    def where(self, slot: str) -> str:
        """The machine whose node has this slot now, "" while there is none."""
        return next((m for m in self.machines() if self.node_of(m, slot)), "")

    def machines(self) -> list[str]:
        return sorted(p.name for p in self.place.iterdir() if (p / "nodes").is_dir())

    def node_of(self, machine: str, slot: str) -> int:
        """The process of the node; 0: there is none that lives."""
        return _holder(self.place / machine / "nodes" / f"{slot}.node")

    def workers_of(self, machine: str) -> dict[str, int]:
        """The processes of its shows that live, by show."""
        locks = (self.place / machine / "locks").glob("show-??")
        return {path.name: process for path in locks if (process := _holder(path))}

    def raylet_of(self, machine: str) -> int:
        return int(self.ask("machines")["raylets"][machine])

    def keeper_of(self, machine: str, slot: str) -> int:
        """The process of Ray's actor there, which holds the keeper's lock; 0: nobody does."""
        lock = (self.place / machine / "nodes" / f"{slot}.keeper").stat()
        told = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        return next((int(w[4]) for w in told if w[5].rpartition(":")[2] == str(lock.st_ino)), 0)

    def whole(self, machine: str) -> list[int]:
        """All processes of a machine: Ray's, the nodes' and their shows'."""
        found, parents = [self.raylet_of(machine)], _parents()
        for parent in found:
            found += [child for child, its in parents.items() if its == parent and child not in found]
        nodes = [self.node_of(machine, p.stem) for p in (self.place / machine / "nodes").glob("*.node")]
        return [*found, *(n for n in nodes if n), *self.workers_of(machine).values()]

    def logs(self) -> str:
        found = sorted(self.place.glob("*/logs/node-*.log"))
        return "\n".join(f"{p}: {p.read_text()[-1500:]}" for p in found)

    def until(self, true):
        try:
            return super().until(true)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.ask('kept')}\n{self.logs()}") from None

    def close(self) -> None:
        """Nothing that was started in its network is left."""
        ours = _network(self.host.pid)
        wait_for(lambda: not _kill_all_in(ours), 30)
        self.host.wait(30)
        super().close()
        shutil.rmtree(self.place, ignore_errors=True)


def _holder(lock: Path) -> int:
    """The process that wrote its number into a lock that it holds; 0: nobody holds it."""
    text = lock.read_text().strip() if held(lock) else ""
    return int(text) if text.isdigit() else 0


def signal_all(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _parents() -> dict[int, int]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    return found


def _network(process: int) -> str:
    with suppress(OSError):
        return str(Path(f"/proc/{process}/ns/net").readlink())
    return ""


def _kill_all_in(network: str) -> bool:
    """Whether there was any. Never our own network."""
    if not network or network == _network(os.getpid()):
        return False
    found = [
        int(p.name)
        for p in Path("/proc").glob("[0-9]*")
        if _network(int(p.name)) == network and not gone(int(p.name))
    ]
    signal_all(found, signal.SIGKILL)
    return bool(found)
