"""What a console or a node does for the store now and then: carries there what lacks, fetches what is new."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from bot.settings import Settings
from bot.shop import make_folders
from bot.storage.opening import open_store
from bot.storage.pictures import picture_loads
from bot.storage.shared import Moved, Shared
from bot.storage.sweeping import sweep
from products.errors import CastmateError

log = logging.getLogger(__name__)
EVERY_S = 300.0


class Upkeep:
    """Called again and again; a call while one runs does nothing. Never raises what the store raises.

    pictures   paths of the catalogue's pictures, here or not
    """

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], datetime],
        pictures: Callable[[], Iterable[Path]] = tuple,
    ) -> None:
        self._settings, self._now, self._pictures = settings, now, pictures
        self._busy, self._trouble = False, ""

    async def __call__(self) -> None:
        if self._busy or not self._settings.store:
            return
        self._busy = True
        loop, over = asyncio.get_running_loop(), asyncio.Event()

        def work() -> None:
            try:
                self.once()
            finally:
                with suppress(RuntimeError):  # the loop has ended meanwhile
                    loop.call_soon_threadsafe(over.set)

        try:  # in a thread of its own: a store that hangs must not keep the process that is to end
            threading.Thread(target=work, name="store upkeep", daemon=True).start()
            await over.wait()
        finally:
            self._busy = False

    async def run(self) -> None:
        """Until cancelled."""
        while self._settings.store:
            await self()
            await asyncio.sleep(EVERY_S)

    def once(self) -> Moved:
        """Blocks. What failed is in the answer and, when it is new, in the log."""
        moved = Moved()
        try:
            self._all(moved)
        except (CastmateError, OSError) as error:
            moved.failed.append((self._settings.store or "", str(error)))
        trouble = "; ".join(f"{name}: {why}" for name, why in moved.failed)
        if trouble and trouble != self._trouble:
            log.warning("not stored: %s", trouble, extra={"event": "store.trouble"})
        self._trouble = trouble
        return moved

    def _all(self, moved: Moved) -> None:
        store = open_store(self._settings)
        if store is None:
            return
        make_folders(self._settings)
        shared = Shared(self._settings, store)
        for part in (shared.push(), shared.pull()):
            moved.names += part.names
            moved.failed += part.failed
        for load in picture_loads(store, self._pictures()):
            cargo = load.cargo()
            if cargo is not None:
                store.put(load.name, cargo)
                moved.names.append(load.name)
        swept = sweep(self._settings.show_folder, store, self._now())
        moved.names += swept.names
        moved.failed += swept.failed
