"""Which of several measures in a sentence a claim speaks of: "hot for 12 hours and cold for 24" does not
carry "hot for 24 hours".
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from products.roles import Claim, Role, number_claims
from products.units import comparable, same_dimension
from products.vocabulary import means, variants

_WORD = re.compile(r"[a-z][a-z'-]+|[\u3400-\u9fff]", re.I)
_LINK = re.compile(r"\s*(?:x|×|\*|乘以?|to|and|-|–|—|~|～|至|到|by)\s*", re.I)  # 130 x 180: marked as one
_BREAK = re.compile(r"[,;，；、()]")
_LITTLE = frozenset(
    "an the and or of in on at for with to more less about its your my it is are up per "
    "each by from as than only just also then hours hour grams litres keeps keep".split()
)
_COMMON = frozenset("的了能可以再用小时天个约钟配就有是为达到")


def belongs(claim: Claim, text: str, others: Sequence[Claim], sentences: Sequence[str]) -> bool:
    """False when the words beside the claim are, in the catalogue, those of another measure of its kind.

    text    the whole folded text. others: the claims of it. sentences: what the catalogue writes, folded
    """
    for sentence in sentences:
        marked = _marked(sentence)
        alike = [m for m in marked if same_dimension(m[1], claim.unit or m[1])]
        if len(alike) < 2:
            continue
        mine = [words for values, unit, words in alike if _same(claim, values, unit)]
        theirs = [words for values, unit, words in alike if not _same(claim, values, unit)]
        if not mine or not theirs:
            continue
        own, foreign = frozenset().union(*mine), frozenset().union(*theirs)
        for beside in _beside(claim, text, others):
            verdict = next(
                (v for w in beside if (v := _whose(w, own - foreign, foreign - own)) is not None), None
            )
            if verdict is not None:
                if not verdict:
                    return False
                break
    return True


def _same(claim: Claim, values: Sequence[Decimal], unit: str) -> bool:
    said = {comparable(r, claim.unit or unit)[1] for r in claim.readings}
    return any(comparable(v, unit)[1] in said for v in values)


def _beside(claim: Claim, text: str, others: Sequence[Claim]) -> Iterator[list[str]]:
    """The words before the claim, back to the number before, nearest first; then those behind it."""
    numbers = [c for c in others if c.readings and c is not claim]
    start = max((c.end for c in numbers if c.end <= claim.start), default=0)
    end = min((c.start for c in numbers if c.start >= claim.end), default=len(text))
    ahead = _in_order(re.split(r"[.!?。！？；;]", text[start : claim.start])[-1])[::-1]
    behind = _in_order(re.split(r"[.!?,。！？；;，、]", text[claim.end : end])[0])
    # "twelve hours hot, twenty-four hours cold": what stands before the comma belongs to the other one
    apart = re.search(r"[,，、]\s*$", text[start : claim.start]) is not None
    yield from (behind, ahead) if apart and behind else (ahead, behind)


def _in_order(text: str) -> list[str]:
    return [w.lower() for w in _WORD.findall(text)]


def _words(text: str) -> frozenset[str]:
    return frozenset(w.lower() for w in _WORD.findall(text))


def _whose(word: str, own: frozenset[str], foreign: frozenset[str]) -> bool | None:
    """True: the word marks this measure; False: another one; None: neither."""
    forms = {word, *variants(word)} if word.isascii() else {word}
    for marks, mine in ((own, True), (foreign, False)):
        if forms & marks or (word.isascii() and any(means(word, m) for m in marks)):
            return mine
    return None


@lru_cache(maxsize=2048)
def _marked(sentence: str) -> tuple[tuple[tuple[Decimal, ...], str, frozenset[str]], ...]:
    """(readings, unit, words that mark it) of each measure: the words before it, else those behind."""
    claims = [c for c in number_claims(sentence) if c.readings and c.role in (Role.SPEC, Role.UNKNOWN)]
    claims.sort(key=lambda c: c.start)
    unit = next((c.unit for c in claims if c.unit), "")
    taken = False
    out: list[tuple[tuple[Decimal, ...], str, frozenset[str]]] = []
    for i, c in enumerate(claims):
        before = sentence[claims[i - 1].end if i else 0 : c.start]
        behind = sentence[c.end : claims[i + 1].start if i + 1 < len(claims) else len(sentence)]
        linked = i > 0 and _LINK.fullmatch(before) is not None
        *apart, before = _BREAK.split(before)
        behind = _BREAK.split(behind)[0] or behind
        # else what stands between marks the number before
        ahead = _marks(before) if apart or not taken else frozenset()
        words = out[-1][2] if linked else ahead or _marks(behind)
        taken = not linked and not ahead
        year = not c.unit and 1900 <= c.readings[0] <= 2100
        out.append((c.readings, "" if year else c.unit or unit, words))
    return tuple(out)


def _marks(text: str) -> frozenset[str]:
    return frozenset(w for w in _words(text) if (w not in _COMMON if not w.isascii() else w not in _LITTLE))


_FOR_THE_PAIR = re.compile(
    r"[\s,]*(?:(?:for|per|a|the|whole|is|on) ){1,3}pair\b|[\s,]*(?:both|together|altogether)\b|一双", re.I
)
_OF_ONE = re.compile(r"\b(?:a|per|each) (?:shoe|piece|side|bud)\b|单只|每只|一只", re.I)
_CHAIN = re.compile(r"\s*(?:x|×|\*|by|乘以?)\s*", re.I)


def said_of_a_pair(claim: Claim, text: str, sentences: Sequence[str]) -> bool:
    """Whether a weight that the catalogue gives of one piece is told of two: "310 grams for the pair"."""
    if comparable(Decimal(1), claim.unit)[0] != "mass" or _FOR_THE_PAIR.match(text, claim.end) is None:
        return False
    return any(_OF_ONE.search(s) for s in sentences)


def told_before(claim: Claim, text: str, others: Sequence[Claim]) -> int:
    """How often the same measure stands before this one in its row: "60 x 60 x 11" has 60 once more."""
    count, at = 0, claim
    for other in reversed([c for c in others if c.readings and c.end <= claim.start]):
        if _CHAIN.fullmatch(text, other.end, at.start) is None:
            break
        count += bool(set(other.readings) & set(claim.readings))
        at = other
    return count
