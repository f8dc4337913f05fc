"""Reads a show's products for their meaning while it goes on, where the shop wants that."""

import threading

from bot.settings import Settings
from persona.meaning import Meaning, open_meaning
from products.catalogue import Catalogue


class Reading:
    """A `meaning` that learns the products of a catalogue in a thread of its own, which `close` ends."""

    def __init__(self, meaning: Meaning, catalogue: Catalogue) -> None:
        self.meaning = meaning
        goods = [product for product in catalogue.products() if product.active]
        self._thread = threading.Thread(target=meaning.learn, args=(goods,), name="meaning", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.meaning.close()
        self._thread.join(5.0)


def read_products(settings: Settings, catalogue: Catalogue) -> Reading | None:
    """None where the settings do not ask for it. SetupError when they do and it cannot be had."""
    return Reading(open_meaning(), catalogue) if settings.find_by_meaning else None
