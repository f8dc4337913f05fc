"""Products of a made-up shop, as short to write as what a test is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from products.catalogue import Money, Offer, Product, ProductText, Stock, Variant

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def variant(
    sku="v",
    price="59",
    was=None,
    stock=None,
    options=(),
    *,
    currency="USD",
    age=timedelta(0),
    stock_age=timedelta(0),
    backorder=False,
    valid_from=None,
    valid_to=None,
):
    compare = None if was is None else Money(amount=Decimal(was), currency=currency)
    offer = Offer(
        price=Money(amount=Decimal(price), currency=currency),
        compare_at=compare,
        seen_at=NOW - age,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    left = Stock(quantity=stock, may_backorder=backorder, seen_at=NOW - stock_age)
    return Variant(sku=sku, options=options, offer=offer, stock=left)


def sizes(names, stock=None, **other):
    """A variant for each size."""
    return [variant(n, stock=stock, options=(("Size", n),), **other) for n in names]


def product(*variants, handle="tea", number=1, texts=None, picture=None, active=True):
    return Product(
        handle=handle,
        number=number,
        texts=texts or {"en": ProductText(title="Jasmine Tea"), "zh": ProductText(title="茉莉花茶")},
        default_language="en",
        variants=variants or (variant(),),
        picture=picture,
        active=active,
        url=f"https://shop.example/{handle}",
    )


class Shelf:
    """A catalogue of a few products."""

    revision = 1

    def __init__(self, *products: Product) -> None:
        self._products = products

    def product(self, handle: str) -> Product | None:
        return next((p for p in self._products if p.handle == handle), None)

    def products(self) -> Sequence[Product]:
        return self._products

    def facts(self, handles, now):
        return ()

    def search(self, text, limit=10):
        return ()
