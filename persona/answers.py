# ruff: noqa: E501 - tables of patterns read better unbroken
"""Answers to viewers' questions from catalogue facts, by name, in the language asked. Never guesses."""

import hashlib
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from persona import leaning, replies, shelf_replies
from persona.grammar import capital, title_fields
from persona.intents import Intent, folded, intent_of, is_yes_no, meant_by
from persona.language import Language, detect, foreign
from persona.names import address, addressed
from persona.persona import Persona
from persona.phrasebook import phrasebook
from persona.product_view import ProductView, view
from persona.replies import Reply
from persona.resolve import axis_named, choices_asked, product_asked, products_named
from persona.script import Line, LineKind, Question
from persona.specs import asks_topic, sentences_for
from products.catalogue import Catalogue, Product
from products.fusion import Nearness

Sayable = Callable[[Product, str], Sequence[str]]
"""The sentences of a product's page, in a language, that may be spoken: no health or superlative claims."""

_SILENT = {Intent.COMMAND, Intent.ABUSE, Intent.CHATTER}
_OF_THE_SHOP = {
    Intent.AI: "answer.ai",
    Intent.LIKENESS: "answer.likeness",
    Intent.WHO: "answer.who",
    Intent.ORDER: "answer.order",
    Intent.RETURNS: "answer.returns",
    Intent.SHIPPING: "answer.shipping",
    Intent.PAYMENT: "answer.payment",
    Intent.SHOP: "answer.shop",
    Intent.NEXT: "answer.next",
    Intent.OFF_TOPIC: "answer.off_topic",
    Intent.GREETING: "answer.greeting",
    Intent.THANKS: "answer.thanks",
    Intent.BYE: "answer.bye",
    Intent.HEALTH: "answer.health",
}
_HANDED_OVER = {Intent.RETURNS, Intent.SHIPPING, Intent.ORDER, Intent.PAYMENT, Intent.SHOP}
_OF_A_PERFORMER = {
    "answer.ai": "answer.ai_of",
    "answer.likeness": "answer.likeness_of",
    "answer.who": "answer.who_of",
}
_UNSURE = {
    "answer.unknown_spec",
    "answer.unclear",
    "answer.which",
    "answer.which_of",
    "answer.fit",
    "answer.recommend",
}
"""Slots that say that the list does not tell, or that the question was not understood."""
_OF_PRICES = {Intent.PRICE, Intent.DISCOUNT, Intent.COMPARE, Intent.AVAILABILITY}
_MULTIBUY = re.compile(
    r"for the price of|\bbuy (one|two|three|\d)\b|买.{0,2}[送赠]|买[两二三四五六七八九十多几\d]+|第二(件|双|个)|\b(bundle|bulk)\b",
    re.IGNORECASE,
)
_OWN_SIZE = re.compile(
    r"\bwhat size (is|are)\b|\bwhat('s| is| are) (the|its|their) size\b|多大|什么尺寸|尺寸(是)?多"
)
_RATE = re.compile(r"\d ?%|\bpercent\b|\bhalf\b|[一二三四五六七八九半\d]折")
_SEVERAL_PIECES = re.compile(
    r"\b(two|three|four|five|six|ten|[2-9]|\d\d) (pairs?|pieces?|of (them|these|those))\b|(?<!第)(?<!第\d)[两二三四五六七八九十2-9](双|件|个|条|只|瓶|盒)(多少|要|一共|怎么)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered. `slot`: of the phrasebook; `known`: the list tells it, nothing is left to find out.

    meaning  equal for questions to which the same is answered: they are answered together
    about    the product that is meant, where one is
    intent   what was asked for
    """

    line: Line
    slot: str
    known: bool
    meaning: str
    about: Product | None
    intent: Intent


class TemplateAnswerer:
    """Answers without a language model. Deterministic: equal arguments give equal lines.

    service   by language: how customer service can be reached, as it is to be said; empty: not told
    nearness  an order of products by meaning (an extra); None: by words alone
    """

    def __init__(
        self,
        persona: Persona,
        sayable: Sayable,
        service: Mapping[str, str] | None = None,
        nearness: Nearness | None = None,
    ) -> None:
        self._persona = persona
        self._sayable = sayable
        self._service = service or {}
        self._nearness = nearness

    def answer(
        self,
        question: Question,
        catalogue: Catalogue,
        now: datetime,
        table: str | None,
        recent: Sequence[str] = (),
    ) -> Line | None:
        """The line of `consider`."""
        answer = self.consider(question, catalogue, now, table, recent)
        return None if answer is None else answer.line

    def consider(
        self,
        question: Question,
        catalogue: Catalogue,
        now: datetime,
        table: str | None,
        recent: Sequence[str] = (),
    ) -> Answer | None:
        """The answer, one or two sentences in the language of `question.text`; None = do not answer.

        table: handle of the product on the table now; the one that was there when asked goes before it.
        `Line.hand_over` is set when the viewer is told that it was passed on: the caller must do so.
        """
        intent = intent_of(question.text)
        if intent in _SILENT:
            return None
        language = self.language_of(question)
        on_table = catalogue.product(question.product or table or "") or catalogue.product(table or "")
        if on_table is not None and not on_table.active:
            on_table = None
        meant = replace(question, text=meant_by(question.text))
        reply, about = self._reply(intent, meant, catalogue, now, on_table, language)
        slot = self._slot(reply.slot)
        named = tuple(one.product for one in about)
        meaning = (
            f"{language}|{slot}|{named[0].handle if named else ''}|{'|'.join(sorted(reply.fields.values()))}"
        )
        line = Line(
            id=f"answer-{hashlib.blake2b(question.id.encode(), digest_size=6).hexdigest()}",
            kind=LineKind.ANSWER,
            text=self._text(slot, reply, about, question, language, recent),
            language=language,
            products=tuple(product.handle for product in named),
            facts=reply.facts,
            reply_to=question.id,
            hand_over=reply.hand_over,
            names=(*addressed(question.viewer, question.also, language), *self._contact(slot, language)),
        )
        known = slot not in _UNSURE
        return Answer(line, slot, known, meaning, named[0] if named else None, intent)

    def passed_on(self, question: Question) -> Line:
        """What may always be said, whatever the facts are now: it is not known and goes to the shop."""
        language = self.language_of(question)
        reply = Reply("answer.shop", {}, hand_over=True)
        return Line(
            id=f"answer-{hashlib.blake2b(question.id.encode(), digest_size=6).hexdigest()}",
            kind=LineKind.ANSWER,
            text=self._text(reply.slot, reply, (), question, language, ()),
            language=language,
            reply_to=question.id,
            hand_over=True,
            names=addressed(question.viewer, question.also, language),
        )

    def language_of(self, question: Question) -> Language:
        """The language to answer in: that of the question, when the persona speaks it."""
        fallback: Language = "zh" if question.language == "zh" else "en"
        language = detect(question.text, fallback)
        return language if language in self._persona.languages else self._persona.languages[0]

    def _contact(self, slot: str, language: str) -> tuple[str, ...]:
        """How customer service is reached, where that is told; an address is no statement about goods."""
        contact = self._service.get(language) or next(iter(self._service.values()), "")
        return (contact,) if slot == "answer.order" and contact else ()

    def _slot(self, slot: str) -> str:
        return _OF_A_PERFORMER.get(slot, slot) if self._persona.performer else slot

    def _text(
        self,
        slot: str,
        reply: Reply,
        about: Sequence[ProductView],
        question: Question,
        language: Language,
        recent: Sequence[str],
    ) -> str:
        book = phrasebook(language)
        rng = random.Random(f"{question.id}|{question.text}|{question.viewer}")
        fields = {
            "viewer": address(addressed(question.viewer, question.also, language), language),
            "shop": self._persona.shop_in(language),
            "name": self._persona.name_in(language),
            "performer": self._persona.performer_in(language),
            **(title_fields(about[0]) if about else {}),
            **reply.fields,
        }
        said = [book.say([slot], fields, rng, recent)]
        if len(question.also) > 1:
            said.insert(0, book.say(["answer.several"], {}, rng))
        if reply.note is not None:
            said.append(book.say([reply.note[0]], {**fields, **reply.note[1]}, rng, recent))
        for contact in self._contact(slot, language):
            said.append(book.say(["answer.service"], {"contact": contact}, rng))
        return (" " if language == "en" else "").join(capital(text) for text in said)

    def _reply(
        self,
        intent: Intent,
        question: Question,
        catalogue: Catalogue,
        now: datetime,
        on_table: Product | None,
        language: Language,
    ) -> tuple[Reply, tuple[ProductView, ...]]:
        if intent in _OF_THE_SHOP:
            return Reply(_OF_THE_SHOP[intent], {}, hand_over=intent in _HANDED_OVER), ()
        if intent is Intent.UNCLEAR and foreign(question.text):
            return Reply("answer.foreign", {}), ()
        words = folded(question.text)
        if intent is Intent.RECOMMEND:
            return self._recommend(question, catalogue, now, on_table, language)
        if intent is Intent.GOODS:
            views = [view(p, language, now) for p in catalogue.products()[:200] if p.active]
            return shelf_replies.goods(words, views)
        if intent in (Intent.COMPARE, Intent.PRICE, Intent.DISCOUNT):
            several = [view(p, language, now) for p in products_named(words, catalogue)]
            if len(several) > 1 and (
                intent is Intent.COMPARE or re.search(r"\b(and|or|vs)\b|和|与|跟|还是|、", words)
            ):
                reply = shelf_replies.compare(several)
                if reply.slot == "answer.compare":
                    return reply, tuple(several)
        target = product_asked(question.text, catalogue, on_table, self._nearness)
        if target.product is None or target.several:
            if intent is Intent.ELSEWHERE:
                return shelf_replies.elsewhere(None), ()
            if target.product is not None:
                several = [view(p, language, now) for p in (target.product, *target.others)]
                return shelf_replies.which_of(several), tuple(several)
            return Reply("answer.unclear" if intent is Intent.UNCLEAR else "answer.which", {}), ()
        about = view(target.product, language, now)
        reply_of_one = self._of_one(intent, question, about, words, named=target.named)
        if reply_of_one.slot == "answer.unclear":
            return reply_of_one, ()
        return reply_of_one, (about,)

    def _of_one(
        self, intent: Intent, question: Question, about: ProductView, words: str, *, named: bool
    ) -> Reply:
        """The answer about one product."""
        if intent is Intent.ELSEWHERE:
            return shelf_replies.elsewhere(about)
        if intent is Intent.DEADLINE:
            return shelf_replies.deadline(about)
        if intent in _OF_PRICES and _MULTIBUY.search(words):
            return shelf_replies.of_one(about, "answer.no_multibuy") or replies.price(about)
        if intent is Intent.DISCOUNT and _RATE.search(words):
            return replies.price(about)  # the figures themselves, and no "yes" to a rate that is not theirs
        if intent is Intent.PRICE and _SEVERAL_PIECES.search(words):
            return shelf_replies.of_one(about, "answer.price_one") or replies.price(about)
        sentences = self._sayable(about.product, about.language)
        told = sentences_for(question.text, sentences, about.title)
        book = phrasebook(about.language)
        asked, missing = choices_asked(question.text, about.axes, about.title)
        if intent is Intent.FIT:
            sized = any(axis.kind == "size" and len(axis.choices) > 1 for axis in about.axes)
            return Reply("answer.fit", {}, hand_over=True) if sized else replies.spec(about, ())
        topical = intent in (Intent.ABOUT, Intent.UNCLEAR, Intent.COMPARE) and asks_topic(words, about.title)
        if (
            intent is Intent.SPEC
            or topical
            or (intent is Intent.AVAILABILITY and told and not asked and not missing)
        ):
            return replies.spec(about, told)
        if intent is Intent.ABOUT:
            return replies.about_it(about, sentences)
        kind = axis_named(question.text)
        if intent is Intent.OPTIONS and kind == "size" and all(axis.kind != "size" for axis in about.axes):
            big = sentences_for("how big is it", sentences, about.title)  # no choice of sizes: its own
            if big or _OWN_SIZE.search(words):
                return replies.spec(about, big)
        plain = replies.simple(intent, about, kind)
        if plain is not None:
            return plain
        if intent is Intent.HOW_MANY:
            return replies.how_many(about, asked, book)
        if intent is Intent.AVAILABILITY or asked or missing:
            return replies.availability(about, asked, missing, book)
        if told or is_yes_no(question.text):
            return replies.spec(about, told)
        return replies.about_it(about, sentences) if named else Reply("answer.unclear", {})

    def _recommend(
        self,
        question: Question,
        catalogue: Catalogue,
        now: datetime,
        on_table: Product | None,
        language: Language,
    ) -> tuple[Reply, tuple[ProductView, ...]]:
        """Something that can be bought: what the words find, else what is on the table, else the first."""
        found = [*catalogue.search(question.text, 5), *([on_table] if on_table else [])]
        if self._nearness is not None and len(found) > 1:
            found = list(self._nearness.nearest(question.text, found))
        product = next((p for p in found if p.active and not p.sold_out), None)
        if product is None:
            product = next((p for p in catalogue.products() if p.active and not p.sold_out), None)
        if product is None:
            return Reply("answer.which", {}), ()
        about = view(product, language, now)
        return Reply("answer.recommend", {}, leaning.name(about)), (about,)
