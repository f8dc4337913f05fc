"""Shows on this machine: a process for each, watched until it is over, never two for one show."""

import asyncio
import logging
import os
import secrets
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

from bot.fleet.last_words import last_words
from bot.fleet.position import last_position
from bot.fleet.process import PROGRAM, STOP_S, ShowProcess, air_command, sweep
from bot.fleet.warm_pool import WarmPool
from bot.locks import locked
from products.errors import SetupError
from schedules.planner import Busy, Tell
from schedules.tables import RunState, ShowRunRow

log = logging.getLogger(__name__)

LOOK_S = 0.1
YOURS = SetupError.exit_code  # somebody has to mend something first: another try would end the same way


class LocalLauncher:
    """Implements schedules.planner.Launcher. All methods from the event loop of `group`, which awaits the
    watching of every process.

    link     address of the console for shows, e.g. "ws://127.0.0.1:8484/link"; the show's name is added; "":
             no console hears of them
    token    what opens that link
    warm     processes that wait for a show; when none is ready, one is started
    folder   holds `locks/SHOW`, `logs/SHOW-TIME.log` and `shows/`, where shows keep their ledgers

    A lock is a file locked (flock) here and inherited by the process: it stays locked as long as that process
    lives, even when we die. So another launcher on this machine sees a show that is still on the air. The
    file holds the number of its process; a second lock, SHOW.keeper, is ours alone: once that is free, the
    show was left behind and the next launcher may end it.
    """

    def __init__(
        self,
        group: asyncio.TaskGroup,
        link: str,
        token: str,
        folder: Path,
        *,
        program: Sequence[str] = PROGRAM,
        patience: float = STOP_S,
        warm: WarmPool | None = None,
    ) -> None:
        self._group, self._link, self._token, self._folder = group, link, token, folder
        self._program, self._patience, self._warm = program, patience, warm
        self._shows: dict[str, ShowProcess] = {}
        self._one_at_a_time = asyncio.Lock()
        self._left: set[str] = set()  # shows that others left on the air
        self._relieved: set[str] = set()  # shows that were asked to end because the next one is there
        self._watchers: set[asyncio.Task[None]] = set()
        self._ending = asyncio.Event()

    async def start(
        self, run: ShowRunRow, tell: Tell, until: datetime | None = None, *, lease: Path | None = None
    ) -> None:
        """Makes the process of a run; it lasts until `until`, and in a fleet no longer than its `lease`.
        Raises Busy when this show has one already, here or elsewhere, or when all is ending; SetupError when
        locks or logs cannot be written; OSError when no process can be made.
        """
        async with self._one_at_a_time:
            if self._ending.is_set():
                raise Busy("Castmate is ending.")
            if run.show in self._shows:
                raise Busy(f"{run.show} is on the air already.")
            keeper = self._lock(f"{run.show}.keeper")
            try:
                process, log_file = await self._make(run, until, lease)
            except BaseException:
                os.close(keeper)
                raise
            self._shows[run.show] = process
            watcher = self._group.create_task(self._watch(run.show, process, keeper, log_file, tell))
            self._watchers.add(watcher)
            watcher.add_done_callback(self._watchers.discard)

    def end(self, show: str) -> None:
        """Asks a show that was started here to end; it says goodbye."""
        if (process := self._shows.get(show)) is not None:
            self._relieved.add(show)
            process.end(self._patience)

    def cut(self, show: str) -> None:
        """Ends a show that was started here at once, without a goodbye: another node airs it, or will."""
        if (process := self._shows.get(show)) is not None:
            process.cut()

    def position(self, run: ShowRunRow) -> str:
        """Where the latest process of a run stood, from its ledger. Blocks."""
        since = run.launched_at or run.started_at or run.start_utc
        return last_position(self._folder / "shows", Path(run.file), run.show, since)

    async def _make(
        self, run: ShowRunRow, until: datetime | None, lease: Path | None
    ) -> tuple[ShowProcess, Path]:
        lock = self._lock(run.show)
        try:
            log_file = self._folder / "logs" / f"{run.show}-{run.start_utc:%Y%m%d-%H%M%S}.log"
            arguments = air_command(Path(run.file), self._options(run, until), ())
            try:
                log_file.parent.mkdir(parents=True, exist_ok=True)
                output = log_file.open("ab")
            except OSError as error:
                raise SetupError(
                    f"{log_file} cannot be written: {error.strerror}.",
                    remedy="Free space or check its rights.",
                ) from error
            with output:
                kept, waiting = (lock,), None
                if self._warm is not None:
                    waiting = self._warm.take(arguments, self._token, output=output, kept=kept, lease=lease)
                process = waiting or await ShowProcess.make(
                    (*self._program, *arguments), self._token, output=output, kept=kept, lease=lease
                )
            os.pwrite(lock, b"%-10d" % process.number, 0)
            return process, log_file
        finally:
            os.close(lock)  # the process has its own; the lock goes with the last of them

    def _options(self, run: ShowRunRow, until: datetime | None) -> dict[str, object]:
        """A show that is taken up again has the words and the order that it had: its seed is its own."""
        return {
            "--link": f"{self._link}/{run.show}" if self._link else None,
            "--seed": crc32(run.occurrence_key.encode()) % 1_000_000,
            "--until": None if until is None else until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "--resume": run.position or None,
        }

    def _lock(self, name: str) -> int:
        lock = locked(self._folder / "locks" / name)
        if lock is None:
            raise Busy(f"{name.removesuffix('.keeper')} is on the air from another process.")
        return lock

    def running(self, show: str) -> bool:
        """Whether a process of this show is there: ours, or one that an earlier launcher left behind."""
        if show in self._shows:
            return True
        if not self._held(show):
            self._left.discard(show)
            return False
        if not self._held(f"{show}.keeper"):
            self._left.add(show)
        return True

    def _held(self, name: str) -> bool:
        if not (self._folder / "locks" / name).exists():
            return False
        try:
            os.close(self._lock(name))
        except Busy:
            return True
        return False

    async def _watch(self, show: str, process: ShowProcess, keeper: int, log_file: Path, tell: Tell) -> None:
        try:
            code = await process.wait()
        finally:
            os.close(keeper)
        state, why = _outcome(code, process, log_file)
        if show in self._relieved and state is RunState.ENDED:
            why = "the next show took over"
        self._relieved.discard(show)
        tell(state, why)
        del self._shows[show]

    async def close(self) -> None:
        """Asks every show to end and waits for it, also those that a launcher left which is gone; ends what
        has not ended after `patience` seconds. Nothing starts any more.
        """
        self._ending.set()
        async with self._one_at_a_time:  # a process that is being made is one to end
            for process in self._shows.values():
                process.end(self._patience)
        await asyncio.gather(*(self._end_left(show) for show in sorted(self._left)))
        if self._watchers:
            await asyncio.wait(set(self._watchers))

    async def _end_left(self, show: str) -> None:
        """Ends a show that is not our child: only its lock tells when it is over."""
        text = (self._folder / "locks" / show).read_text("ascii", "replace").strip()
        if not text.isdigit() or not self._held(show):
            return
        number = int(text)
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                while self._held(show):  # noqa: ASYNC110  no event tells when another's lock is free
                    await asyncio.sleep(LOOK_S)
        if self._held(show):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
            await sweep(number)  # it leads its session


def _outcome(code: int, process: ShowProcess, log_file: Path) -> tuple[RunState, str]:
    if process.killed:
        return RunState.FAILED, f"it did not end when asked to and was stopped; see {log_file}"
    if process.asked and code in (0, -signal.SIGTERM):
        return RunState.ENDED, "Castmate was ended"
    if code == 0:
        return RunState.ENDED, ""
    names = {s.value: s.name for s in signal.Signals}
    how = f"exit code {code}" if code > 0 else f"ended by {names.get(-code, f'signal {-code}')}"
    state = RunState.FAILED if code == YOURS or process.asked else RunState.CRASHED
    return state, f"{last_words(log_file) or 'it said nothing'} ({how}; see {log_file})"


def link_token(path: Path) -> str:
    """The secret between this machine's console and its shows: made once (mode 0600) and kept, so that a show
    that outlived its console is heard by the next one. Raises SetupError when it cannot be read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24))
        except FileExistsError:
            pass
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be used: {error}.", remedy="Remove it; it is made anew.") from error
    if len(token) < 20:
        raise SetupError(f"{path} holds no token.", remedy="Remove it; it is made anew.")
    return token
