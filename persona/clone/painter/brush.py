"""A show's end of a painter: asks for mouths ahead, takes them when they are there, and never waits for long.

A painter that dies, is told to go on later or comes back is met again by itself; whatever was under way is
lost and may be asked for anew. Used by one thread.
"""

import logging
import os
import select
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from persona.clone.painter import wire
from persona.clone.prepared import Floats
from products.errors import Refused, SetupError

AGAIN_S = 0.5  # between two tries to reach a painter
REFUSED_S = 10.0  # after it has said why not
OPEN_S = 30.0  # that one may take to open a clone, others before it included

log = logging.getLogger(__name__)


class Brush:
    """Mouths of one opened clone, painted elsewhere. `size`: S of its crops; `rate`: pictures a second.

    `welcome`: whether it is painted for now; `why`: why not, in the painter's words;
    `final`: waiting would not help.
    """

    def __init__(
        self, path: Path, folder: Path, size: int, rate: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path, self._clock = path, clock
        self._join = wire.Join(folder=folder, rate=rate, size=size)
        self._line: socket.socket | None = None
        self._slots: wire.Slots | None = None
        self._free: list[int] = []
        self._waiting: dict[int, int] = {}  # ticket -> slot, asked and not answered
        self._ready: dict[int, int] = {}  # ticket -> slot, painted and not taken
        self._unwanted: set[int] = (
            set()
        )  # tickets that nobody waits for: their slots come back with the answer
        self._next = 1
        self._again = 0.0
        self.welcome = False
        self.why = ""
        self.final = False

    def open(self, wait_s: float = OPEN_S) -> None:
        """Wait until the painter has opened the clone. Raises Refused with its reason when it never takes it
        (its licence); returns when none is there, it is slow or full: the show goes on without, and meets it
        later. Whether there is room is asked before a show begins (with_room); one that runs is not ended.
        """
        until = self._clock() + wait_s
        self._meet()
        while not self.welcome and self._line is not None and (left := until - self._clock()) > 0:
            self._hear(left)
            if self.final:
                raise Refused(self.why, remedy="Start the show again, under a licence that holds.")

    def ask(self, frame: int, due: float, mouth: Floats) -> int | None:
        """A ticket for the mouth float32 [K] on stored picture `frame`, wanted until monotonic `due`; None
        when no painter is there, or as many as may be are under way.
        """
        self._hear(0)
        if not self.welcome or not self._free:
            return None
        slot, ticket = self._free.pop(), self._next
        self._next = self._next % 0xFFFF_FFFF + 1
        self._waiting[ticket] = slot
        if self._say(wire.Asked(ticket, slot, frame, due, mouth).to_bytes()):
            return ticket
        return None

    def take(self, ticket: int, wait_s: float) -> Floats | None:
        """The picture float32 [3, S, S], 0..1: a view that holds until `give_back`. None when it has not come
        within `wait_s`, and None at once when it will not come: then it may be asked for again.
        """
        until = self._clock() + wait_s
        while True:
            if (slot := self._ready.get(ticket)) is not None and self._slots is not None:
                return self._slots.picture(slot)
            left = until - self._clock()
            if ticket not in self._waiting or left <= 0:
                return None
            self._hear(left)

    def expected(self, ticket: int) -> bool:
        """Whether it may still come."""
        return ticket in self._waiting or ticket in self._ready

    def give_back(self, tickets: Iterable[int]) -> None:
        """These are not wanted any more, painted or not."""
        for ticket in tickets:
            if (slot := self._ready.pop(ticket, None)) is not None:
                self._free.append(slot)
            elif ticket in self._waiting:
                self._unwanted.add(ticket)

    def rest(self, wait_s: float) -> None:
        """Wait for news, at most so long."""
        self._hear(wait_s)

    def close(self) -> None:
        """The painter forgets the clone."""
        self.welcome = False  # nobody is told that it is gone: we are
        self._lose()

    # ----

    def _meet(self) -> None:
        """Try to reach the painter, not too often."""
        now = self._clock()
        if self._line is not None or now < self._again:
            return
        self._again = now + AGAIN_S
        line = wire.new_socket()
        line.setblocking(False)
        slots, fd = wire.Slots.create(self._join.size)
        try:
            line.connect(str(self._path))
            socket.send_fds(line, [wire.told(wire.JOIN, self._join)], [fd])
        except OSError:
            line.close()
            slots.close()
            return
        finally:
            os.close(fd)
        self._line, self._slots, self.why, self.final = line, slots, "", False
        self._free = list(range(wire.SLOTS))

    def _hear(self, wait_s: float) -> None:
        """Whatever the painter has said; waits for the first of it at most `wait_s`."""
        if self._line is None:
            self._meet()
            if self._line is None:
                if wait_s > 0:
                    time.sleep(min(wait_s, AGAIN_S))
                return
        if not select.select([self._line], [], [], max(0.0, wait_s))[0]:
            return
        while self._line is not None:
            try:
                message = self._line.recv(wire.LONGEST)
            except BlockingIOError:
                return
            except OSError:
                message = b""
            self._heard(message)

    def _heard(self, message: bytes) -> None:
        match message[:1]:
            case wire.DONE:
                ticket, slot, how = wire.read_done(message)
                if self._waiting.pop(ticket, None) is None:
                    return
                if how == wire.PAINTED and ticket not in self._unwanted:
                    self._ready[ticket] = slot
                else:
                    self._free.append(slot)
                self._unwanted.discard(ticket)
            case wire.WELCOME:
                self.welcome = True
                log.info("The painter at %s paints this clone.", self._path)
            case wire.NO:
                no = wire.No.model_validate_json(message[1:])
                self.why, self.final = no.reason, no.final
                self._again = self._clock() + REFUSED_S
                log.warning("The painter at %s does not paint this clone: %s", self._path, self.why)
            case _:
                self._lose()

    def _say(self, message: bytes) -> bool:
        with suppress(OSError):
            if self._line is not None:
                self._line.send(message)
                return True
        self._lose()
        return False

    def _lose(self) -> None:
        """The painter is gone, with all that was under way; a new one gets memory of its own."""
        if self.welcome:
            log.warning("The painter at %s is gone; the mouth rests until it is back.", self._path)
        if self._line is not None:
            self._line.close()
        if self._slots is not None:
            self._slots.close()
        self._line, self._slots, self.welcome = None, None, False
        self._free, self._waiting, self._ready = [], {}, {}
        self._unwanted.clear()


def with_room(paths: Iterable[Path], rate: float) -> Path:
    """The painter of these that can take a show of this rate and has most room. Raises Refused with each
    one's reason when none can, SetupError when none is there.
    """
    found: list[tuple[float, Path]] = []
    reasons: list[str] = []
    absent: SetupError | None = None
    for path in paths:
        try:
            status = wire.ask_status(path, rate)
        except SetupError as error:
            absent = error
            continue
        if status.room:
            reasons.append(status.room)
        else:
            found.append((status.figures.get("load", 0.0), path))
    if found:
        return min(found)[1]
    if reasons:
        raise Refused(" ".join(reasons), remedy="Start another painter, or leave CASTMATE_PAINTER out.")
    raise absent or SetupError("No painter is named.", remedy="Set CASTMATE_PAINTER.")
