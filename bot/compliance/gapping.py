"""What else a bare number may be where its own words do not tell: "the sneakers twenty-one" after "twenty percent off",
"black is at twelve", "starting with 36". Whoever asks holds each reading against the facts of just that kind. Pure.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from products.bounds import Bound
from products.roles import Claim, Role

_SENTENCE = re.compile(r"[!?。！？\n]|\.(?!\d)")
_CLAUSE = re.compile(r"[,;:，；：、]|\s[—–-]\s|\b(?:and|but|while)\b")
_GAPPED = frozenset({Role.DISCOUNT, Role.SAVING, Role.COMPARE_AT, Role.STOCK, Role.SPEC})
_COMPARED = re.compile(
    r"\b(?:compar\w+|old|was|were|had|used|crossed|struck|tag|list\w*|original\w*|before|from|formerly|once|sticker)\b|原|划|以前|之前|从|对比",
    re.I,
)
_SAVED = re.compile(
    r"\b(?:off|fewer|less|lower|sav\w+|gap|difference|cheaper|keep|down|knock\w*|pocket)\b|省|减|便宜|差|少",
    re.I,
)
_THE_GAP = re.compile(
    r"\W{0,3}(?:and |so )?(?:that's|that is|it's|is|makes)? ?(?:the|your|what) (?:gap|difference|saving|discount|reduction|you save)|[，。]?(?:这)?就?是(?:省|差价|差额|优惠)",
    re.I,
)
_HELD = re.compile(
    r"\b(?:stands?|sits?|is|are|'s|'re|down) at\b|\b(?:stock|left|count)\b|库存|剩|还有|现货", re.I
)
_SIZES = re.compile(
    r"\b(?:sizes?|range|chart|skip|missing|(?:start|stop|begin|end)\w* (?:at|with|from|on))\b|码", re.I
)


def other_roles(claim: Claim, text: str, claims: Sequence[Claim], *, option_named: bool) -> Iterator[Claim]:
    """The claim in other roles, likeliest first; none when its words tell what it is.

    claims        all of the text, in order. option_named: whether its clause names an option of the product
    """
    if claim.role == Role.PRICE and claim.readings and _THE_GAP.match(text, claim.end):
        yield replace(claim, role=Role.SAVING)
    if (
        claim.unit
        or not claim.readings
        or claim.role not in (Role.UNKNOWN, Role.PRICE, Role.STOCK, Role.OPTION)
    ):
        return
    start, end = _span(text, claim, _SENTENCE)
    a, b = _span(text, claim, _CLAUSE)
    a, b = max(a, start), min(b, end)
    clause, before = text[a:b], [c for c in claims if c.readings and c.end <= claim.start and not c.weak]
    if claim.role != Role.STOCK and before and (last := before[-1]).role in _GAPPED and last.end >= start:
        yield replace(claim, role=last.role, unit=last.unit)
    if option_named and claim.role in (Role.PRICE, Role.UNKNOWN) and _HELD.search(clause):
        yield replace(claim, role=Role.STOCK)
    if claim.role in (Role.UNKNOWN, Role.PRICE) and _SIZES.search(text[start:end]):
        yield replace(claim, role=Role.OPTION, bound=Bound.EXACT)
    if claim.role == Role.UNKNOWN and claim.bound == Bound.EXACT:
        if _COMPARED.search(clause):
            yield replace(claim, role=Role.COMPARE_AT)
        if _SAVED.search(clause):
            yield replace(claim, role=Role.SAVING)


def _span(text: str, claim: Claim, border: re.Pattern[str]) -> tuple[int, int]:
    start = 0
    for m in border.finditer(text, 0, claim.start):
        start = m.end()
    stop = border.search(text, claim.end)
    return start, stop.start() if stop else len(text)
