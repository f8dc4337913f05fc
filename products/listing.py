"""The catalogue a page at a time, for people who keep it: also what is not on sale. A page costs the same
with a dozen products as with a million: it goes on from a key, and looks at a bounded number of products.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, exists, func, or_, select, text, true

from products.catalogue import MAX_AGE, FactKind, Product
from products.search import query_terms
from products.store import has_search, load_products
from products.tables import OFFER, PRODUCT, REVISION, STOCK, TEXT, VARIANT

WINDOW = 20_000  # products that one page looks at, at most
CHUNK = 500
LACKING = 1000  # products without their picture that are counted


class Only(StrEnum):
    """Which products are wanted."""

    ALL = "all"
    ACTIVE = "active"
    INACTIVE = "inactive"
    SOLD_OUT = "sold_out"
    NO_PICTURE = "no_picture"
    OLD_PRICE = "old_price"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page. `next`: the key to go on from (None: the end); `looked`: how many products were looked at,
    when the bound ended the page before it was full.
    """

    products: tuple[Product, ...]
    next: int | None
    looked: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    products: int
    active: int
    revision: int


class Listing:
    """Reads from a database; blocks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counts: Counts | None = None
        self._lacking: tuple[int, int] | None = None

    def counts(self) -> Counts:
        """Kept until the catalogue changes."""
        with self._engine.connect() as db:
            revision = _revision(db)
            if self._counts is None or self._counts.revision != revision:
                number = select(func.count()).select_from(PRODUCT)
                every, off = db.scalar(number), db.scalar(number.where(~PRODUCT.c.active))
                self._counts = Counts(int(every or 0), int(every or 0) - int(off or 0), revision)
            return self._counts

    def lacking_pictures(self) -> int:
        """How many products on sale name a picture by web address that is not here; at most LACKING."""
        remote = or_(PRODUCT.c.picture_source.like("%://%"), PRODUCT.c.picture_source.like("//%"))
        with self._engine.connect() as db:
            revision = _revision(db)
            if self._lacking is None or self._lacking[0] != revision:
                some = select(PRODUCT.c.id).where(PRODUCT.c.active, PRODUCT.c.picture.is_(None), remote)
                number = db.scalar(select(func.count()).select_from(some.limit(LACKING).subquery()))
                self._lacking = (revision, int(number or 0))
            return self._lacking[1]

    def find(self, handle: str) -> Product | None:
        with self._engine.connect() as db:
            found = load_products(db, PRODUCT.c.handle == handle)
        return found[0] if found else None

    def page(
        self, now: datetime, words: str = "", only: Only = Only.ALL, after: int = 0, size: int = 50
    ) -> Leaf:
        """`size` products from the key `after` on, as the file had them. `words`: of title or description, or
        a handle, SKU or number, whole.
        """
        with self._engine.connect() as db:
            wanted = _condition(only, now)
            if words.strip():
                return self._found(db, words.strip(), wanted, after, size)
            last = int(db.scalar(select(func.max(PRODUCT.c.id))) or 0)
            until = after + WINDOW
            ids = list(
                db.scalars(
                    select(PRODUCT.c.id)
                    .where(PRODUCT.c.id > after, PRODUCT.c.id <= until, wanted)
                    .order_by(PRODUCT.c.id)
                    .limit(size + 1)
                )
            )
            return _leaf(db, ids, size, until if until < last else None)

    def _found(self, db: Connection, words: str, wanted: ColumnElement[bool], after: int, size: int) -> Leaf:
        exact = [] if after else _exactly(db, words, wanted, size)
        candidates = _by_words(db, words, after)
        ids: list[int] = []
        for start in range(0, len(candidates), CHUNK):
            some = candidates[start : start + CHUNK]
            ids += db.scalars(
                select(PRODUCT.c.id).where(PRODUCT.c.id.in_(some), wanted).order_by(PRODUCT.c.id)
            )
            if len(ids) > size:
                break
        more = candidates[-1] if len(candidates) == WINDOW else None
        leaf = _leaf(db, ids, size, more)
        if not exact:
            return leaf
        first = load_products(db, PRODUCT.c.id.in_(exact))
        return Leaf((*first, *(p for p in leaf.products if p not in first)), leaf.next, leaf.looked)


def _revision(db: Connection) -> int:
    return int(db.scalar(select(REVISION.c.revision)) or 0)


def _leaf(db: Connection, ids: Sequence[int], size: int, more: int | None) -> Leaf:
    shown = ids[:size]
    products = load_products(db, PRODUCT.c.id.in_(shown)) if shown else ()
    if len(ids) > size:
        return Leaf(products, shown[-1])
    return Leaf(products, more, None if more is None else WINDOW)


def _condition(only: Only, now: datetime) -> ColumnElement[bool]:
    own = VARIANT.c.product_id == PRODUCT.c.id
    if only is Only.ACTIVE:
        return PRODUCT.c.active
    if only is Only.INACTIVE:
        return ~PRODUCT.c.active
    if only is Only.NO_PICTURE:
        return and_(PRODUCT.c.active, PRODUCT.c.picture.is_(None))
    if only is Only.SOLD_OUT:
        left = or_(STOCK.c.quantity.is_(None), STOCK.c.quantity > 0, STOCK.c.may_backorder)
        has = exists().where(own, VARIANT.c.active, STOCK.c.variant_id == VARIANT.c.id, left)
        return and_(PRODUCT.c.active, ~has)
    if only is Only.OLD_PRICE:
        oldest = now - MAX_AGE.get(FactKind.PRICE, timedelta(hours=24))
        old = exists().where(
            own, VARIANT.c.active, OFFER.c.variant_id == VARIANT.c.id, OFFER.c.seen_at < oldest
        )
        return and_(PRODUCT.c.active, old)
    return true()


def _exactly(db: Connection, words: str, wanted: ColumnElement[bool], size: int) -> list[int]:
    """Products of that handle, SKU or number."""
    sku = select(VARIANT.c.product_id).where(VARIANT.c.sku == words)
    which: list[Any] = [PRODUCT.c.handle == words, PRODUCT.c.id.in_(sku)]
    if words.isdecimal() and len(words) <= 9:
        which.append(PRODUCT.c.number == int(words))
    found: list[int] = []
    for one in which:  # each by its own index
        found += db.scalars(select(PRODUCT.c.id).where(one, wanted).limit(size))
    return found


def _by_words(db: Connection, words: str, after: int) -> list[int]:
    """Keys of products that hold all the words, ascending."""
    if not has_search(db):
        like = [TEXT.c.title.icontains(word, autoescape=True) for word in words.split()[:8]]
        query = select(TEXT.c.product_id).where(TEXT.c.product_id > after, *like).distinct()
        return list(db.scalars(query.order_by(TEXT.c.product_id).limit(WINDOW)))
    terms = query_terms(words)[:12]
    if not terms:
        return []
    match = " AND ".join(f'"{t[:-1]}"*' if t.endswith("*") else f'"{t}"' for t in terms)
    sql = text(
        "SELECT rowid FROM product_search WHERE product_search MATCH :q AND rowid > :a "
        "ORDER BY rowid LIMIT :n"
    )
    return list(db.scalars(sql, {"q": match, "a": after, "n": WINDOW}))
