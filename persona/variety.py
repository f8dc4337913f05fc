"""How like each other spoken lines are: four-grams, the share heard before, the freshest of several drafts.

A four-gram is four words in a row (English) or four characters (Chinese); figures count as one each. The
measure is that of near-duplicate detection by shingles (Broder 1997), taken one-sidedly: how much of a new
line stood in one earlier line.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import TypeVar

_UNITS = re.compile(r"\d+(?:[.,]\d+)*|[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]+)?|[㐀-鿿]")
N = 4
DRAFTS = 8
MOST_DRAFTS = 64  # while every draft so far is too much like something heard
Draft = TypeVar("Draft")
FRESH = 0.3
"""A line that shares less than this with every line heard is taken without trying others."""
LIKENESS = 0.5
"""The bound: no line whose words are free shares more of its four-grams with any one line of two hours."""
OPENING = 3  # units that a line begins with
OPENINGS = 12  # so many lines back a line should not begin with the same ones


def units(text: str) -> tuple[str, ...]:
    """Words, Chinese characters and figures, without marks and case."""
    return tuple(unit.casefold() for unit in _UNITS.findall(text))


def opening(text: str) -> tuple[str, ...]:
    """The units that a text begins with."""
    return units(text)[:OPENING]


def grams(text: str) -> frozenset[int]:
    """Its four-grams as hashes, a tenth of the memory of the words; a shorter text is one gram."""
    found = units(text)
    if len(found) < N:
        return frozenset({hash(found)} if found else ())
    return frozenset(hash(found[i : i + N]) for i in range(len(found) - N + 1))


@lru_cache(maxsize=1024)  # lines of two hours; drafts stay out, which come sixty to a line
def _heard_grams(text: str) -> frozenset[int]:
    return grams(text)


class Heard:
    """What was said lately, ready to be compared with."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = frozenset(texts)
        self._index: defaultdict[int, list[int]] = defaultdict(list)
        self._openings = frozenset(map(opening, texts[-OPENINGS:]))
        for place, text in enumerate(texts):
            for gram in _heard_grams(text):
                self._index[gram].append(place)

    def repeats(self, text: str) -> bool:
        """Whether exactly this was said."""
        return text in self._texts

    def opens_alike(self, text: str) -> bool:
        """Whether one of the last OPENINGS lines began like it."""
        return opening(text) in self._openings

    def overlap(self, text: str) -> float:
        """The largest share (0..1) of the text's four-grams that stand in one earlier line."""
        mine = grams(text)
        if not mine:
            return 0.0
        counts = Counter(place for gram in mine for place in self._index.get(gram, ()))
        return max(counts.values(), default=0) / len(mine)

    def too_like(self, text: str) -> bool:
        """Whether it is over the bound."""
        return self.overlap(text) > LIKENESS


@lru_cache(maxsize=2)
def heard(texts: tuple[str, ...]) -> Heard:
    return Heard(texts)


def freshest(
    write: Callable[[int], Sequence[Draft]],
    text_of: Callable[[Draft], str],
    lately: tuple[str, ...],
    plan_of: Callable[[Sequence[Draft]], Hashable] = len,
) -> tuple[Draft, ...]:
    """The lines that repeat least: none said before, then none over the bound, then none that begins like one
    of the last few, then the least like any.

    write    makes the lines of draft number k from 0; equal numbers give equal drafts
    plan_of  what the lines of a draft tell: of drafts that tell the same, each place takes the best line
    """
    known = heard(lately)
    best: dict[Hashable, list[tuple[tuple[float, ...], Draft]]] = {}
    chosen: Hashable = None
    for number in range(MOST_DRAFTS if lately else 1):
        draft = write(number)
        plan = plan_of(draft)
        scored = [(_score(text_of(part), known), part) for part in draft]
        kept = best.setdefault(plan, scored)
        best[plan] = [min(pair, key=_first) for pair in zip(kept, scored, strict=True)]
        if chosen is None or _worst(best[plan]) < _worst(best[chosen]):
            chosen = plan
        repeats, over, alike, share = _worst(best[chosen])
        if not repeats and not over and ((not alike and share < FRESH) or number >= DRAFTS - 1):
            break
    return tuple(part for _, part in best[chosen])


def _score(text: str, known: Heard) -> tuple[float, ...]:
    share = known.overlap(text)
    return (known.repeats(text), share > LIKENESS, known.opens_alike(text), share)


def _worst(scored: Sequence[tuple[tuple[float, ...], object]]) -> tuple[float, ...]:
    """How many repeat, how many are over the bound, how many begin alike, the largest share."""
    scores = [score for score, _ in scored] or [(0.0, 0.0, 0.0, 0.0)]
    repeats, over, alike, _ = (sum(column) for column in zip(*scores, strict=True))
    return (repeats, over, alike, max(score[-1] for score in scores))


def _first(pair: tuple[tuple[float, ...], object]) -> tuple[float, ...]:
    return pair[0]
