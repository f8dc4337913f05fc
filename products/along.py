"""What is said to come along with goods ("it comes with a carry strap", 附背带), and what is said in a row with
what they have ("fork, spoon and knife"). Pure, on folded text.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Callable, Iterator

from products.vocabulary import HAN, LATIN, SMALL, Vocabulary, variants

ALONG = re.compile(r"(?:comes? with|(?:is|are) included|included)(?: (?:a|an|its|the|some))?", re.I)
_BEHIND = re.compile(r"\bcomes? with (?P<things>[^.,;!?]+)", re.I)
_BEFORE = re.compile(
    r"(?:^|[.,;!?]|\bthere(?:'s| is| are))\s*(?:and |so |yes |also )*(?P<things>[^.,;!?]+?) (?:is|are|comes?) (?:also |all )?(?:included|in the box|with (?:it|them))\b",
    re.I,
)  # fmt: skip
_ZH = re.compile(r"附(?!近|加|件|录)(?:带(?!子)|有|了|上|一[个条块把张只副])*(?P<things>[\u3400-\u9fff、]+)")
_AND = re.compile(r"\band\b|\bplus\b|[和与及、跟]", re.I)
_ON_PAGE = re.compile(
    r"\bcomes? with\b|\binclud\w+|\bsupplied with\b|\bin the box\b|附(?!近|加|件|录)|内含|配有|赠送", re.I
)
_ROW = re.compile(
    r"\b[a-z][a-z-]+(?:, [a-z][a-z-]+)+,? (?:and|or) (?!the\b|a\b|an\b|it|they|you|we\b)[a-z][a-z-]+", re.I
)
_NO_MEMBER = frozenset(
    "yes no that this these those so well please then now today more most all both too also".split()
)
_ITSELF = re.compile(r"\W*(?:it|them|you|yours|these|this|one)\b", re.I)
_BETWEEN = re.compile(r",? (?:and|or) |, ")
_ROW_ZH = re.compile(
    r"[\u3400-\u9fff]{2,4}(?:、[\u3400-\u9fff]{2,4})+(?:[和与及跟或][\u3400-\u9fff]{2,4})?(?=[，。！；]|$)"
)
_BETWEEN_ZH = re.compile(r"[、和与及跟或]")
_NO_THING = re.compile(
    r"^\W*(?:(?:a|an|the|its|one|two|some|\w+[- ]year|lifetime) )*(?:guarantee|warranty|repair|sizes?|colou?rs?)\b|^\W*(?:保修|质保)",
    re.I,
)  # fmt: skip


def listed(text: str, words_at: Callable[[int, int], Vocabulary]) -> Iterator[tuple[int, int]]:
    """(start, end) of each member of a row of three or more that the page does not have, of which it has two.
    `words_at`: the vocabulary of the product that a stretch speaks of.
    """
    for pattern, cut in ((_ROW, _BETWEEN), (_ROW_ZH, _BETWEEN_ZH)):
        for m in pattern.finditer(text):
            words, members, at = words_at(m.start(), m.end()), [], m.start()
            for piece in cut.split(m.group()):
                at = text.index(piece, at)
                members.append((at, at + len(piece), piece.lower()))
                at += len(piece)
            strange = [(a, b) for a, b, word in members if not _on_page(word, words)]
            # what comes first may be an adverb: "again, knee-length and filled"
            if len(members) - len(strange) >= 2:
                yield from (
                    (a, b) for a, b in strange if a != members[0][0] and text[a:b].lower() not in _NO_MEMBER
                )


def _on_page(word: str, words: Vocabulary) -> bool:
    if word.isascii():
        return words.has(word) or any(v in words.latin for v in variants(word))
    return any(word[k : k + 2] in words.han for k in range(max(1, len(word) - 1)))


def comes_along(part: str, words: Vocabulary) -> Iterator[tuple[int, int]]:
    """(start, end) of each thing that a clause says comes along and no sentence of the page does."""
    along = [s.lower() for s in words.sentences if _ON_PAGE.search(s)]
    for pattern in (_BEHIND, _BEFORE, _ZH):
        for m in pattern.finditer(part):
            at = m.start("things")
            for piece in _AND.split(m.group("things")):
                own = any(_in(piece, t.lower()) for t in words.titles)  # "the guarantee comes with the lamp"
                said = piece.strip() and not (own or _ITSELF.match(piece) or _NO_THING.match(piece))
                if said and not any(_in(piece, s) for s in along):
                    yield at, at + len(piece)
                at += len(piece) + 1


def _in(thing: str, sentence: str) -> bool:
    """Whether a sentence names the thing: its last word, or two characters of it."""
    latin = [w for w in LATIN.findall(thing.lower()) if w not in SMALL]
    if latin:
        return any(v in sentence for v in variants(latin[-1]))
    run = "".join(HAN.findall(thing))
    return len(run) < 2 or any(run[k : k + 2] in sentence for k in range(len(run) - 1))
