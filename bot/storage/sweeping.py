"""Shows after the fact: what lacks in the store is carried there, and what lacks here is fetched."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.compliance.ledger_parts import parts
from bot.compliance.snapshots import FOLDER as SNAPSHOTS
from bot.recorded import Inventory, Kept, inventory
from bot.stage.segments import PATTERN
from bot.storage.base import Cargo, Store
from bot.storage.carrier import Load
from bot.storage.shows import LEDGER, RECORDING, SHOWS, Stored, ledger_loads, name_in
from products.errors import CastmateError, ContentError

TRIES = "rehearsal-"  # folders of rehearsals: nothing was on air
TAIL = 8192  # bytes that hold the last line of a ledger
QUIET = timedelta(minutes=3)  # a ledger that nobody wrote for so long is of no show that airs


@dataclass(slots=True)
class Swept:
    """What a sweep did: names that were stored, and why others were not (name, words)."""

    names: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def sweep(
    shows: Path, store: Store, now: datetime, *, quiet: timedelta = QUIET, only: Iterable[str] | None = None
) -> Swept:
    """Carries what past shows left and the store lacks. Shows that air now carry it themselves. `only`: of
    these folders. Ends at the first failure that is the store's: the rest would fail as well.
    """
    done = Swept()
    wanted = None if only is None else set(only)
    for folder in sorted(p for p in shows.glob("*") if (p / LEDGER).is_file()):
        if folder.name.startswith(TRIES) or (wanted is not None and folder.name not in wanted):
            continue
        if not _airs(folder, now, quiet) and not _sweep_one(folder, store, done):
            break
    return done


def _airs(folder: Path, now: datetime, quiet: timedelta) -> bool:
    """Whether its ledger is written still: not closed, and not left alone for long."""
    try:
        last = parts(folder / LEDGER)[-1]
        written = last.stat().st_mtime
        return now.timestamp() - written < quiet.total_seconds() and not _closed(last)
    except OSError:
        return True  # it is being moved or deleted


def _closed(ledger: Path) -> bool:
    """Whether it ends with the checkpoint after which nothing comes. Raises OSError."""
    with ledger.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - TAIL))
        lines = file.read().splitlines()
    try:
        entry = json.loads(lines[-1])["entry"]
        return bool(entry["kind"] == "checkpoint" and entry["data"]["final"])
    except (IndexError, ValueError, KeyError, TypeError):
        return False


def _sweep_one(folder: Path, store: Store, done: Swept) -> bool:
    """False: the store takes nothing now."""
    stored = Stored(folder)
    for load in _loads(folder):
        try:
            cargo = load.cargo()
            if cargo is None or stored.known.get(load.name) == cargo.sha256:
                continue
            seen = store.look(load.name)
            if seen is None or seen.sha256 != cargo.sha256:
                store.put(load.name, cargo)
            stored.add(load.name, cargo.sha256)
            done.names.append(load.name)
        except (ContentError, FileNotFoundError) as error:
            done.failed.append((load.name, str(error)))
        except (CastmateError, OSError) as error:
            done.failed.append((load.name, str(error)))
            return False
    return True


def _loads(folder: Path) -> Iterator[Load]:
    """All of a show; segments by the hash that its ledger tells, so that a changed one is not stored."""
    hashes = {kept.path.name: kept.sha256 for kept in inventory(folder).kept} if _recorded(folder) else {}
    for path in sorted((folder / RECORDING).glob(PATTERN)):
        yield Load(name_in(folder, path), _segment(path, hashes.get(path.name, "")))
    for path in sorted((folder / SNAPSHOTS).glob("*.sealed")):
        yield Load(name_in(folder, path), _segment(path, ""))
    yield from ledger_loads(folder)


def _recorded(folder: Path) -> bool:
    return (folder / RECORDING).is_dir()


def _segment(path: Path, sha256: str) -> Callable[[], Cargo]:
    """`sha256`: as the ledger says; "" = as it is: the open end of a show that was broken off."""
    return lambda: Cargo(path, path.stat().st_size, sha256) if sha256 else Cargo.of(path)


def shows_in(store: Store) -> tuple[str, ...]:
    """The folders of shows that the store holds, by name."""
    return tuple(sorted({item.name.split("/")[1] for item in store.names(SHOWS)}))


def fetch_ledger(folder: Path, store: Store) -> bool:
    """A show's ledger and its checkpoint into `folder`, unless it was written here or is the newest already.
    True: it was fetched. Raises ContentError (the store has none either), and what a store raises.
    """
    if (folder / LEDGER).exists() and not _older(folder, store):
        return False
    names = [item.name for item in store.names(f"{SHOWS}/{folder.name}")]
    ledgers = [n for n in names if Path(n).parent.name == folder.name and Path(n).name.startswith("ledger.")]
    if not any(Path(n).name == LEDGER for n in ledgers):
        raise ContentError(
            f"There is no show {folder.name!r}, neither here nor in {store.shown}.",
            remedy="castmate store list shows tells which there are.",
        )
    for name in sorted(ledgers, reverse=True):  # ledger.jsonl last: with it the folder is a show's
        item = store.get(name, folder / Path(name).name)
        Stored(folder).add(name, item.sha256)  # fetched: a sweep never puts it over what is newer there
    if any(f"/{RECORDING}/" in name for name in names):
        (folder / RECORDING).mkdir(exist_ok=True)
    return True


def fetch_segments(
    found: Inventory, store: Store, start: float = 0.0, end: float | None = None
) -> tuple[Kept, ...]:
    """Those of a recording from `start` to `end` (seconds) that lack here, checked by the hash in its ledger.
    Gives those that were fetched; one that the store lacks as well is left out.
    """
    came = []
    for kept in found.kept:
        if kept.path.exists() or kept.to_s <= start or (end is not None and kept.from_s >= end):
            continue
        name = name_in(kept.path.parent.parent, kept.path)
        if store.look(name) is not None:
            store.get(name, kept.path, kept.sha256)
            Stored(kept.path.parent.parent).add(name, kept.sha256)
            came.append(kept)
    return tuple(came)


def _older(folder: Path, store: Store) -> bool:
    """Whether the ledger here came from the store, as it was while the show still ran."""
    known = Stored(folder).known
    for path in reversed(parts(folder / LEDGER)):
        name = name_in(folder, path)
        if name not in known or Cargo.of(path).sha256 != known[name]:
            return False
        seen = store.look(name)
        if seen is not None and seen.sha256 != known[name]:
            return True
    return False


def stored_files(store: Store, folder: str, part: str) -> tuple[str, ...]:
    """Names in the store of what a show left in one of its folders ("recording", "snapshots")."""
    return tuple(item.name for item in store.names(f"{SHOWS}/{folder}/{part}"))


def free(shows: Path, store: Store, before: datetime) -> Iterator[tuple[Path, int]]:
    """Deletes segments here that the store holds, of shows whose last entry was written `before`; each only
    after the store told the hash that the ledger tells. Gives each file with its bytes. Raises what a store
    raises.
    """
    for folder in sorted(p for p in shows.glob("*") if (p / LEDGER).is_file() and _recorded(p)):
        if folder.name.startswith(TRIES) or (folder / LEDGER).stat().st_mtime > before.timestamp():
            continue
        for kept in inventory(folder).kept:
            seen = store.look(name_in(folder, kept.path)) if kept.path.exists() else None
            if seen is not None and seen.sha256 == kept.sha256:
                kept.path.unlink()
                yield kept.path, seen.size
