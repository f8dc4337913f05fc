"""The words of a product, and other ways to say them: what may be said of it without a number."""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import yaml

from products.folding import fold

LATIN = re.compile(r"(?<![a-z0-9])[a-z][a-z'’&]*(?:-[a-z'’]+)*(?![a-z]*[0-9])", re.I)
HAN = re.compile(r"[\u3400-\u9fff]+")
_STUFF = frozenset("棉钢陶木毛铁竹皮纸茶蜡釉麻绒")  # a material in one character
_PIECES_ZH = frozenset(
    "袋盖带盒套扣链绳轮座柄"
)  # a part in one character, of which a page may write a longer word
# Words of a catalogue that say nothing of goods.
SMALL = frozenset(
    "a an the and or of in on at to for from by with not never your our own it is are as per one more that this you".split()
)


_FREE_OF = re.compile(r"\b([a-z][a-z0-9]+)-free\b", re.I)


@cache
def same_words() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    raw = yaml.safe_load((files("products") / "same_words.yaml").read_text("utf-8"))
    english = {str(k).lower(): tuple(str(v).lower() for v in words) for k, words in raw["english"].items()}
    return english, {str(k): tuple(map(str, words)) for k, words in raw["chinese"].items()}


def plain_forms(word: str) -> Iterator[str]:
    """A plain word and its everyday endings; "holder" is no form of "hold"."""
    word = word.replace("’", "'").lower()
    word = word.removesuffix("'s").strip("'")
    yield word
    for end, new in (
        ("ies", "y"),
        ("es", ""),
        ("s", ""),
        ("ied", "y"),
        ("ed", ""),
        ("ed", "e"),
        ("ing", ""),
        ("ing", "e"),
        ("ly", ""),
        ("'ve", ""),
        ("'re", ""),
        ("'ll", ""),
        ("'d", ""),
    ):
        if word.endswith(end) and len(word) - len(end) >= 2:
            base = word[: len(word) - len(end)]
            yield base + new
            if end in ("ed", "ing") and len(base) > 3 and base[-1] == base[-2]:
                yield base[:-1]


def variants(word: str) -> Iterator[str]:
    """A word and what it may be a form of: "washes" -> wash, "scented" -> scent."""
    word = word.replace("’", "'").lower()
    word = word.removesuffix("'s").strip("'")
    yield word
    for end, new in (
        ("ies", "y"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"),
        ("ly", ""), ("able", ""), ("able", "e"), ("er", ""), ("ers", ""), ("y", ""), ("n't", ""), ("'re", ""), ("'ll", ""), ("'ve", ""), ("'d", ""),
    ):  # fmt: skip
        if word.endswith(end) and len(word) - len(end) >= 3:
            base = word[: len(word) - len(end)]
            yield base + new
            if end in ("ed", "ing") and len(base) > 3 and base[-1] == base[-2]:
                yield base[:-1]


def means(word: str, other: str) -> bool:
    """Whether an English word is another way to say `other`."""
    same, _ = same_words()
    return any(other in same.get(form, ()) for form in variants(word))


@dataclass(frozen=True)
class Vocabulary:
    """The words of a product. `latin`: forms of its English words; `han`: its Chinese text, `heads`: the last character of
    each title ("杯"); `titles` and `sentences`: as the catalogue writes them, folded.
    """

    latin: frozenset[str]
    han: str
    heads: frozenset[str]
    titles: tuple[str, ...]
    sentences: tuple[str, ...]
    without: frozenset[str] = frozenset()  # what the goods are free of: "pvc" of "PVC-free"

    def has(self, word: str) -> bool:
        """Whether an English word, or what it is another way to say, is in the catalogue."""
        if any(v in self.latin for v in variants(word)):
            return True
        same, _ = same_words()
        return any(self._means(n) for v in variants(word) for n in same.get(v, ()))

    def has_any(self, clause: str) -> bool:
        """Whether any word of an English clause, however plain, is in the catalogue."""
        return any(
            v in self.latin and v not in SMALL
            for w in LATIN.findall(clause)
            for v in (w.lower(), w.lower()[:-1])
        )

    def _means(self, need: str) -> bool:
        return need in self.latin or any(need in s.lower() for s in (*self.titles, *self.sentences))

    def has_han(self, word: str) -> bool:
        if len(word) == 2 and word[1] == "子" and word[0] in self.han:  # 盖子 of 盖
            return True
        if word in self.han and (len(word) > 1 or word in _STUFF | _PIECES_ZH or word in self.heads):
            return True
        _, same = same_words()
        return any(self._means(need) for need in same.get(word, ()))


@lru_cache(maxsize=2048)
def vocabulary(titles: tuple[str, ...], sentences: tuple[str, ...]) -> Vocabulary:
    """Of a product's titles and all else that the catalogue writes of it."""
    written = tuple(fold(s).text for s in (*titles, *sentences))
    latin = {
        v for s in written for w in LATIN.findall(s) for part in (w, *w.split("-")) for v in variants(part)
    }
    han = "|".join(run for s in written for run in HAN.findall(s))
    heads = {m[-1] for t in titles for m in HAN.findall(fold(t).text)}
    without = {m.group(1).lower() for s in written for m in _FREE_OF.finditer(s)}
    return Vocabulary(
        frozenset(latin),
        han,
        frozenset(heads),
        written[: len(titles)],
        written[len(titles) :],
        frozenset(without),
    )


EMPTY = Vocabulary(frozenset(), "", frozenset(), (), ())
