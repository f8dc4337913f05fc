"""What may keep a painter waiting (a disk, a network's opening, a licence's file), in a thread of its own.

An opened clone is taken only from the folder in which shows open theirs, ROOT/LICENCE/open-..., and only
while that licence holds: asked when a show joins, and again every few seconds for as long as it stays.
"""

import hashlib
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from persona.clone.neural.reel import HEAD, MapStore
from persona.clone.painter.decoding import Decoding
from persona.clone.painter.room import Meter
from persona.clone.painter.wire import Join
from products.errors import CastmateError, Refused, SetupError

MOST_JOBS = 512
Holds = Callable[[str], str]  # licence's id -> why it does not hold; empty when it does


@dataclass(frozen=True, slots=True)
class Model:
    """A clone that is open for one show or several. `key`: of its licence and its network."""

    key: str
    decoding: Decoding
    meter: Meter


@dataclass(frozen=True, slots=True)
class Opened:
    """What show `guest` brought: its base pictures' maps, and its clone's network."""

    guest: int
    licence: str
    store: MapStore
    model: Model


@dataclass(frozen=True, slots=True)
class NotOpened:
    guest: int
    reason: str


@dataclass(frozen=True, slots=True)
class Looked:
    """Why each of these shows may not stay; empty: it may."""

    against: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """How a clerk works. `known`: the model that is open already under a key, or None."""

    root: Path
    holds: Holds
    device: str
    threads: int
    known: Callable[[str], Model | None] = field(repr=False)


Result = Opened | NotOpened | Looked


class Clerk:
    """The thread. Results come by `give`, from that thread."""

    def __init__(self, desk: Desk, give: Callable[[Result], None]) -> None:
        self._desk, self._give = desk, give
        self._jobs: queue.Queue[Callable[[], Result] | None] = queue.Queue(MOST_JOBS)
        self._thread = threading.Thread(target=self._work, name="painter-clerk", daemon=True)
        self._thread.start()

    def open(self, guest: int, join: Join) -> bool:
        """False when too much waits."""
        return self._put(lambda: opened(self._desk, guest, join))

    def look(self, guests: Mapping[int, Path]) -> bool:
        """Ask anew whether these shows' clones may stay."""
        return self._put(lambda: Looked({n: standing(self._desk, path) for n, path in guests.items()}))

    def close(self) -> None:
        try:
            self._jobs.put_nowait(None)
        except queue.Full:
            pass  # it is a daemon: it ends with the process
        self._thread.join(timeout=1)

    def _put(self, job: Callable[[], Result]) -> bool:
        try:
            self._jobs.put_nowait(job)
            return True
        except queue.Full:
            return False

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._give(job())


def opened(desk: Desk, guest: int, join: Join) -> Result:
    """A show's clone, opened; NotOpened says why not."""
    try:
        licence = licence_of(desk.root, join.folder)
        if reason := standing(desk, join.folder):
            return NotOpened(guest, reason)
        decoder = (join.folder / "decoder.onnx").read_bytes()
        key = f"{licence} {hashlib.sha256(decoder).hexdigest()}"
        store = MapStore(join.folder)
        model = desk.known(key)
        if model is None:
            decoding = Decoding(decoder, desk.device, desk.threads)
            model = Model(key, decoding, Meter(decoding.measured(store)))
        if model.decoding.size != join.size:
            raise SetupError(
                f"The show asks for {join.size} pixels, its clone paints {model.decoding.size}.",
                remedy="Start the show again.",
            )
        return Opened(guest, licence, store, model)
    except CastmateError as error:
        return NotOpened(guest, error.message)
    except (OSError, ValueError) as error:
        return NotOpened(guest, f"The clone opened in {join.folder} cannot be read ({error}).")


def standing(desk: Desk, folder: Path) -> str:
    """Why a clone that is open in `folder` may not be painted; empty when it may. A withdrawal removes the
    folder, wherever it was declared on this machine.
    """
    try:
        if not (folder / HEAD).is_file():
            return "The clone is not open any more: its show has ended, or its licence was withdrawn."
        return desk.holds(licence_of(desk.root, folder))
    except CastmateError as error:
        return error.message
    except OSError as error:
        return f"Whether the licence holds cannot be known ({error.strerror or error})."


def licence_of(root: Path, folder: Path) -> str:
    """The licence under which a clone is open, by where it lies. Raises Refused for any other place."""
    real = folder.resolve()
    if real.parent.parent != root.resolve() or not real.name.startswith("open-"):
        raise Refused(
            f"{folder} is no clone that a show opened.", remedy=f"Shows open theirs under {root}/LICENCE."
        )
    return real.parent.name
