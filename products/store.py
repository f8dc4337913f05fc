"""The catalogue in a database: an engine, the tables, and SqlCatalogue, the read-only view that the show
asks.
"""

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select, text, true, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from products.catalogue import Fact, Money, Offer, Product, ProductText, Stock, Variant
from products.errors import SetupError
from products.facts import facts_of
from products.search import (
    asked_number,
    loose_terms,
    match_expression,
    product_words,
    query_terms,
    rank,
    without_number,
)
from products.tables import (
    CATALOGUE_TABLES,
    IMPORT,
    OFFER,
    POINT,
    PRODUCT,
    REVISION,
    SEARCH_TABLE,
    STOCK,
    TEXT,
    VARIANT,
    ImportRow,
)

_CHUNK = 500  # bound parameters in one statement


def open_engine(url: str) -> Engine:
    """An engine for `url` (a SQLAlchemy URL; a bare path means SQLite). SQLite is opened in WAL mode with a
    busy wait of 10 s and its folder is made. Raises SetupError when the URL or its driver is wrong or the
    folder cannot be made.
    """
    if "://" not in url:
        url = f"sqlite:///{url}"
    try:
        parsed = make_url(url)
        in_memory = parsed.drivername.startswith("sqlite") and parsed.database in (None, "", ":memory:")
        if in_memory:  # one connection, else each would see a database of its own
            engine = create_engine(parsed, poolclass=StaticPool, connect_args={"check_same_thread": False})
        else:
            if parsed.drivername.startswith("sqlite"):
                Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(parsed)
    except (ArgumentError, SQLAlchemyError, ImportError, OSError) as error:
        raise SetupError(
            f"The database {url.split('@')[-1]} cannot be opened ({error}).",
            remedy="Give a path or URL such as sqlite:///var/castmate.db.",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
    return engine


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def create_tables(engine: Engine) -> None:
    """The catalogue's tables as migrations leave them, for tests and throw-away shops."""
    with engine.begin() as connection:
        for table in CATALOGUE_TABLES:
            table.create(connection, checkfirst=True)
        if engine.dialect.name == "sqlite" and not has_search(connection):
            connection.execute(text(SEARCH_TABLE))


def has_search(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite" and bool(
        connection.scalar(text("SELECT 1 FROM sqlite_master WHERE name='product_search'"))
    )


def bump_revision(connection: Connection) -> int:
    """Counts up the revision within the caller's transaction and returns it."""
    done = connection.execute(update(REVISION).values(revision=REVISION.c.revision + 1))
    if done.rowcount == 0:
        connection.execute(REVISION.insert().values(id=1, revision=1))
    return int(connection.scalar(select(REVISION.c.revision)) or 0)


class SqlCatalogue:
    """The `Catalogue` over a database. What was read is kept until the revision changes. Safe to use from
    threads.

    Only active products are listed and found; `product(handle)` gives inactive ones too, with `active` False.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._revision = -1
        self._by_handle: dict[str, Product | None] = {}
        self._all: tuple[Product, ...] | None = None

    @property
    def engine(self) -> Engine:
        """The database that it reads."""
        return self._engine

    @property
    def revision(self) -> int:
        """Raises SetupError when the database has no catalogue tables."""
        try:
            with self._engine.connect() as connection:
                return int(connection.scalar(select(REVISION.c.revision)) or 0)
        except OperationalError as error:
            raise SetupError(
                "The database holds no catalogue yet.", remedy="Import one: castmate catalogue import FILE."
            ) from error

    def product(self, handle: str) -> Product | None:
        self._renew()
        if handle not in self._by_handle:
            with self._engine.connect() as connection:
                found = load_products(connection, PRODUCT.c.handle == handle)
            self._by_handle[handle] = found[0] if found else None
        return self._by_handle[handle]

    def products(self) -> Sequence[Product]:
        self._renew()
        if self._all is None:
            with self._engine.connect() as connection:
                self._all = load_products(connection, PRODUCT.c.active)
            self._by_handle.update({p.handle: p for p in self._all})
        return self._all

    def facts(self, handles: Iterable[str], now: datetime) -> Sequence[Fact]:
        """Facts of active products, in force at `now`; whether each is still fresh is `Fact.fresh(now)`."""
        found = [p for h in dict.fromkeys(handles) if (p := self.product(h)) is not None and p.active]
        return tuple(f for p in found for f in facts_of(p, now))

    def search(self, text: str, limit: int = 10) -> Sequence[Product]:
        """Products for what a viewer says, best first; a product number that is said comes first. Empty when
        none fits.
        """
        found: list[Product] = []
        terms = query_terms(text)
        number = asked_number(text)
        if number is not None:
            with self._engine.connect() as connection:
                found += load_products(connection, (PRODUCT.c.number == number) & PRODUCT.c.active)
            terms = without_number(terms)
        words = self._by_words(terms, limit) if terms else []
        if not words and not found:
            loose = loose_terms(text)
            words = self._by_words(loose, limit) if loose else []
        found += [p for p in words if p not in found]
        return tuple(found[:limit])

    def confirm_stock(self, now: datetime, file: str = "") -> None:
        """The source was read again and said the same: prices and stock are as of `now`; with `file`, only
        what was read from a file of that name.
        """
        with self._engine.begin() as connection:
            for table in (STOCK, OFFER):
                theirs = table.c.source.startswith(f"{file} row ", autoescape=True) if file else true()
                connection.execute(update(table).where(theirs).values(seen_at=now))
            bump_revision(connection)

    def _renew(self) -> None:
        revision = self.revision
        with self._lock:
            if revision != self._revision:
                self._revision, self._by_handle, self._all = revision, {}, None

    def _by_words(self, terms: Sequence[str], limit: int) -> list[Product]:
        with self._engine.connect() as connection:
            if has_search(connection):
                handles = list(
                    connection.scalars(
                        text(
                            "SELECT p.handle FROM product_search s JOIN product p ON p.id = s.rowid "
                            "WHERE product_search MATCH :q AND p.active "
                            "ORDER BY bm25(product_search, 5.0, 1.0), p.number "
                            "LIMIT :n"
                        ),
                        {"q": match_expression(terms), "n": limit},
                    )
                )
                found = load_products(connection, PRODUCT.c.handle.in_(handles))
                return sorted(found, key=lambda p: handles.index(p.handle))
        everything = self.products()
        keys = rank(terms, {i: product_words(p) for i, p in enumerate(everything)})
        return [everything[k] for k in keys[:limit]]


def load_products(connection: Connection, where: Any) -> tuple[Product, ...]:
    """Products with all that belongs to them, in shop order."""
    rows = connection.execute(select(PRODUCT).where(where).order_by(PRODUCT.c.number)).all()
    texts: dict[int, dict[str, ProductText]] = {}
    variants: dict[int, list[Variant]] = {}
    points: dict[tuple[str, str], list[Any]] = {}
    for start in range(0, len(rows), _CHUNK):
        ids = [r.id for r in rows[start : start + _CHUNK]]
        _load_texts(connection, ids, texts)
        _load_variants(connection, ids, variants)
        handles = [r.handle for r in rows[start : start + _CHUNK]]
        for point in connection.execute(
            select(POINT).where(POINT.c.product.in_(handles)).order_by(POINT.c.id)
        ):
            points.setdefault((point.product, point.language), []).append(point)
    return tuple(
        Product(
            handle=r.handle,
            number=r.number,
            vendor=r.vendor,
            category=r.category,
            tags=tuple(r.tags),
            texts={
                language: _with_points(text, points.get((r.handle, language)))
                for language, text in texts[r.id].items()
            },
            default_language=r.default_language,
            variants=tuple(variants[r.id]),
            picture=Path(r.picture) if r.picture else None,
            url=r.url,
            active=r.active,
        )
        for r in rows
        if r.id in variants and r.id in texts
    )


def _with_points(text: ProductText, points: Sequence[Any] | None) -> ProductText:
    """The words of a file as people changed them: what is forbidden taken out, what is approved added."""
    if not points:
        return text
    forbidden = {p.text for p in points if p.stance == "forbidden"}
    said = [s for s in text.sentences if s not in forbidden]
    approved = {
        p.text: f"approved by {p.by}, {p.at:%Y-%m-%d}"
        for p in points
        if p.stance == "approved" and p.text not in said
    }
    return text.model_copy(update={"sentences": (*said, *approved), "approved": approved})


def _load_texts(connection: Connection, ids: Sequence[int], into: dict[int, dict[str, ProductText]]) -> None:
    for r in connection.execute(select(TEXT).where(TEXT.c.product_id.in_(ids)).order_by(TEXT.c.language)):
        into.setdefault(r.product_id, {})[r.language] = ProductText(
            title=r.title, sentences=tuple(r.sentences), options=r.options, source=r.source
        )


def _load_variants(connection: Connection, ids: Sequence[int], into: dict[int, list[Variant]]) -> None:
    v, o, s = VARIANT, OFFER, STOCK
    query = (
        select(
            v.c.product_id,
            v.c.sku,
            v.c.options,
            v.c.grams,
            o.c.price,
            o.c.compare_at,
            o.c.currency,
            o.c.valid_from,
            o.c.valid_to,
            o.c.seen_at.label("offer_seen"),
            o.c.source,
            s.c.quantity,
            s.c.may_backorder,
            s.c.seen_at.label("stock_seen"),
            s.c.source.label("stock_source"),
        )
        .join(o, o.c.variant_id == v.c.id)
        .join(s, s.c.variant_id == v.c.id)
        .where(v.c.product_id.in_(ids), v.c.active)
        .order_by(v.c.product_id, v.c.position)
    )
    for r in connection.execute(query):
        compare = None if r.compare_at is None else Money(amount=Decimal(r.compare_at), currency=r.currency)
        into.setdefault(r.product_id, []).append(
            Variant(
                sku=r.sku,
                options=tuple((n, w) for n, w in r.options),
                grams=r.grams,
                offer=Offer(
                    price=Money(amount=Decimal(r.price), currency=r.currency),
                    compare_at=compare,
                    valid_from=r.valid_from,
                    valid_to=r.valid_to,
                    seen_at=r.offer_seen,
                    source=r.source,
                ),
                stock=Stock(
                    quantity=r.quantity,
                    may_backorder=r.may_backorder,
                    seen_at=r.stock_seen,
                    source=r.stock_source,
                ),
            )
        )


def last_imports(engine: Engine) -> tuple[ImportRow, ...]:
    """The latest reading of each file and language, oldest first: what a re-sync reads again."""
    table = IMPORT
    newest = select(func.max(table.c.id)).group_by(table.c.file, table.c.language)
    with engine.connect() as connection:
        rows = connection.execute(select(table).where(table.c.id.in_(newest)).order_by(table.c.id)).all()
    return tuple(ImportRow(**row._mapping) for row in rows)
