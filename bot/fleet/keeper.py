"""One node of a stock on this machine: started, watched by a lock, started again; found again by the next
keeper.

A node is no child of its keeper. It lives on when the keeper dies (a Ray actor that is killed takes nothing
off the air), and the next keeper on this machine finds it by the lock that it holds. Two locks in DATA/nodes:

SLOT.node    held by the node's process, from before its first instruction to its death
SLOT.keeper  held by whoever keeps it; a node that nobody has kept for ORPHAN_S hands over and ends
"""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bot.fleet.fence import boottime_ns
from bot.fleet.last_words import last_words
from bot.fleet.stock import Kept, Kind, node_command
from bot.locks import held, locked
from products.errors import SetupError

LOOK_S = 0.2
ORPHAN_S = 30.0  # Ray starts a keeper again within seconds; one that moved to another machine never comes
LEAVE_S = 40.0  # for handing over: a heartbeat, and the ends of its shows' processes
STEADY_S = 60.0  # who lived so long begins a new row of falls
WAITS_S = (0.0, 1.0, 2.0, 5.0, 15.0, 60.0)  # before the next start, by falls in a row
# In a session of its own and nobody's child: Ray kills the children of an actor that ends. No import, 20 ms.
_APART = (
    "import os, sys\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    os.pwrite(int(sys.argv[1]), b'%-10d' % os.getpid(), 0)\n"
    "    os.execv(sys.argv[2], sys.argv[2:])\n"
)


def pause_s(falls: int) -> float:
    """Seconds before a node is started again that fell so often in a row."""
    return WAITS_S[min(falls, len(WAITS_S) - 1)]


class Keeper:
    """`run` in a thread of its own; the other methods from any thread.

    folder   of this machine's data
    machine  what people call it
    """

    def __init__(self, slot: str, kind: Kind, folder: Path, machine: str) -> None:
        self.slot, self.kind, self._folder, self._machine = slot, kind, folder, machine
        self._nodes = folder / "nodes"
        self._over, self._ended = threading.Event(), threading.Event()
        self._falls, self._begun_ns = 0, 0
        self._starts = 0
        self._words = "is being started"

    def run(self) -> None:
        """Until `leave`."""
        try:
            lock = self._keep()
            if lock is None:
                return
            try:
                while not self._over.is_set():
                    wait = self._look()
                    self._over.wait(wait)
            finally:
                self._end()
                os.close(lock)
        finally:
            self._ended.set()

    def kept(self) -> Kept:
        process = self.process
        return Kept(self.slot, self._machine, process, self._starts, "" if process else self._words)

    @property
    def process(self) -> int:
        """Number of the node's process; 0: there is none."""
        path = self._nodes / f"{self.slot}.node"
        if not held(path):
            return 0
        text = path.read_text("ascii", "replace").strip()
        return int(text) if text.isdigit() else 0

    def renew(self) -> None:
        """The node hands over and ends; `run` starts another one at once."""
        self._falls, self._begun_ns = 0, boottime_ns()
        self._end()

    def leave(self) -> None:
        """The node hands over and ends, and `run` with it. Comes back after that."""
        self._over.set()
        self._ended.wait(2 * LEAVE_S)

    def _keep(self) -> int | None:
        """The keeper's lock, once no other keeper has it: one that Ray gave up may live on for a while."""
        while not self._over.is_set():
            try:
                lock = locked(self._nodes / f"{self.slot}.keeper")
            except SetupError as error:
                self._words, lock = error.message, None
            else:
                if lock is not None:
                    return lock
                self._words = "another keeper on this machine has it"
            self._over.wait(LOOK_S)
        return None

    def _look(self) -> float:
        """Starts the node if there is none; seconds to the next look."""
        try:
            lock = locked(self._nodes / f"{self.slot}.node")
        except SetupError as error:
            self._words = error.message
            return WAITS_S[-1]
        if lock is None:
            return LOOK_S
        try:
            os.pwrite(lock, b" " * 10, 0)  # who looks shall not see the number of one that is gone
            if self._starts:
                lived = (boottime_ns() - self._begun_ns) / 10**9
                self._falls = 0 if lived >= STEADY_S else self._falls
                self._words = last_words(self._log) or "it said nothing"
                wait = pause_s(self._falls)
                self._falls += 1
                if self._over.wait(wait):
                    return 0.0
            self._start(lock)
        finally:
            os.close(lock)  # the node has its own
        return LOOK_S

    @property
    def _log(self) -> Path:
        return self._folder / "logs" / f"node-{self.slot}.log"

    def _start(self, lock: int) -> None:
        command = node_command(self.slot, self.kind, self._nodes / f"{self.slot}.keeper")
        self._starts += 1
        self._begun_ns = boottime_ns()
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("ab") as log:
                subprocess.run(
                    [sys.executable, "-I", "-S", "-c", _APART, str(lock), *command],
                    pass_fds=(lock,),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    check=True,
                )
        except (OSError, subprocess.CalledProcessError) as error:
            self._words = f"it cannot be started: {error}"

    def _end(self) -> None:
        """Asks the node to hand over; ends it when it does not. Its shows end by their own clocks."""
        process, begun, still = 0, boottime_ns(), threading.Event()
        while held(self._nodes / f"{self.slot}.node") and not (process := self.process):
            still.wait(LOOK_S)  # it has not written its number yet
        number = signal.SIGTERM
        while process and self.process == process:
            with suppress(ProcessLookupError):
                os.kill(process, number)  # asked again it does not mind
            if boottime_ns() - begun > LEAVE_S * 10**9:
                number = signal.SIGKILL
            still.wait(LOOK_S)


async def until_orphaned(keeper: Path, leave: Callable[[], None], patience_s: float = ORPHAN_S) -> None:
    """Calls `leave` once nobody has held the keeper's lock for so long; for the node, which runs it."""
    alone_ns = 0
    while True:
        if held(keeper):
            alone_ns = 0
        elif not alone_ns:
            alone_ns = boottime_ns()
        elif boottime_ns() - alone_ns > patience_s * 10**9:
            leave()
            return
        await asyncio.sleep(min(1.0, patience_s / 4))
