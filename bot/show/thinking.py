"""A language model's answer to what the catalogue's own sentences do not settle, bounded in time."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from persona.answer_cache import AnswerCache, stamp_of
from persona.answers import Answer
from persona.names import spoken_name
from persona.script import Brief, Line, LineKind, Question
from products.catalogue import Catalogue, Fact, Product

LONGEST_S = 8.0
MOST_PRODUCTS = 3


class Asked(Protocol):
    """The part of a Writer that answers. A line that the model wrote has writer "llm"; it has cleared."""

    async def answer(
        self, question: Question, products: Sequence[Product], facts: Sequence[Fact], brief: Brief
    ) -> Line | None: ...


class Thinker:
    """Asks the writer, within LONGEST_S, about what the question may mean; keeps what it wrote."""

    def __init__(
        self,
        writer: Asked,
        catalogue: Catalogue,
        now: Callable[[], datetime],
        cache: AnswerCache | None = None,
    ) -> None:
        self._writer, self._catalogue, self._now = writer, catalogue, now
        self.cache = AnswerCache() if cache is None else cache
        self.late = 0

    async def think(self, question: Question, answer: Answer, table: str | None) -> Line | None:
        """A cleared line that is better than "I don't know", or None. Never raises but for cancellation."""
        products = self._products(question, answer, table)
        if not products:
            return None
        now = self._now()
        facts = self._catalogue.facts([p.handle for p in products], now)
        meaning = f"{answer.line.language}|{products[0].handle}|{_core(question.text)}"
        stamp = stamp_of(facts)
        viewer = spoken_name(question.viewer, answer.line.language)
        kept = self.cache.get(meaning, stamp, viewer)
        if kept is not None:
            return kept
        brief = Brief(LineKind.ANSWER, answer.line.language, now)
        try:
            async with asyncio.timeout(LONGEST_S):
                line = await self._writer.answer(question, products, facts, brief)
        except TimeoutError:
            self.late += 1
            return None
        if line is None or line.writer != "llm" or line.language != answer.line.language:
            return None
        self.cache.put(meaning, stamp, viewer, line)
        return line

    def _products(self, question: Question, answer: Answer, table: str | None) -> list[Product]:
        """The one that is meant, else what is on the table and what the words find."""
        if answer.about is not None:
            return [answer.about]
        on_table = self._catalogue.product(question.product or table or "")
        found = [*([on_table] if on_table else []), *self._catalogue.search(question.text, MOST_PRODUCTS)]
        return [p for p in {p.handle: p for p in found}.values() if p.active][:MOST_PRODUCTS]


def _core(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())[:200]
