"""The store that the settings name."""

from pathlib import Path
from urllib.parse import urlsplit

from bot.settings import Settings
from bot.storage.base import Store
from bot.storage.folder import FolderStore
from bot.storage.s3 import Bucket, BucketStore
from products.errors import SetupError

PLACES = "Write a folder, or s3://BUCKET/PREFIX."


def open_store(settings: Settings) -> Store | None:
    """None: there is none, all stays in the data folder. Nothing is asked of it yet. Raises SetupError: it
    cannot be one, or a part of us is missing.
    """
    if not settings.store:
        return None
    if "://" not in settings.store:
        return FolderStore(_folder(settings, Path(settings.store).expanduser()))
    url = urlsplit(settings.store)
    if url.scheme != "s3" or not url.netloc or url.query or url.fragment or "@" in url.netloc:
        raise SetupError(f"CASTMATE_STORE cannot be {_bare(settings.store)}.", remedy=PLACES)
    key_id, key = settings.store_key_id.get_secret_value(), settings.store_key.get_secret_value()
    if bool(key_id) != bool(key):
        raise SetupError(
            "Of CASTMATE_STORE_KEY_ID and CASTMATE_STORE_KEY only one is set.",
            remedy="Set both, or none: then the machine's own role is used.",
        )
    return BucketStore(
        Bucket(
            url.netloc,
            url.path.strip("/"),
            settings.store_endpoint or "",
            settings.store_region,
            key_id,
            key,
        )
    )


def the_store(settings: Settings) -> Store:
    """The same where one must be. Raises SetupError: none is set."""
    store = open_store(settings)
    if store is None:
        raise SetupError("No store is set.", remedy=f"Set CASTMATE_STORE. {PLACES}")
    return store


def _folder(settings: Settings, folder: Path) -> Path:
    """Raises SetupError where the store and what is stored would lie in one another."""
    data, keys = settings.data.resolve(), settings.licence_key_folder.resolve()
    for place in (data, keys):
        if folder.resolve().is_relative_to(place) or place.is_relative_to(folder.resolve()):
            raise SetupError(
                f"CASTMATE_STORE ({folder}) and {place} lie in one another.",
                remedy="Choose a folder of its own, best on another disk.",
            )
    return folder


def _bare(text: str) -> str:
    """Without a user's name and key, which do not belong there."""
    return repr(text if "@" not in text else text.partition("://")[0] + "://***@" + text.rpartition("@")[2])
