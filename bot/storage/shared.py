"""What a show needs from the data folder, by way of the store, so that it finds it on whichever node it runs.

    licences/ID/licence.seal, withdrawn.seal     sealed with the licence's key
    packs/ID/FOLDER/pack.json, *.sealed          a performer's clone, likewise
    accounts/PLATFORM.NAME.sealed                sealed with the key of accounts
    compliance/confirmations, waivers, proofs, holds   papers that are signed

Keys never go there: those of licences and accounts, those of the compliance office (not even the public ones,
or who may write to the store could lay down whose signature counts), and its unsigned packs. Nothing that was
changed here since both were the same is replaced by what is there, or the other way round.
"""

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bot.licensed import forget_opened, open_licences
from bot.settings import Settings
from bot.storage.base import Cargo, Store
from bot.storage.carrier import Load, once
from bot.storage.opening import open_store
from bot.storage.pictures import picture_loads
from bot.storage.shows import ShowCopy
from persona.clone.neural.pack import HEAD
from persona.licence import load_licence
from persona.persona import Persona
from persona.sealing import WITHDRAWN
from products.errors import CastmateError, ContentError, RemoteError

log = logging.getLogger(__name__)
SEALS = ("licence.seal", WITHDRAWN)
PAPERS = ("confirmations", "waivers", "proofs", "holds")
PACKS = "packs"
AGREED = "store-agreed.json"
CONFLICT = "it was changed here and in the store; keep one: delete the other, then push or pull"
Noted = Callable[[str, dict[str, Any]], None]


class Agreed:
    """Name -> SHA-256 of what was the same here and in the store at last. Several processes keep one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, name: str) -> str | None:
        return self._read().get(name)

    def add(self, name: str, sha256: str) -> None:
        """Raises OSError."""
        lock = os.open(self._path.with_name(f".{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            fresh = self._path.with_name(f".{self._path.name}.new")
            fresh.write_text(json.dumps({**self._read(), name: sha256}, indent=0) + "\n", "utf-8")
            fresh.replace(self._path)
        finally:
            os.close(lock)

    def _read(self) -> dict[str, str]:
        try:
            return {str(k): str(v) for k, v in json.loads(self._path.read_text("utf-8")).items()}
        except (OSError, ValueError, AttributeError):
            return {}  # then nothing of here is replaced


@dataclass(slots=True)
class Moved:
    """Names that were carried, and why others were not (name, words)."""

    names: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


class Shared:
    """What this machine and the others have in common. Methods block; one thread at a time."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store, self._data = settings, store, settings.data
        self._agreed = Agreed(settings.data / AGREED)

    def push(self, *, only: str = "") -> Moved:
        """Stores what was made or changed here; `only`: names that begin so. Raises what a store raises."""
        moved = Moved()
        for name, path in self._here():
            if name.startswith(only):
                self._push_one(name, path, moved)
        return moved

    def pull(self) -> Moved:
        """Fetches what others have put there and this machine lacks, or had from there in an older form. Then
        licences whose seal came are unfolded, and withdrawals that came are carried out.
        """
        moved = Moved()
        for top in ("licences", "accounts", "compliance"):
            for item in self._store.names(top):
                if self._shared(item.name):
                    self._pull_one(item.name, moved)
        self._use_seals(moved)
        return moved

    def hear(self, licence: str) -> bool:
        """Whether this licence was withdrawn elsewhere: then it is withdrawn here too."""
        name = f"licences/{licence}/{WITHDRAWN}"
        if self._store.look(name) is None:
            return False
        self._pull_one(name, Moved())
        return self._heard(licence)

    def announce(self, licence: str) -> None:
        """A withdrawal, to all others. Raises what a store raises."""
        path, moved = self._data / "licences" / licence / WITHDRAWN, Moved()
        if path.exists():
            self._push_one(f"licences/{licence}/{WITHDRAWN}", path, moved)
        if moved.failed:
            raise RemoteError(": ".join(moved.failed[0]), remedy="castmate store push")

    # ---- clones

    def pack_loads(self, persona: Persona) -> Iterator[Load]:
        """A persona's clone as loads of a carrier: what the store has already goes not again; pack.json last,
        so that there is a pack once all of it is there.
        """
        licence = _licence_of(persona)
        if persona.clone is None or licence is None:
            return
        for path in (*sorted(persona.clone.glob("*.sealed")), persona.clone / HEAD):
            yield once(self._store, f"{PACKS}/{licence}/{persona.clone.name}/{path.name}", path)
        seal = self._data / "licences" / licence / SEALS[0]
        if seal.exists():
            yield once(self._store, f"licences/{licence}/{SEALS[0]}", seal)

    def fetch_pack(self, persona: Persona) -> bool:
        """The persona's clone, and the file of its licence where the persona names it, if they lack here.
        True: it was fetched. Raises ContentError (damaged in the store), what a store raises.
        """
        licence = _licence_of(persona)
        if licence is None:
            return False
        original = self._data / "licences" / licence / "licence.yaml"
        if persona.licence is not None and not persona.licence.exists() and original.exists():
            persona.licence.parent.mkdir(parents=True, exist_ok=True)
            persona.licence.write_bytes(original.read_bytes())
        if persona.clone is None or (persona.clone / HEAD).exists():
            return False
        names = [i.name for i in self._store.names(f"{PACKS}/{licence}/{persona.clone.name}")]
        if not any(Path(name).name == HEAD for name in names):
            return False
        for name in sorted(names, key=lambda n: Path(n).name == HEAD):
            if Path(name).suffix in (".sealed", ".json"):
                self._store.get(name, persona.clone / Path(name).name)
        return True

    # ---- one by one

    def _here(self) -> Iterator[tuple[str, Path]]:
        for path in sorted((self._data / "licences").glob("*/*.seal")):
            yield path.relative_to(self._data).as_posix(), path
        for path in sorted((self._data / "accounts").glob("*.sealed")):
            yield path.relative_to(self._data).as_posix(), path
        for kind in PAPERS:
            for path in sorted(p for p in (self._data / "compliance" / kind).rglob("*") if p.is_file()):
                yield path.relative_to(self._data).as_posix(), path

    def _shared(self, name: str) -> bool:
        """Whether a name in the store is one that may come here."""
        parts = name.split("/")
        return (
            (parts[0] == "licences" and len(parts) == 3 and parts[2] in SEALS)
            or (parts[0] == "accounts" and len(parts) == 2 and name.endswith(".sealed"))
            or (parts[0] == "compliance" and len(parts) >= 3 and parts[1] in PAPERS)
        )

    def _push_one(self, name: str, path: Path, moved: Moved) -> None:
        """Puts what is new here or was changed here alone."""
        try:
            cargo, agreed = Cargo.of(path), self._agreed.get(name)
            if agreed == cargo.sha256:
                return  # what is newer there comes by `pull`
            seen = self._store.look(name)
            final = path.name == WITHDRAWN  # nobody's word stands against it
            if seen is not None and seen.sha256 not in (cargo.sha256, agreed) and not final:
                moved.failed.append((name, CONFLICT))
                return
            if seen is None or seen.sha256 != cargo.sha256:
                self._store.put(name, cargo)
                moved.names.append(name)
            self._agreed.add(name, cargo.sha256)
        except (ContentError, OSError) as error:
            moved.failed.append((name, str(error)))

    def _pull_one(self, name: str, moved: Moved) -> None:
        """Gets what is new there or was changed there alone."""
        path = self._data / name
        try:
            if path.exists():
                own = Cargo.of(path).sha256
                seen = self._store.look(name) if own == self._agreed.get(name) else None
                if seen is None or seen.sha256 == own:
                    return
            item = self._store.get(name, path)
            self._agreed.add(name, item.sha256)
            moved.names.append(name)
        except (ContentError, OSError) as error:
            moved.failed.append((name, str(error)))

    def _use_seals(self, moved: Moved) -> None:
        """One that is not from who has the key harms no other."""
        licences = open_licences(self._settings)
        for folder in sorted((self._data / "licences").glob("*/")):
            try:
                licences.unfold(folder.name)
                self._heard(folder.name)
            except CastmateError as error:
                moved.failed.append((f"licences/{folder.name}", str(error)))

    def _heard(self, licence: str) -> bool:
        """Carries a withdrawal out that came: the key goes, and what is open under it."""
        if not open_licences(self._settings).heard(licence):
            return False
        forget_opened(self._settings, licence)
        log.warning("the licence %s was withdrawn elsewhere", licence)
        return True


class Watch:
    """Between the minutes of a show: withdrawals heard elsewhere, tokens that were refreshed given back."""

    def __init__(self, shared: Shared, licence: str | None) -> None:
        self._shared, self._licence = shared, licence

    def __call__(self) -> None:
        """Never raises: what fails now is done the next time, and the store's trouble is told elsewhere."""
        try:
            if self._licence is not None:
                self._shared.hear(self._licence)
            self._shared.push(only="accounts/")
        except (CastmateError, OSError) as error:
            log.info("the store was not asked: %s", error)


def open_copy(
    settings: Settings, folder: Path, persona: Persona, pictures: Iterable[Path], note: Noted
) -> ShowCopy | None:
    """A show's way into the shop's store, with its clone and the pictures of its products; None where none is
    set. Raises SetupError.
    """
    store = open_store(settings)
    if store is None:
        return None
    shared = Shared(settings, store)
    copy = ShowCopy(store, folder, note, Random(), also=Watch(shared, _licence_of(persona)))
    for load in (*picture_loads(store, pictures), *shared.pack_loads(persona)):
        copy.add(load)
    return copy


def _licence_of(persona: Persona) -> str | None:
    """The id of its licence: as its file says, or where there is none yet, as the file's folder is called."""
    if persona.licence is None:
        return None
    try:
        return load_licence(persona.licence).id if persona.licence.exists() else persona.licence.parent.name
    except CastmateError:
        return None  # the preflight says what is wrong with it
