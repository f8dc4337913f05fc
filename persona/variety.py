"""How like each other spoken lines are: four-grams, the share heard before, the freshest of several drafts.

A four-gram is four words in a row (English) or four characters (Chinese); figures count as one each. The
measure is that of near-duplicate detection by shingles (Broder 1997), taken one-sidedly: how much of a new
line stood in one earlier line.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

_UNITS = re.compile(r"\d+(?:[.,]\d+)*|[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]+)?|[㐀-鿿]")
N = 4
DRAFTS = 8
MOST_DRAFTS = 40  # while every draft so far says something again word for word
Draft = TypeVar("Draft")
FRESH = 0.4
"""A draft that shares less than this with every line heard is taken without trying others."""


def units(text: str) -> tuple[str, ...]:
    """Words, Chinese characters and figures, without marks and case."""
    return tuple(unit.casefold() for unit in _UNITS.findall(text))


def grams(text: str) -> frozenset[int]:
    """Its four-grams as hashes, a tenth of the memory of the words; a shorter text is one gram."""
    found = units(text)
    if len(found) < N:
        return frozenset({hash(found)} if found else ())
    return frozenset(hash(found[i : i + N]) for i in range(len(found) - N + 1))


@lru_cache(maxsize=1024)  # lines of two hours; drafts stay out, which come forty to a line
def _heard_grams(text: str) -> frozenset[int]:
    return grams(text)


class Heard:
    """What was said lately, ready to be compared with."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = frozenset(texts)
        self._index: defaultdict[int, list[int]] = defaultdict(list)
        for place, text in enumerate(texts):
            for gram in _heard_grams(text):
                self._index[gram].append(place)

    def repeats(self, text: str) -> bool:
        """Whether exactly this was said."""
        return text in self._texts

    def overlap(self, text: str) -> float:
        """The largest share (0..1) of the text's four-grams that stand in one earlier line."""
        mine = grams(text)
        if not mine:
            return 0.0
        counts = Counter(place for gram in mine for place in self._index.get(gram, ()))
        return max(counts.values(), default=0) / len(mine)


@lru_cache(maxsize=2)
def heard(texts: tuple[str, ...]) -> Heard:
    return Heard(texts)


def freshest(
    write: Callable[[int], Draft], texts_of: Callable[[Draft], Sequence[str]], lately: tuple[str, ...]
) -> Draft:
    """The draft of DRAFTS that repeats least: no line said before, then the least like any, then on average.

    write  makes draft number k from 0; equal numbers give equal drafts
    """
    best: Draft | None = None
    best_score: tuple[float, ...] | None = None
    known = heard(lately)
    for number in range(MOST_DRAFTS if lately else 1):
        if number >= DRAFTS and best_score is not None and best_score[0] == 0:
            break
        draft = write(number)
        texts = texts_of(draft)
        shares = [known.overlap(text) for text in texts] or [0.0]
        score = (sum(map(known.repeats, texts)), max(shares), sum(shares) / len(shares))
        if best_score is None or score < best_score:
            best, best_score = draft, score
        if score[0] == 0 and score[1] < FRESH:
            break
    assert best is not None
    return best
