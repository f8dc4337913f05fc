"""Taking the last reading of a file back: what was there before each change is written down while it is made.

Only the newest reading can be taken back, and only as long as no other came after it: what a later one has
seen and confirmed is not undone by halves.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, delete, func, insert, select, text, update

from products.errors import ContentError
from products.intake.index import index_products
from products.store import bump_revision, has_search
from products.tables import IMPORT, OFFER, PRODUCT, STOCK, TEXT, UNDO, VARIANT, Moment

RECORDS = 500  # of what was there, in one row of the table
CHUNK = 500
_OFFER_OF = {"seen_at": "offer_seen_at", "source": "offer_source"}  # columns of known.py `variants`
_STOCK_OF = {"seen_at": "stock_seen_at", "source": "stock_source"}


class Journal:
    """Written within the transaction of the reading that it is about; forgets the reading before."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._waiting: list[list[Any]] = []
        self._parts = 0
        connection.execute(delete(UNDO))

    def made(self, first: int, last: int) -> None:
        """Products with the keys `first` to `last` did not exist."""
        self._add(["made", first, last])

    def before(self, product: Any, language: str, words: Any, variants: Iterable[Any] | None) -> None:
        """A product's row, its words in `language` (None: there were none) and its variants as known.py reads
        them (None: they are not touched).
        """
        own = None if variants is None else [_variant(v) for v in variants]
        self._add(["before", _plain(product), language, None if words is None else _plain(words), own])

    def seen(self, table: Table, ids: Select[Any]) -> None:
        """When offers or stock of these variants were last seen."""
        at: dict[str, list[int]] = {}
        query = select(table.c.variant_id, table.c.seen_at).where(table.c.variant_id.in_(ids))
        for key, moment in self._db.execute(query):
            at.setdefault(moment.isoformat(), []).append(key)
        for moment, keys in at.items():
            self._add(["seen", table.name, moment, keys])

    def retired(self, table: Table, keys: Sequence[int]) -> None:
        """Products or variants that were active."""
        self._add(["retired", table.name, list(keys)])

    def _add(self, record: list[Any]) -> None:
        self._waiting.append(record)
        if len(self._waiting) >= RECORDS:
            self._write()

    def _write(self) -> None:
        if not self._waiting:
            return
        said = json.dumps(self._waiting, ensure_ascii=False, default=datetime.isoformat)
        self._db.execute(
            insert(UNDO).values(
                part=self._parts, data=zlib.compress(said.encode("utf-8", "surrogatepass"), 1)
            )
        )
        self._waiting, self._parts = [], self._parts + 1

    def finish(self, reading: int) -> None:
        """All was told; it is about the reading (row of import_run) `reading`."""
        self._add(["end"])
        self._write()
        self._db.execute(update(UNDO).values(import_id=reading))


def _plain(row: Any) -> dict[str, Any]:
    return dict(row._mapping)


def _variant(row: Any) -> dict[str, dict[str, Any]]:
    """One row of known.py `variants` as rows of its three tables."""
    have = row._mapping
    return {
        "variant": {c.name: have[c.name] for c in VARIANT.c},
        "offer": {c.name: have[_OFFER_OF.get(c.name, c.name)] for c in OFFER.c if c.name != "variant_id"},
        "stock": {c.name: have[_STOCK_OF.get(c.name, c.name)] for c in STOCK.c if c.name != "variant_id"},
    }


@dataclass(frozen=True, slots=True)
class Undoable:
    """The reading that can be taken back. `file`: its path; numbers of products."""

    reading: int
    file: str
    language: str
    at: datetime
    new: int
    changed: int
    gone: int


def undoable(engine: Engine) -> Undoable | None:
    """The newest reading, if it can be taken back."""
    with engine.connect() as connection:
        return _newest(connection)


def _newest(connection: Connection) -> Undoable | None:
    newest = connection.scalar(select(func.max(IMPORT.c.id)))
    about = connection.scalar(select(UNDO.c.import_id).limit(1))
    if newest is None or newest != about:
        return None
    row = connection.execute(select(IMPORT).where(IMPORT.c.id == newest)).one()
    return Undoable(newest, row.file, row.language, row.at, row.new, row.changed, row.gone)


def undo_last(engine: Engine, reading: int | None = None) -> Undoable:
    """Takes the newest reading back in one transaction. `reading`: the one that is meant; None: the newest.
    Raises ContentError when it cannot be taken back any more.
    """
    with engine.begin() as connection:
        found = _newest(connection)
        if found is None or reading not in (None, found.reading):
            raise ContentError(
                "The last reading of a file cannot be taken back: there is none, or another came after it.",
                remedy="Read the earlier file in again.",
            )
        for part in connection.scalars(select(UNDO.c.part).order_by(UNDO.c.part.desc())).all():
            data = connection.scalar(select(UNDO.c.data).where(UNDO.c.part == part))
            records = json.loads(zlib.decompress(data or b"").decode("utf-8", "surrogatepass"))
            for record in reversed(records):
                _take_back(connection, record)
        connection.execute(delete(UNDO))
        connection.execute(delete(IMPORT).where(IMPORT.c.id == found.reading))
        bump_revision(connection)
    return found


def _take_back(db: Connection, record: list[Any]) -> None:
    match record:
        case ["made", first, last]:
            _remove(db, first, last)
        case ["before", product, language, words, variants]:
            _restore(db, product, language, words, variants)
        case ["seen", name, moment, keys]:
            table = OFFER if name == OFFER.name else STOCK
            for start in range(0, len(keys), CHUNK):
                there = table.c.variant_id.in_(keys[start : start + CHUNK])
                db.execute(update(table).where(there).values(seen_at=datetime.fromisoformat(moment)))
        case ["retired", name, keys]:
            _revive(db, PRODUCT if name == PRODUCT.name else VARIANT, keys)


def _remove(db: Connection, first: int, last: int) -> None:
    """Products that a reading made, with all that belongs to them."""
    which = PRODUCT.c.id.between(first, last)
    products = select(PRODUCT.c.id).where(which)
    variants = select(VARIANT.c.id).where(VARIANT.c.product_id.in_(products))
    if has_search(db):
        db.execute(text("DELETE FROM product_search WHERE rowid BETWEEN :a AND :b"), {"a": first, "b": last})
    for table in (OFFER, STOCK):
        db.execute(delete(table).where(table.c.variant_id.in_(variants)))
    db.execute(delete(VARIANT).where(VARIANT.c.product_id.in_(products)))
    db.execute(delete(TEXT).where(TEXT.c.product_id.in_(products)))
    db.execute(delete(PRODUCT).where(which))


def _restore(
    db: Connection,
    product: dict[str, Any],
    language: str,
    words: dict[str, Any] | None,
    variants: list[dict[str, dict[str, Any]]] | None,
) -> None:
    key = product["id"]
    db.execute(update(PRODUCT).where(PRODUCT.c.id == key).values(**_row(PRODUCT, product)))
    in_language = (TEXT.c.product_id == key) & (TEXT.c.language == language)
    db.execute(delete(TEXT).where(in_language))
    if words is not None:
        db.execute(insert(TEXT).values(**_row(TEXT, words)))
    if variants is not None:
        for v in variants:
            own = v["variant"]["id"]
            db.execute(update(VARIANT).where(VARIANT.c.id == own).values(**_row(VARIANT, v["variant"])))
            for table in (OFFER, STOCK):
                values = _row(table, v[table.name])
                db.execute(update(table).where(table.c.variant_id == own).values(**values))
        had = [v["variant"]["id"] for v in variants]
        there = db.scalars(select(VARIANT.c.id).where(VARIANT.c.product_id == key))
        added = [own for own in there if own not in had]
        for table, column in (
            (OFFER, OFFER.c.variant_id),
            (STOCK, STOCK.c.variant_id),
            (VARIANT, VARIANT.c.id),
        ):
            db.execute(delete(table).where(column.in_(added)))
    _compare_again(db, [key])
    _find_again(db, [key])


def _revive(db: Connection, table: Table, keys: Sequence[int]) -> None:
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        db.execute(update(table).where(table.c.id.in_(some)).values(active=True))
        products: Sequence[int] = some
        if table is VARIANT:
            which = select(VARIANT.c.product_id).where(VARIANT.c.id.in_(some)).distinct()
            products = db.scalars(which).all()
            _find_again(db, products)
        _compare_again(db, products)


def _compare_again(db: Connection, products: Sequence[int]) -> None:
    """They are not as the file said that was read last: the next reading must compare them."""
    db.execute(update(TEXT).where(TEXT.c.product_id.in_(products)).values(digest=None))


def _find_again(db: Connection, products: Sequence[int]) -> None:
    if has_search(db):
        index_products(db, PRODUCT.c.id.in_(products))


def _row(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """Values as they were written down, with their times as times."""
    return {
        name: datetime.fromisoformat(value)
        if value is not None and isinstance(table.c[name].type, Moment)
        else value
        for name, value in values.items()
    }
