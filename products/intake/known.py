"""What the database holds of the products that a file names, read in batches."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, select

from products.tables import OFFER, PRODUCT, STOCK, TEXT, VARIANT

CHUNK = 500  # values in one IN (...)
_OFFER = [c for c in OFFER.c if c.name in ("price", "compare_at", "currency", "valid_from", "valid_to")]
_SEEN = [
    OFFER.c.seen_at.label("offer_seen_at"),
    OFFER.c.source.label("offer_source"),
    STOCK.c.seen_at.label("stock_seen_at"),
    STOCK.c.source.label("stock_source"),
]


def rows(db: Connection, table: Table, column: Column[Any], values: Sequence[Any]) -> list[Any]:
    """Rows of `table` whose `column` is among `values`."""
    found: list[Any] = []
    for start in range(0, len(values), CHUNK):
        found += db.execute(select(table).where(column.in_(values[start : start + CHUNK])))
    return found


def owners(db: Connection, skus: Sequence[str]) -> dict[str, str]:
    """Whose (handle) the SKUs are that the database knows."""
    found: dict[str, str] = {}
    for start in range(0, len(skus), CHUNK):
        query = (
            select(VARIANT.c.sku, PRODUCT.c.handle)
            .join(PRODUCT, VARIANT.c.product_id == PRODUCT.c.id)
            .where(VARIANT.c.sku.in_(skus[start : start + CHUNK]))
        )
        found |= {r.sku: r.handle for r in db.execute(query)}
    return found


def variants(db: Connection, products: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Variants with their offer and stock, by product and SKU; those that are off sale too."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(products), CHUNK):
        query = (
            select(VARIANT, *_OFFER, STOCK.c.quantity, STOCK.c.may_backorder, *_SEEN)
            .join(OFFER, OFFER.c.variant_id == VARIANT.c.id)
            .join(STOCK, STOCK.c.variant_id == VARIANT.c.id)
            .where(VARIANT.c.product_id.in_(products[start : start + CHUNK]))
        )
        for row in db.execute(query):
            found.setdefault(row.product_id, {})[row.sku] = row
    return found


def digests(db: Connection, handles: Sequence[str], language: str) -> dict[str, str]:
    """What the last file in the products' own language said, by handle; products of another language and
    those that must be compared are left out.
    """
    known: dict[str, str] = {}
    for start in range(0, len(handles), CHUNK):
        query = (
            select(PRODUCT.c.handle, TEXT.c.digest)
            .join(TEXT, TEXT.c.product_id == PRODUCT.c.id)
            .where(
                PRODUCT.c.handle.in_(handles[start : start + CHUNK]),
                PRODUCT.c.default_language == language,
                TEXT.c.language == language,
                TEXT.c.digest.is_not(None),
            )
        )
        known.update((handle, digest) for handle, digest in db.execute(query))
    return known
