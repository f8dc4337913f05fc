"""What a file would change of what the database holds, value by value. Pure; merge.py writes it, preview.py
lists it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from products.errors import Problem
from products.intake.assemble import ProductDraft, VariantDraft

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One value, before and after, as people read it ("" for none). `sku` is "" for what belongs to the whole
    product; `field` is a field of columns.py, "variant" for one that comes or goes, or "product".
    """

    handle: str
    sku: str
    field: str
    old: str
    new: str


NAMES = {"sentences": "body", "picture_source": "picture", "active": "status", "may_backorder": "policy"}


def product_values(draft: ProductDraft) -> Values:
    """The columns of `product` that a file fills."""
    return {
        "vendor": draft.vendor,
        "category": draft.category,
        "tags": list(draft.tags),
        "url": draft.url,
        "picture_source": draft.picture,
        "active": draft.active,
    }


def text_values(draft: ProductDraft, words: Mapping[str, str]) -> Values:
    """The columns of `product_text`. `words`: names of options in this language."""
    return {"title": draft.title, "sentences": list(draft.sentences), "options": dict(words)}


def variant_values(v: VariantDraft) -> tuple[Values, Values, Values]:
    """The columns of `variant`, `offer` and `stock`."""
    return (
        {"options": [list(pair) for pair in v.options], "grams": v.grams},
        {
            "price": str(v.price),
            "compare_at": None if v.compare_at is None else str(v.compare_at),
            "currency": v.currency,
            "valid_from": v.valid_from,
            "valid_to": v.valid_to,
        },
        {"quantity": v.quantity, "may_backorder": v.may_backorder},
    )


def differ(row: Any, values: Values) -> bool:
    """Whether the row holds anything else."""
    return any(getattr(row, name) != value for name, value in values.items())


def changes(handle: str, sku: str, row: Any, values: Values) -> Iterator[Change]:
    """What differs; `row` None: all that is given is new."""
    for name, value in values.items():
        old = None if row is None else getattr(row, name)
        if old != value and (shown(old), shown(value)) != ("", ""):
            yield Change(handle, sku, NAMES.get(name, name), shown(old), shown(value))


def shown(value: Any) -> str:
    """A stored value as people read it in one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{k}: {v}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return " ".join(
            ": ".join(map(str, part)) if isinstance(part, (list, tuple)) else str(part) for part in value
        )
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def words_of(
    file: str, draft: ProductDraft, variants: Mapping[str, Any], known: Any
) -> tuple[dict[str, str], list[Problem]]:
    """Names of options in a file's other language, and what does not fit the product's own file. `variants`:
    the product's by SKU; `known`: its words in this language so far.
    """
    words: dict[str, str] = dict(known.options) if known is not None else {}
    problems = []
    for variant in draft.variants:
        other = variants.get(variant.sku)
        if other is None:
            problems.append(
                Problem(
                    file,
                    variant.row,
                    "sku",
                    variant.sku,
                    "the product has no such variant in its own language",
                    "Use the SKUs of the first file.",
                )
            )
            continue
        if other.price != str(variant.price):
            problems.append(
                Problem(
                    file,
                    variant.row,
                    "price",
                    str(variant.price),
                    f"the price in the product's own language is {other.price}, which stays",
                    "Prices are taken from the file in the default language.",
                )
            )
        for (name, value), (own_name, own_value) in zip(other.options, variant.options, strict=False):
            words |= {k: v for k, v in ((name, own_name), (value, own_value)) if k != v}
    return words, problems


def taken_sku(file: str, variant: VariantDraft, owner: str) -> Problem:
    return Problem(
        file, variant.row, "sku", variant.sku, f"this SKU belongs to {owner}", "Give it its own SKU."
    )


def apart(file: str, draft: ProductDraft) -> Problem:
    """Words of a product that came further up already: which of the two are meant, nobody can tell."""
    why = "the product stands further up already; its words were taken from there"
    return Problem(file, draft.row, "handle", draft.handle, why, "Put the rows of a product together.")


def untitled(file: str, draft: ProductDraft) -> Problem:
    return Problem(file, draft.row, "title", None, "a new product without a title", "Give it a title.")
