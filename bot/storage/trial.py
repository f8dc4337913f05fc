"""Whether a store can be written, read back, listed and deleted: tried with a small object of its own."""

import hashlib
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.storage.base import Cargo, Store
from products.errors import CastmateError, ContentError

FOLDER = "castmate-check"
SIZE = 70_000


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried. `what`: as a person says it; `error`: why it did not go, None = it did."""

    what: str
    error: CastmateError | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


def try_out(store: Store) -> tuple[Step, ...]:
    """All four, as far as they can be tried: without the first the rest has nothing to try."""
    name = f"{FOLDER}/{secrets.token_hex(8)}"
    cargo = Cargo.of(hashlib.shake_128(secrets.token_bytes(16)).digest(SIZE))
    written = _step("written", lambda: store.put(name, cargo))
    if not written.ok:
        return (written,)
    return (
        written,
        _step("read back, byte by byte", lambda: _read(store, name, cargo)),
        _step("listed", lambda: _listed(store, name)),
        _step("deleted", lambda: _deleted(store, name)),
    )


def _step(what: str, act: Callable[[], None]) -> Step:
    try:
        act()
    except CastmateError as error:
        return Step(what, error)
    return Step(what)


def _read(store: Store, name: str, cargo: Cargo) -> None:
    with tempfile.TemporaryDirectory() as place:
        store.get(name, Path(place) / "read", cargo.sha256)
    seen = store.look(name)
    if seen is None or seen.sha256 != cargo.sha256:
        raise ContentError(
            f"{store.shown} does not keep what we note beside an object (its SHA-256).",
            remedy="Use a service that keeps user metadata (x-amz-meta-...), or a folder.",
        )


def _listed(store: Store, name: str) -> None:
    if name not in [item.name for item in store.names(FOLDER)]:
        raise ContentError(
            f"{store.shown} lists not what was written just now.",
            remedy="Use a service whose lists are consistent, as Amazon's are since 2020.",
        )


def _deleted(store: Store, name: str) -> None:
    store.delete(name)
    if store.look(name) is not None:
        raise ContentError(
            f"{store.shown} still has what was deleted just now.",
            remedy="Retention would delete nothing: look for a lock of the bucket, or a rule of it.",
        )
