"""The studio: voice and clone in a process of their own, so that they may stall or die and the air goes on.

The show sends Say; the studio speaks the line clause by clause into the border and reports each clause
before its
first tick can air. An *urgent* Say (an answer) starts a new generation: its first clause is made at once,
then
everything older is cut at the end of the clause that is on air.
"""

import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

from bot.stage.border import BLOCK, Border, Flag, Head, Take
from persona.clone.base import Clone
from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE, Speech, Word
from persona.voice.base import Voice
from persona.voice.clauses import pause_after
from products.errors import CastmateError

LINE_BREATH = 12  # ticks after a line
MAX_CANCELLED = 256  # numbers of cancelled lines that are remembered; far fewer can be under way
LEAD = 3  # ticks between what the air shows now and the first frame made for it


@dataclass(frozen=True, slots=True)
class Say:
    """Speak `line` under `number`. One of a newer generation overtakes all that is older. `trace`: the span
    that the studio's own is part of (bot/traces.py), "" for none.
    """

    number: int
    line: Line
    generation: int
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Lines `first` to `last` are not to be spoken, if they have not begun."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Prepare:
    """Speak `line` into the voice's cache only, so that it is there when it is needed (the goodbye)."""

    line: Line


@dataclass(frozen=True, slots=True)
class Stop:
    """End the process."""


@dataclass(frozen=True, slots=True)
class StudioReady:
    """The models are loaded."""

    languages: frozenset[str]
    seconds: float


@dataclass(frozen=True, slots=True)
class StudioBroken:
    """Voice or clone cannot be had; starting again would not help. What an error of ours would say."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ClauseReady:
    """A clause is known; its ticks follow in the border. `a`, `b`: its span in the line's text."""

    number: int
    clause: int
    last: bool
    a: int
    b: int
    ticks: int
    words: tuple[Word, ...]
    generation: int


@dataclass(frozen=True, slots=True)
class SayFailed:
    """The line could not be spoken; the show goes on with the next."""

    number: int
    reason: str


Order = Say | Cancel | Prepare | Stop
Report = StudioReady | StudioBroken | ClauseReady | SayFailed
Open = Callable[[], tuple[Voice, Clone]]


class Follower(Protocol):
    """Who is told what passes (bot/show/studio_spans.py)."""

    def ordered(self, order: Order) -> None: ...
    def reported(self, report: Report) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Clause:
    say: Say
    speech: Speech


class Studio:
    """Runs inside the studio process: one thread speaks, the main thread renders and writes to the border."""

    def __init__(self, border: Border, voice: Voice, clone: Clone, report: Callable[[Report], None]) -> None:
        self._border, self._voice, self._clone, self._report = border, voice, clone, report
        self._orders: queue.Queue[Order] = queue.Queue()
        self._waiting: list[Say] = []
        self._cancelled: set[int] = set()
        self._preparing: deque[Line] = deque()
        self._clauses: queue.Queue[_Clause] = queue.Queue(maxsize=2)
        self._newest = 0  # generation of the newest order
        self._generation = 0  # generation that may air
        self._written = 0  # generation that was written last
        self._last_base: dict[tuple[int, int], int] = {}
        self._next_base: int | None = None
        self._stopping = threading.Event()

    def order(self, order: Order) -> None:
        if isinstance(order, Stop):
            self._stopping.set()  # at once, also while a line is being spoken
        self._orders.put(order)

    def run(self) -> None:
        """Until Stop. The beat of the border is this thread's: a studio that hangs here is seen to hang."""
        speaker = threading.Thread(target=self._speak, name="speaker", daemon=True)
        speaker.start()
        while not self._stopping.is_set():
            self._beat()
            try:
                clause = self._clauses.get(timeout=0.1)
            except queue.Empty:
                continue
            if clause.say.generation >= self._generation and clause.say.number not in self._cancelled:
                with self._reported(clause.say.number):
                    self._write(clause)
        speaker.join(timeout=2)

    # ---- the speaking thread

    def _speak(self) -> None:
        while not self._stopping.is_set():
            say = self._next_say()
            if say is None:
                self._prepare_one()
                continue
            with self._reported(say.number):
                for speech in self._voice.say(say.line):
                    if not self._hand_over(_Clause(say, speech)):
                        break

    @contextmanager
    def _reported(self, number: int) -> Iterator[None]:
        """What goes wrong with line `number` (0: none of the show's) is reported, and the line given up."""
        try:
            yield
        except CastmateError as error:
            self._forget_line(number, number)
            self._report(SayFailed(number, str(error)))
        except Exception as error:  # noqa: BLE001  foreign code: one bad line must not end the show
            self._forget_line(number, number)
            self._report(SayFailed(number, f"{type(error).__name__}: {error}"))

    def _forget_line(self, first: int, last: int) -> None:
        """Lines `first` to `last` are not spoken. Numbers only rise, so the lowest are long over: a show of
        days keeps the newest.
        """
        self._cancelled.update(range(first, last + 1))
        while len(self._cancelled) > MAX_CANCELLED:
            self._cancelled.remove(min(self._cancelled))

    def _prepare_one(self) -> None:
        """Speaks a line into the cache, when there is nothing better to do. An order comes before its next
        clause: what was spoken of it is in the cache, and the rest is spoken later.
        """
        if self._preparing:
            line = self._preparing.popleft()
            with self._reported(0):
                for speech in self._voice.say(line):
                    if not speech.last and not self._orders.empty():
                        self._preparing.append(line)
                        break

    def _next_say(self) -> Say | None:
        try:
            self._sort_in(self._orders.get(timeout=0.0 if self._waiting or self._preparing else 0.2))
        except queue.Empty:
            pass
        while not self._orders.empty():
            self._sort_in(self._orders.get_nowait())
        return self._waiting.pop(0) if self._waiting else None

    def _sort_in(self, order: Order) -> None:
        match order:
            case Stop():
                self._stopping.set()
            case Prepare(line):
                self._preparing.append(line)
            case Cancel(first, last):
                self._forget_line(first, last)
                self._waiting = [s for s in self._waiting if s.number not in self._cancelled]
            case Say():
                self._newest = max(self._newest, order.generation)
                self._waiting = [s for s in self._waiting if s.generation >= self._newest]
                self._waiting.append(order)

    def _hand_over(self, clause: _Clause) -> bool:
        """Gives a clause to the writer; False when its line was overtaken or cancelled."""
        while not self._stopping.is_set():
            while not self._orders.empty():
                self._sort_in(self._orders.get_nowait())
            if clause.say.generation < self._newest or clause.say.number in self._cancelled:
                return False
            if clause.say.generation > self._generation:
                self._cut(clause.say.generation)
            try:
                self._clauses.put(clause, timeout=0.05)
                return True
            except queue.Full:
                self._prepare_one()
        return False

    def _cut(self, generation: int) -> None:
        self._border.head[Head.CUT] = generation
        self._generation = generation
        while not self._clauses.empty():
            self._clauses.get_nowait()

    # ---- the writing thread

    def _write(self, clause: _Clause) -> None:
        say, speech = clause.say, clause.speech
        first = self._first_base(say)
        ticks = -(-len(speech.pcm) // BLOCK)
        self._report(
            ClauseReady(
                say.number,
                speech.clause,
                speech.last,
                speech.a,
                speech.b,
                ticks,
                speech.words,
                say.generation,
            )
        )
        for take in self._takes(clause, first, ticks):
            self._border.head[Head.MISSED] = getattr(self._clone, "missed", 0)
            if not self._put(take):
                return
            self._next_base = take.patch.base + 1
        self._last_base[say.number, speech.clause] = first + ticks - 1
        while len(self._last_base) > 8:
            self._last_base.pop(next(iter(self._last_base)))

    def _takes(self, clause: _Clause, first: int, ticks: int) -> Iterator[Take]:
        say, speech = clause.say, clause.speech
        for k, patch in enumerate(self._clone.render(speech, first)):
            flags = (Flag.FIRST if k == 0 else 0) | (Flag.LAST if k == ticks - 1 else 0)
            if speech.last and k == ticks - 1:
                flags |= Flag.END
            pcm = speech.pcm[k * BLOCK : (k + 1) * BLOCK]
            yield Take(say.generation, say.number, speech.clause, k, flags, patch, pcm)
        breath = LINE_BREATH if speech.last else round(pause_after(speech.text) * SPEECH_RATE / BLOCK)
        if say.line.kind is LineKind.GOODBYE and speech.last:
            breath = 0
        for k in range(breath):
            patch = self._clone.rest((first + ticks + k) % self._clone.reel.length)
            yield Take(say.generation, say.number, speech.clause, ticks + k, Flag.PAUSE, patch, None)

    def _first_base(self, say: Say) -> int:
        """So that the host does not jump: on from what was written, or from what the air shows now."""
        length = self._clone.reel.length
        on_air = int(self._border.head[Head.BASE])
        overtakes = say.generation > self._written
        self._written = say.generation
        if overtakes or self._next_base is None or self._border.waiting == 0:
            playing = (int(self._border.head[Head.LINE]), int(self._border.head[Head.CLAUSE]))
            ends = self._last_base.get(playing)
            return (on_air + LEAD if ends is None else ends + 1) % length
        return self._next_base % length

    def _put(self, take: Take) -> bool:
        """Waits for room; False when the take was overtaken and is not part of the clause on air."""
        while self._border.full or take.generation < self._generation:
            if self._stopping.is_set():
                return False
            if take.generation < self._generation and not self._on_air(take):
                return False
            if not self._border.full:
                break
            self._beat()
            time.sleep(0.005)
        self._border.put(take)
        self._beat()
        return True

    def _on_air(self, take: Take) -> bool:
        head = self._border.head
        return int(head[Head.LINE]) == take.line and int(head[Head.CLAUSE]) == take.clause

    def _beat(self) -> None:
        self._border.head[Head.BEAT] += 1


def studio_main(
    connection: Connection,
    border_name: str,
    slots: int,
    open_parts: Open,
    follow: Callable[[], Follower] | None = None,
) -> None:
    """Entry of the studio process. Ends when told to, or when the show's end of the pipe closes. `follow`:
    opens who is told of orders and reports as they pass; None: nobody.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the show, which ends us in order
    started = time.monotonic()
    try:
        follower = None if follow is None else follow()
        voice, clone = open_parts()
    except CastmateError as error:
        connection.send(StudioBroken(error.message, error.remedy))
        return
    border = Border.attach(border_name, slots)
    lock = threading.Lock()

    def report(message: Report) -> None:
        if follower is not None:
            follower.reported(message)
        with lock:
            connection.send(message)

    studio = Studio(border, voice, clone, report)

    def listen() -> None:
        try:
            while True:
                order: Order = connection.recv()
                if follower is not None:
                    follower.ordered(order)
                studio.order(order)
        except (EOFError, OSError):
            studio.order(Stop())

    threading.Thread(target=listen, name="orders", daemon=True).start()
    report(StudioReady(voice.languages, time.monotonic() - started))
    try:
        studio.run()
    finally:
        voice.close()
        clone.close()
        border.close()
        if follower is not None:
            follower.close()
