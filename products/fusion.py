"""Several rankings of products made one, and the interface of a ranking by meaning."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from products.catalogue import Product

K = 60
"""The constant of reciprocal rank fusion: 1 / (K + rank). Cormack, Clarke, Buettcher: Reciprocal Rank Fusion
outperforms Condorcet and individual rank learning methods, SIGIR 2009.
"""


class Nearness(Protocol):
    """Orders products by how near their words are in meaning to a question."""

    def nearest(self, text: str, products: Sequence[Product]) -> Sequence[Product]:
        """`products`, nearest first. Never raises on text."""
        ...


def fused(rankings: Iterable[Sequence[Product]]) -> tuple[Product, ...]:
    """All products of the rankings once, best first; ties in the order of first sight."""
    scores: dict[str, float] = {}
    known: dict[str, Product] = {}
    for ranking in rankings:
        for place, product in enumerate(ranking, 1):
            known.setdefault(product.handle, product)
            scores[product.handle] = scores.get(product.handle, 0.0) + 1.0 / (K + place)
    return tuple(known[handle] for handle in sorted(known, key=lambda handle: -scores[handle]))
