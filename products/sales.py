"""Which words sold: orders of shows, joined to the sentence and the product that was on air, in the shop's
database. Who bought is not kept.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Column, Engine, UniqueConstraint, case, func, select, update
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
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    on_table: str | None = None
    line: str = ""
    words: str = ""
    said_at: datetime | None = Field(default=None, sa_column=Column(Moment))


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


@dataclass(frozen=True, slots=True)
class Sold:
    """What a sentence sold in a show: orders, pieces, and how many orders were paid."""

    words: str
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
