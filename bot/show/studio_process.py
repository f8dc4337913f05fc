"""The show's end of the studio: starts the process, sends it lines, notices when it dies or hangs, starts it
again.
"""

import multiprocessing
import threading
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from bot.show.spare_studio import SpareStudio, Told
from bot.show.studio import (
    Cancel,
    Follower,
    Open,
    Order,
    Prepare,
    Report,
    Say,
    Stop,
    StudioBroken,
    StudioReady,
    studio_main,
)
from bot.stage.border import SLOTS, Border, Head
from persona.script import Line, LineKind
from products.errors import SetupError

LOAD_S = 90.0  # models that have not loaded by then never will
SILENT_S = 3.0  # a studio whose beat stands still for so long is taken for dead
END_S = 0.5  # in mid-word it may take longer to end by itself: it holds nothing that a kill would lose
MAX_REPORTS = 1000
MAX_WAIT_S = 30.0  # longest wait before a studio that dies while it opens is started again


class StudioProcess:
    """One studio process at a time over one border. Not thread-safe: used by the show's event loop alone.

    `restarts` counts; after a restart the lines that were sent and not aired must be sent again (`lost`
    says so once). `spare`: a process that waits for its show, the first to be the studio. `follow`: opens in
    the studio's process who is told what passes there; `carry`: what it is told of the question that a line
    answers.
    """

    def __init__(
        self,
        open_parts: Open,
        border: Border,
        slots: int = SLOTS,
        *,
        spare: SpareStudio | None = None,
        follow: Callable[[], Follower] | None = None,
        carry: Callable[[str], str] = lambda question: "",
    ) -> None:
        self._open, self.border, self._slots = open_parts, border, slots
        self._spare, self._follow, self._carry = spare, follow, carry
        self._context = multiprocessing.get_context("spawn")
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._reports: deque[Report] = deque(maxlen=MAX_REPORTS)
        self._wake: Callable[[], None] = lambda: None
        self._beat = 0
        self._beat_at: float | None = None  # when it was seen to beat; None: not looked at yet
        self._tries, self._again_at = 0, 0.0
        self._loading_since: float | None = None
        self.ready = False
        self.restarts = 0
        self.lost = False

    def on_report(self, wake: Callable[[], None]) -> None:
        """`wake` is called from another thread whenever a report has come in."""
        self._wake = wake

    def start(self) -> None:
        told = (self.border.name, self._slots, self._open, self._follow)
        process, ours = (self._spare and self._spare.take(told)) or self._made(told)
        self._loading_since = None
        self._process, self._pipe, self.ready = process, ours, False
        threading.Thread(target=self._listen, args=(ours,), name="studio-reports", daemon=True).start()

    def _made(self, told: Told) -> tuple[BaseProcess, Connection]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=studio_main, args=(theirs, *told), name="studio", daemon=True)
        process.start()
        theirs.close()
        return process, ours

    def say(self, number: int, line: Line, generation: int) -> None:
        trace = self._carry(line.reply_to) if line.reply_to and line.kind is LineKind.ANSWER else ""
        self._send(Say(number, line, generation, trace))

    def cancel(self, first: int, last: int) -> None:
        """Lines `first`..`last` shall not be spoken, unless one is on air already."""
        self.border.cancel(first, last)
        self._send(Cancel(first, last))

    def prepare(self, line: Line) -> None:
        self._send(Prepare(line))

    def reports(self) -> list[Report]:
        """What has come in since the last call, oldest first. Raises SetupError when voice or clone cannot
        be had.
        """
        out: list[Report] = []
        while self._reports:
            report = self._reports.popleft()
            if isinstance(report, StudioReady):
                self.ready = True
            if isinstance(report, StudioBroken):
                raise SetupError(report.message, remedy=report.remedy)
            out.append(report)
        return out

    def check(self, now: float) -> None:
        """Call a few times a second with monotonic `now`: restarts a dead or hanging studio; one that dies
        before it is ready less and less often, so that a missing model does not eat the machine.
        """
        beat = int(self.border.head[Head.BEAT])
        if beat != self._beat or not self.ready or self._beat_at is None:
            self._beat, self._beat_at = beat, now
        if self._loading_since is None:
            self._loading_since = now
        dead = self._process is not None and not self._process.is_alive()
        stuck = not self.ready and not dead and now - self._loading_since > LOAD_S
        hangs = stuck or (self.ready and now - self._beat_at > SILENT_S)
        if hangs or (dead and now >= self._again_at):
            self._tries = 0 if self.ready else self._tries + 1
            self._again_at = now + min(MAX_WAIT_S, 2.0 ** min(self._tries, 10))
            self.kill()
            self._loading_since = None
            self.restarts += 1
            self.lost = True
            self.start()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def kill(self) -> None:
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join(timeout=2)

    def close(self) -> None:
        self._send(Stop())
        if self._process is not None:
            self._process.join(timeout=END_S)
        self.kill()
        if self._pipe is not None:
            self._pipe.close()

    def _send(self, order: Order) -> None:
        try:
            if self._pipe is not None:
                self._pipe.send(order)
        except OSError:
            pass  # it died: `check` starts a new one, and says once that all that was sent is lost

    def _listen(self, pipe: Connection) -> None:
        try:
            while True:
                self._reports.append(pipe.recv())
                self._wake()
        except (EOFError, OSError):
            self._wake()
