"""A folder of somebody's face and voice, sealed at rest: each file in pieces, with the licence's own key.

    NAME.sealed      the pieces, one after the other: 8 bytes of length (big endian), then what
                     LicenceStore.seal made of at most PIECE bytes, bound to NAME and the piece's number

Who withdraws the licence destroys the key; nothing in the folder can be opened again, in any copy.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from persona.sealing import LicenceStore
from products.errors import Refused, SetupError

PIECE = 32 << 20
ENDING = ".sealed"


def seal_folder(
    store: LicenceStore,
    licence: str,
    folder: Path,
    out: Path,
    progress: Callable[[float], None] = lambda done: None,
) -> Path:
    """Every file of `folder` (no folders within) sealed into `out`, which is made or replaced whole.

    Raises Refused when the licence's key is gone, SetupError when `out` cannot be written.
    """
    files = sorted(p for p in folder.iterdir() if p.is_file())
    total = max(1, sum(p.stat().st_size for p in files))
    fresh, done = out.with_name(f"{out.name}.new"), 0
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for path in files:
            with path.open("rb") as source, (fresh / f"{path.name}{ENDING}").open("wb") as target:
                last = False
                k = 0
                while not last:
                    piece = source.read(PIECE)
                    last = source.tell() >= path.stat().st_size
                    sealed = store.seal(licence, _name(path.name, k, last), piece)
                    target.write(len(sealed).to_bytes(8, "big") + sealed)
                    done, k = done + len(piece), k + 1
                    progress(done / total)
                target.flush()
                os.fsync(target.fileno())
        shutil.rmtree(out, ignore_errors=True)
        fresh.replace(out)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise SetupError(
            f"{out} cannot be written: {error.strerror or error}.", remedy="Check folder and disk."
        ) from error
    return out


def unseal_folder(
    store: LicenceStore,
    licence: str,
    sealed: Path,
    into: Path,
    progress: Callable[[float], None] = lambda done: None,
) -> Path:
    """The files of a sealed folder, open, in `into` (readable by its owner alone).

    Raises Refused: withdrawn, key gone, changed, cut off, or another licence's; SetupError: not there.
    """
    files = sorted(sealed.glob(f"*{ENDING}")) if sealed.is_dir() else []
    if not files:
        raise SetupError(f"{sealed} holds nothing sealed.", remedy="Run: castmate clone prepare FOOTAGE")
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    for k, path in enumerate(files):
        name = path.name.removesuffix(ENDING)
        with (into / name).open("wb") as target:
            for piece in _pieces(store, licence, path, name):
                target.write(piece)
        progress((k + 1) / len(files))
    return into


@contextmanager
def unsealed(
    store: LicenceStore, licence: str, sealed: Path, progress: Callable[[float], None] = lambda done: None
) -> Iterator[Path]:
    """The open files, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="castmate-open-") as folder:
        yield unseal_folder(store, licence, sealed, Path(folder), progress)


def _pieces(store: LicenceStore, licence: str, path: Path, name: str) -> Iterator[bytes]:
    with path.open("rb") as source:
        size = path.stat().st_size
        k = 0
        while True:
            head = source.read(8)
            length = int.from_bytes(head, "big")
            body = source.read(min(length, size))
            last = source.tell() >= size
            if len(head) < 8 or len(body) != length:
                raise Refused(f"{path} is cut off.", remedy="Restore it from a copy.")
            yield store.open(licence, _name(name, k, last), body)
            if last:
                return
            k += 1


def _name(name: str, k: int, last: bool) -> str:
    """Binds a piece to its place: pieces can be neither swapped nor cut off at the end."""
    return f"{name}#{k}{'.' if last else ''}"
