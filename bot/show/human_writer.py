"""A writer for a person who says the lines: nothing that a synthetic host says of itself is among them."""

from collections.abc import Mapping, Sequence

from persona.script import Brief, Line, LineKind, Question, Script
from persona.writer import Writer
from products.catalogue import Fact, Product

WORDS: Mapping[LineKind, str] = {
    LineKind.WELCOME: "human_welcome",
    LineKind.NOTICE: "human_invite",
    LineKind.GOODBYE: "human_goodbye",
}


class HumanWriter:
    """Another writer's pitches and offers; welcome, notice and goodbye from `words` (bot/show/words.py)."""

    def __init__(self, writer: Writer, words: Mapping[str, str]) -> None:
        self._writer, self._words = writer, words

    async def pitch(self, product: Product, brief: Brief) -> Script:
        return await self._writer.pitch(product, brief)

    async def offers(self, products: Sequence[Product], brief: Brief, limit: int = 3) -> Script:
        return await self._writer.offers(products, brief, limit)

    async def answer(
        self, question: Question, products: Sequence[Product], facts: Sequence[Fact], brief: Brief
    ) -> Line | None:
        return await self._writer.answer(question, products, facts, brief)

    async def line(self, brief: Brief, products: Sequence[Product] = ()) -> Line:
        name = WORDS.get(brief.kind)
        if name is None:
            return await self._writer.line(brief, products)
        return Line(str(brief.kind), brief.kind, self._words[name], brief.language, writer="show")
