"""New products into SQLite as plain tuples, a statement for each table and batch.

Several times as fast as the same rows through SQLAlchemy, which looks at every value of every row. Only for
rows that nothing in the database can contradict: whoever calls has made sure of that.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from products.intake.assemble import ProductDraft
from products.search import index_text
from products.tables import PRODUCT, VARIANT

_INSERT = {
    "product": "id handle number vendor category tags default_language picture_source picture url active",
    "product_text": "product_id language title sentences options source digest",
    "variant": "id product_id sku position options grams active",
    "offer": "variant_id price compare_at currency valid_from valid_to seen_at source",
    "stock": "variant_id quantity may_backorder seen_at source",
    "product_search": "rowid title body",
}


_ENCODE = json.JSONEncoder().encode  # as SQLAlchemy writes JSON


def _sql(table: str) -> str:
    names = _INSERT[table].split()
    return f"INSERT INTO {table}({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


_SQL = {table: _sql(table) for table in _INSERT}


def begin_writing(connection: Connection) -> None:
    """Takes SQLite's write lock now, so that nobody else gives out the keys that are counted here.
    Raises OperationalError when another writer keeps it longer than the busy wait.
    """
    raw = connection.connection.driver_connection
    if not getattr(raw, "in_transaction", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def stored(moment: datetime | None) -> str | None:
    """A time as SQLAlchemy writes it to SQLite: UTC, no zone, six decimals."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@dataclass(slots=True)
class Bulk:
    """Writes new products within the caller's transaction, which must already hold the write lock: keys are
    counted here. `searchable`: the search index is there and is filled too.
    """

    connection: Connection
    file: str
    language: str
    seen_at: datetime
    searchable: bool
    next_product: int = 0
    next_variant: int = 0

    def __post_init__(self) -> None:
        self.renumber()

    def renumber(self) -> None:
        """Keys go on after those that are in the tables."""
        for name, column in (("next_product", PRODUCT.c.id), ("next_variant", VARIANT.c.id)):
            setattr(self, name, int(self.connection.scalar(select(func.max(column))) or 0) + 1)

    def insert(self, drafts: Sequence[ProductDraft], first_number: int) -> None:
        """`drafts`: new handles and SKUs, each once; numbered from `first_number` on."""
        rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _INSERT}
        seen = stored(self.seen_at)
        for number, draft in enumerate(drafts, first_number):
            self._product(draft, number, seen, rows)
        cursor = self.connection.connection.cursor()
        try:
            for table, values in rows.items():
                if values:
                    cursor.executemany(_SQL[table], values)
        finally:
            cursor.close()

    def _product(
        self, draft: ProductDraft, number: int, seen: str | None, rows: dict[str, list[tuple[Any, ...]]]
    ) -> None:
        key = self.next_product
        self.next_product += 1
        said = draft.sentences
        rows["product"].append(
            (
                key,
                draft.handle,
                number,
                draft.vendor,
                draft.category,
                _json(draft.tags),
                self.language,
                draft.picture,
                None,
                draft.url,
                draft.active,
            )
        )
        rows["product_text"].append(
            (
                key,
                self.language,
                draft.title,
                _json(said),
                "{}",
                f"{self.file} row {draft.row}",
                draft.digest(self.file),
            )
        )
        variant_key = self.next_variant
        for position, v in enumerate(draft.variants):
            source = f"{self.file} row {v.row}"
            options = _json(v.options)
            rows["variant"].append((variant_key, key, v.sku, position, options, v.grams, True))
            compare = None if v.compare_at is None else str(v.compare_at)
            since, until = stored(v.valid_from), stored(v.valid_to)
            rows["offer"].append((variant_key, str(v.price), compare, v.currency, since, until, seen, source))
            rows["stock"].append((variant_key, v.quantity, v.may_backorder, seen, source))
            variant_key += 1
        self.next_variant = variant_key
        if self.searchable:
            rows["product_search"].append(
                (key, index_text(draft.title), index_text(" | ".join(_body(draft))))
            )


def _json(value: Sequence[Any]) -> str:
    return _ENCODE(value) if value else "[]"


def _body(draft: ProductDraft) -> Iterator[str]:
    """What products/search.py `product_words` makes of a product that has words in one language only."""
    yield draft.vendor
    yield draft.category
    yield from draft.tags
    yield from draft.sentences
    for variant in draft.variants:
        for _, value in variant.options:
            yield value
