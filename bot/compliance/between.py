"""Which of the products on the table is said to be cheaper or dearer than the other. Pure, on folded text."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from bot.compliance.grounds import Grounds
from bot.compliance.mentions import mentions
from bot.compliance.sums import one_price
from products.catalogue import Fact
from products.roles import CLAUSE_END, Claim

_MORE = re.compile(
    r"(?:更|还要|要|还)?(?:(?P<cheap>便宜)|(?P<dear>贵))(?:些|一些|点|一点|得多|多了|(?=[\d一两三四五六七八九十]))?"
    r"|\b(?:(?P<cheaper>cheaper)|(?P<dearer>dearer|more expensive))\b",
    re.I,
)
_COMPARES = re.compile(r"比|更|些|一点|这[俩两]|\b(?:cheaper|dearer|more expensive)\b", re.I)


def compared(text: str, table: Sequence[Grounds]) -> Iterator[tuple[int, int, Fact | None]]:
    """(start, end, the price that carries it or None when it is not so) of each comparison of products by
    what they cost; nothing where fewer than two are on the table or the clause names none of them.
    """
    if len(table) < 2:
        return
    start = 0
    for end in (*(m.start() for m in CLAUSE_END.finditer(text)), len(text)):
        said = _MORE.search(text, start, end)
        part = text[start:end]
        if said and _COMPARES.search(part):
            named = sorted((m.start(), i) for i, g in enumerate(table) for m in mentions(g, part))
            order = list(dict.fromkeys(i for _, i in named))
            if order:
                cheaper = said.group("cheap") is not None or said.group("cheaper") is not None
                others = order[1:] or [i for i in range(len(table)) if i != order[0]]
                yield (start + named[0][0], said.end(), _carried(table, order[0], others, cheaper))
        start = end


def judged(claim: Claim, between: Sequence[tuple[int, int, Fact | None]]) -> bool:
    """Whether a claim is one of these comparisons."""
    return any(start <= claim.end and claim.start <= end for start, end, _ in between)


def _carried(table: Sequence[Grounds], one: int, others: Sequence[int], cheaper: bool) -> Fact | None:
    mine = one_price(table[one])
    theirs = [p for i in others if (p := one_price(table[i])) is not None]
    if mine is None or len(theirs) < len(others):
        return None
    sign = Decimal(1 if cheaper else -1)
    return mine[1] if all(sign * mine[0] < sign * price for price, _ in theirs) else None
