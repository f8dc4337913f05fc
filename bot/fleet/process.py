"""One show's operating-system process: made, asked to end, ended."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from bot.fleet.fence import VARIABLE

STOP_S = 8.0  # the goodbye is rendered beforehand and takes less
SWEEP_S = 1.0
PROGRAM = (sys.executable, "-m", "bot.cli")
_TOKEN_ELSEWHERE = ("CASTMATE_LINK_TOKEN_FILE", "CASTMATE_LINK_TOKEN_KEYRING")


def air_command(
    file: Path, options: Mapping[str, object], program: Sequence[str] = PROGRAM
) -> tuple[str, ...]:
    """`castmate air FILE --name value ...`; options whose value is None are left out."""
    given = [str(x) for name, value in options.items() if value is not None for x in (name, value)]
    return (*program, "air", str(file), *given)


async def sweep(group: int) -> None:
    """Ends what a show that died has left in its session `group`: the studio and the senders.

    Asked first: Python's resource tracker does not listen to that, and gives the show's shared memory back
    once all others are gone; who kills it too leaves 25 MB in the machine for ever.
    """
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        os.killpg(group, signal.SIGCONT)  # who stands still does not hear
        for _ in range(round(SWEEP_S / 0.02)):
            os.killpg(group, 0)
            await asyncio.sleep(0.02)
        os.killpg(group, signal.SIGKILL)


def inherited_from(environment: Mapping[str, str]) -> dict[str, str]:
    """Without the other places of the link's token, which a process is given outright."""
    return {k: v for k, v in environment.items() if k not in _TOKEN_ELSEWHERE}


def told_of(token: str, lease: Path | None) -> dict[str, str]:
    """What a show's process is told by its environment, beside what it inherits."""
    bound = {} if lease is None else {VARIABLE: str(lease)}
    return {"CASTMATE_LINK_TOKEN": token, **bound}


class ShowProcess:
    """A running `castmate air`, in a session of its own: Ctrl-C in our terminal reaches us, not it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._kill: asyncio.TimerHandle | None = None
        self.killed = False
        self.asked = False

    @classmethod
    async def make(
        cls,
        command: Sequence[str],
        token: str,
        *,
        output: BinaryIO | None = None,
        kept: Sequence[int] = (),
        lease: Path | None = None,
    ) -> "ShowProcess":
        """`token` opens the link to the console; it goes by the environment, which other users cannot read.
        `output`: a file for both streams (None: ours). `kept`: descriptors that stay open in the process.
        `lease`: until when it may send (bot/fleet/fence.py), also by the environment, so that no process that
        it starts is without; None: there is no fleet.
        """
        return cls(
            await asyncio.create_subprocess_exec(
                *command,
                env={**inherited_from(os.environ), **told_of(token, lease)},
                start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL if output is not None else None,
                stdout=output,
                stderr=output,
                pass_fds=kept,
            )
        )

    @property
    def number(self) -> int:
        return self._process.pid

    @property
    def over(self) -> bool:
        return self._process.returncode is not None

    def end(self, patience: float = STOP_S) -> None:
        """Asks it to end (SIGTERM: it says goodbye); ends it after `patience` seconds (SIGKILL, with all that
        it started). Asking again changes nothing.
        """
        if self.over or self.asked:
            return
        self.asked = True
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        self._kill = asyncio.get_running_loop().call_later(patience, self._end_now)

    def cut(self) -> None:
        """Ends it now and without a word: another process airs the show."""
        self.asked = True
        self._end_now()

    def _end_now(self) -> None:
        if self.over:
            return
        self.killed = True
        with suppress(ProcessLookupError):
            self._process.kill()  # `wait` sweeps up its children

    async def wait(self) -> int:
        """Its exit code; below 0: the signal that ended it."""
        code = await self._process.wait()
        if self._kill is not None:
            self._kill.cancel()
        if code != 0:
            await sweep(self._process.pid)  # who crashes leaves children behind
        return code
