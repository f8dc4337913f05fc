"""Where a text names a product, and which of several an amount is said of. Pure, on folded text."""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.compliance.grounds import Grounds
from products.kinds import GROUPS, last_kind
from products.roles import Claim

# Between an amount and the product that it is for.
_FOR = re.compile(
    r"[^,.;，。；]{0,12}?\s*\b(?:for|of|off|gets you|buys you|gets|buys|is|on|as)\s+(?:the |this |that |an? |one |our )?(?:\w+ ){0,2}|(?:就)?(?:是|买|归|给)?的?",
    re.I,
)


# What every bag is called.
_BAG = re.compile(
    r"\bbags?\b|(?<![钱面书背红荷手一二两三四五六七八九十\d])包(?![邮装含括裹住脚你您退换赔])", re.I
)


def owner(text: str, claim: Claim, named: Sequence[tuple[int, Grounds]]) -> Grounds:
    """Of several products in a clause the one that a number is said of: "59 for the sneakers", else the one named
    last before it, else the first. `named`: (where, product), one at least.
    """
    behind = [(a, g) for a, g in named if a >= claim.end]
    ahead = [(a, g) for a, g in named if a < claim.start]
    if behind:
        nearest = min(behind, key=lambda pair: pair[0])
        if _FOR.fullmatch(text, claim.end, nearest[0]) or not ahead:
            return nearest[1]
    return max(ahead or list(named), key=lambda pair: pair[0])[1]


def mentions(grounds: Grounds, text: str) -> Iterator[re.Match[str]]:
    """Where a product is named: by its title, or by the last word of it."""
    kinds = dict.fromkeys(w for t in grounds.titles for w in _kind_words(t))
    for word in kinds:
        if not (word.isascii() and any(word in t.lower() for t in grounds.titles)):
            yield from re.finditer(_whole(word), text, re.I)
    if "tote" in kinds or "backpack" in kinds:
        yield from _BAG.finditer(text)
    for words in grounds.product.texts.values():
        title = words.title.strip()
        names = [title]
        if title.isascii() and len(title.split()) > 1:
            names += [w for w in title.split() if len(w) > 2 and w.isalpha()]
        for name in names:
            yield from re.finditer(_whole(name), text, re.I)


def _whole(name: str) -> str:
    border = (r"(?<![A-Za-z0-9])", r"s?(?![A-Za-z0-9])") if name.isascii() else ("", "")
    return border[0] + re.escape(name) + border[1]


@lru_cache(maxsize=1024)
def _kind_words(title: str) -> tuple[str, ...]:
    """What else a thing of this title is called: the kind that its last words name, in both languages."""
    return tuple(
        w for g in sorted(last_kind(title.lower())) for w in GROUPS[g] if len(w) > 1 or not w.isascii()
    )
