"""Which option each of several counts is said of: "sixty in 37 and seventy in 38". Pure."""

from collections.abc import Sequence

from products.availability import Option, named_options
from products.catalogue import Product
from products.roles import Claim, Role

_COUNTS = frozenset({Role.STOCK, Role.UNKNOWN})


def pair_of(claim: Claim, text: str, whole: str, claims: Sequence[Claim], product: Product) -> Option | None:
    """The option that a count stands with, where a passage names as many options of one name as it has
    counts, each in its order; None when they do not go in pairs.

    text    the passage; `whole` the text that it is of
    claims  those of the passage, their places counted from the start of `whole`
    """
    if claim.role not in _COUNTS:
        return None
    offset, spans = max(0, whole.find(text)), {(c.start, c.end) for c in claims}
    options = sorted(
        (a if (a, b) in spans else a + offset, b if (a, b) in spans else b + offset, option)
        for a, b, option in named_options(text, product, claims)
    )
    taken = {(a, b) for a, b, _ in options}
    counts = [c for c in claims if c.role in _COUNTS and not c.unit and (c.start, c.end) not in taken]
    names = {option[0] for _, _, option in options}
    if len(names) != 1 or len(options) < 2 or len(options) != len(counts) or claim not in counts:
        return None
    if len({option for _, _, option in options}) != len(options):
        return None
    return options[counts.index(claim)][2]
