"""What policy packs say of words: banned terms, kinds of claims, how a compared price is told. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from bot.compliance.kinds import Claims, PriceDisplay
from bot.compliance.merge import Merged, merge
from bot.compliance.packs import PackSet, Rule
from bot.compliance.selection import lineage
from products.errors import ContentError
from products.verdict import Severity


@dataclass(frozen=True, slots=True)
class BannedTerm:
    """A term that a rule forbids, matched without case, English at word borders. `rule`: its id."""

    term: str
    rule: str
    source: str = ""
    severity: Severity = Severity.BLOCK
    remedy: str = "Say it without this term."


class Arguments(TypedDict):
    """Keyword arguments of CatalogueClearance."""

    banned_terms: tuple[BannedTerm, ...]
    forbidden_claims: frozenset[str]
    compared_price_rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpeechRules:
    """`compared_price_rules`: ids of rules by which a reduction is told only with the price it is reduced
    from (CN-117-32).
    """

    banned_terms: tuple[BannedTerm, ...] = ()
    forbidden_claims: frozenset[str] = frozenset()
    compared_price_rules: tuple[str, ...] = ()

    def as_arguments(self) -> Arguments:
        return {
            "banned_terms": self.banned_terms,
            "forbidden_claims": self.forbidden_claims,
            "compared_price_rules": self.compared_price_rules,
        }


def rules_in(merged: Merged) -> SpeechRules:
    """What the merged packs of a show say of its words."""
    terms = tuple(
        BannedTerm(term, rule.id, _source(rule))
        for rule in merged.rules
        if isinstance(rule.params, Claims)
        for term in rule.params.banned_terms
    )
    compared = tuple(
        r.id
        for r in merged.rules
        if isinstance(r.params, PriceDisplay) and r.params.show_compared_price_or_basis
    )
    return SpeechRules(terms, frozenset(merged.forbidden_claim_types), compared)


def rules_of(packs: PackSet, place: str, today: date) -> SpeechRules:
    """What the law of a place ("CN", "US-NY"; "" for none) says of words on that day.

    Raises ContentError when no pack knows the place.
    """
    if not place:
        return SpeechRules()
    line = set(lineage(place))
    law = [p for p in packs if p.is_law and line & set(p.scope.jurisdictions)]
    if not law:
        known = sorted({j for p in packs if p.is_law for j in p.scope.jurisdictions if j != "*"})
        raise ContentError(f"No pack knows the law of {place!r}.", remedy=f"Known: {', '.join(known)}.")
    return rules_in(merge(_in_force((r for p in law for r in packs.rules_of(p)), today)))


def _in_force(rules: Iterable[Rule], today: date) -> list[Rule]:
    return list({r.id: r for r in rules if r.effective(today)}.values())


def _source(rule: Rule) -> str:
    return " ".join(part for part in (rule.source.doc, rule.source.article) if part)
