"""Pieces of a sentence that pitches and answers share: counts with their word, what is sold out."""

from collections.abc import Mapping, Sequence

from persona.figures import listed
from persona.grammar import capital
from persona.phrasebook import Phrasebook
from persona.product_view import Axis, ProductView


def count_of(quantity: int, about: ProductView, book: Phrasebook) -> str:
    """A count with its word: "3 pairs", "2", "3双", "2件"."""
    one, many = book.units["pair" if about.paired else "piece"]
    unit = one if quantity == 1 else many
    return f"{quantity}{unit}" if about.language == "zh" else f"{quantity} {unit}".strip()


def gone_fields(axes: Sequence[Axis], language: str) -> Mapping[str, str]:
    """The fields that name what is sold out: "size 42", "sizes 42 and 43", "the colour Night", "42码"."""
    parts: list[str] = []
    count = 0
    for axis in axes:
        if not axis.gone:
            continue
        count += len(axis.gone)
        if language == "zh" or axis.kind == "other":
            parts.append(listed([choice.phrase for choice in axis.gone], language))
        else:
            noun = "size" if axis.kind == "size" else f"the {axis.label}"
            names = listed([choice.shown.removeprefix("size ") for choice in axis.gone], language)
            parts.append(f"{noun}{'s' if len(axis.gone) > 1 else ''} {names}")
    gone = listed(parts, language)
    return {"gone": gone, "Gone": capital(gone), "gone_is": "is" if count == 1 else "are"}
