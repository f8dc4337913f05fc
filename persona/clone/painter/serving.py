"""The painter: one process for one GPU, that paints the mouths of many shows' clones.

One thread reads questions, forms batches and answers; a clerk does what may take long. Everything that
waits is bounded: shows, pictures of a show, jobs of the clerk. A show that breaks the rules is cut off, with
a reason.
"""

import logging
import os
import selectors
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from persona.clone.neural.reel import MapStore
from persona.clone.painter import wire
from persona.clone.painter.clerk import Clerk, Desk, Holds, Looked, Model, NotOpened, Opened, Result
from persona.clone.painter.decoding import Wanted, device_named
from persona.clone.painter.room import Asking, load, refusal
from persona.clone.painter.turns import MOST, Turns, Waiting
from products.errors import SetupError

MOST_SHOWS = 256
LOOK_S = 5.0  # between looks at the licences of the shows that are here
UNKNOWN_S = 30.0  # without an answer to that look everybody is sent away: what is not known does not hold
JOIN_S = 10.0  # for a show to say what it wants
IDLE_S = 0.2
LONGEST_PATH = 100  # the system takes 107 bytes

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Guest:
    """A show's end of the line. `model` stands once it is welcome."""

    number: int
    line: socket.socket
    came: float
    join: wire.Join | None = None
    slots: wire.Slots | None = None
    store: MapStore | None = None
    model: Model | None = None
    under_way: set[int] = field(default_factory=set)


class Painter:
    """Serves at a socket until told to stop. `root`: where shows open their clones; `holds`: why a licence
    does not hold. Raises SetupError when it cannot listen there, or cannot use the device.
    """

    def __init__(
        self, path: Path, root: Path, holds: Holds, device: str = "auto", threads: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.path, self.device, self._clock = path, device_named(device), clock
        self._listener = listening(path)
        self._guests: dict[int, _Guest] = {}
        self._models: dict[str, Model] = {}
        self._turns = Turns()
        self._next = 1
        self._results: deque[Result] = deque()
        self._waker, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._woken, selectors.EVENT_READ, self._collect)
        self._clerk = Clerk(Desk(root, holds, self.device, threads, self._models.get), self._given)
        self._looking_since: float | None = None
        self._looked = clock()
        self.counts = dict.fromkeys(
            ("pictures", "batches", "late", "failed", "refused", "sent_away", "cut_off"), 0
        )
        self.busy_s = 0.0

    def serve(self, stop: Callable[[], bool], beat: Callable[[], None] = lambda: None) -> None:
        """Until `stop` says so; `beat` is called at least every IDLE_S while it is well."""
        try:
            while not stop():
                beat()
                self.turn()
        finally:
            self.close()

    def turn(self, idle_s: float = IDLE_S) -> None:
        """One round: what came in, then at most one batch. Waits at most `idle_s` for something to do."""
        wait = self._turns.wait(self._clock())
        for key, _ in self._selector.select(idle_s if wait is None else min(wait, idle_s)):
            key.data()
        now = self._clock()
        self._look(now)
        for late in self._turns.expired(now):
            self.counts["late"] += 1
            if (guest := self._guests.get(late.show)) is not None:
                self._answer(guest, late.asked, wire.LATE)
        batch = self._turns.take(now)
        if batch:
            self._paint(batch)

    def figures(self) -> dict[str, float]:
        """What is going on; those of `counts` only rise."""
        asking = self._asking()
        seconds = [m.meter.seconds for m in self._models.values()]
        return {
            "shows": float(len(asking)),
            "clones": float(len(self._models)),
            "asked_per_s": sum(a.rate for a in asking),
            "load": load(asking),
            "picture_s": max(seconds, default=0.0),
            "busy_s": self.busy_s,
            **{name: float(count) for name, count in self.counts.items()},
        }

    def close(self) -> None:
        for guest in list(self._guests.values()):
            self._leave(guest)
        self._clerk.close()
        self._selector.close()
        for line in (self._listener, self._waker, self._woken):
            line.close()
        self.path.unlink(missing_ok=True)

    # ---- who comes and goes

    def _accept(self) -> None:
        try:
            line, _ = self._listener.accept()
        except OSError:
            return  # it is gone already
        line.setblocking(False)
        guest = _Guest(self._next, line, self._clock())
        self._next += 1
        self._guests[guest.number] = guest
        self._selector.register(line, selectors.EVENT_READ, lambda: self._read(guest))
        if _other_user(line):
            self._leave(guest, "Another user's shows are not painted here.")
        elif len(self._guests) > MOST_SHOWS:
            self._leave(guest, f"{MOST_SHOWS} shows are here already.", final=False)

    def _read(self, guest: _Guest) -> None:
        """What a show has said; no more than it may ask in one go, so that others are heard too."""
        for _ in range(2 * wire.SLOTS):
            try:
                message, descriptors, _, _ = socket.recv_fds(guest.line, wire.LONGEST, 2)
            except BlockingIOError:
                return
            except OSError:
                message, descriptors = b"", []
            try:
                if not message:
                    self._leave(guest)
                    return
                self._hear(guest, message, descriptors)
            except (ValueError, struct.error) as error:  # pydantic's are ValueErrors
                self.counts["cut_off"] += 1
                what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
                self._leave(guest, f"The show said what a painter does not know: {what}.")
                return
            finally:
                for fd in descriptors:
                    os.close(fd)
            if guest.number not in self._guests:
                return

    def _hear(self, guest: _Guest, message: bytes, descriptors: list[int]) -> None:
        match message[:1]:
            case wire.ASK:
                self._asked(guest, wire.Asked.from_bytes(message))
            case wire.JOIN if guest.join is None and len(descriptors) == 1:
                guest.join = wire.Join.model_validate_json(message[1:])
                guest.slots = wire.Slots.attach(descriptors[0], guest.join.size)
                if not self._clerk.open(guest.number, guest.join):
                    self._leave(guest, "Too many shows come at once.", final=False)
            case wire.STATUS:
                rate = wire.StatusAsked.model_validate_json(message[1:] or b"{}").rate
                worst = max((m.meter.seconds for m in self._models.values()), default=0.0)
                room = refusal(self._asking(), Asking(rate, worst))
                self._send(
                    guest,
                    wire.told(
                        wire.STATUS, wire.Status(room=room, device=self.device, figures=self.figures())
                    ),
                )
            case kind:
                raise ValueError(f"a message of the kind {kind!r} at this point")

    def _collect(self) -> None:
        """What the clerk has done."""
        try:
            self._woken.recv(wire.LONGEST)
        except BlockingIOError:
            return
        while self._results:
            match self._results.popleft():
                case Opened() as opened:
                    self._welcome(opened)
                case NotOpened(number, reason):
                    if (guest := self._guests.get(number)) is not None:
                        self.counts["refused"] += 1
                        self._leave(guest, reason)
                case Looked(against):
                    self._looked, self._looking_since = self._clock(), None
                    for number, reason in against.items():
                        if reason and (guest := self._guests.get(number)) is not None:
                            self.counts["sent_away"] += 1
                            self._leave(guest, reason)

    def _given(self, result: Result) -> None:
        """From the clerk's thread."""
        self._results.append(result)
        try:
            self._waker.send(b"!")
        except OSError:
            pass  # closed meanwhile

    def _welcome(self, opened: Opened) -> None:
        guest = self._guests.get(opened.guest)
        if guest is None or guest.join is None:
            return
        model = self._models.get(opened.model.key, opened.model)
        reason = refusal(self._asking(), Asking(guest.join.rate, model.meter.seconds))
        if reason:
            self.counts["refused"] += 1
            self._leave(guest, reason, final=False)
            return
        self._models[model.key] = model
        guest.store, guest.model = opened.store, model
        self._send(guest, wire.WELCOME)

    def _look(self, now: float) -> None:
        """Whether everybody's licence holds, every LOOK_S; who said nothing for long goes."""
        if self._looking_since is not None and now - self._looking_since > UNKNOWN_S:
            for guest in [g for g in self._guests.values() if g.model is not None]:
                self.counts["sent_away"] += 1
                self._leave(guest, "Whether the licence holds cannot be known.", final=False)
        if self._looking_since is not None or now - self._looked < LOOK_S:
            return
        for guest in [g for g in self._guests.values() if g.join is None and now - g.came > JOIN_S]:
            self._leave(guest)
        there = {g.number: g.join.folder for g in self._guests.values() if g.model is not None and g.join}
        self._looked = now
        if there and self._clerk.look(there):
            self._looking_since = now

    def _leave(self, guest: _Guest, reason: str = "", *, final: bool = True) -> None:
        """Forget a show and, where no other has it, its clone."""
        if self._guests.pop(guest.number, None) is None:
            return
        if reason:
            log.warning("painter: show %d is not painted: %s", guest.number, reason)
            try:
                guest.line.send(wire.told(wire.NO, wire.No(reason=reason, final=final)))
            except OSError:
                pass  # it does not listen
        self._turns.leave(guest.number)
        self._selector.unregister(guest.line)
        guest.line.close()
        if guest.slots is not None:
            guest.slots.close()
        guest.store = None
        if guest.model is not None and all(g.model is not guest.model for g in self._guests.values()):
            self._models.pop(guest.model.key, None)

    # ---- painting

    def _asked(self, guest: _Guest, asked: wire.Asked) -> None:
        if guest.model is None or guest.store is None:
            raise ValueError("a mouth before it is welcome")
        if asked.slot >= wire.SLOTS or asked.slot in guest.under_way:
            raise ValueError(f"slot {asked.slot}, which it has not or which is under way")
        if asked.frame >= len(guest.store) or len(asked.mouth) != guest.model.decoding.components:
            raise ValueError(f"picture {asked.frame} or a mouth that its clone has not")
        guest.under_way.add(asked.slot)
        self._turns.add(Waiting(guest.number, guest.model.key, asked, self._clock()))

    def _paint(self, batch: list[Waiting]) -> None:
        """One batch, answered."""
        model = self._models[batch[0].clone]
        guests = [self._guests[w.show] for w in batch]
        begun = self._clock()
        stores = {g.number: g.store for g in guests if g.store is not None}
        try:
            drawn = model.decoding.paint(
                [Wanted(stores[w.show], w.asked.frame, w.asked.mouth) for w in batch]
            )
        except Exception:  # its own errors share no root of theirs; one clone must not end the others
            log.exception("painter: a batch of %s failed", model.key)
            self.counts["failed"] += len(batch)
            for guest, waiting in zip(guests, batch, strict=True):
                self._answer(guest, waiting.asked, wire.FAILED)
            return
        for guest, waiting, picture in zip(guests, batch, drawn, strict=True):
            if guest.slots is not None and guest.number in self._guests:
                guest.slots.picture(waiting.asked.slot)[:] = picture
            self._answer(guest, waiting.asked, wire.PAINTED)
        took = self._clock() - begun
        self.busy_s += took
        self.counts["pictures"] += len(batch)
        self.counts["batches"] += 1
        if len(batch) == MOST or not model.decoding.many:
            model.meter.take(took, len(batch))

    def _answer(self, guest: _Guest, asked: wire.Asked, how: int) -> None:
        guest.under_way.discard(asked.slot)
        self._send(guest, wire.done_bytes(asked.ticket, asked.slot, how))

    def _send(self, guest: _Guest, message: bytes) -> None:
        """A show that does not read its answers, of which there are few, is gone."""
        if guest.number not in self._guests:
            return
        try:
            guest.line.send(message)
        except OSError:
            self._leave(guest)

    def _asking(self) -> list[Asking]:
        return [
            Asking(g.join.rate, g.model.meter.seconds)
            for g in self._guests.values()
            if g.join is not None and g.model is not None
        ]


def listening(path: Path) -> socket.socket:
    """A socket of this user's alone. Raises SetupError when another painter is there, or the place is no
    good.
    """
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise SetupError(
            f"The socket's path is too long: {path}.", remedy=f"Use one of at most {LONGEST_PATH} bytes."
        )
    with wire.new_socket() as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)  # nobody is there: what a painter that died left behind
        else:
            raise SetupError(
                f"A painter is at {path} already.", remedy="Use that one, or give this one another --socket."
            )
    line = wire.new_socket()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = os.umask(0o177)
    try:
        line.bind(str(path))
    except OSError as error:
        line.close()
        raise SetupError(
            f"A painter cannot listen at {path}: {error.strerror or error}.", remedy="Give another --socket."
        ) from error
    finally:
        os.umask(before)
    line.listen(MOST_SHOWS)
    line.setblocking(False)
    return line


def _other_user(line: socket.socket) -> bool:
    _, uid, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(uid != os.getuid())
