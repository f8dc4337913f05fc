"""Which words sold: each order is joined to the last line about its product, and to what was on the table."""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.show.rows import Rows
from connectors.base import Event, Order
from persona.script import Line
from products.sales import Sale

WITHIN = timedelta(minutes=15)  # words that were said longer ago did not sell it
LINES, SENTENCES = 2_000, 4_000
SEEN = 20_000  # orders that a second word about them is known for
TOLD = 3  # sentences in the show's last entry
LONGEST = 200  # characters of a platform's number or word for a product

HandleOf = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class _Spoken:
    line: str
    words: str
    products: tuple[str, ...]
    at: datetime


def _nobodys(line: Line) -> str:
    """Its words without the names of the viewers whom it spoke to: they bought nothing by being named."""
    words = line.text
    for name in sorted(line.names, key=len, reverse=True):
        words = words.replace(name, "…") if name else words
    return words


class Till:
    """One show's orders.

    show       its name in the shop's database
    handle_of  the shop's handle for (channel, the platform's reference); None where nobody knows
    record     writes to the ledger
    enter      keeps orders in the database; blocks, called in a thread; None: nowhere

    Plain calls; `rows.run` keeps what they leave. Orders that the database is too slow for are counted
    (`rows.lost`); they stand in the ledger all the same.
    """

    def __init__(
        self,
        show: str,
        handle_of: HandleOf,
        record: Callable[[str, dict[str, Any]], None],
        enter: Callable[[Sequence[Sale]], None] | None = None,
    ) -> None:
        self._show, self._handle_of, self._record = show, handle_of, record
        self._spoken: deque[_Spoken] = deque(maxlen=LINES)
        self.rows: Rows[Sale] = Rows(enter, self._not_kept)
        self._words: Counter[str] = Counter()
        self._seen: OrderedDict[tuple[str, str, str], bool] = OrderedDict()  # whether it was paid
        self.orders = self.paid = self.pieces = 0

    def said(self, line: Line, now: datetime) -> None:
        """A line begins to air."""
        if line.products:
            self._spoken.append(_Spoken(line.id, _nobodys(line), line.products, now))

    def order(self, event: Event, table: str | None, now: datetime, cue: str = "") -> Sale | None:
        """An order came in while `table` was on the table in a cue of kind `cue`. None for an event that is
        none.
        """
        detail = event.detail
        if not isinstance(detail, Order):
            return None
        at = min(event.at, now)
        product = self._handle_of(event.platform, detail.product)
        line, words, said_at = self._sold_by(product, at) or ("", "", None)
        sale = Sale(
            self._show, event.platform, detail.id[:LONGEST], detail.product[:LONGEST], product,
            max(detail.quantity, 1), detail.paid, at, table, line, words, said_at, cue,
        )  # fmt: skip
        self._count(sale)
        self._note(sale)
        self.rows.put(sale)
        return sale

    def _sold_by(self, product: str | None, at: datetime) -> tuple[str, str, datetime] | None:
        """The newest line about it that had begun by then, unless that was long ago."""
        for spoken in reversed(self._spoken):
            if at - spoken.at > WITHIN:
                return None
            if spoken.at <= at and product in spoken.products:
                return spoken.line, spoken.words, spoken.at
        return None

    def _count(self, sale: Sale) -> None:
        key = (sale.channel, sale.order, sale.reference)
        if key not in self._seen:
            self.orders += 1
            self.pieces += sale.quantity
            self._words[sale.words] += 1
        self.paid += sale.paid and not self._seen.get(key, False)
        self._seen[key] = sale.paid or self._seen.get(key, False)
        if len(self._seen) > SEEN:
            self._seen.popitem(last=False)
        if len(self._words) > SENTENCES:  # the rare ones of a very long show
            self._words = Counter(dict(self._words.most_common(SENTENCES // 2)))

    def _note(self, sale: Sale) -> None:
        """Without the order's number, which leads to who bought."""
        self._record("order", {
            "channel": sale.channel, "product": sale.product, "reference": sale.reference,
            "quantity": sale.quantity, "paid": sale.paid, "table": sale.on_table, "cue": sale.cue,
            "line": sale.line, "words": sale.words,
        })  # fmt: skip

    def summary(self) -> dict[str, Any]:
        """For the show's last entry; empty where nothing was ordered."""
        if not self.orders:
            return {}
        best = [(words, n) for words, n in self._words.most_common(TOLD + 1) if words][:TOLD]
        return {
            "orders": self.orders,
            "paid": self.paid,
            "pieces": self.pieces,
            "sold_by": [{"words": words, "orders": n} for words, n in best],
            **({"not_kept": self.rows.lost} if self.rows.lost else {}),
        }

    def _not_kept(self, orders: int, why: str) -> None:
        self._record("order.not_kept", {"orders": orders, "why": why})
