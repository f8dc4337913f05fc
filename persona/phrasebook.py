"""The template writer's phrasings: read from persona/phrases/*.yaml, checked once, drawn by seed."""

import random
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TypeVar

import yaml

from products.errors import Bug, ContentError

LATELY = 60
"""So many texts back a phrasing counts as said lately."""

Choice = TypeVar("Choice")

_TITLE = {"title", "the_title", "The_title", "number"}
_GRAMMAR = {"it", "It", "them", "it_is", "It_is", "Here_is", "is_are", "costs", "comes", "are"}
_HOST = {"shop", "name"}
FIELDS = _TITLE | _GRAMMAR | _HOST
"""Fields that every slot may use; `_SLOT_FIELDS` adds what only some have."""

_SLOT_FIELDS: Mapping[str, set[str]] = {
    "point": {"s"},
    "options.range": {"first", "last"},
    "options.list": {"axis", "values"},
    "options.remaining": {"axis", "values"},
    "options.listed": {"axis", "values"},
    "options.gone": {"gone", "Gone", "gone_is"},
    "stock": {"what", "count"},
    "price.plain": {"price"},
    "price.compared": {"price", "compare_at", "saving"},
    "price.range": {"low", "high"},
    "offer.one": {"price", "compare_at", "saving"},
    "offer.plain": {"price"},
    "answer": {"viewer", "price", "compare_at", "saving", "low", "high", "what", "count", "values", "asked"}
    | {"axis", "gone", "Gone", "gone_is", "s", "performer", "contact"},
}


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """All phrasings of one language. `families`: by slot, each entry of the file with all its wordings;
    `units`: (singular, plural) count words by kind, "piece" and "pair".
    """

    language: str
    families: Mapping[str, tuple[tuple[str, ...], ...]]
    units: Mapping[str, tuple[str, str]]

    @property
    def slots(self) -> Mapping[str, tuple[str, ...]]:
        """Every wording, by slot."""
        return {slot: tuple(w for family in found for w in family) for slot, found in self.families.items()}

    def has(self, slot: str) -> bool:
        return slot in self.families

    def say(
        self, slots: Sequence[str], fields: Mapping[str, str], rng: random.Random, recent: Sequence[str] = ()
    ) -> str:
        """A phrasing of one of `slots`, filled from `fields`; not one that was said in `recent`, if possible.

        Only phrasings whose fields are all given are candidates. A phrasing counts as said when its own words
        were, even with another product's name in them. First the family (one entry of the file) that was said
        longest ago is taken, then of its wordings the one said longest ago. Bug when a slot is unknown or no
        phrasing can be filled.
        """
        lately = "\n".join(recent[-LATELY:])
        families: list[tuple[int, Sequence[tuple[int, str]]]] = []
        for slot in slots:
            for family in self.families[slot] if slot in self.families else _unknown(self.language, slot):
                wordings = [
                    (_last_said(template, fields, lately), template)
                    for template in family
                    if field_names(template) <= fields.keys()
                ]
                if wordings:
                    families.append((max(place for place, _ in wordings), wordings))
        if not families:
            raise Bug(
                f"No phrasing of {'/'.join(slots)} ({self.language}) can be filled from {sorted(fields)}."
            )
        return _tidy(_rested(_rested(families, rng), rng).format_map(fields))


def _rested(choices: Sequence[tuple[int, Choice]], rng: random.Random) -> Choice:
    """One by lot of those said longest ago: all that were not said lately, or the oldest third."""
    ranked = sorted(place for place, _ in choices)
    limit = ranked[max(0, len(ranked) // 3 - 1)]
    rested = [choice for place, choice in choices if place <= limit]
    # a family of many wordings is drawn more often than one of few, else the few would come again soon
    weights = [1 if isinstance(choice, str) else len(choice) for choice in rested]  # type: ignore[arg-type]
    return rng.choices(rested, weights)[0]


def _last_said(template: str, fields: Mapping[str, str], lately: str) -> int:
    """Where in `lately` it was said last, -1 = not said."""
    if not lately:
        return -1
    return lately.rfind(_longest_literal(template) or _tidy(template.format_map(fields)))


@lru_cache(maxsize=8192)
def _longest_literal(template: str) -> str:
    """The longest piece of its own words; "" when that is too short to tell it by."""
    pieces = (literal.strip(" ,.:?，。：？") for literal, _, _, _ in string.Formatter().parse(template))
    longest = max(pieces, key=len, default="")
    return longest if len(longest) >= (4 if longest.isascii() else 3) else ""


def expanded(phrase: str) -> tuple[str, ...]:
    """All wordings of a phrasing: "[Now|So], here[ it is|]." has four. ValueError for a bracket left open."""
    wordings = [""]
    for piece in re.split(r"(\[[^\[\]]*\])", phrase):
        if piece.startswith("[") and piece.endswith("]"):
            wordings = [head + choice for head in wordings for choice in piece[1:-1].split("|")]
        elif "[" in piece or "]" in piece:
            raise ValueError("a bracket is left open, or stands within another")
        else:
            wordings = [head + piece for head in wordings]
    return tuple(wordings)


@lru_cache(maxsize=8192)
def field_names(template: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


@cache
def phrasebook(language: str) -> Phrasebook:
    """The book of `language`. ContentError when there is none, or a phrasing asks for an unknown field."""
    resource = files("persona").joinpath("phrases", f"{language}.yaml")
    if not resource.is_file():
        raise ContentError(f"No phrases for language {language!r}.", remedy="Use en or zh.")
    return parse_phrases(language, resource.read_text(encoding="utf-8"))


def parse_phrases(language: str, text: str) -> Phrasebook:
    """A Phrasebook from YAML text. ContentError names slot and phrasing."""
    data = yaml.safe_load(text)
    where = f"persona/phrases/{language}.yaml"
    units = data.pop("stock.unit", None)
    if not isinstance(units, dict) or set(units) != {"piece", "pair"}:
        raise ContentError(
            f"{where}, stock.unit: needs piece and pair.", remedy="Give singular and plural of each."
        )
    families: dict[str, tuple[tuple[str, ...], ...]] = {}
    for slot, phrases in data.items():
        if not isinstance(phrases, list) or not phrases:
            raise ContentError(f"{where}, {slot}: no phrasings.", remedy="Give a list of at least one text.")
        allowed = FIELDS | _SLOT_FIELDS.get(slot, _SLOT_FIELDS.get(slot.partition(".")[0], set()))
        for phrase in phrases:
            unknown = field_names(phrase) - allowed
            if unknown:
                raise ContentError(
                    f"{where}, {slot}: {phrase!r} asks for {', '.join(sorted(unknown))}.",
                    remedy=f"Known there: {', '.join(sorted(allowed))}.",
                )
        try:
            families[slot] = tuple(expanded(phrase) for phrase in phrases)
        except ValueError as error:
            raise ContentError(f"{where}, {slot}: {error}.", remedy="Write [one|other].") from error
    return Phrasebook(language, families, {kind: (pair[0], pair[1]) for kind, pair in units.items()})


def _unknown(language: str, slot: str) -> tuple[tuple[str, ...], ...]:
    raise Bug(f"No phrases for {slot!r} in {language}.")


def _tidy(text: str) -> str:
    """One space between words, and no doubled stops where a filled-in piece brings its own."""
    text = " ".join(text.split())
    for doubled, single in (
        ("..", "."),
        ("!.", "!"),
        ("?.", "?"),
        ("。。", "。"),
        ("！。", "！"),
        ("？。", "？"),
        (" .", "."),
    ):
        text = text.replace(doubled, single)
    return text
