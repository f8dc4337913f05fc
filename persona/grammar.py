"""The words around a product's name that change with it: "it" or "they", "the" or nothing."""

import re
from collections.abc import Mapping
from itertools import pairwise

from persona.product_view import ProductView

_NO_ARTICLE = re.compile(r"^(the|a|an|my|our|your)\b|^\S+['’]s?\b", re.IGNORECASE)
_SINGULAR_IN_S = {"canvas", "atlas", "gas", "lens", "series", "christmas", "bias", "texas", "plus", "always"}
ONE = {
    "it": "it", "It": "It", "them": "it", "it_is": "it's", "It_is": "It's", "Here_is": "Here is",
    "is_are": "is", "costs": "costs", "comes": "comes",
}  # fmt: skip
_MANY = {
    "it": "they", "It": "They", "them": "them", "it_is": "they're", "It_is": "They're",
    "Here_is": "Here are", "is_are": "are", "costs": "cost", "comes": "come",
}  # fmt: skip


def plural(title: str) -> bool:
    """Whether an English product name is spoken of as "they": its last real word ends in a plural s."""
    words = [
        w for w in re.findall(r"[A-Za-z0-9'’]+", title) if len(w) > 2 and not any(c.isdigit() for c in w)
    ]
    last = words[-1].casefold() if words else ""
    return (
        last.endswith("s")
        and not last.endswith(("ss", "us", "is", "'s", "’s"))
        and last not in _SINGULAR_IN_S
    )


def title_fields(view: ProductView) -> Mapping[str, str]:
    """The phrasebook fields that depend on the product alone."""
    title = view.title.strip()
    the_title = title if _NO_ARTICLE.match(title) else f"the {title}"
    pronouns = _MANY if view.language == "en" and plural(title) else ONE
    return {
        **pronouns,
        "title": title,
        "the_title": the_title,
        "The_title": the_title[:1].upper() + the_title[1:],
        "number": str(view.product.number),
    }


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def without_title(words: str, title: str) -> str:
    """Without word pairs of the product's own title: "the steel bottle" does not ask for the colour Steel."""
    parts = title.casefold().split()
    for pair in pairwise(parts):
        words = re.sub(rf"\b{re.escape(' '.join(pair))}\b", pair[1], words, flags=re.IGNORECASE)
    return words
