"""Pictures of the catalogue, which names them by their path on the machine that took them in.

In the store each lies under the hash of that path: pictures/SHA256. On another machine it is fetched into the
cache, under the picture's own name.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.storage.base import Store
from bot.storage.carrier import Load, once
from products.errors import ContentError, SetupError
from products.intake.pictures import check_picture

FOLDER = "pictures"


def picture_name(path: Path) -> str:
    """Its name in the store."""
    return f"{FOLDER}/{hashlib.sha256(str(path).encode()).hexdigest()}"


def picture_loads(store: Store, paths: Iterable[Path]) -> Iterator[Load]:
    """Those that are here, as loads of a carrier."""
    for path in paths:
        if path.is_file():
            yield once(store, picture_name(path), path)


class Pictures:
    """`cache`: this machine's folder of what can be fetched again."""

    def __init__(self, store: Store, cache: Path) -> None:
        self._store, self._cache = store, cache / "store-pictures"

    def find(self, path: Path) -> Path | None:
        """Where the picture lies here; fetched, if it lacks. None: nobody has it, or what came is no picture.
        Blocks. Raises RemoteError, SetupError.
        """
        if path.is_file():
            return path
        name = picture_name(path)
        here = self._cache / Path(name).name / path.name
        try:
            if not here.is_file():
                self._store.get(name, here)
            check_picture(here)
        except ContentError:
            here.unlink(missing_ok=True)
            return None
        except OSError as error:
            raise SetupError(f"{here}: {error.strerror}.", remedy="Check CASTMATE_CACHE.") from error
        return here
