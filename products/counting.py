"""Whether a small number in words ("two", "dozens") counts goods or is small talk. Pure, on folded text."""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from products.availability import named_options
from products.bounds import Bound
from products.catalogue import Product
from products.roles import Claim

_OF_THEM = re.compile(r"\b(?:the|of|these|those|you|all|us)\s*$", re.I)
_MANY_OF_THEM = re.compile(r"\s+of (?:them|these|those|it)\b", re.I)
_CHOSEN = re.compile(
    r"选|者|种|款|个?(?:晚上|晚|夜晚|早晨|早上|白天|下午)|\s*(?:things?|words?|ways?|colou?rs?|sizes?|favou?rites?)\b"
)
_LINKS = re.compile(
    r"\s*(?:(?:more|of|the|these|our|those|in|size|an?|pairs?|pieces?|units?|left|ones?|backpacks?|mugs?|bottles?|sneakers|earbuds)\s+|[双件个只台条盒瓶套支副罐把包张块份盏的是])*",
    re.I,
)
_COUNTS = re.compile(
    r"\b(?:left|remain\w*|in stock|stock|in the (?:back|warehouse|store\w*)|shel\w+|to go)\b|"
    r"\b(?:have|has|got|there(?:'s| is| are)|kept|hold\w*)\s+(?:\w+ )?#\s*(?:more\b|of (?:these|them|those|the)\b|for you\b|in\b|"
    r"pairs?\b|pieces?\b|units?\b|$)|^\W*#\s*(?:more|pairs?|pieces?|units?)\b\W*(?:in \w+)?$|"
    r"剩|库存|现货|仓库|(?:留|备|囤|存)了|还(?:能|可以)卖|还有\s*#|(?:只有|就|才)\s*#\s*[双件个只台条盒瓶套支副罐把包张块份盏](?:了|$)|"
    r"^\W*#\s*[双件台条盒瓶套支副罐张盏](?:了|$)",
    re.I,
)


def counts_goods(clause: str, claim: Claim, products: Sequence[Product], others: Sequence[Claim]) -> bool:
    """Whether the number counts what a shop has: it stands beside an option of the product, a piece or a word for stock.

    clause    the clause that it stands in; the places of `claim` and `others` are counted from its start
    products  those that the clause may speak of
    others    the other claims of the clause
    """
    a, b = claim.start, claim.end
    if _OF_THEM.search(clause[:a]) or _CHOSEN.match(clause, b):
        return False
    if claim.bound == Bound.AT_LEAST and _MANY_OF_THEM.match(clause, b):
        return True
    options = [x for product in products for x in named_options(clause, product, others)]
    beside = any(y <= a or _LINKS.fullmatch(clause, b, x) for x, y, _ in options)
    return beside or _COUNTS.search(clause[:a] + "#" + clause[b:]) is not None


def moved(claim: Claim, start: int) -> Claim:
    """The same claim, its place counted from `start`."""
    return replace(claim, start=claim.start - start, end=claim.end - start)
