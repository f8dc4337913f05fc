"""Every checkable statement in a text, with its place: amounts and numbers by their role, and claims made by words."""

from products.catalogue import Product
from products.claim_words import NEVER_SAYABLE, ClaimType, find_words


def unsayable(product: Product, language: str) -> tuple[tuple[str, str], ...]:
    """(sentence, why) of each sentence of the description that the clone will not say, whoever wrote it."""
    out = []
    for sentence in product.text(language).sentences:
        kinds = sorted({kind.value for _, _, kind in find_words(sentence) if kind in NEVER_SAYABLE})
        if kinds:
            out.append((sentence, ", ".join(kinds)))
    return tuple(out)


def sayable(product: Product, language: str) -> tuple[str, ...]:
    """The description's sentences that carry no forbidden claim, in order. Pure."""
    refused = {sentence for sentence, _ in unsayable(product, language)}
    return tuple(s for s in product.text(language).sentences if s not in refused)
