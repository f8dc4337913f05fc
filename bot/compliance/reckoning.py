"""Figures that no fact holds but that follow from figures of the same text: "44 in tan and two in olive, so forty-six",
六小时加二十四小时，一共三十. What follows must stand beside a word that says so: a sum, a multiple, a difference, a share.
Pure, on folded text.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from itertools import combinations

from bot.compliance.grounds import Grounds, holds
from bot.compliance.mentions import mentions
from bot.compliance.sums import one_price
from products.bounds import Bound
from products.catalogue import Fact, FactKind
from products.numbers import find_numbers
from products.roles import Claim, Role
from products.units import comparable

MONEY, COUNT = "money", "count"
_SAID = frozenset({Bound.EXACT, Bound.ABOUT})  # a bound holds of nearly any difference
MOST = 50  # pieces, nights, cups that a text counts
_SUM = re.compile(
    r"\b(?:altogether|together|all told|all in all|all up|in all|in total|total\w*|combined|both|plus|add(?:s|ed|ing)?|sum|makes?|making|comes? to|adds up|that's|so|which is|between them|the two|the lot|and)\b|"
    r"一共|总共|共|合计|合起来|合一起|搁一块|搁一起|放一块|放一起|加|拢共|总计|凑|等于|就是|算下来|里外里|两样|三样|[两三]款|都要|都拿",
    re.I,
)
_APART = re.compile(
    r"\b(?:less|more|cheaper|dearer|difference|apart|between|minus|left(?: over)?|back|change|off|sav\w+|lower|higher|heavier|lighter|longer|shorter|bigger|smaller|fewer|down|richer|under|over|short|shy|missing|pocket|drop\w*)\b|"
    r"差|便宜|贵|少|多|比|省|减|剩|找|缺|降|欠|低|高",
    re.I,
)
_TIMES = re.compile(
    r"\b(?:each|apiece|per|every|of (?:them|these|those)|times|twice|double|pairs?|both|couple|for (?:two|three|four|five|six|both|the pair)|two|three|four|five|six|seven|eight|nine|ten|twelve|one for|another|as well|[2-9]|1\d|20)\b|"
    r"每|双|一人|各|[两俩仨三四五六七八九十\d][个双件只支条盒瓶套台副罐把包份盏样杯袋块]|翻|倍",
    re.I,
)
_SHARE = re.compile(
    r"\b(?:that's|that is|makes?|enough for|each|every|a (?:day|night|week|evening|cup|gram|go)|per|nights?|evenings?|days?|films?|times|of them|so|call it|about)\b|每|一[天晚次克杯部]|部|遍|回|够|等于|能",
    re.I,
)
_PAIR = re.compile(
    r"\b(?:both|pair|couple|twice|double|another one|one for [^.!?]{1,48}\bone for|as well|two)\b|俩|一双|一对|两|翻",
    re.I,
)
# "thirty hours on one charge" is no sum of what the buds and their case hold
_AT_ONCE = re.compile(
    r"\b(?:charge|one go|straight|non-?stop|without|continuous\w*|in a row)\b|一次|单次|一口气|连续|充一",
    re.I,
)
_SENTENCE = re.compile(r"[!?。！？\n]|\.(?!\d)")


@dataclass(frozen=True, slots=True)
class _Figure:
    """A value in the base of its dimension, and the fact that it is of."""

    value: Decimal
    dimension: str
    fact: Fact
    claim: Claim | None = None


def settle(
    text: str, open_claims: Sequence[Claim], carried: Sequence[tuple[Claim, Fact]], table: Sequence[Grounds]
) -> Mapping[Claim, Fact]:
    """For each open claim that follows from the rest, the first fact that it follows from.

    open_claims  numbers that no fact carries; carried: those that one does. table: the products spoken of.
    """
    figures = [f for claim, fact in carried if (f := _figure(claim, fact)) is not None]
    unsaid = list(_unsaid(text, table))
    found: dict[Claim, Fact] = {}
    for _ in range(2):  # what follows from what follows
        for claim in open_claims:
            if claim in found:
                continue
            made = next(
                (f for f in _ways(text, claim, figures, unsaid) if holds(claim, f.value, f.dimension)),
                None,
            )
            if made is not None:
                found[claim] = made.fact
                figures.append(replace(made, claim=claim))
    for claim in open_claims:  # "two pairs: a hundred and eighteen"
        if claim not in found and _is_count(claim):
            used = next((f for f in found.values() if f.kind == FactKind.PRICE), None)
            if used is not None and _multiplies(claim, used, [c for c, f in found.items() if f is used]):
                found[claim] = used
    return found


_TWICE = re.compile(
    r"[多翻]一?倍|[两二一]倍|\bdouble (?:that|the|as)?|\btwice (?:that|as (?:many|much|long))", re.I
)


def ratios(text: str, carried: Sequence[tuple[Claim, Fact]]) -> Iterator[tuple[int, int, Fact]]:
    """(start, end, fact) of each "twice as many", 多一倍 where one figure of the text is twice another of its kind."""
    figures = [f for claim, fact in carried if (f := _figure(claim, fact)) is not None]
    for m in _TWICE.finditer(text):
        for a, b in combinations(figures, 2):
            if a.dimension == b.dimension and max(a.value, b.value) == 2 * min(a.value, b.value):
                yield m.start(), m.end(), a.fact
                break


def _is_count(claim: Claim) -> bool:
    return claim.role == Role.STOCK and all(1 < r <= MOST for r in claim.readings)


def _multiplies(count: Claim, price: Fact, amounts: Sequence[Claim]) -> bool:
    one = Decimal(price.value)
    return any(one * k in a.readings for k in count.readings for a in amounts)


def _figure(claim: Claim, fact: Fact) -> _Figure | None:
    try:
        value = Decimal(fact.value)
    except InvalidOperation:
        return None
    if not claim.readings:
        return None
    if claim.role in (Role.PRICE, Role.COMPARE_AT, Role.SAVING) or fact.kind in (
        FactKind.PRICE,
        FactKind.COMPARE_AT,
        FactKind.SAVING,
    ):
        said = value if value in claim.readings or claim.bound != Bound.EXACT else claim.readings[0]
        return _Figure(said, MONEY, fact, claim)
    if fact.kind == FactKind.STOCK:
        return _Figure(value, COUNT, fact, claim)
    if fact.kind == FactKind.SPEC and fact.unit:
        dimension, base = comparable(value, fact.unit)
        return _Figure(base, dimension, fact, claim)
    return None


def _unsaid(text: str, table: Sequence[Grounds]) -> Iterator[_Figure]:
    """The price of each product that is spoken of, whether it is told or not."""
    named = [g for g in table if len(table) == 1 or next(iter(mentions(g, text)), None) is not None]
    for grounds in named:
        if (priced := one_price(grounds)) is not None:
            yield _Figure(priced[0], MONEY, priced[1])
        for fact in grounds.of(FactKind.SPEC) if len(table) == 1 else ():
            dimension, value = comparable(Decimal(fact.value), fact.unit)
            if dimension == "mass":
                yield _Figure(value, dimension, fact)


def _ways(
    text: str, claim: Claim, figures: Sequence[_Figure], unsaid: Sequence[_Figure]
) -> Iterator[_Figure]:
    """Every value that may follow where the claim stands."""
    near = _near(text, claim)
    dimensions = _dimensions(claim)
    for dimension in dimensions:
        said = [f for f in figures if f.dimension == dimension and f.claim is not claim]
        known = said + [
            u for u in unsaid if u.dimension == dimension and u.fact not in {f.fact for f in said}
        ]
        if _SUM.search(near) and not (dimension == "time" and _AT_ONCE.search(near)):
            yield from _sums(said, dimension)
            if dimension == MONEY and claim.role != Role.SAVING:
                prices = [
                    f for f in known if f.fact.kind == FactKind.PRICE and f.value == Decimal(f.fact.value)
                ]
                yield from _sums(prices, dimension)
        if claim.bound in _SAID and _APART.search(near):
            for a, b in combinations(_distinct([f for f in known if f.dimension == MONEY or f.claim]), 2):
                yield replace(a, value=abs(a.value - b.value))
        if _TIMES.search(near):
            for k in _counts(text, claim):
                yield from (replace(f, value=f.value * k) for f in known if _multiple(f))
        if claim.bound in _SAID and _SHARE.search(near) and dimension not in (MONEY, COUNT):
            for k in _counts(text, claim):
                yield from (replace(f, value=f.value / k) for f in said)


def _multiple(figure: _Figure) -> bool:
    return figure.fact.kind == FactKind.PRICE or figure.dimension == "mass"


def _distinct(figures: Sequence[_Figure]) -> list[_Figure]:
    return list({(f.value, f.fact.id): f for f in figures}.values())


def _sums(figures: Sequence[_Figure], dimension: str) -> Iterator[_Figure]:
    """Sums of two or three figures of one kind that are not of the same fact."""
    for size in (2, 3):
        for some in combinations(_distinct(figures), size):
            kinds = {f.fact.kind for f in some}
            apart = (
                {(f.fact.product, f.fact.sku) for f in some}
                if dimension in (MONEY, COUNT)
                else {f.fact.id for f in some}
            )
            if len(kinds) == 1 and len(apart) == size:
                yield replace(some[0], value=sum((f.value for f in some), Decimal(0)))


def _dimensions(claim: Claim) -> tuple[str, ...]:
    if claim.role in (Role.PRICE, Role.COMPARE_AT, Role.SAVING):
        return (MONEY,) if claim.unit or claim.role != Role.PRICE else (MONEY, COUNT, "mass", "time")
    if claim.role == Role.STOCK:
        return (COUNT,)
    if claim.role == Role.SPEC and claim.unit:
        return (comparable(Decimal(1), claim.unit)[0],)
    if claim.role in (Role.UNKNOWN, Role.SPEC):
        return (MONEY, COUNT, "mass", "time")
    return ()


def _counts(text: str, claim: Claim) -> list[int]:
    """How many of something a text counts, the claim itself left out."""
    counts = {
        int(n.value)
        for n in find_numbers(text)
        if not n.unit
        and n.value == n.value.to_integral_value()
        and 1 < n.value <= MOST
        and not (claim.start <= n.start < claim.end)
    }
    if _PAIR.search(text):
        counts.add(2)
    return sorted(counts)


def _near(text: str, claim: Claim) -> str:
    """The sentence of a claim and the one before it."""
    starts = [m.end() for m in _SENTENCE.finditer(text, 0, claim.start)]
    end = _SENTENCE.search(text, claim.end)
    start = starts[-2] if len(starts) > 1 else 0
    return text[start : end.start() if end else len(text)]
