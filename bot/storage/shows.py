"""A show that airs, carried into the store: its closed segments, each minute its ledger, its sealed pictures.

Names are those below the data folder: shows/FOLDER/recording/segment-00000.mp4. What is in the store is
remembered in the show's folder (stored.json: name -> SHA-256), so that a later sweep knows what lacks.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from bot.compliance.ledger_parts import parts
from bot.compliance.snapshots import FOLDER as SNAPSHOTS
from bot.storage.base import Cargo, Store
from bot.storage.carrier import Carried, Carrier, Load

SHOWS = "shows"
RECORDING = "recording"
LEDGER = "ledger.jsonl"
NOTES = "stored.json"
EVERY_S = 60.0
LOOK_S = 20.0  # a withdrawal ends the show well within the minute that consent rules give
SETTLE_S = 1.5  # for the last segment, while a show ends: a show that is asked to end has eight seconds
FINISH_S = 30.0
TROUBLED_S = 3.0  # the same when the store takes nothing

Note = Callable[[str, dict[str, Any]], None]


def name_in(folder: Path, path: Path) -> str:
    """The name in the store of a file in a show's folder."""
    return f"{SHOWS}/{folder.name}/{path.relative_to(folder).as_posix()}"


class Stored:
    """What of a show is in the store, by its own note. One writer at a time."""

    def __init__(self, folder: Path) -> None:
        self._path, self._turn = folder / NOTES, threading.Lock()
        try:
            found = json.loads(self._path.read_text("utf-8"))
            self.known: dict[str, str] = {str(k): str(v) for k, v in found.items()}
        except (OSError, ValueError, AttributeError):
            self.known = {}  # then all is looked up once more

    def add(self, name: str, sha256: str) -> None:
        """A note that cannot be written is no harm: what it tells is in the store and can be asked there."""
        with self._turn:
            self.known[name] = sha256
            fresh = self._path.with_name(f".{NOTES}.{os.getpid()}.new")
            try:
                fresh.write_text(json.dumps(self.known, indent=0) + "\n", "utf-8")
                fresh.replace(self._path)
            except OSError:
                fresh.unlink(missing_ok=True)


def ledger_loads(folder: Path) -> Iterator[Load]:
    """The show's ledger as far as it is whole, then the checkpoint that was beside it before: what is in the
    store never lacks an entry that the checkpoint there has signed.
    """
    beside = folder / f"{LEDGER}.checkpoint"
    seen: list[bytes] = []

    def look() -> None:
        if not seen and beside.exists():
            seen.append(beside.read_bytes())

    for path in parts(folder / LEDGER):
        yield Load(name_in(folder, path), _whole_lines(path, look))
    yield Load(name_in(folder, beside), lambda: Cargo.of(seen[0]) if seen else None)


def _whole_lines(path: Path, look: Callable[[], None]) -> Callable[[], Cargo]:
    def cargo() -> Cargo:
        look()
        return Cargo.lines(path)

    return cargo


class ShowCopy:
    """One show's way into the store. `note`: into its ledger, from any thread; `also`: done every
    `look_s` seconds, on a thread of its own; never raises.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        note: Note,
        rng: Random,
        *,
        also: Callable[[], None] = lambda: None,
        every_s: float = EVERY_S,
        look_s: float = LOOK_S,
    ) -> None:
        self._folder, self._note, self._also = folder, note, also
        self._every_s, self._look_s = every_s, min(look_s, every_s)
        self._stored = Stored(folder)
        self._over = threading.Event()
        self._open = True  # the ledger still takes notes
        self.shown = store.shown
        self._carrier = Carrier(store, self._done, self._lost, rng)
        note("store.begun", {"store": store.shown})
        self._thread = threading.Thread(target=self._minutes, name="store minutes", daemon=True)
        self._thread.start()

    def segment(self, path: Path, size: int, sha256: str) -> None:
        """A closed segment. Returns at once; may be called from any thread."""
        self.add(Load(name_in(self._folder, path), lambda: Cargo(path, size, sha256)))

    def add(self, load: Load) -> None:
        """Anything else that this show brings along."""
        if not self._carrier.add(load):
            self._tell("store.full", {"file": load.name})

    def state(self) -> Carried:
        return self._carrier.state()

    def figures(self) -> dict[str, float]:
        """For the desk and for Prometheus."""
        state = self.state()
        return {
            "store_waiting": float(state.waiting),
            "store_failed": float(state.failed),
            "store_dropped": float(state.dropped),
        }

    def trouble(self) -> str:
        """What a person should know; "" when all is well."""
        state = self.state()
        if not state.trouble:
            return ""
        return f"{state.waiting} files wait for {self.shown}, which takes nothing: {state.trouble}"

    def settle(self, seconds: float = SETTLE_S) -> None:
        """Before the ledger is closed: waits a moment, then notes what is not in the store yet."""
        self._over.set()
        self._carrier.settle(seconds)
        left = [name for name in self._carrier.left() if RECORDING in name.split("/")]
        state = self.state()
        self._tell(
            "store.over",
            {"stored": state.stored, "waiting": [Path(n).name for n in left], "failed": state.failed},
        )
        self._open = False

    def finish(self, seconds: float = FINISH_S) -> tuple[str, ...]:
        """After the ledger was closed: carries it and what waits, so long at most. Gives the names of what is
        not in the store.
        """
        self._over.set()
        self._thread.join(1.0)
        self._minute()
        self._carrier.settle(min(seconds, TROUBLED_S))
        return self._carrier.close(0.0 if self.state().trouble else seconds)

    def _minutes(self) -> None:
        passed = 0.0
        while not self._over.wait(self._look_s):
            self._also()
            passed += self._look_s
            if passed >= self._every_s:
                passed = 0.0
                self._minute()

    def _minute(self) -> None:
        for load in ledger_loads(self._folder):
            self._carrier.add(load)
        for path in sorted((self._folder / SNAPSHOTS).glob("*.sealed")):
            if name_in(self._folder, path) not in self._stored.known:
                self._carrier.add(Load(name_in(self._folder, path), lambda p=path: Cargo.of(p)))  # type: ignore[misc]

    def _done(self, name: str, cargo: Cargo) -> None:
        self._stored.add(name, cargo.sha256)
        if f"/{RECORDING}/" in name:
            told = {"file": Path(name).name, "sha256": cargo.sha256, "bytes": cargo.size}
            self._tell("store.kept", told)

    def _lost(self, name: str, why: str) -> None:
        self._tell("store.lost", {"file": name, "why": why})

    def _tell(self, kind: str, data: Mapping[str, Any]) -> None:
        if self._open:
            self._note(kind, dict(data))
