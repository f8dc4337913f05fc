"""Every checkable statement in a text, with its place: amounts and numbers by their role, and claims made by
words.
"""

from collections.abc import Iterable

from products.catalogue import Product
from products.claim_words import NEVER_SAYABLE, ClaimType, find_words
from products.folding import fold
from products.roles import Claim, Role, number_claims


def find_claims(text: str, *, weak: bool = False) -> tuple[Claim, ...]:
    """All claims of a folded text (products/folding.py) in order; with `weak`, small numbers in words that
    only their product tells from small talk. English and Chinese may be mixed. Never raises on any text.
    """
    numbers = list(number_claims(text, weak=weak))
    counted = [(c.start - 3, c.end + 3) for c in numbers if c.role == Role.STOCK and not c.weak]
    words = [
        Claim(a, b, text[a:b], kind.value)
        for a, b, kind in find_words(text)
        # "only 3 left": the number itself decides whether that is true
        if not (kind == ClaimType.SCARCITY and any(x <= b and a <= y for x, y in counted))
    ]
    return tuple(sorted([*numbers, *words], key=lambda c: (c.start, c.end)))


def unsayable(product: Product, language: str) -> tuple[tuple[str, str], ...]:
    """(sentence, why) of each sentence of the description that the clone will not say, whoever wrote it."""
    return refused(product.text(language).sentences)


def refused(sentences: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(sentence, why) of those sentences that hold a claim which is never said."""
    out = []
    for sentence in sentences:
        kinds = sorted(
            {kind.value for _, _, kind in find_words(fold(sentence).text) if kind in NEVER_SAYABLE}
        )
        if kinds:
            out.append((sentence, ", ".join(kinds)))
    return tuple(out)


def sayable(product: Product, language: str) -> tuple[str, ...]:
    """The description's sentences that carry no forbidden claim, in order. Pure."""
    never = {sentence for sentence, _ in unsayable(product, language)}
    return tuple(s for s in product.text(language).sentences if s not in never)
