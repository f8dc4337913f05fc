"""The catalogue's tables. Amounts are stored as text, so that SQLite never turns them into binary
fractions.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    TypeDecorator,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

# SQLite auto-increments only INTEGER keys; PostgreSQL wants room for more than 2^31 rows.
KEY = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware UTC time on databases that keep a zone and on SQLite, which drops it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class ProductRow(SQLModel, table=True):
    """`number` is given once and kept: viewers learn it. `picture_source` is what the file said, `picture` a
    local file.
    """

    __tablename__ = "product"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    handle: str = Field(unique=True, index=True)
    number: int = Field(index=True)
    vendor: str = ""
    category: str = ""
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    default_language: str
    picture_source: str = ""
    picture: str | None = None
    url: str = ""
    active: bool = True


class TextRow(SQLModel, table=True):
    """`digest`: of all that the last file in the product's own language said of it; None when that must be
    compared again. Whoever writes a product, its offers or stock by another way than a file sets it to None.
    """

    __tablename__ = "product_text"

    product_id: int = Field(sa_column=Column(KEY, primary_key=True))
    language: str = Field(primary_key=True)
    title: str
    sentences: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    options: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    source: str = ""
    digest: str | None = None


class VariantRow(SQLModel, table=True):
    __tablename__ = "variant"
    __table_args__ = (UniqueConstraint("sku", name="uq_variant_sku"),)

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    product_id: int = Field(sa_column=Column(KEY, index=True, nullable=False))
    sku: str
    position: int
    options: list[list[str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    grams: int | None = None
    active: bool = True


class OfferRow(SQLModel, table=True):
    __tablename__ = "offer"

    variant_id: int = Field(sa_column=Column(KEY, primary_key=True))
    price: str
    compare_at: str | None = None
    currency: str
    valid_from: datetime | None = Field(default=None, sa_column=Column(Moment))
    valid_to: datetime | None = Field(default=None, sa_column=Column(Moment))
    seen_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    source: str = ""


class StockRow(SQLModel, table=True):
    __tablename__ = "stock"

    variant_id: int = Field(sa_column=Column(KEY, primary_key=True))
    quantity: int | None = None
    may_backorder: bool = False
    seen_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    source: str = ""


class ImportRow(SQLModel, table=True):
    """One reading of a source: what was asked and what came of it, so that the same can be asked again."""

    __tablename__ = "import_run"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    file: str
    language: str
    currency: str
    mapping: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    rows: int
    new: int
    changed: int
    gone: int
    problems: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class RevisionRow(SQLModel, table=True):
    """A single row, id 1."""

    __tablename__ = "catalogue_revision"

    id: int = Field(default=1, primary_key=True)
    revision: int = 0


class UndoRow(SQLModel, table=True):
    """What the reading `import_id` changed, as it was before; of the newest reading alone, in order. `data`:
    JSON, deflated (products/intake/undo.py).
    """

    __tablename__ = "catalogue_undo"

    part: int = Field(sa_column=Column(KEY, primary_key=True, autoincrement=False))
    import_id: int | None = Field(default=None, sa_column=Column(KEY, nullable=True))
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class PointRow(SQLModel, table=True):
    """A sentence about a product that a person approved or took out, whatever its file says. `product`: its
    handle; `stance`: "approved" or "forbidden".
    """

    __tablename__ = "selling_point"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    product: str = Field(index=True)
    language: str
    text: str
    stance: str
    by: str = ""
    at: datetime = Field(sa_column=Column(Moment, nullable=False))


CATALOGUE_TABLES = tuple(
    SQLModel.metadata.tables[name]
    for name in (
        "product",
        "product_text",
        "variant",
        "offer",
        "stock",
        "import_run",
        "catalogue_revision",
        "catalogue_undo",
        "selling_point",
    )
)

# SQLite only. rowid = product.id. Words are cut by products/search.py, so the tokenizer has nothing left to
# do.
SEARCH_TABLE = "CREATE VIRTUAL TABLE product_search USING fts5(title, body, tokenize='unicode61')"

PRODUCT, TEXT, VARIANT, OFFER, STOCK, IMPORT, REVISION, UNDO, POINT = CATALOGUE_TABLES
