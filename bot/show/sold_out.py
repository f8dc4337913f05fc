"""A product that sells out is pulled from the rundown: told of once, and back with its stock."""

from products.catalogue import Product

IN_A_ROW = 3  # so many pulled one after another, and the next is spoken of again: a show must not fall silent


class SoldOut:
    """What of a show's rundown is pulled. Asked once for each pitch that is due."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._in_a_row = 0

    def pulls(self, product: Product) -> bool:
        """Whether this pitch is left out. The first one after the last piece went is not: it tells of it."""
        if not product.sold_out:
            self._told.discard(product.handle)
            self._in_a_row = 0
            return False
        if product.handle not in self._told or self._in_a_row >= IN_A_ROW:
            self._told.add(product.handle)
            self._in_a_row = 0
            return False
        self._in_a_row += 1
        return True
