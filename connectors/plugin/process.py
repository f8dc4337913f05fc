"""One life of a plug-in's process, seen from the show: begun, asked, listened to with bounds, ended.

The show never waits for it without a limit and reads no more of it than a bucket allows: a plug-in that
floods fills its own pipe and waits.
"""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from connectors.bucket import Bucket
from connectors.errors import Changed, Transient
from connectors.outside import Outside
from connectors.plugin.proxy import Proxy
from connectors.plugin.wire import LONGEST_LINE, Malformed, Reads, error_of, line, parsed
from products.confined.found import Plugin
from products.confined.launch import Launch

PROGRAM, OURS = "connectors.plugin.program", ("connectors", "products")
START_S, SILENT_S, ASK_S, STOP_S = 30.0, 20.0, 20.0, 2.0
BURST, PER_S = 1000, 5.0  # lines at once, and in how many seconds the bucket is full again
A_LINE = 2048  # bytes that count as one more line
FLOOD_S = 20.0  # held up for so long without a rest: it does not stop
MALFORMED = 200
UNSENT = 256 << 10
FOLDER_BYTES, FOLDER_FILES, FOLDER_EVERY_S = 64 << 20, 2000, 15.0

Hear = Callable[[Mapping[str, Any]], None]


class Life:
    """One process. `hear` gets each message that answers no question, and may raise Malformed: counted."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        plugin: Plugin,
        home: Path | None,
        outside: Outside,
        hear: Hear,
    ) -> None:
        self._process, self._plugin, self._home = process, plugin, home
        self._outside, self._hear = outside, hear
        self._waiting: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._number = 0
        self._bucket = Bucket(BURST, PER_S)
        self._held = 0.0
        self._looked = outside.time()
        self.malformed = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> None:
        """Until it says that it runs. Raises Transient."""
        try:
            async with asyncio.timeout(START_S):
                told = parsed(await self._raw())
        except (TimeoutError, Malformed, ValueError):
            raise Transient(f"{self._plugin.name} did not start.") from None
        if told.get("ready") is not True:
            raise Transient(f"{self._plugin.name} did not start: {told.get('broken') or 'no reason given'}.")

    async def run(self) -> NoReturn:
        """Until it ends. Raises Transient, always: with what ended it."""
        try:
            while True:
                await self._turn()
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(Transient(f"{self._plugin.name} ended before it answered."))
                    waiting.exception()  # nobody may be left to ask

    async def _turn(self) -> None:
        name = self._plugin.name
        try:
            async with asyncio.timeout(SILENT_S):
                raw = await self._raw()
        except TimeoutError:
            raise Transient(f"{name} said nothing for {SILENT_S:.0f} seconds.") from None
        except ValueError:
            raise Transient(f"{name} wrote a line without an end.") from None
        await self._pace(len(raw))
        try:
            self._take(parsed(raw))
        except Malformed:
            self.malformed += 1
            if self.malformed > MALFORMED:
                raise Transient(f"{name} says what nobody can read.") from None
        await self._look_at_folder()

    async def _raw(self) -> bytes:
        """One line. Raises Transient at its end, ValueError for one that is too long."""
        assert self._process.stdout is not None
        raw = await self._process.stdout.readline()
        if not raw.endswith(b"\n"):
            raise Transient(f"{self._plugin.name} ended.")
        return raw

    async def _pace(self, size: int) -> None:
        """Waits where it says more than it may."""
        waited = 0.0
        for _ in range(1 + size // A_LINE):
            if wait := self._bucket.take(self._outside.time()):
                await self._outside.sleep(wait)
                self._bucket.take(self._outside.time())
                waited += wait
        assert self._process.stdout is not None
        self._held = self._held + waited if waited else max(0.0, self._held - 0.001)
        if self._held > FLOOD_S:
            raise Transient(f"{self._plugin.name} floods.")

    def _take(self, told: Mapping[str, Any]) -> None:
        if "re" not in told:
            if "broken" in told:
                raise Transient(f"{self._plugin.name} broke: {told['broken']}.")
            self._hear(told)
            return
        number = told["re"]
        waiting = self._waiting.get(number) if isinstance(number, int) else None
        if waiting is None:
            raise Malformed("an answer to no question")
        if not waiting.done():
            waiting.set_result(told)

    def tell(self, do: str, **more: Any) -> int:
        """Sends a request; its number. Raises Transient where the plug-in does not read."""
        self._number += 1
        stdin = self._process.stdin
        assert stdin is not None
        if stdin.is_closing() or stdin.transport.get_write_buffer_size() > UNSENT:
            raise Transient(f"{self._plugin.name} takes nothing.")
        now = self._outside.now().isoformat()
        stdin.write(line({"do": do, "id": self._number, "now": now, **more}))
        return self._number

    async def ask(self, do: str, reads: Reads | None, seconds: float = ASK_S, **more: Any) -> Any:
        """Its answer, read by `reads`. Raises what it says went wrong, Transient where it does not answer,
        Changed where the answer is none.
        """
        waiting: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        number = self.tell(do, **more)
        self._waiting[number] = waiting
        name = self._plugin.name
        try:
            async with asyncio.timeout(seconds):
                told = await waiting
        except TimeoutError:
            raise Transient(f"{name} did not answer in {seconds:.0f} seconds.") from None
        finally:
            del self._waiting[number]
        if "error" in told:
            raise error_of(told["error"], name)
        try:
            return None if reads is None else reads(told.get("ok"), self._outside.now())
        except Malformed as error:
            self.malformed += 1
            raise Changed(f"{name} answered with what nobody can read ({error}).") from None

    async def stop(self, patience: float = STOP_S) -> None:
        """It leaves when its stdin closes; after `patience` seconds it is ended, and all that it may have
        begun.
        """
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(patience):
                while self._process.returncode is None and await self._drained():
                    pass
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)  # where no filter kept it from starting others

    async def _drained(self) -> bool:
        """Reads on, unheard: a process that waits for its pipe could not leave."""
        assert self._process.stdout is not None
        return bool(await self._process.stdout.read(LONGEST_LINE))

    async def _look_at_folder(self) -> None:
        now = self._outside.time()
        if self._home is None or now - self._looked < FOLDER_EVERY_S:
            return
        self._looked = now
        if await asyncio.to_thread(_too_much, self._home):
            raise Transient(f"{self._plugin.name} fills its folder beyond {FOLDER_BYTES >> 20} MB.")


def _too_much(folder: Path) -> bool:
    size = files = 0
    for place, _, names in os.walk(folder):
        for name in names:
            files += 1
            with suppress(OSError):
                size += Path(place, name).lstat().st_size
            if size > FOLDER_BYTES or files > FOLDER_FILES:
                return True
    return False


async def begin(
    plugin: Plugin,
    home: Path | None,
    proxy: Proxy | None,
    account: tuple[str, Mapping[str, str]],
    outside: Outside,
    hear: Hear,
) -> Life:
    """Starts the process. `account`: its name and those of its fields that the plug-in declares; they go
    through stdin, where nobody else sees them. Raises Transient.
    """
    way = (None, None) if proxy is None else (proxy.url, proxy.port)
    launch = Launch(plugin, PROGRAM, OURS, home, *way)
    first = launch.first_line(account=account[0], fields=dict(account[1]), now=outside.now().isoformat())
    try:
        process = await asyncio.create_subprocess_exec(
            *launch.command(), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, limit=LONGEST_LINE, env=launch.environment(),
            cwd="/" if home is None else home, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise Transient(f"{plugin.name} cannot be started: {error.strerror}.") from None
    assert process.stdin is not None
    process.stdin.write(json.dumps(first).encode() + b"\n")
    life = Life(process, plugin, home, outside, hear)
    try:
        await life.ready()
    except BaseException:
        await life.stop()
        raise
    return life
