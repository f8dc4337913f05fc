"""Answers to viewers' questions from catalogue facts, by name, in the language asked."""

from collections.abc import Callable, Sequence
from datetime import datetime

from persona.persona import Persona
from persona.script import Line, Question
from products.catalogue import Catalogue, Product

Sayable = Callable[[Product, str], Sequence[str]]
"""The sentences of a product's page, in a language, that may be spoken: no health or superlative claims."""


class TemplateAnswerer:
    def __init__(self, persona: Persona, sayable: Sayable) -> None:
        self._persona = persona
        self._sayable = sayable

    def answer(
        self, question: Question, catalogue: Catalogue, now: datetime, table: str | None
    ) -> Line | None:
        return None
