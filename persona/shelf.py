"""A few products as a Catalogue: what an answer may draw on when it is handed products instead of a shop."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from products.catalogue import Fact, Product
from products.search import asked_number


class Shelf:
    """The Catalogue protocol over the given values. `search`: by link number, else by shared words."""

    def __init__(self, products: Sequence[Product], facts: Sequence[Fact] = (), revision: int = 0) -> None:
        self._products = {product.handle: product for product in products}
        self._facts = tuple(facts)
        self._revision = revision

    @property
    def revision(self) -> int:
        return self._revision

    def product(self, handle: str) -> Product | None:
        return self._products.get(handle)

    def products(self) -> Sequence[Product]:
        return tuple(self._products.values())

    def facts(self, handles: Iterable[str], now: datetime) -> Sequence[Fact]:
        wanted = set(handles)
        return tuple(fact for fact in self._facts if fact.product in wanted and fact.fresh(now))

    def search(self, text: str, limit: int = 10) -> Sequence[Product]:
        asked, number = _pieces(text), asked_number(text)
        scored = [
            (
                len(asked & _pieces(" ".join(t.title for t in product.texts.values())))
                + (1000 if product.number == number else 0),
                product,
            )
            for product in self._products.values()
        ]
        hits = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
        return tuple(product for _, product in hits[:limit])


def _pieces(text: str) -> set[str]:
    """Latin words without a plural s, and single Han characters."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in text.casefold()).split()
    return {word.removesuffix("s") for word in words} | {c for c in text if "一" <= c <= "鿿"}
