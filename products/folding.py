"""A text as it is meant: full width made plain, traditional characters simplified, look-alike letters,
spaced-out and invisible signs undone, with the way back to the characters that were written.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from products.han import simplified

_HAN = r"\u3400-\u9fff"
# Punctuation stays as it is written: clauses are cut at it, and ",75" would be read as a fraction.
_KEPT = frozenset("，。；：！？、（）【】《》“”‘’…—～·²³")
_INVISIBLE = frozenset(("Cf", "Cc", "Mn", "Me"))
# c u r e s, c.u.r.e.s, c-u-r-e-s: four letters or more, each alone, the same sign between them.
_SPACED = re.compile(
    r"(?<![^\W_])[^\W\d_](?P<gap>[ .\-_*·|/~]{1,2})(?:[^\W\d_](?P=gap)){2,}[^\W\d_](?![^\W_])"
)
# Signs between characters mean nothing; a space does where words of more than one character stand beside it.
_HAN_SIGN = re.compile(rf"(?<=[{_HAN}])[*_·.~|^+]{{1,3}}(?=[{_HAN}])")
_HAN_SPACED = re.compile(
    rf"(?:(?<![{_HAN}])[{_HAN}]|[{_HAN}](?=[ \t\u3000]+[{_HAN}][ \t\u3000]+[{_HAN}](?![{_HAN}])))"
    rf"(?:[ \t\u3000]+[{_HAN}])+(?![{_HAN}])"
)
_LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "$": "s", "@": "a"}
_LEET_WORD = re.compile(r"(?<![\w$@#])(?=[a-z$@0-9]*[a-z])(?=[a-z]*[$@0-9])[a-z$@0-9]{4,}(?![\w$@])", re.I)


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` folded; its character n was written as characters starts[n] to ends[n] of the original."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    original: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters start..end (end > start) of the folded text stand in the original."""
        return self.starts[start], self.ends[end - 1]


@cache
def _tables() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]], frozenset[str]]:
    """Look-alike letters; spellings that stand for other words; words written with digits for letters."""
    raw = yaml.safe_load((files("products") / "folding.yaml").read_text("utf-8"))
    alike = {sign: letter for letter, signs in raw["letters"].items() for sign in signs}
    said = [(re.compile(wrong, re.I), right) for wrong, right in raw["spellings"].items()]
    return alike, said, frozenset(raw["disguised"])


def fold(text: str) -> Folded:
    """Never raises. What needs no folding comes back as it is."""
    if text.isascii() and not _disguised(text):
        return _same(text)
    chars = list(_characters(text))
    folded = Folded(
        "".join(c for c, _, _ in chars), tuple(a for _, a, _ in chars), tuple(b for *_, b in chars), text
    )
    folded = _without_gaps(folded)
    _, spellings, words = _tables()
    for pattern, right in spellings:
        folded = _replaced(folded, pattern, right)
    return _plain_letters(folded, words)


def _same(text: str) -> Folded:
    return Folded(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)), text)


def _disguised(text: str) -> bool:
    return (
        any(not c.isprintable() for c in text) or bool(_SPACED.search(text)) or bool(_LEET_WORD.search(text))
    )


def _characters(text: str) -> Iterator[tuple[str, int, int]]:
    alike, _, _ = _tables()
    for n, char in enumerate(text):
        if char in _KEPT or char == "\n":
            yield char, n, n + 1
            continue
        if unicodedata.category(char) in _INVISIBLE and char != "\t":
            continue
        plain = alike.get(char) or simplified(unicodedata.normalize("NFKC", char))
        if not char.isascii() and len(plain) == 1 and plain.isalpha():
            plain = _without_accent(plain)
        for part in plain:
            yield alike.get(part, part), n, n + 1


def _without_accent(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() else char


def _without_gaps(folded: Folded) -> Folded:
    drop: set[int] = set()
    for m in _SPACED.finditer(folded.text):
        drop |= {i for i in range(m.start(), m.end()) if not folded.text[i].isalnum()}
    for m in (*_HAN_SIGN.finditer(folded.text), *_HAN_SPACED.finditer(folded.text)):
        drop |= {i for i in range(m.start(), m.end()) if not re.match(rf"[{_HAN}]", folded.text[i])}
    return _kept(folded, [i for i in range(len(folded.text)) if i not in drop]) if drop else folded


def _kept(folded: Folded, at: list[int]) -> Folded:
    return Folded(
        "".join(folded.text[i] for i in at),
        tuple(folded.starts[i] for i in at),
        tuple(folded.ends[i] for i in at),
        folded.original,
    )


def _replaced(folded: Folded, pattern: re.Pattern[str], right: str) -> Folded:
    text, starts, ends, at = "", [], [], 0
    for m in pattern.finditer(folded.text):
        if m.end() == m.start():
            continue
        a, b = folded.span(m.start(), m.end())
        word = m.expand(right)
        text += folded.text[at : m.start()] + word
        starts += [*folded.starts[at : m.start()], *[a] * len(word)]
        ends += [*folded.ends[at : m.start()], *[b] * len(word)]
        at = m.end()
    if not at:
        return folded
    text += folded.text[at:]
    return Folded(text, (*starts, *folded.starts[at:]), (*ends, *folded.ends[at:]), folded.original)


def _plain_letters(folded: Folded, words: frozenset[str]) -> Folded:
    """b3st, BE$T: only where the word so read is one that a claim is made with."""
    text = folded.text
    for m in _LEET_WORD.finditer(text):
        read = "".join(_LEET.get(c, c) for c in m.group().lower())
        if read in words:
            text = text[: m.start()] + read + text[m.end() :]
    return Folded(text, folded.starts, folded.ends, folded.original) if text != folded.text else folded
