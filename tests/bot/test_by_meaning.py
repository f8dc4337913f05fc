"""A show's products are read beside the show, and the reading ends with it."""

import threading

import numpy as np
from goods import Shelf, product

from bot.by_meaning import Reading, read_products
from bot.settings import read_settings
from persona.meaning import Meaning


def vectors(texts: list[str]) -> np.ndarray:
    return np.ones((len(texts), 3), np.float32)


def test_nothing_is_read_unless_it_is_asked_for() -> None:
    assert read_products(read_settings(), Shelf(product())) is None


def test_products_for_sale_are_read_in_a_thread_that_ends() -> None:
    read, go = [], threading.Event()

    def passages(texts):
        go.wait(30)
        read.extend(texts)
        return vectors(texts)

    off = product(handle="off", active=False)
    reading = Reading(Meaning(lambda text: np.ones(3, np.float32), passages), Shelf(product(), off))
    assert read == []
    go.set()
    reading._thread.join(30)
    assert len(read) == 1
    reading.close()
    assert not reading._thread.is_alive()
