"""The template writer's phrasings: read from persona/phrases/*.yaml, checked once, drawn by seed."""

import random
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import yaml

from products.errors import Bug, ContentError

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
    """All phrasings of one language. `units`: (singular, plural) count words by kind, "piece" and "pair"."""

    language: str
    slots: Mapping[str, tuple[str, ...]]
    units: Mapping[str, tuple[str, str]]

    def has(self, slot: str) -> bool:
        return slot in self.slots

    def say(
        self, slots: Sequence[str], fields: Mapping[str, str], rng: random.Random, recent: Sequence[str] = ()
    ) -> str:
        """A phrasing of one of `slots`, filled from `fields`; not one that was said in `recent`, if possible.

        Only phrasings whose fields are all given are candidates. A phrasing counts as said when its own words
        were, even with another product's name in them; when all were said, the one said longest ago is taken.
        Bug when a slot is unknown or no phrasing can be filled.
        """
        candidates: list[tuple[int, str]] = []
        for slot in slots:
            for template in self.slots[slot] if slot in self.slots else _unknown(self.language, slot):
                if field_names(template) <= fields.keys():
                    text = _tidy(template.format_map(fields))
                    candidates.append((_last_said(template, text, recent), text))
        if not candidates:
            raise Bug(
                f"No phrasing of {'/'.join(slots)} ({self.language}) can be filled from {sorted(fields)}."
            )
        longest_ago = min(place for place, _ in candidates)
        return rng.choice([text for place, text in candidates if place == longest_ago])


def _last_said(template: str, text: str, recent: Sequence[str]) -> int:
    """Place in `recent` where it was said last, -1 = not said."""
    shape = _shape(template)
    for place in range(len(recent) - 1, -1, -1):
        if text in recent[place] or (shape is not None and shape.search(recent[place])):
            return place
    return -1


@lru_cache(maxsize=2048)
def _shape(template: str) -> re.Pattern[str] | None:
    """The phrasing with anything in its gaps; None when its own words are too few to tell it by."""
    literals = [literal for literal, _, _, _ in string.Formatter().parse(template)]
    if len("".join(literals).strip(" ,.:?，。：？")) < 4:
        return None
    gapped = "".join(
        re.escape(literal) + ("" if name is None else ".+?")
        for literal, name, _, _ in string.Formatter().parse(template)
    )
    return re.compile(re.sub(r"(\\?[.?!。？！])+$", "", gapped))  # a filled-in question brings its own stop


def field_names(template: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


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
    slots: dict[str, tuple[str, ...]] = {}
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
        slots[slot] = tuple(phrases)
    return Phrasebook(language, slots, {kind: (pair[0], pair[1]) for kind, pair in units.items()})


def _unknown(language: str, slot: str) -> tuple[str, ...]:
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
