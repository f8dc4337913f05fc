"""Numbers that the catalogue writes with the very word beside them: "34% nylon", "Standard 100", a pack of
two pairs, a size that is called 35-38. Pure, on folded text.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import takewhile

from bot.compliance.grounds import Grounds
from products.catalogue import Fact, FactKind
from products.folding import fold
from products.numbers import PERCENT_OFF, PLAIN_PERCENT, Number, find_numbers
from products.roles import Claim, Role
from products.units import unit_after
from products.vocabulary import variants

_AMOUNTS = frozenset({Role.PRICE, Role.COMPARE_AT, Role.SAVING, Role.LINK, Role.DEADLINE})
_PERCENT = frozenset({PLAIN_PERCENT, PERCENT_OFF})
_BEHIND = re.compile(r"\s*-?\s*(?P<word>[A-Za-z][A-Za-z'-]+|[\u3400-\u9fff])", re.I)
_AHEAD = re.compile(
    r"(?P<word>[A-Za-z][A-Za-z'-]+|[\u3400-\u9fff])\s*-?\s*(?:(?:of|a|an|the|with|has|have)\s+)*$", re.I
)
# Words that stand beside any number and say nothing of what it counts.
_ANY = frozenset(
    "more less left off other extra each in on at for and or of to the a an with from per by now new free "
    "only just are is was have has you your our it they them one this that these get gets total altogether "
    "again about over under today tonight here there then so but as than up".split()
)
_ANY_HAN = frozenset("的了是有和与也都就还能可以给你您我在到只约个元块美刀折")
_COUNTED = re.compile(r"\s+(?P<nouns>(?:[A-Za-z-]+ ){0,2}?[A-Za-z-]+s)\b(?! of\b)", re.I)
_ONE_OF = re.compile(
    r"\ban? (?P<nouns>(?:[A-Za-z-]+ ){0,2}"
    r"(?:pocket|drawer|compartment|handle|strap|lid|cover|zip|hood|rib|layer))\b",
    re.I,
)
_COUNTED_ONE = re.compile(r"\s+(?P<nouns>(?:[A-Za-z-]+ ){0,2}[A-Za-z-]+)\b", re.I)
_COUNTED_ZH = re.compile(r"[个只条根颗片块层格](?P<noun>[\u3400-\u9fff]{2})")
_PACK = re.compile(
    r"(?:you get |it's |a |an )*(?:set|pack|box|bundle|pair) of [\w-]+|"
    r"[\w-]+ (?:pairs?|pieces?|bars?|sheets?) (?:in|per|to) (?:a|each|the) (?:pack|box|set)|"
    r"(?:每|一)[套包盒组袋瓶罐]有?[\d一二三四五六七八九十两]+[条双个件只支片块包]",
    re.I,
)  # fmt: skip


def written_so(claim: Claim, text: str, grounds: Sequence[Grounds]) -> Fact | None:
    """The sentence or option that has the claim's number beside the word that it is said with."""
    for one in grounds:
        if (fact := _option(claim, text, one)) is not None:
            return fact
    if claim.role == Role.PROMOTION:
        return _pack(claim, text, grounds)
    if claim.role in _AMOUNTS or not claim.readings:
        return None
    return next(_beside(claim.readings, claim.unit, claim.start, claim.end, text, grounds), None)


def counts_otherwise(claim: Claim, fact: Fact, text: str, grounds: Sequence[Grounds]) -> bool:
    """Whether a bare number that a measure seems to carry counts what the page counts with others only:
    "75 keys" of a keyboard with 82 keys and a 75% layout.
    """
    if claim.unit or fact.kind != FactKind.SPEC:
        return False
    mine = [word for behind, word in _neighbours(text, claim.start, claim.end) if behind]
    counted = [
        number.readings
        for sentence in (fold(f.value).text for one in grounds for f in one.speakable)
        for number in find_numbers(sentence)
        for behind, word in _neighbours(sentence, number.start, number.end)
        if behind and not number.unit and any(_alike((True, m), (True, word)) for m in mine)
    ]
    return bool(counted) and not any(set(readings) & set(claim.readings) for readings in counted)


def miscounted(text: str, grounds: Sequence[Grounds]) -> Iterator[tuple[int, int, Fact]]:
    """(start, end, sentence) of each number that counts parts which the page counts otherwise: "eight ribs"
    of an umbrella with "nine fibreglass ribs". Numbers with a unit and amounts of money count nothing here.
    """
    page = [
        (set(readings), noun, fact)
        for fact in (f for one in grounds for f in one.speakable)
        for readings, noun in (
            *((n.readings, noun) for n, noun in _counts(fold(fact.value).text)),
            *_singles(fold(fact.value).text),
        )
    ]
    for number, noun in _counts(text):
        if number.value == 1:  # "one pair", "one of them": of how many nothing is said
            continue
        alike = [(len(set(noun) & set(theirs)), n, fact) for n, theirs, fact in page if theirs[-1] in noun]
        most = max((shared for shared, _, _ in alike), default=0)
        nearest = [(n, fact) for shared, n, fact in alike if shared == most]
        if nearest and not any(n & set(number.readings) for n, _ in nearest):
            yield number.start, number.end, nearest[0][1]


def _singles(text: str) -> Iterator[tuple[tuple[Decimal, ...], tuple[str, ...]]]:
    """What the page has one of: "an inside pocket"."""
    for m in _ONE_OF.finditer(text):
        if noun := _noun(m.group("nouns")):
            yield (Decimal(1),), noun


def _counts(text: str) -> Iterator[tuple[Number, tuple[str, ...]]]:
    """Each bare number with what it counts: up to three words, "fibreglass rib"; 格 for 八个格子."""
    for number in find_numbers(text):
        if number.unit or (unit_after(text, number.end)[0] not in ("", "pocket", "piece", "layer")):
            continue
        if m := (_COUNTED_ONE if number.value == 1 else _COUNTED).match(text, number.end):
            if noun := _noun(m.group("nouns")):
                yield number, noun
        elif (m := _COUNTED_ZH.match(text, number.end)) is not None:
            yield number, (m.group("noun"),)


def _noun(words: str) -> tuple[str, ...]:
    """In the singular, up to the first word that tells nothing: "fibreglass ribs and" -> fibreglass, rib."""
    return tuple(w.removesuffix("s") for w in takewhile(lambda w: w not in _ANY, words.lower().split()))


def _option(claim: Claim, text: str, grounds: Grounds) -> Fact | None:
    """The option in whose name the number stands: "110-116 cm"."""
    for fact in grounds.of(FactKind.OPTION):
        name = fold(fact.value).text
        if len(name) < 3 or not any(c.isdigit() for c in name) or name.replace(".", "").isdigit():
            continue
        for m in re.finditer(rf"(?<![\d.-]){re.escape(name)}(?![\d-])", text, re.I):
            if m.start() <= claim.start and claim.end <= m.end():
                return fact
    return None


def _pack(claim: Claim, text: str, grounds: Sequence[Grounds]) -> Fact | None:
    """How many a pack holds, where that is all that is said."""
    if _PACK.fullmatch(claim.text) is None:
        return None
    found = None
    for number in find_numbers(claim.text):
        if number.value == 1:
            continue
        a, b = claim.start + number.start, claim.start + number.end
        found = next(_beside(number.readings, "", a, b, text, grounds), None)
        if found is None:
            return None
    return found


def _beside(
    readings: Sequence[Decimal], unit: str, start: int, end: int, text: str, grounds: Sequence[Grounds]
) -> Iterator[Fact]:
    mine = tuple(_neighbours(text, start, end))
    for fact in (f for one in grounds for f in one.speakable):
        sentence = fold(fact.value).text
        for number in find_numbers(sentence):
            own_unit, behind = number.unit, number.end
            if not own_unit:
                own_unit, behind = unit_after(sentence, number.end)
            same = own_unit == unit or {own_unit, unit} <= _PERCENT
            if not same or not set(number.readings) & set(readings):
                continue
            if any(_alike(a, b) for a in mine for b in _neighbours(sentence, number.start, behind)):
                yield fact


def _neighbours(text: str, start: int, end: int) -> Iterator[tuple[bool, str]]:
    """(stands behind, word) of the words right beside a stretch that tell what it counts."""
    for behind, m in ((True, _BEHIND.match(text, end)), (False, _AHEAD.search(text[:start]))):
        if m is None:
            continue
        word = m.group("word").lower()
        if word not in _ANY and word not in _ANY_HAN:
            yield behind, word


def _alike(mine: tuple[bool, str], theirs: tuple[bool, str]) -> bool:
    (a, word), (b, other) = mine, theirs
    if a != b:
        return False
    return word == other or (word.isascii() and bool({word, *variants(word)} & {other, *variants(other)}))
