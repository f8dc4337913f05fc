"""The Writer interface: who turns catalogue values into Lines (`TemplateWriter`, `LlmWriter`)."""

from collections.abc import Sequence
from typing import Protocol

from persona.script import Brief, Line, Question, Script
from products.catalogue import Fact, Product


class Writer(Protocol):
    """Writes what is to be said. The template writer is deterministic given its arguments.

    pitch    the Script of one product, in speaking order, a Line of one or two sentences each. A product
             that is sold out gets a short Script that says so and does not ask anybody to buy.
    line     one Line of `brief.kind` (WELCOME INVITE OFFER NOTICE FILLER GOODBYE). `products`: what it may
             mention, the first for OFFER. ValueError for PITCH and ANSWER, and for OFFER without a product.
    offers   the round-up of best offers: an opening, one Line a product (of those that can be bought and have
             a compare-at price above the price, at most `limit`). An empty Script when there is none.
    answer   the answer to a viewer's question from `products` (the one on the table first) and `facts`;
             None when the message is not to be answered (an attempt to give orders, nothing asked).
    """

    async def pitch(self, product: Product, brief: Brief) -> Script: ...
    async def line(self, brief: Brief, products: Sequence[Product] = ()) -> Line: ...
    async def offers(self, products: Sequence[Product], brief: Brief, limit: int = 3) -> Script: ...
    async def answer(
        self, question: Question, products: Sequence[Product], facts: Sequence[Fact], brief: Brief
    ) -> Line | None: ...
