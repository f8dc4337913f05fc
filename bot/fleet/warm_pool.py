"""Processes that wait for a show with everything imported (bot/fleet/warm.py): a node that takes a show over
has it on the air sooner.
"""

import asyncio
import json
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from bot.fleet.process import ShowProcess, inherited_from, sweep, told_of
from bot.fleet.warm import READY

log = logging.getLogger(__name__)
WAITING = (sys.executable, "-m", "bot.fleet.warm")
REFILL_S = 20.0  # a show that has just begun needs the processor more than the next one that may come
AGAIN_S = 10.0  # after one that died, or could not be made


class _Warm:
    """One that waits. `settled`: it is ready, or dead; `done`: it was taken, or is dead."""

    def __init__(self, process: asyncio.subprocess.Process, line: socket.socket) -> None:
        self.process, self._line = process, line
        self.ready = self.taken = False
        self.settled, self.done = asyncio.Event(), asyncio.Event()
        asyncio.get_running_loop().add_reader(line, self._hear)

    def _hear(self) -> None:
        said = b""
        with suppress(OSError):
            said = self._line.recv(len(READY))
        if said != READY:
            self.close()
            return
        self.ready = True
        self.settled.set()

    def give(self, order: bytes, kept: Sequence[int]) -> bool:
        """Whether it heard; it is a show's process from then on."""
        with suppress(OSError):
            socket.send_fds(self._line, [order], list(kept))
            self.taken = True
        self.close()
        return self.taken

    def close(self) -> None:
        self.ready = False
        if not self.done.is_set():
            self.settled.set()
            self.done.set()
            asyncio.get_running_loop().remove_reader(self._line)
            self._line.close()


class WarmPool:
    """Keeps `count` processes waiting. `take` and `run` from one event loop; `run` lasts until it is
    cancelled, and ends those that wait.
    """

    def __init__(
        self, count: int, log_file: Path, *, program: Sequence[str] = WAITING, refill_s: float = REFILL_S
    ) -> None:
        self._count, self._log_file, self._program, self._refill_s = count, log_file, program, refill_s
        self._waiting: list[_Warm] = []
        self._one_at_a_time = asyncio.Lock()  # making one takes a core for seconds

    @property
    def ready(self) -> int:
        return sum(warm.ready for warm in self._waiting)

    def take(
        self,
        arguments: Sequence[str],
        token: str,
        *,
        output: BinaryIO,
        kept: Sequence[int] = (),
        lease: Path | None = None,
    ) -> ShowProcess | None:
        """A process that airs now, as ShowProcess.make would start it; None when none is ready."""
        told = {"arguments": list(arguments), "environment": told_of(token, lease)}
        for warm in self._waiting:
            if warm.ready and warm.give(json.dumps(told).encode(), (output.fileno(), *kept)):
                return ShowProcess(warm.process)
        return None

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._count):
                group.create_task(self._keep_one())

    async def _keep_one(self) -> None:
        while True:
            taken = False
            try:
                taken = await self._one()
            except OSError as error:
                log.warning("no process waits warm: %s", error)
            await asyncio.sleep(self._refill_s if taken else AGAIN_S)

    async def _one(self) -> bool:
        """From its start until it is taken, true, or dead. Raises OSError when none can be made."""
        async with AsyncExitStack() as stack:
            async with self._one_at_a_time:
                warm = await stack.enter_async_context(self._made())
                await warm.settled.wait()
            await warm.done.wait()
            return warm.taken

    @asynccontextmanager
    async def _made(self) -> AsyncIterator[_Warm]:
        warm = await self._make()
        self._waiting.append(warm)
        try:
            yield warm
        finally:
            self._waiting.remove(warm)
            warm.close()
            if not warm.taken:
                with suppress(ProcessLookupError):
                    warm.process.kill()
                await warm.process.wait()
                await sweep(warm.process.pid)

    async def _make(self) -> _Warm:
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs, self._log_file.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *self._program,
                str(theirs.fileno()),
                env=inherited_from(os.environ),
                start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(),),
            )
        return _Warm(process, ours)
