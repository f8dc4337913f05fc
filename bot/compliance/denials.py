"""Where a text denies what there is: a reduction ("no discount on these", 不打折), a size. Pure, on folded text."""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator, Sequence

from bot.compliance.grounds import Ground, Grounds
from products.catalogue import FactKind
from products.facts import SOLD_OUT
from products.roles import Claim
from products.stances import Clause, Stance

_REDUCTION = r"(?:discounts?|reductions?|markdowns?|savings?|price cuts?|money off|deals?)"
_NO_REDUCTION = re.compile(
    rf"\b(?:no|not any|not a|without(?: a| any)?|zero|isn't (?:a|any)|aren't any|don't have (?:a|any)|haven't got (?:a|any)|never (?:a|any)) (?:\w+ )?{_REDUCTION}\b(?! (?:code|elsewhere|stock|better|bigger|you))|"
    r"\b(?:at|is|are|it's|they're|sorry|for|pay(?:ing)?) (?:the )?full price\b|\bfull price (?:today|tonight|now|here|only)\b|\b(?:isn't|aren't|not|never|ain't) (?:\w+ )?(?:discounted|reduced|marked down|on offer|on sale|cheaper than (?:it was|before|the list))\b|"
    r"(?:没有?|不|无)(?:打折|折扣|降价|优惠(?!券)|便宜|减价)|(?:没|无)有?(?:任何|什么)(?:折扣|优惠)|(?:按|照|就是|还是|卖)原价(?!\d|[一二三四五六七八九十]|多少|是)",
    re.I,
)


def no_reduction(text: str, clauses: Sequence[Clause]) -> Iterator[tuple[int, int]]:
    """(start, end) of each place that says, not asks, that nothing is taken off a price."""
    for m in _NO_REDUCTION.finditer(text):
        clause = next((c for c in clauses if c.start <= m.start() < c.end), None)
        if clause is None or clause.stance != Stance.ASK:
            yield m.span()


_NOT_MADE = re.compile(
    r"\b(?:(?:don't|do not|doesn't|does not) (?:carry|make|have|do|stock|offer|sell|come in)|"
    r"(?:is|are|there's) no|have no|never made)(?: (?:an?|any|the|size|sizes|it in|them in))*\s*$",
    re.I,
)
_NOT_MADE_ZH = re.compile(r"\s*(?:号?码)?(?:是|我们|目前|暂时)?(?:没有?做|没有?出|不做|没有)(?=$|[，。的])")


def told_missing(
    text: str, claim: Claim, clause: tuple[int, int], spoken: Sequence[Grounds]
) -> Ground | None:
    """Of a size that is said not to be made: a Ground without reason when there is none, one that says why when
    there is; None when nothing is denied. `clause`: where that of the claim begins and ends.
    """
    before, behind = text[clause[0] : claim.start], text[claim.end : clause[1]]
    if not (
        _NOT_MADE.search(before)
        or _NOT_MADE_ZH.match(behind)
        or re.search(r"(?:没有|[不没](?:做|出))\s*$", before)
    ):
        return None
    sizes = {f.value for g in spoken for f in g.of(FactKind.OPTION) if f.value.isdigit()}
    here = next((str(r) for r in claim.readings if str(r) in sizes), None)
    if here is None:
        return Ground(None) if sizes else None
    had = any(
        f.unit.endswith(f"={here}") and f.value != SOLD_OUT
        for g in spoken
        for f in g.of(FactKind.AVAILABILITY)
    )
    return Ground(None, f"there is a {here}", f"Say that {here} can be had.") if had else None
