"""Whether words may go out: every statement in them held against the catalogue of that moment, and the rules
in force.

What cannot be checked is refused: the writer is told why and writes again. Nothing is ever edited here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.compliance.grounds import Ground, Grounds, Passage, option_label
from products.availability import said_of, says_gone, title_spans
from products.catalogue import MAX_AGE, Catalogue, Fact, FactKind
from products.claim_words import NEVER_SAYABLE, ClaimType, mask
from products.claims import find_claims
from products.facts import IN_STOCK, SOLD_OUT
from products.roles import CLAUSE_END, Claim, Role
from products.verdict import Finding, Severity, Statement, Utterance, Verdict

DEFAULT_FORBIDDEN = frozenset(kind.value for kind in NEVER_SAYABLE)
_CLAIM_TYPES = frozenset(kind.value for kind in ClaimType)
_AMOUNTS = frozenset({Role.PRICE, Role.COMPARE_AT, Role.SAVING, Role.DISCOUNT, Role.PROMOTION})
_ALIASES = {  # further names of packs for what is found here
    ClaimType.TESTIMONIAL: ("testimonial_by_nonexistent_person",),
    ClaimType.REVIEW: ("fake_review",),
    ClaimType.EFFECT: ("misleading_commercial_info",),
}
_WHY = {
    ClaimType.DISEASE: "it says that goods treat an illness",
    ClaimType.MEDICAL: "it uses medical wording for goods",
    ClaimType.HEALTH: "it claims an effect on health",
    ClaimType.AUTHORITY: "it borrows the authority of doctors or experts",
    ClaimType.SUPERLATIVE: "it is a superlative that nobody can check",
    ClaimType.EXPERIENCE: "an AI host has not used the goods",
    ClaimType.TESTIMONIAL: "it speaks for customers, of whom the catalogue says nothing",
    ClaimType.REVIEW: "it speaks of reviews or sales, of which the catalogue says nothing",
    ClaimType.EFFECT: "it promises an effect that nobody can check",
    ClaimType.COMPARISON: "it compares with other sellers",
    ClaimType.CITATION: "it cites a source that is not there",
    ClaimType.GUARANTEE: "it promises a guarantee",
}
# A viewer's name in an answer ("Alex99") is not a model number: those are written in capitals.
_LIKE_A_NAME = re.compile(r"[A-Za-z]?[a-z]{2,}[-._]?\d+[A-Za-z]*")
# One in capitals ("BOB99, good question") is told from them by its place, a vowel and two digits at its end,
# unless its letters are those of a standard, a material or a range of models.
_CALLED = re.compile(r"\s*@?(?P<letters>(?=[A-Z]*[AEIOUY])[A-Z]{3,12})\d{2,4}(?=\s*[,，])")
_NO_NAMES = frozenset(
    "AISI ANSI ISO IEC IEEE DIN ASTM SAE EAN UPC UPF UVA UVB USB UHD OLED QLED AMOLED AAA LIPO NIMH "
    "HEPA PTFE PET PRO MAX ULTRA MINI AIR PLUS LITE NEO NANO TURBO ECO MEGA SUPER GIGA ALPHA BETA "
    "GAMMA DELTA OMEGA SIGMA TITAN ZOOM ACE AERO AQUA AURA EDGE ELITE PRIME ONE MODEL TYPE MARK "
    "SERIES ITEM SIZE NUMBER PRICE ONLY SAVE COLOUR COLOR PAGE ROUND UNDER OVER ABOUT NOW FREE SALE "
    "OFF TITANIUM ALLOY INOX STEEL IPX ATX RTX VESA HDMI EMI EMC ROHS REACH OEKO GOTS MIL STD SATA "
    "NVME CORE INTEL RYZEN IPHONE IPAD GALAXY PIXEL".split()
)


@dataclass(frozen=True, slots=True)
class BannedTerm:
    """A term that a rule forbids, matched without case, English at word borders. `rule`: its id."""

    term: str
    rule: str
    source: str = ""
    severity: Severity = Severity.BLOCK
    remedy: str = "Say it without this term."


class CatalogueClearance:
    """Implements products.verdict.Clearance over a catalogue.

    banned_terms       of the merged packs
    forbidden_claims   claim types of the merged packs; they add to DEFAULT_FORBIDDEN, which always holds
    max_age            how old a Fact may be, by kind
    """

    def __init__(
        self,
        catalogue: Catalogue,
        banned_terms: Sequence[BannedTerm] = (),
        forbidden_claims: frozenset[str] = frozenset(),
        max_age: Mapping[FactKind, timedelta] = MAX_AGE,
    ) -> None:
        self._catalogue = catalogue
        self._terms = tuple((t, _term_pattern(t.term)) for t in banned_terms if t.term.strip())
        self._forbidden = DEFAULT_FORBIDDEN | forbidden_claims
        self._max_age = max_age

    def clear(self, utterance: Utterance, now: datetime) -> Verdict:
        """The Verdict at `now`. A Statement for each claim; a Finding for each that no fresh Fact carries."""
        claims = find_claims(utterance.text)
        check = _Check(
            utterance,
            claims,
            self._grounds(utterance, now),
            now,
            self._forbidden,
            len(self._catalogue.products()) if any(c.unit == "product" for c in claims) else 0,
        )
        check.run()
        findings = [*check.findings, *self._banned(utterance.text, check.statements)]
        return Verdict(utterance, tuple(check.statements), tuple(findings), now)

    def _grounds(self, utterance: Utterance, now: datetime) -> list[Grounds]:
        """Facts by product; those in the utterance's language first, so that statements name them."""
        grounds = []
        for handle in dict.fromkeys(utterance.products):
            product = self._catalogue.product(handle)
            if product is None or not product.active:
                continue
            facts = sorted(
                self._catalogue.facts([handle], now),
                key=lambda f: f.language not in (None, utterance.language),
            )
            fresh = [f for f in facts if f.fresh(now, self._max_age)]
            old = [f for f in facts if not f.fresh(now, self._max_age)]
            grounds.append(Grounds(product, fresh, old))
        return grounds

    def _banned(self, text: str, statements: Sequence[Statement]) -> Iterator[Finding]:
        masked = mask(text)
        carried = [(s.start, s.end) for s in statements if s.fact is not None and s.role == Role.SPEC]
        for term, pattern in self._terms:
            for m in pattern.finditer(masked):
                if any(a <= m.start() and m.end() <= b for a, b in carried):
                    continue  # "100%" of "100% cotton" is a fact
                yield Finding(
                    term.rule,
                    term.severity,
                    f'"{m.group()}" is forbidden by {term.rule}.',
                    term.source,
                    term.remedy,
                    m.start(),
                    m.end(),
                )


def _term_pattern(term: str) -> re.Pattern[str]:
    body = r"\s+".join(re.escape(part) for part in term.split())
    left = r"(?<![A-Za-z0-9])" if term[:1].isascii() and term[:1].isalnum() else ""
    right = r"(?![A-Za-z0-9])" if term[-1:].isascii() and term[-1:].isalnum() else ""
    return re.compile(left + body + right, re.I)


class _Check:
    """One utterance being checked: fills `statements` and `findings`."""

    def __init__(
        self,
        utterance: Utterance,
        claims: Sequence[Claim],
        grounds: Sequence[Grounds],
        now: datetime,
        forbidden: frozenset[str],
        products: int,
    ) -> None:
        self.statements: list[Statement] = []
        self.findings: list[Finding] = []
        self._text = utterance.text
        self._claims = claims
        self._grounds = grounds
        self._now = now
        self._forbidden = forbidden
        self._products = products
        called = _CALLED.match(self._text)
        self._called = called.end() if called and called.group("letters") not in _NO_NAMES else 0
        self._titles = [(a, b, g) for g in grounds for a, b in title_spans(self._text, g.product)]
        self._mentions = [
            (m.start(), m.end(), g) for g in grounds if len(grounds) > 1 for m in _mentions(g, self._text)
        ]

    def run(self) -> None:
        for claim in self._claims:
            if claim.role in _CLAIM_TYPES:
                self._words(ClaimType(claim.role), claim)
            else:
                self._number(claim)
        for grounds in self._grounds:
            self._availability(grounds)

    def _state(self, claim: Claim, fact: Fact | None) -> None:
        value = str(claim.readings[0]) if claim.readings else claim.text
        self.statements.append(
            Statement(
                claim.text, claim.start, claim.end, str(claim.role), value, None if fact is None else fact.id
            )
        )

    def _refuse(self, rule: str, claim: Claim, ground: Ground) -> None:
        self._state(claim, None)
        message = ground.why[:1].upper() + ground.why[1:] + "."
        self.findings.append(
            Finding(
                "facts.stale" if ground.stale else rule,
                Severity.BLOCK,
                message,
                "catalogue",
                ground.remedy,
                claim.start,
                claim.end,
            )
        )

    def _words(self, kind: ClaimType, claim: Claim) -> None:
        names = {kind.value, *_ALIASES.get(kind, ())}
        if kind in (ClaimType.SCARCITY, ClaimType.GUARANTEE) and not (
            kind == ClaimType.GUARANTEE and kind.value in self._forbidden
        ):
            ground = self._best(claim, lambda g: g.carrying_words(claim, self._around(claim), self._now))
            if ground.fact is not None:
                self._state(claim, ground.fact)
            else:
                self._refuse(f"claims.{kind.value}", claim, ground)
            return
        self._state(claim, None)
        severity = Severity.BLOCK if names & self._forbidden else Severity.WARN
        self.findings.append(
            Finding(
                f"claims.{kind.value}",
                severity,
                f'"{claim.text}" may not be said: {_WHY[kind]}.',
                "claim types",
                "Say what the catalogue says instead.",
                claim.start,
                claim.end,
            )
        )

    def _number(self, claim: Claim) -> None:
        role = Role(claim.role)
        if (name := self._naming(claim)) is not None:
            self.statements.append(
                Statement(claim.text, claim.start, claim.end, Role.CODE.value, claim.text, name.id)
            )
            return
        if role == Role.CODE and claim.end <= self._called:
            return
        if role == Role.CODE and (_LIKE_A_NAME.fullmatch(claim.text) or claim.text == "24/7"):
            return
        if role == Role.COUNT and claim.unit == "product":
            if any(0 < r <= self._products for r in claim.readings):
                return
            self._refuse(
                "facts.count",
                claim,
                Ground(
                    None,
                    f"the shop has {self._products} products, not {claim.text}",
                    "Say the true number, or none.",
                ),
            )
            return
        if role in _AMOUNTS and "price_or_promotion_claim" in self._forbidden:
            self._refuse(
                "claims.price_or_promotion_claim",
                claim,
                Ground(
                    None,
                    f'"{claim.text}": prices and promotions may not be spoken here',
                    "Let the product card show the price.",
                ),
            )
            return
        ground = self._best(claim, lambda g: g.carrying(claim, self._around(claim)))
        if ground.fact is not None:
            self._state(claim, ground.fact)
        else:
            self._refuse(f"facts.{role.value}", claim, ground)

    def _naming(self, claim: Claim) -> Fact | None:
        """The name that a number is part of: in "Balance 420 is in stock" nothing is counted. Amounts are
        held against the prices wherever they stand, and so is a number that things are counted by.
        """
        if claim.role in _AMOUNTS or _COUNTED.match(self._text, claim.end):
            return None
        for start, end, grounds in self._titles:
            rest = self._text[start : claim.start] + self._text[claim.end : end]
            if start <= claim.start and claim.end <= end and sum(c.isalpha() for c in rest) > 1:
                return next(iter(grounds.of(FactKind.NAME)), None)
        return None

    def _best(self, claim: Claim, ask: Callable[[Grounds], Ground]) -> Ground:
        """The first ground that carries; else the first refusal, of the product that is spoken of."""
        grounds = [ask(g) for g in self._spoken_of(claim)]
        if not grounds:
            return Ground(
                None, f'"{claim.text}" is said of no product', "Name the product that the line is about."
            )
        return next((g for g in grounds if g.fact is not None), grounds[0])

    def _spoken_of(self, claim: Claim) -> Sequence[Grounds]:
        """Products that the claim may be about: those named in its clause, else named last before it, else
        all.
        """
        start, end = _span(self._text, claim.start, claim.end, _CLAUSE)
        here = [g for a, _, g in self._mentions if start <= a < end]
        if here:
            return here
        before = [(a, g) for a, _, g in self._mentions if a < claim.start]
        return [max(before, key=lambda pair: pair[0])[1]] if before else self._grounds

    def _sentence(self, claim: Claim) -> str:
        start, end = _span(self._text, claim.start, claim.end, _SENTENCE)
        return self._text[start:end]

    def _around(self, claim: Claim) -> tuple[Passage, ...]:
        """The clause and the sentence of a claim."""
        passages = []
        for border in (_CLAUSE, _SENTENCE):
            start, end = _span(self._text, claim.start, claim.end, border)
            inside = [c for c in self._claims if start <= c.start and c.end <= end]
            passages.append(Passage(self._text[start:end], inside))
        return tuple(passages)

    def _availability(self, grounds: Grounds) -> None:
        facts = {f.unit: f for f in grounds.fresh if f.kind == FactKind.AVAILABILITY}
        old = {f.unit: f for f in grounds.stale if f.kind == FactKind.AVAILABILITY}
        for said in said_of(self._text, grounds.product, self._claims):
            claim = Claim(said.start, said.end, self._text[said.start : said.end], "availability")
            if grounds not in self._spoken_of(claim):
                continue
            unit = "" if said.option is None else "=".join(said.option)
            fact = facts.get(unit)
            name = "It" if said.option is None else option_label(said.option)
            if said.gone is None:
                if fact is not None and fact.value == SOLD_OUT and not self._says_gone(claim):
                    self.findings.append(
                        Finding(
                            "facts.availability",
                            Severity.WARN,
                            f"{name} is sold out.",
                            "catalogue",
                            "Say that it is sold out.",
                            said.start,
                            said.end,
                        )
                    )
                continue
            if fact is None:
                why = (
                    f"whether {name.lower()} can be had was read too long ago"
                    if unit in old
                    else f"nothing is known of {name}"
                )
                self._refuse(
                    "facts.availability", claim, Ground(None, why, "Read the catalogue again.", unit in old)
                )
            elif fact.value == (SOLD_OUT if said.gone else IN_STOCK):
                self._state(claim, fact)
            else:
                why = f"{name} is {'in stock' if said.gone else 'sold out'}"
                self._refuse(
                    "facts.availability", claim, Ground(None, why, f"Say that {why[:1].lower()}{why[1:]}.")
                )

    def _says_gone(self, claim: Claim) -> bool:
        return says_gone(self._sentence(claim))


_COUNTED = re.compile(
    r"\s*(?:(?:pairs?|pieces?|units?|items?|of them|ones?|more|left|remain\w*|to go)\b|"
    r"[双件个只台条盒瓶套]|库存|现货)",
    re.I,
)
_SENTENCE = re.compile(r"[!?。！？\n]|\.(?!\d)")
_CLAUSE = CLAUSE_END


def _span(text: str, start: int, end: int, border: re.Pattern[str]) -> tuple[int, int]:
    a = 0
    for m in border.finditer(text, 0, start):
        a = m.end()
    stop = border.search(text, end)
    return a, stop.start() if stop else len(text)


def _mentions(grounds: Grounds, text: str) -> Iterator[re.Match[str]]:
    """Where a product is named: by its title, or by the last word of it."""
    for words in grounds.product.texts.values():
        title = words.title.strip()
        names = [title]
        if title.isascii() and len(title.split()) > 1:
            names += [w for w in title.split() if len(w) > 3 and w.isalpha()]
        for name in names:
            border = (r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])") if name.isascii() else ("", "")
            yield from re.finditer(border[0] + re.escape(name) + border[1], text, re.I)
