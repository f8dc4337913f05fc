"""Which words sold: orders of shows, joined to the sentence and the product that was on air, in the shop's
database. Who bought is not kept.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Column, ColumnElement, Engine, UniqueConstraint, case, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, SQLModel

from products.errors import SetupError
from products.tables import KEY, Moment


class SaleRow(SQLModel, table=True):
    """One product of one order. Fields as of Sale."""

    __tablename__ = "sale"
    __table_args__ = (UniqueConstraint("show", "channel", "order", "reference", name="uq_sale_order"),)

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    show: str = Field(index=True)
    channel: str
    order: str
    reference: str
    product: str | None = Field(default=None, index=True)
    quantity: int
    paid: bool
    at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    on_table: str | None = None
    line: str = ""
    words: str = ""
    said_at: datetime | None = Field(default=None, sa_column=Column(Moment))
    cue: str = ""


SALE = SQLModel.metadata.tables["sale"]


@dataclass(frozen=True, slots=True)
class Sale:
    """order      the platform's number of it
    reference  the platform's word for the product; `product`: the shop's handle, None where nobody knows
    quantity   pieces; `paid`: False for one that is only placed
    at         when it was placed or paid, as far as the platform says
    on_table   the product that was on the table then
    line       the last line about the product that had begun before, its words, and when it began; "" for
               none: it sold without words, or nobody knows which product it is
    cue        kind of the rundown's cue that was on ("pitch", "questions" ...), "" for none
    """

    show: str
    channel: str
    order: str
    reference: str
    product: str | None
    quantity: int
    paid: bool
    at: datetime
    on_table: str | None = None
    line: str = ""
    words: str = ""
    said_at: datetime | None = None
    cue: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """What a sentence sold in a show: orders, pieces, and how many orders were paid."""

    words: str
    product: str | None
    orders: int
    pieces: int
    paid: int


@dataclass(frozen=True, slots=True)
class SoldBy:
    """What sold under one key. `key`: a product's handle, a kind of cue or a sentence, "" where none is
    known;
    `product`: whose, where the key is a sentence.
    """

    key: str
    product: str | None
    orders: int
    pieces: int
    paid: int


class SaleBook:
    """The sales in a database. Calls block for as long as the database takes; keep them off an event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def enter(self, sales: Sequence[Sale]) -> None:
        """Keeps them. An order that is there already stays with the words that it came by; that it was paid
        since is noted. Raises SetupError when the database does not take it.
        """
        try:
            with self._engine.begin() as connection:
                for sale in sales:
                    same = (
                        (SALE.c.show == sale.show)
                        & (SALE.c.channel == sale.channel)
                        & (SALE.c.order == sale.order)
                        & (SALE.c.reference == sale.reference)
                    )
                    values = {"quantity": sale.quantity} | ({"paid": True} if sale.paid else {})
                    if connection.execute(update(SALE).where(same).values(**values)).rowcount == 0:
                        connection.execute(SALE.insert().values(**asdict(sale)))
        except SQLAlchemyError as error:
            raise SetupError(
                f"{len(sales)} orders could not be kept ({type(error).__name__}).",
                remedy="Look at the shop's database; what they sold by stands in the show's ledger.",
            ) from error

    def of(self, show: str, most: int = 20) -> tuple[Sold, ...]:
        """What each sentence of a show sold, the best first; words "" for orders that no words stand for."""
        orders, pieces = func.count(), func.sum(SALE.c.quantity)
        paid = func.sum(case((SALE.c.paid, 1), else_=0))
        query = (
            select(SALE.c.words, SALE.c.product, orders, pieces, paid)
            .where(SALE.c.show == show)
            .group_by(SALE.c.words, SALE.c.product)
            .order_by(orders.desc(), SALE.c.words)
            .limit(most)
        )
        with self._engine.connect() as connection:
            found = connection.execute(query)
            return tuple(Sold(words, handle, int(o), int(n), int(k)) for words, handle, o, n, k in found)

    def by_product(
        self, since: datetime, until: datetime, show: str = "", most: int = 50
    ) -> tuple[SoldBy, ...]:
        """What was ordered in [since, until), by product, the most pieces first. `show`: "" for all."""
        return self._by((SALE.c.product,), since, until, show, most)

    def by_cue(self, since: datetime, until: datetime, show: str = "", most: int = 50) -> tuple[SoldBy, ...]:
        """By the kind of cue in which the order came."""
        found = self._by((SALE.c.cue,), since, until, show, most)
        return tuple(replace(sold, product=None) for sold in found)

    def by_words(
        self, since: datetime, until: datetime, show: str = "", most: int = 50
    ) -> tuple[SoldBy, ...]:
        """By the sentence that the order is joined to."""
        return self._by((SALE.c.words, SALE.c.product), since, until, show, most)

    def per_time(self, edges: Sequence[datetime], show: str = "") -> tuple[tuple[int, int], ...]:
        """(orders, pieces) between each two neighbours of `edges`. An order of two products counts once."""
        order = func.count((SALE.c.channel + "/" + SALE.c.order).distinct())
        found = []
        with self._engine.connect() as connection:
            for since, until in pairwise(edges):
                query = select(order, func.coalesce(func.sum(SALE.c.quantity), 0))
                row = connection.execute(query.where(_within(since, until, show))).one()
                found.append((int(row[0]), int(row[1])))
        return tuple(found)

    def _by(
        self, keys: tuple[ColumnElement[Any], ...], since: datetime, until: datetime, show: str, most: int
    ) -> tuple[SoldBy, ...]:
        pieces = func.sum(SALE.c.quantity)
        paid = func.sum(case((SALE.c.paid, 1), else_=0))
        query = (
            select(*keys, func.count(), pieces, paid)
            .where(_within(since, until, show))
            .group_by(*keys)
            .order_by(pieces.desc(), *keys)
            .limit(most)
        )
        with self._engine.connect() as connection:
            return tuple(
                SoldBy(row[0] or "", row[1] if len(keys) > 1 else row[0], *map(int, row[len(keys) :]))
                for row in connection.execute(query)
            )


def _within(since: datetime, until: datetime, show: str) -> ColumnElement[bool]:
    within = (SALE.c.at >= since) & (SALE.c.at < until)
    return within & (SALE.c.show == show) if show else within
