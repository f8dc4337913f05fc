"""Writes lines with a language model; what does not clear is written again, then by the template writer.

Of a pitch the lines that cleared stand (persona/drafting.py), and only the others are asked for again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from persona.answers import Sayable
from persona.borrowed import borrowed
from persona.daytime import untimely
from persona.drafting import Draft, trusted
from persona.intents import Intent, intent_of
from persona.language import detect
from persona.llm import LanguageModel
from persona.llm_limits import Budget
from persona.names import spoken_name
from persona.persona import Persona
from persona.prompts import Unreadable, Written, read_answer, system_prompt, user_prompt
from persona.script import Brief, Line, LineKind, Question, Script
from persona.variety import heard
from persona.writer import Writer
from products.catalogue import Fact, Product
from products.claims import sayable as page_sayable
from products.errors import RemoteError
from products.facts import facts_of
from products.verdict import Clearance, Finding, Severity, Verdict

_log = logging.getLogger(__name__)

TRIES = 3
"""The first, and two more with the findings."""

_LEAST_SECONDS = 0.5
"""With less time than this left, another try is not begun."""

_STALE = Finding(
    "persona.stale", Severity.BLOCK, "this was said a short while ago; say it in other words.", "persona"
)

_PRODUCT_QUESTIONS = {
    Intent.SPEC,
    Intent.PRICE,
    Intent.DISCOUNT,
    Intent.OPTIONS,
    Intent.AVAILABILITY,
    Intent.HOW_MANY,
    Intent.ABOUT,
    Intent.RECOMMEND,
    Intent.UNCLEAR,
}
"""Only these reach the model. What the host is, orders, health and attempts to command have fixed answers."""


def open_llm_writer(
    fallback: Writer,
    persona: Persona,
    clearance: Clearance,
    *,
    url: str,
    model: str,
    key: str,
    timeout_s: float = 20.0,
    answer_s: float = 6.0,
    tokens_per_hour: int = 0,
    money_per_hour: float = 0.0,
    price_in: float = 0.0,
    price_out: float = 0.0,
    on_refused: Callable[[Line, Verdict], None],
) -> "LlmWriter":
    """An LlmWriter over the OpenAI-compatible server at `url`. `key` may be empty; it is never logged.

    Budgets: tokens and money an hour, 0 for none; prices for a million tokens, in the money's currency.
    `on_refused` is told of every draft that may not be said, and why: nobody else sees them.
    """

    def time() -> float:
        return asyncio.get_running_loop().time()

    budget = Budget(time, tokens_per_hour, money_per_hour, price_in, price_out)
    server = LanguageModel(url, model, key, time, budget=budget)
    return LlmWriter(
        server,
        persona,
        clearance,
        fallback,
        page_sayable,
        seconds=timeout_s,
        answer_seconds=min(answer_s, timeout_s),
        on_refused=on_refused,
    )


class LlmWriter:
    """The Writer over a language model. Any failure ends in `fallback`; nothing uncleared is returned."""

    def __init__(
        self,
        model: LanguageModel,
        persona: Persona,
        clearance: Clearance,
        fallback: Writer,
        sayable: Sayable,
        *,
        seconds: float = 20.0,
        answer_seconds: float = 6.0,
        on_refused: Callable[[Line, Verdict], None] = lambda line, verdict: None,
    ) -> None:
        self._model = model
        self._persona = persona
        self._clearance = clearance
        self._fallback = fallback
        self._sayable = sayable
        self._seconds = seconds
        self._answer_seconds = answer_seconds
        self._on_refused = on_refused

    async def close(self) -> None:
        await self._model.close()

    def figures(self) -> dict[str, float]:
        """For the desk: 1 while the server is left alone after failures, and what the last hour took."""
        tokens, money = self._model.used
        return {"llm_resting": float(self._model.resting), "llm_tokens": float(tokens), "llm_money": money}

    async def pitch(self, product: Product, brief: Brief) -> Script:
        if product.sold_out:  # little to say, and every word of it matters
            return await self._fallback.pitch(product, brief)
        draft = await self._write(brief, [product], facts_of(product, brief.now))
        if not draft.whole and not draft.enough:
            return await self._fallback.pitch(product, brief)
        lines = draft.kept
        if not draft.whole:
            others = (await self._fallback.pitch(product, brief)).lines
            lines = draft.framed(others[0], others[-1])
        return Script(product.handle, brief.language, lines)

    async def line(self, brief: Brief, products: Sequence[Product] = ()) -> Line:
        if brief.kind in (LineKind.NOTICE, LineKind.PITCH, LineKind.ANSWER):
            return await self._fallback.line(brief, products)
        facts = [fact for product in products for fact in facts_of(product, brief.now)]
        draft = await self._write(brief, products if brief.kind is LineKind.OFFER else (), facts)
        return draft.kept[0] if draft.whole else await self._fallback.line(brief, products)

    async def offers(self, products: Sequence[Product], brief: Brief, limit: int = 3) -> Script:
        """The round-up is figures from end to end: the template writer's."""
        return await self._fallback.offers(products, brief, limit)

    async def answer(
        self, question: Question, products: Sequence[Product], facts: Sequence[Fact], brief: Brief
    ) -> Line | None:
        intent = intent_of(question.text)
        if intent not in _PRODUCT_QUESTIONS or not products:
            return await self._fallback.answer(question, products, facts, brief)
        language = detect(question.text, "zh" if question.language == "zh" else "en")
        brief = replace(brief, kind=LineKind.ANSWER, language=language)
        asked = {"viewer": spoken_name(question.viewer, language), "text": question.text[:300]}
        draft = await self._write(brief, products, facts, asked)
        if not draft.whole:
            return await self._fallback.answer(question, products, facts, brief)
        return replace(draft.kept[0], reply_to=question.id)

    async def _write(
        self,
        brief: Brief,
        products: Sequence[Product],
        facts: Sequence[Fact],
        question: dict[str, str] | None = None,
    ) -> Draft:
        """What cleared in TRIES tries; empty when the model fails or has nothing to say."""
        draft = Draft()
        pages = {p.handle: self._sayable(p, brief.language) for p in products}
        until = self._model.time() + (self._seconds if question is None else self._answer_seconds)
        for attempt in range(1, TRIES + 1):
            left = until - self._model.time()
            if left < _LEAST_SECONDS:
                break
            system = system_prompt(self._persona, brief)
            kept = [line.text for line in draft.kept]
            user = user_prompt(brief, products, pages, facts, question, kept)
            try:
                text = await self._model.ask(system, user, left)
                written = read_answer(text, brief.language, (f.id for f in facts), pages)
            except RemoteError:
                return draft
            except Unreadable as error:
                self._model.refuse(system, user)
                self._unreadable(text, str(error), brief)
                brief = replace(brief, avoid=(str(error),))
                continue
            lines = self._lines(written, brief, products, attempt)
            if question is not None:
                lines = tuple(replace(line, names=(question["viewer"],)) for line in lines)
            material = [*_material(products, pages, facts), *self._own(brief.language)]
            theirs = [
                borrowed(line.text, system, material, line.names, question["text"] if question else None)
                for line in lines
            ]
            judged = self._judged(lines, theirs, brief, _titles(products), fresh=question is None)
            if trusted(finding for findings in judged for finding in findings):
                draft.take(lines, [not findings for findings in judged])
            if draft.whole:
                return draft
            self._model.refuse(system, user)
            if question is not None and any(theirs):
                return draft  # the viewer speaks through the model: there is nothing to gain from another try
            brief = replace(brief, avoid=_told(lines, judged))
        _log.warning(
            "language model's %s: %d lines cleared of %d in %d tries",
            brief.kind.value, len(draft.kept), len(draft.slots), TRIES,
        )  # fmt: skip
        return draft

    def _own(self, language: str) -> tuple[str, ...]:
        """Names that the host may always say."""
        return self._persona.name_in(language), self._persona.shop_in(language)

    def _unreadable(self, text: str, why: str, brief: Brief) -> None:
        """What came was not the form asked for; its beginning is reported like a line that is refused."""
        line = Line("unreadable", brief.kind, text[:300], brief.language, writer="llm")
        finding = Finding("model.unreadable", Severity.BLOCK, why, "model")
        self._on_refused(line, Verdict(line.utterance(), (), (finding,), brief.now))

    def _judged(
        self,
        lines: Sequence[Line],
        theirs: Sequence[tuple[Finding, ...]],
        brief: Brief,
        titles: Sequence[str],
        *,
        fresh: bool,
    ) -> list[tuple[Finding, ...]]:
        """Per line why it may not be said; empty when it may. `theirs`: what each has from elsewhere.
        `fresh`: nor be much like what was said.
        """
        said, judged = heard(brief.recent), []
        for line, more in zip(lines, theirs, strict=True):
            verdict = self._clearance.clear(line.utterance(), brief.now)
            late = untimely(line.text, brief.hour, brief.weekday, (*line.names, *titles))
            verdict = replace(verdict, findings=(*more, *late, *verdict.findings))
            if not verdict.cleared:
                self._on_refused(line, verdict)
            found = () if verdict.cleared else verdict.findings
            stale = fresh and said.too_like(line.text)
            judged.append((_STALE, *found) if stale else found)
        return judged

    def _lines(
        self, written: Written, brief: Brief, products: Sequence[Product], attempt: int
    ) -> tuple[Line, ...]:
        handles = tuple(p.handle for p in products)
        key = f"{brief.kind.value}|{brief.language}|{brief.now.isoformat()}|{brief.seed}|{handles}|{attempt}"
        digest = hashlib.blake2b(key.encode(), digest_size=5).hexdigest()
        return tuple(
            Line(
                id=f"{brief.kind.value}-{digest}-{place}",
                kind=brief.kind,
                text=" ".join(line.text.split()),
                language=brief.language,
                products=(line.product,) if line.product else handles[:1],
                facts=line.facts,
                writer="llm",
            )
            for place, line in enumerate(written.lines)
        )


def _material(
    products: Sequence[Product], pages: Mapping[str, Sequence[str]], facts: Sequence[Fact]
) -> list[str]:
    """What the model was given to speak of, and so may repeat."""
    return [
        *_titles(products),
        *(s for page in pages.values() for s in page),
        *(fact.value for fact in facts),
    ]


def _titles(products: Sequence[Product]) -> list[str]:
    return [text.title for product in products for text in product.texts.values()]


def _told(lines: Sequence[Line], judged: Sequence[tuple[Finding, ...]]) -> tuple[str, ...]:
    """What the model hears of its text."""
    return tuple(
        dict.fromkeys(
            f"{line.text!r}: {finding.message}"
            for line, findings in zip(lines, judged, strict=True)
            for finding in findings
        )
    )
