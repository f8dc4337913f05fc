"""Before a show begins: what it needs and this machine lacks comes out of the store."""

import logging
from collections.abc import Callable
from pathlib import Path

from bot.recorded import inventory
from bot.settings import Settings
from bot.shop import ShowOrder, make_folders
from bot.storage.opening import open_store
from bot.storage.pictures import Pictures
from bot.storage.shared import Shared
from bot.storage.shows import RECORDING
from bot.storage.sweeping import fetch_ledger, fetch_segments
from persona.persona import load_persona
from products.errors import CastmateError
from schedules.showfile import load_show

log = logging.getLogger(__name__)


def arrive(settings: Settings, order: ShowOrder) -> str:
    """Fetches papers, accounts, seals and the clone. Gives why that was not possible, "" = all is here that
    there is. Never ends a show: what is on this disk may be enough, and its own checks say what lacks.
    """
    try:
        store = open_store(settings)
        if store is None:
            return ""
        make_folders(settings)
        shared = Shared(settings, store)
        moved = shared.pull()
        show = load_show(order.file)
        persona = load_persona(order.persona or show.folder / show.persona)
        if shared.fetch_pack(persona):
            moved.names.append(f"the clone of {persona.id}")
    except CastmateError as error:
        log.info("the store was not read: %s", error, extra={"event": "store.unread"})
        return str(error)
    if moved.names:
        log.info("from the store: %s", ", ".join(moved.names), extra={"event": "store.arrived"})
    for name, why in moved.failed:
        log.info("not from the store: %s: %s", name, why, extra={"event": "store.unread"})
    return "; ".join(why for _, why in moved.failed)


def bring_pictures(settings: Settings, pictures: dict[str, Path]) -> str:
    """Fetches what lacks of a show's pictures (name -> path) and corrects their paths. Gives why that was not
    possible; a show without a picture shows its card without one.
    """
    try:
        store = None if all(path.is_file() for path in pictures.values()) else open_store(settings)
        if store is None:
            return ""
        found = Pictures(store, settings.cache)
        for name, path in pictures.items():
            pictures[name] = found.find(path) or path
    except CastmateError as error:
        return str(error)
    return ""


def picture_finder(settings: Settings) -> Callable[[Path], Path | None]:
    """Where a picture lies that is not under its path; a store that is away has none. Blocks."""

    def find(path: Path) -> Path | None:
        try:
            store = open_store(settings)
            return None if store is None else Pictures(store, settings.cache).find(path)
        except CastmateError as error:
            log.warning("the picture %s is not here: %s", path.name, error)
            return None

    return find


def brought(settings: Settings, folder: Path, start: float = 0.0, end: float | None = None) -> Path:
    """A show's folder with its ledger and its recording from `start` to `end` (seconds), what lacks of them
    fetched. A name that is no folder here is looked for among this machine's shows. Raises what a store
    raises, ContentError: nobody has such a show.
    """
    if not folder.exists() and folder.name == str(folder):
        folder = settings.show_folder / folder
    store = open_store(settings)
    if store is not None:
        fetch_ledger(folder, store)
        if (folder / RECORDING).is_dir():
            fetch_segments(inventory(folder), store, start, end)
    return folder
