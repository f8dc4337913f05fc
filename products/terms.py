"""Long lists of terms, found in one pass over a folded text by an Aho-Corasick automaton."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

import ahocorasick

from products.folding import fold

T = TypeVar("T")


def key(term: str) -> str:
    """How a term is looked for: folded, lower case, runs of space as one."""
    return " ".join(fold(term).text.lower().split())


class TermList(Generic[T]):
    """Terms, each with a value. Latin letters and digits match as whole words ("cure" not in "secure"),
    Chinese anywhere. Terms that fold to the same words are one, with all their values.
    """

    def __init__(self, terms: Iterable[tuple[str, T]]) -> None:
        found: dict[str, list[T]] = {}
        for term, value in terms:
            if word := key(term):
                found.setdefault(word, []).append(value)
        self._automaton = ahocorasick.Automaton()
        for word, values in found.items():
            self._automaton.add_word(word, (len(word), tuple(values)))
        if found:
            self._automaton.make_automaton()
        self._count = len(found)

    def __len__(self) -> int:
        return self._count

    def find(self, text: str) -> Iterator[tuple[int, int, T]]:
        """(start, end, value) in a text that is folded already, in order of the ends; overlaps too."""
        if not self._count:
            return
        lowered, back = _spaced_once(text)
        for last, (length, values) in self._automaton.iter(lowered):
            start, end = last - length + 1, last + 1
            if _cut(lowered, start) or _cut(lowered, end):
                continue
            a, b = (start, end) if back is None else (back[start], back[last] + 1)
            for value in values:
                yield a, b, value


def _cut(text: str, at: int) -> bool:
    """Whether a border would cut a Latin word or a number in two."""
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    return left.isascii() and left.isalnum() and right.isascii() and right.isalnum()


def _spaced_once(text: str) -> tuple[str, list[int] | None]:
    """Lower case, runs of white space as one space, and where each character was; None: each in its place."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow when lowered
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    if "  " not in lowered and "\n" not in lowered and "\t" not in lowered:
        return lowered, None
    kept = [i for i, c in enumerate(lowered) if not (c.isspace() and i and lowered[i - 1].isspace())]
    return "".join(" " if lowered[i].isspace() else lowered[i] for i in kept), kept
