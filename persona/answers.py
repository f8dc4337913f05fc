"""Answers to viewers' questions from catalogue facts, by name, in the language asked. Never guesses."""

import hashlib
import random
from collections.abc import Callable, Sequence
from datetime import datetime

from persona import leaning, replies
from persona.grammar import capital, title_fields
from persona.intents import Intent, intent_of, is_yes_no
from persona.language import Language, detect
from persona.names import spoken_name
from persona.persona import Persona
from persona.phrasebook import phrasebook
from persona.product_view import ProductView, view
from persona.replies import Reply
from persona.resolve import axis_named, choices_asked, product_asked
from persona.script import Line, LineKind, Question
from persona.specs import asks_topic, sentences_for
from products.catalogue import Catalogue, Product

Sayable = Callable[[Product, str], Sequence[str]]
"""The sentences of a product's page, in a language, that may be spoken: no health or superlative claims."""

_SILENT = {Intent.COMMAND, Intent.ABUSE, Intent.CHATTER}
_OF_THE_SHOP = {
    Intent.AI: "answer.ai",
    Intent.WHO: "answer.who",
    Intent.ORDER: "answer.order",
    Intent.RETURNS: "answer.returns",
    Intent.SHIPPING: "answer.shipping",
    Intent.GREETING: "answer.greeting",
    Intent.THANKS: "answer.thanks",
    Intent.BYE: "answer.bye",
    Intent.HEALTH: "answer.health",
}
_HANDED_OVER = {Intent.RETURNS, Intent.SHIPPING, Intent.ORDER}


class TemplateAnswerer:
    """Answers without a language model. Deterministic: equal arguments give equal lines."""

    def __init__(self, persona: Persona, sayable: Sayable) -> None:
        self._persona = persona
        self._sayable = sayable

    def answer(
        self,
        question: Question,
        catalogue: Catalogue,
        now: datetime,
        table: str | None,
        recent: Sequence[str] = (),
    ) -> Line | None:
        """The answer, one or two sentences in the language of `question.text`; None = do not answer.

        table: handle of the product on the table now; the one that was there when asked goes before it.
        `Line.hand_over` is set when the viewer is told that it was passed on: the caller must do so.
        """
        intent = intent_of(question.text)
        if intent in _SILENT:
            return None
        fallback: Language = "zh" if question.language == "zh" else "en"
        language = detect(question.text, fallback)
        viewer = spoken_name(question.viewer, language)
        base = {
            "viewer": viewer,
            "shop": self._persona.shop_in(language),
            "name": self._persona.name_in(language),
        }
        on_table = catalogue.product(question.product or table or "") or catalogue.product(table or "")
        reply, about = self._reply(intent, question, catalogue, now, on_table, language)
        book = phrasebook(language)
        rng = random.Random(f"{question.id}|{question.text}|{question.viewer}")
        fields = {**base, **(title_fields(about) if about else {}), **reply.fields}
        text = book.say([reply.slot], fields, rng, recent)
        if reply.note is not None:
            gap = " " if language == "en" else ""
            text += gap + book.say([reply.note[0]], {**fields, **reply.note[1]}, rng, recent)
        return Line(
            id=f"answer-{hashlib.blake2b(question.id.encode(), digest_size=6).hexdigest()}",
            kind=LineKind.ANSWER,
            text=capital(text),
            language=language,
            products=(about.product.handle,) if about else (),
            facts=reply.facts,
            reply_to=question.id,
            hand_over=reply.hand_over,
        )

    def _reply(
        self,
        intent: Intent,
        question: Question,
        catalogue: Catalogue,
        now: datetime,
        on_table: Product | None,
        language: Language,
    ) -> tuple[Reply, ProductView | None]:
        if intent in _OF_THE_SHOP:
            return Reply(_OF_THE_SHOP[intent], {}, hand_over=intent in _HANDED_OVER), None
        if intent is Intent.RECOMMEND:
            return self._recommend(question, catalogue, now, on_table, language)
        target = product_asked(question.text, catalogue, on_table)
        if target.product is None or target.several:
            return Reply("answer.unclear" if intent is Intent.UNCLEAR else "answer.which", {}), None
        about = view(target.product, language, now)
        sentences = self._sayable(target.product, language)
        told = sentences_for(question.text, sentences, about.title)
        asked, missing = choices_asked(question.text, about.axes, about.title)
        topical = intent in (Intent.ABOUT, Intent.UNCLEAR) and asks_topic(question.text)
        if (
            intent is Intent.SPEC
            or topical
            or (intent is Intent.AVAILABILITY and told and not asked and not missing)
        ):
            return replies.spec(about, told), about
        if intent is Intent.ABOUT:
            return replies.about_it(about, sentences), about
        plain = replies.simple(intent, about, axis_named(question.text))
        if plain is not None:
            return plain, about
        if intent is Intent.HOW_MANY:
            return replies.how_many(about, asked, phrasebook(language)), about
        if intent is Intent.AVAILABILITY or asked or missing:
            return replies.availability(about, asked, missing, phrasebook(language)), about
        if told or is_yes_no(question.text):
            return replies.spec(about, told), about
        if target.named:
            return replies.about_it(about, sentences), about
        return Reply("answer.unclear", {}), None

    def _recommend(
        self,
        question: Question,
        catalogue: Catalogue,
        now: datetime,
        on_table: Product | None,
        language: Language,
    ) -> tuple[Reply, ProductView | None]:
        """Something that can be bought: what the words find, else what is on the table, else the first."""
        found = [*catalogue.search(question.text, 5), *([on_table] if on_table else [])]
        product = next((p for p in found if p.active and not p.sold_out), None)
        if product is None:
            product = next((p for p in catalogue.products() if p.active and not p.sold_out), None)
        if product is None:
            return Reply("answer.which", {}), None
        about = view(product, language, now)
        return Reply("answer.recommend", {}, leaning.name(about)), about
