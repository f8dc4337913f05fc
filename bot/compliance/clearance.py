"""Whether words may go out: every statement in them held against the catalogue of that moment, and the rules
in force.

What cannot be checked is refused: the writer is told why and writes again. Nothing is ever edited here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.compliance.between import compared, judged
from bot.compliance.denials import no_reduction, told_missing
from bot.compliance.gapping import other_roles
from bot.compliance.grounds import Ground, Grounds, Passage, option_label
from bot.compliance.mentions import mentions, owner
from bot.compliance.reasons import ALIASES, WHY
from bot.compliance.reckoning import ratios, settle
from bot.compliance.speech_rules import BannedTerm
from bot.compliance.sums import made_of
from bot.compliance.wordings import counts_otherwise, miscounted, written_so
from products.availability import gone_together, named_options, said_of, says_gone, title_spans
from products.bounds import Bound
from products.catalogue import MAX_AGE, Catalogue, Fact, FactKind
from products.claim_words import NEVER_SAYABLE, ClaimType, mask
from products.claims import find_claims
from products.counting import counts_goods, moved
from products.facts import IN_STOCK, SOLD_OUT
from products.folding import Folded, fold
from products.material import Said, said
from products.roles import CLAUSE_END, Claim, Role
from products.stances import clauses, negated, negated_behind
from products.terms import TermList
from products.verdict import Finding, Severity, Statement, Utterance, Verdict
from products.vocabulary import EMPTY, Vocabulary, vocabulary
from products.vocatives import LIKE_A_NAME, called, names_in

DEFAULT_FORBIDDEN = frozenset(kind.value for kind in NEVER_SAYABLE)
_CLAIM_TYPES = frozenset(kind.value for kind in ClaimType)
_AMOUNTS = frozenset({Role.PRICE, Role.COMPARE_AT, Role.SAVING, Role.DISCOUNT, Role.PROMOTION})

__all__ = ["BannedTerm", "CatalogueClearance"]


class CatalogueClearance:
    """Implements products.verdict.Clearance over a catalogue.

    banned_terms       of the merged packs
    forbidden_claims   claim types of the merged packs; they add to DEFAULT_FORBIDDEN, which always holds
    max_age            how old a Fact may be, by kind
    compared_price_rules  ids of rules by which a saving or a rate is told only with the price that it is
                       reduced from
    """

    def __init__(
        self,
        catalogue: Catalogue,
        banned_terms: Sequence[BannedTerm] = (),
        forbidden_claims: frozenset[str] = frozenset(),
        max_age: Mapping[FactKind, timedelta] = MAX_AGE,
        compared_price_rules: Sequence[str] = (),
    ) -> None:
        self._catalogue = catalogue
        self._terms = TermList((t.term, t) for t in banned_terms)
        self._compared = tuple(compared_price_rules)
        self._forbidden = DEFAULT_FORBIDDEN | forbidden_claims
        self._max_age = max_age

    def clear(self, utterance: Utterance, now: datetime) -> Verdict:
        """The Verdict at `now`. A Statement for each claim; a Finding for each that no fresh Fact carries."""
        grounds = self._grounds(utterance, now)
        written = " ".join(w for g in grounds for w in (*g.titles, g.product.vendor))
        folded = _without_names(fold(_unaddressed(utterance)), written)
        claims = find_claims(folded.text, weak=True)
        check = _Check(
            folded.text,
            claims,
            grounds,
            now,
            self._forbidden,
            len(self._catalogue.products()) if any(c.unit == "product" for c in claims) else 0,
            self._compared,
        )
        check.run()
        findings = [*check.findings, *self._banned(folded.text, check.statements)]
        told = [_where_written(f, folded) for f in findings]
        told.sort(key=lambda f: (f.start is None, f.start or 0))  # as they are read
        return Verdict(utterance, tuple(_as_written(s, folded) for s in check.statements), tuple(told), now)

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
        carried = [(s.start, s.end) for s in statements if s.fact is not None and s.role == Role.SPEC]
        for start, end, term in self._terms.find(mask(text)):
            if any(a <= start and end <= b for a, b in carried):
                continue  # "100%" of "100% cotton" is a fact
            yield Finding(
                term.rule,
                term.severity,
                f'"{text[start:end]}" is forbidden by {term.rule}.',
                term.source,
                term.remedy,
                start,
                end,
            )


def _without_names(folded: Folded, written: str) -> Folded:
    """Names of viewers blanked, every character in its place; not those of `written`, the titles."""
    text = folded.text
    for start, end in names_in(folded.text):
        if folded.text[start:end] in written:
            continue
        text = text[:start] + " " * (end - start) + text[end:]
    return replace(folded, text=text)


def _as_written(statement: Statement, folded: Folded) -> Statement:
    if folded.text == folded.original or statement.end <= statement.start:
        return statement
    start, end = folded.span(statement.start, statement.end)
    return replace(statement, text=folded.original[start:end], start=start, end=end)


def _where_written(finding: Finding, folded: Folded) -> Finding:
    if finding.start is None or finding.end is None or finding.end <= finding.start:
        return finding
    start, end = folded.span(finding.start, finding.end)
    return replace(finding, start=start, end=end)


class _Check:
    """One utterance being checked: fills `statements` and `findings`."""

    def __init__(
        self,
        text: str,
        claims: Sequence[Claim],
        grounds: Sequence[Grounds],
        now: datetime,
        forbidden: frozenset[str],
        products: int,
        compared: tuple[str, ...] = (),
    ) -> None:
        self.statements: list[Statement] = []
        self.findings: list[Finding] = []
        self._text = text
        self._claims = claims
        self._grounds = grounds
        self._now = now
        self._forbidden = forbidden
        self._clauses = clauses(text)
        self._products = products
        self._compared = compared
        self._called = called(text)
        self._carried: list[tuple[Claim, Fact]] = []
        self._open: list[tuple[Claim, Ground]] = []
        self._titles = [(a, b, g) for g in grounds for a, b in title_spans(self._text, g.product)]
        self._mentions = [
            (m.start(), m.end(), g) for g in grounds if len(grounds) > 1 for m in mentions(g, self._text)
        ]

    def run(self) -> None:
        between = list(compared(self._text, self._grounds))
        for start, end, fact in between:
            self._between(Claim(start, end, self._text[start:end], "comparison"), fact)
        for claim in self._claims:
            if self._not_said(claim):
                continue
            if claim.role == ClaimType.COMPARISON and judged(claim, between):
                continue
            if claim.weak and not self._counts_goods(claim):
                continue
            if claim.role in _CLAIM_TYPES:
                self._words(ClaimType(claim.role), claim)
            else:
                self._number(claim)
        self._reckon()
        for start, end, fact in miscounted(self._text, self._grounds):
            why = Ground(None, f'the page says "{fact.value}"', "Say the page's own number.")
            self._refuse("facts.count", Claim(start, end, self._text[start:end], "count"), why)
        for start, end in no_reduction(self._text, self._clauses):
            self._no_reduction(Claim(start, end, self._text[start:end], Role.DISCOUNT))
        for grounds in self._grounds:
            self._availability(grounds)
        self._material()
        self._basis()

    def _between(self, claim: Claim, fact: Fact | None) -> None:
        if fact is not None:
            self._state(claim, fact)
        else:
            why = Ground(None, f'"{claim.text}" is not so by their prices', "Leave it out.")
            self._refuse("facts.comparison", claim, why)

    def _counts_goods(self, claim: Claim) -> bool:
        """Whether a small number in words counts goods: beside an option, a piece or a word for stock."""
        start, end = _span(self._text, claim.start, claim.end, _CLAUSE)
        inside = [c for c in self._claims if start <= c.start and c.end <= end and c is not claim]
        products = [g.product for g in self._spoken_of(claim)]
        return counts_goods(
            self._text[start:end], moved(claim, start), products, [moved(c, start) for c in inside]
        )

    def _not_said(self, claim: Claim) -> bool:
        """Whether a claim is asked, declined or denied rather than made."""
        clause = next((c for c in self._clauses if c.start <= claim.start < c.end), None)
        if clause is None:
            return False
        denied = negated(self._text, clause.start, claim.start) or negated_behind(self._text, claim.end)
        if claim.role in _DENIABLE and denied:
            return True
        return clause.claims_nothing(claim.start) and claim.role not in _ALWAYS

    def _material(self) -> None:
        """What is said of goods without a number."""
        taken = [
            (c.start, c.end) for c in self._claims if c.role not in (Role.ORIGIN, Role.CODE) and not c.weak
        ]
        taken += [(s.start, s.end) for s in self.statements]
        for found in said(self._text, self._vocabulary, taken):
            claim = Claim(found.start, found.end, self._text[found.start : found.end], "material")
            spoken = self._spoken_of(claim)
            fact = next((f for g in spoken for f in g.saying(found.sentence)), None)
            if found.known and not found.denied:
                if fact is not None:
                    self._state(claim, fact)
                continue
            self._refuse("facts.material", claim, self._no_material(found, claim, spoken, fact))

    def _no_material(self, found: Said, claim: Claim, spoken: Sequence[Grounds], fact: Fact | None) -> Ground:
        if found.denied and fact is not None:
            return Ground(None, f'the catalogue says otherwise: "{fact.value}"', f'Say "{fact.value}".')
        of = f" of {spoken[0].title}" if spoken else ""
        return Ground(
            None,
            f'nothing in the catalogue says "{claim.text}"{of}',
            "Leave it out, or add it to the description.",
        )

    def _vocabulary(self, start: int, end: int) -> Vocabulary:
        """The words of the product that a clause speaks of, and the titles of all on the table."""
        spoken = self._spoken_of(Claim(start, end, self._text[start:end], "material"))
        titles = tuple(t for g in self._grounds for t in g.titles)
        if not titles:
            return EMPTY
        return vocabulary(titles, tuple(w for g in spoken for w in g.words))

    def _basis(self) -> None:
        """Where rules ask so, a reduction is told only with the price that it is reduced from."""
        if not self._compared or any(s.role == Role.COMPARE_AT and s.fact for s in self.statements):
            return
        for s in self.statements:
            if s.role in (Role.SAVING, Role.DISCOUNT):
                for rule in self._compared:
                    self.findings.append(
                        Finding(
                            rule,
                            Severity.BLOCK,
                            f'"{s.text}" is told without the price that it is reduced from.',
                            "policy packs",
                            "Say the compared price in the same line.",
                            s.start,
                            s.end,
                        )
                    )

    def _state(self, claim: Claim, fact: Fact | None) -> None:
        value = str(claim.readings[0]) if claim.readings else claim.text
        self.statements.append(
            Statement(
                claim.text,
                claim.start,
                claim.end,
                str(claim.role),
                value,
                None if fact is None else fact.id,
                claim.unit or (fact.unit if fact is not None and claim.readings else ""),
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
        names = {kind.value, *ALIASES.get(kind, ())}
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
                f'"{claim.text}" may not be said: {WHY[kind]}.',
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
        if role == Role.CODE and (LIKE_A_NAME.fullmatch(claim.text) or claim.text == "24/7"):
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
        clause = _span(self._text, claim.start, claim.end, _CLAUSE)
        sized = role in (Role.OPTION, Role.UNKNOWN)
        missing = told_missing(self._text, claim, clause, self._spoken_of(claim)) if sized else None
        if missing is not None:
            if missing.why:
                self._refuse(f"facts.{role.value}", claim, missing)
            return
        ground = self._best(claim, lambda g: g.carrying(claim, self._around(claim)))
        if ground.fact and counts_otherwise(claim, ground.fact, self._text, self._spoken_of(claim)):
            why = f'the page counts something else by "{claim.text}"'
            ground = Ground(None, why, "Say the page's own number, or leave it out.")
        elif ground.fact is None:
            sentence = _span(self._text, claim.start, claim.end, _SENTENCE)
            made = (
                made_of(claim, self._text, sentence, self._grounds)
                or self._otherwise(claim)
                or written_so(claim, self._text, self._spoken_of(claim))
            )
            ground = Ground(made) if made is not None else ground
        if role in _DENIED and claim.bound == Bound.EXACT and self._denied(claim):
            if ground.fact is not None:  # "it is not 59 dollars", and it is
                denies = Ground(None, f'"{claim.text}" is denied, and it is so', "Say it as it is.")
                self._refuse(f"facts.{role.value}", claim, denies)
            return
        if ground.fact is not None:
            self._state(claim, ground.fact)
            self._carried.append((claim, ground.fact))
        else:
            self._open.append((claim, ground))

    def _otherwise(self, claim: Claim) -> Fact | None:
        """The fact that carries a bare number in another role than its words seem to give it."""
        start, end = _span(self._text, claim.start, claim.end, _CLAUSE)
        inside = [c for c in self._claims if start <= c.start and c.end <= end and c is not claim]
        named = any(named_options(self._text[start:end], g.product, inside) for g in self._spoken_of(claim))
        for other in other_roles(claim, self._text, self._claims, option_named=named):
            around = self._around(claim)
            found = self._best(other, lambda g: g.carrying(other, around))  # noqa: B023  called at once
            if found.fact is not None:
                return found.fact
        return None

    def _no_reduction(self, claim: Claim) -> None:
        """Refuses the denial of a reduction where the product that is spoken of has one."""
        facts = (f for g in self._spoken_of(claim) for f in g.of(FactKind.SAVING))
        if (fact := next(facts, None)) is not None:
            why = f'"{claim.text}" is said, and {fact.value} {fact.unit} is taken off'
            self._refuse("facts.discount", claim, Ground(None, why, "Say the reduction, or nothing of it."))

    def _reckon(self) -> None:
        """Numbers that no fact carries: those that follow from the others are stated, the rest refused."""
        made = settle(self._text, [c for c, _ in self._open], self._carried, self._grounds)
        for claim, ground in self._open:
            if claim in made:
                self._state(claim, made[claim])
            else:
                self._refuse(f"facts.{claim.role}", claim, ground)

        for start, end, fact in ratios(self._text, self._carried):
            self._state(Claim(start, end, self._text[start:end], "comparison"), fact)

    def _denied(self, claim: Claim) -> bool:
        start, _ = _span(self._text, claim.start, claim.end, _CLAUSE)
        return _NOT_SO.search(self._text[start : claim.start]) is not None

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
        here = [(a, g) for a, _, g in self._mentions if start <= a < end]
        if len({g.product.handle for _, g in here}) > 1 and claim.readings:
            return [owner(self._text, claim, here)]  # "the sneakers are 59 and the mug is 18.50"
        if here:
            return [g for _, g in here]
        before = [(a, g) for a, _, g in self._mentions if a < claim.start]
        return [max(before, key=lambda pair: pair[0])[1]] if before else self._grounds

    def _sentence(self, claim: Claim) -> str:
        start, end = _span(self._text, claim.start, claim.end, _SENTENCE)
        return self._text[start:end]

    def _around(self, claim: Claim) -> tuple[Passage, ...]:
        """The clause and the sentence of a claim, and the whole text."""
        passages = []
        for border in (_CLAUSE, _SENTENCE):
            start, end = _span(self._text, claim.start, claim.end, border)
            inside = [c for c in self._claims if start <= c.start and c.end <= end]
            passages.append(Passage(self._text[start:end], inside))
        start, end = self._asked(claim)
        inside = [c for c in self._claims if start <= c.start and c.end <= end]
        passages.append(Passage(self._text[start:end], inside))
        passages.append(Passage(self._text, self._claims))
        return tuple(passages)

    def _asked(self, claim: Claim) -> tuple[int, int]:
        """The sentence of a claim, with the question that it answers: "Size 37? Sixty pairs." """
        start, end = _span(self._text, claim.start, claim.end, _SENTENCE)
        if start and self._text[start - 1] in "?？":
            start = _span(self._text, start - 1, start - 1, _SENTENCE)[0]
        return start, end

    def _availability(self, grounds: Grounds) -> None:
        facts = {f.unit: f for f in grounds.fresh if f.kind == FactKind.AVAILABILITY}
        old = {f.unit: f for f in grounds.stale if f.kind == FactKind.AVAILABILITY}
        for told in said_of(self._text, grounds.product, self._claims):
            claim = Claim(told.start, told.end, self._text[told.start : told.end], "availability")
            if grounds not in self._spoken_of(claim):
                continue
            unit = "" if told.option is None else "=".join(told.option)
            fact = facts.get(unit)
            name = "It" if told.option is None else option_label(told.option)
            if told.gone is None:
                if fact is not None and fact.value == SOLD_OUT and not self._says_gone(claim):
                    self.findings.append(
                        Finding(
                            "facts.availability",
                            Severity.WARN,
                            f"{name} is sold out.",
                            "catalogue",
                            "Say that it is sold out.",
                            told.start,
                            told.end,
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
            elif told.option is not None and told.also:
                together = gone_together(grounds.product, told.option, told.also)
                if together == told.gone:
                    self._state(claim, fact)
                else:
                    name = ", ".join(map(option_label, (told.option, *told.also)))
                    why = f"not all of {name} is {'sold out' if told.gone else 'in stock'}"
                    self._refuse("facts.availability", claim, Ground(None, why, "Say each by itself."))
            elif fact.value == (SOLD_OUT if told.gone else IN_STOCK):
                self._state(claim, fact)
            else:
                why = f"{name} is {'in stock' if told.gone else 'sold out'}"
                self._refuse(
                    "facts.availability", claim, Ground(None, why, f"Say that {why[:1].lower()}{why[1:]}.")
                )

    def _says_gone(self, claim: Claim) -> bool:
        return says_gone(self._sentence(claim))


# What may be denied: "it is not the cheapest", "no coupons here".
_DENIABLE = frozenset(
    {
        Role.PROMOTION,
        ClaimType.SUPERLATIVE,
        ClaimType.DISEASE,
        ClaimType.MEDICAL,
        ClaimType.HEALTH,
        ClaimType.GUARANTEE,
        ClaimType.EXPERIENCE,
        ClaimType.EFFECT,
    }
)
# What a question presses as much as a statement does.
_ALWAYS = frozenset({ClaimType.SCARCITY, Role.DEADLINE})
_COUNTED = re.compile(
    r"\s*(?:(?:pairs?|pieces?|units?|items?|of them|ones?|more|left|remain\w*|to go)\b|"
    r"[双件个只台条盒瓶套]|库存|现货)",
    re.I,
)
_DENIED = frozenset({Role.PRICE, Role.UNKNOWN, Role.SPEC, Role.DISCOUNT})
_NOT_SO = re.compile(
    r"(?:(?<!if )(?<!why )\bnot|n't)(?: (?:a|an|at|be|cost|for|worth|weigh|hold))*\s*\$?$|"
    r"(?:不是|并非|不卖|不要|没有?卖)\s*$",
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


def _unaddressed(utterance: Utterance) -> str:
    """The text with each addressed viewer's name blanked once, as long as it was: "Anna, it costs $59" says
    nothing of an Anna.
    """
    text = utterance.text
    for name in utterance.names:
        at = text.lower().find(name.lower())
        if name and at >= 0:
            text = text[:at] + " " * len(name) + text[at + len(name) :]
    return text
