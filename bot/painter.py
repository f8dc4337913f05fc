"""The painter of many shows' clones (persona/clone/painter) as a process that is kept: its licences are
looked at here, one that dies or hangs is started again, and a live show is given to one that has room.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.clock import SystemClock
from bot.licensed import open_licences
from bot.logs import open_logs
from bot.settings import Settings
from persona.clone.engines import EMBEDDED, write_choice
from persona.clone.painter.brush import with_room
from persona.clone.painter.wire import Status, ask_status
from persona.licence import Use
from persona.persona import Persona
from products.errors import CastmateError, SetupError

START_S = 90.0  # a GPU's libraries that have not loaded by then never will
SILENT_S = 3.0  # a painter whose beat stands still for so long is taken for dead
MAX_WAIT_S = 30.0  # longest wait before one that dies while it starts is started again
END_S = 2.0
FIGURES = (  # of a painter: name, metric, what it is, whether it only rises
    ("shows", "castmate_painter_shows", "Shows that are painted for.", False),
    ("clones", "castmate_painter_clones", "Different clones that are open.", False),
    ("asked_per_s", "castmate_painter_asked_pictures_per_second", "What they ask, all speaking.", False),
    ("load", "castmate_painter_load", "Share of its time that they ask for; 0.8 is full.", False),
    ("picture_s", "castmate_painter_picture_seconds", "A picture of the slowest clone, batch full.", False),
    ("busy_s", "castmate_painter_busy_seconds", "Time spent painting.", True),
    ("pictures", "castmate_painter_pictures", "Mouths painted.", True),
    ("batches", "castmate_painter_batches", "Batches painted.", True),
    ("late", "castmate_painter_late", "Mouths that nobody wanted any more when their turn came.", True),
    ("failed", "castmate_painter_failed", "Mouths whose network failed.", True),
    ("refused", "castmate_painter_refused", "Shows that were not taken.", True),
    ("sent_away", "castmate_painter_sent_away", "Shows whose licence did not hold any longer.", True),
    ("cut_off", "castmate_painter_cut_off", "Shows that broke the rules.", True),
)  # fmt: skip


def default_socket(settings: Settings) -> Path:
    """Where a painter listens that is not told."""
    return next(iter(settings.painters), settings.cache / "painter.sock")


def opened_clones(settings: Settings) -> Path:
    """Where shows open their clones (bot/clone_packs.py): the only place from which a painter takes one."""
    return settings.cache / "clones"


def licence_against(settings: Settings) -> Callable[[str], str]:
    """Why the licence of that id does not hold now; empty when it does. What cannot be read does not hold."""
    clock = SystemClock()

    def against(licence: str) -> str:
        try:
            store = open_licences(settings)
            found = store.read(store.path(licence)).allows(Use.EVALUATE, at=clock.now(), voice=False)
            return found[0].message if found else ""
        except CastmateError as error:
            return error.message

    return against


def share_painter(persona: Persona, settings: Settings, reel: Path, rate: float) -> Path | None:
    """Gives the live show whose clone was opened at `reel` to the painter that has most room; None where none
    is set, or the host is no clone of Castmate's own engine. Raises Refused: none has room, and why;
    SetupError: none is there.
    """
    if not settings.painters or persona.clone is None or persona.engine != EMBEDDED:
        return None
    chosen = with_room(settings.painters, rate)
    write_choice(reel.parent, EMBEDDED, None, chosen)
    return chosen


class PainterKeeper:
    """One painter process, started again when it dies or hangs. Used by one thread; `check` it often."""

    def __init__(self, settings: Settings, path: Path, device: str = "auto", threads: int = 1) -> None:
        self._settings, self.path, self._device, self._threads = settings, path, device, threads
        self._context = multiprocessing.get_context("spawn")
        self._beat: Any = self._context.Value("Q", 0, lock=False)
        self._process: BaseProcess | None = None
        self._line: Connection | None = None
        self._seen, self._seen_at, self._tries, self._again_at = 0, 0.0, 0, 0.0
        self.restarts = 0

    def start(self, now: float) -> None:
        """`now`: monotonic seconds, here and in `check`."""
        self._line, theirs = self._context.Pipe()
        told = (self._settings, self.path, self._device, self._threads, self._beat, theirs)
        self._process = self._context.Process(target=painter_main, args=told, name="painter", daemon=True)
        self._beat.value = 0
        self._process.start()
        theirs.close()
        self._seen, self._seen_at = 0, now

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def ready(self) -> bool:
        """It listens."""
        return bool(self._beat.value)

    def check(self, now: float) -> None:
        """Call a few times a second. Raises SetupError when it cannot begin, however often it tries."""
        beat = int(self._beat.value)
        if beat != self._seen:
            self._seen, self._seen_at = beat, now
        dead = self._process is not None and not self._process.is_alive()
        if dead and (told := self._last_words()) is not None:
            raise SetupError(told[0], remedy=told[1])
        hangs = not dead and now - self._seen_at > (SILENT_S if beat else START_S)
        if hangs or (dead and now >= self._again_at):
            self._tries = 0 if beat else self._tries + 1
            self._again_at = now + min(MAX_WAIT_S, 2.0 ** min(self._tries, 10))
            self._end()
            self.restarts += 1
            self.start(now)

    def close(self) -> None:
        """Tells it to end, and sees to it."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.join(END_S)
        self._end()

    def _last_words(self) -> tuple[str, str] | None:
        """Message and remedy of a painter that could not begin."""
        try:
            if self._line is not None and self._line.poll():
                message, remedy = self._line.recv()
                return str(message), str(remedy)
        except (EOFError, OSError):
            return None
        return None

    def _end(self) -> None:
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join(END_S)
        if self._line is not None:
            self._line.close()


def painter_main(
    settings: Settings, path: Path, device: str, threads: int, beat: Any, keeper: Connection
) -> None:
    """Entry of the painter process. Ends when its keeper does."""
    from persona.clone.painter.serving import (
        Painter,
    )  # ONNX Runtime is for this process, not for a show's air

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the keeper, which ends us in order
    open_logs(settings, {"painter": str(path)})
    try:
        painter = Painter(path, opened_clones(settings), licence_against(settings), device, threads)
    except CastmateError as error:
        keeper.send((error.message, error.remedy))
        return

    def alive() -> None:
        beat.value += 1

    painter.serve(lambda: keeper.poll(0), alive)  # nothing is ever sent: what can be read is its end


class PainterCollector(Collector):
    """For Prometheus: the figures of the painter at a socket, asked at each reading."""

    def __init__(self, path: Path, restarts: Callable[[], int]) -> None:
        self._path, self._restarts = path, restarts

    def collect(self) -> Iterator[Metric]:
        found: Status | None = None
        try:
            found = ask_status(self._path, wait_s=2.0)
        except SetupError:
            pass  # it is down, and `up` says so
        yield GaugeMetricFamily(
            "castmate_painter_up", "1 while the painter answers.", float(found is not None)
        )
        yield CounterMetricFamily(
            "castmate_painter_restarts", "Times it was started again.", float(self._restarts())
        )
        for name, metric, text, rises in FIGURES if found is not None else ():
            family = CounterMetricFamily if rises else GaugeMetricFamily
            yield family(metric, text, found.figures.get(name, 0.0) if found else 0.0)
