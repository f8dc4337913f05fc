"""Amounts that no fact holds but that follow from facts: two mugs for 37, a mug and a lamp for 82.50, six dollars between
them, one fifty back from a twenty, a pair of shoes of 310 grams each. Pure, on folded text.
"""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from itertools import combinations

from bot.compliance.grounds import Grounds
from bot.compliance.mentions import mentions
from products.bounds import Bound
from products.catalogue import Fact, FactKind
from products.folding import fold
from products.numbers import chinese_integer, currency_fits, english_integer, find_numbers
from products.roles import Claim, Role
from products.units import unit_after

MOST = 50  # pieces that somebody is told the price of
_PIECE = r"[个双件只支条盒瓶套台副罐把包份盏样杯袋块]"
# How many are spoken of: 两个, 仨, "three of them", "two mugs".
_COUNT = re.compile(
    rf"(?P<zh>[二两三四五六七八九十]+|(?<![\d.])\d{{1,2}})(?={_PIECE}(?!颜色|尺码|码|月|小时|钟头|档|字))|(?P<few>俩|仨)(?!码|色|颜色)|(?P<pair>一对|(?:再|也)(?:带|来|拿|拍|买|要)一[个双件只条盏支])|"
    r"\b(?P<en>two|three|four|five|six|seven|eight|nine|ten|twelve|(?<![$.])\d{1,2})\b(?= (?:of (?:them|these|those|the)\b|[a-z]+s\b(?<!dollars)(?<!bucks)(?<!cents)(?<!hours)(?<!years)(?<!days)(?<!colours)(?<!colors)(?<!sizes)(?<!grams)(?<!minutes)))|\b(?P<both>both|a couple of|a pair of)\b",
    re.I,
)
_TOGETHER = re.compile(
    r"一共|总共|合计|加起来|拢共|总计|凑|加|配|两样|三样|一起|[两三]件套|和|跟|\b(?:together|altogether|total|both|and|plus|with|combined|comes? to)\b",
    re.I,
)
_NOTES = re.compile(r"(?P<zh>[一二两三四五六七八九十\d]+)张")
_ONE_UNIT = re.compile(
    r"[一每](?:个钟头|个?小时|钟头|毫升|公?升|克)(?=[^，。！？]{0,4}[\d零一二两三四五六七八九十])"
)
_CENT = Decimal("0.005")
_ALL_OF_THEM = re.compile(r"[两三四]样|这[俩仨]|[两三]件套|\b(?:both|all (?:two|three))\b", re.I)
_APART = re.compile(r"差|便宜|贵|少|多|比|\b(?:difference|differ|apart|cheaper|less|more|between)\b", re.I)
_PAID = re.compile(
    r"(?:给|付|拿|掏|递)[^，。！？]{0,6}找|有找|找(?:您|你|回|零|补|给)|\b(?:change|back from|out of a|hand(?:ed|ing)? (?:over|me)|left over|(?:get|got|have|with|cents|fifty|dollars?) back)\b",
    re.I,
)
_ALL = re.compile(
    r"一共|总共|合计|加起来|拢共|总计|\b(?:altogether|in total|in all|combined|together)\b", re.I
)
_WORD_AHEAD = re.compile(
    r"(?P<word>[A-Za-z]{3,}|[\u4e00-\u9fff]{2})(?:版本|version)?(?:是|为|到了|\s+(?:is|version))?\s*$", re.I
)
_ZH = r"[一二两三四五六七八九十\d]+"
_HOURS_A_DAY = re.compile(
    rf"(?:一天|每天|每晚|一晚|每次|一次)[^。！？]{{0,12}}?(?P<zh>{_ZH})个?(?:小时|钟头)|\b(?P<en>[a-z]+|\d+) hours? (?:a|per|each|every) (?:day|night|evening)\b",
    re.I,
)
_DAYS = re.compile(
    rf"(?P<zh>{_ZH})(?:天|个?晚上?|回)(?!点|一)|\b(?P<en>[a-z]+|\d+) (?:days|nights|evenings)\b", re.I
)
_A_PIECE = re.compile(r"单只|每只|一只|\b(?:a|per|each) (?:shoe|piece|side)\b", re.I)
_A_PAIR = re.compile(r"(?:一|这|每)双|\b(?:a|the|per) pair\b", re.I)


def made_of(claim: Claim, text: str, sentence: tuple[int, int], table: Sequence[Grounds]) -> Fact | None:
    """The fact that an amount is made of; None when it follows from none.

    sentence   where the sentence of the claim begins and ends in the text
    table      the facts of the products that the text may speak of
    """
    role, words = Role(claim.role), text[sentence[0] : sentence[1]]
    if claim.bound != Bound.EXACT:
        return None
    if role == Role.PROMOTION:
        return _several_for(claim, table)
    if role == Role.UNKNOWN:
        other = _part_of_name(claim, text, table) or _rationed(claim, words, table)
        if other is not None:
            return other
    if role in (Role.PRICE, Role.UNKNOWN, Role.SAVING):
        ways = list(_prices(text, words, table, role))
        found = next((f for value, f in ways if value in claim.readings and _fits(claim, f)), None)
        ones = [p for g in table if (p := one_price(g)) is not None]
        return found or _change(claim, words, [*ones, *ways]) or _by_unit(claim, words, table)
    if role == Role.STOCK and _ALL.search(words):
        return _stock(claim, table)
    if role == Role.SPEC and claim.unit:
        return (
            _pair(claim, text, table)
            or _rationed(claim, words, table)
            or _apart(claim, words, table)
            or _by_unit(claim, words, table)
        )
    return None


def _fits(claim: Claim, fact: Fact) -> bool:
    return currency_fits(claim.unit, fact.unit)


def one_price(grounds: Grounds) -> tuple[Decimal, Fact] | None:
    """What the product costs when every variant costs the same."""
    facts = [f for f in grounds.of(FactKind.PRICE) if f.sku is None]
    if len(facts) != 1:
        return None
    try:
        return Decimal(facts[0].value), facts[0]
    except InvalidOperation:
        return None


def _prices(text: str, words: str, table: Sequence[Grounds], role: Role) -> Iterator[tuple[Decimal, Fact]]:
    """Every amount of money that the facts make in this sentence, with the fact of its first product."""
    named = [g for g in table if len(table) == 1 or next(iter(mentions(g, text)), None) is not None]
    if _ALL_OF_THEM.search(words):
        named = list(table)
        yield from (p for g in named if (p := one_price(g)) is not None)
    priced = [p for g in named or table if (p := one_price(g)) is not None]
    if role != Role.SAVING:
        for count in _counts(words):
            yield from ((price * count, fact) for price, fact in priced)
    if len(priced) < 2:
        return
    if _APART.search(words):
        yield from ((abs(a - b), fact) for (a, fact), (b, _) in combinations(priced, 2))
    if role != Role.SAVING and _TOGETHER.search(words):
        yield sum((price for price, _ in priced), Decimal(0)), priced[0][1]


def _counts(words: str) -> Iterator[int]:
    for m in _COUNT.finditer(words):
        if m.group("few"):
            yield 2 if m.group("few") == "俩" else 3
        elif m.group("pair") or m.group("both"):
            yield 2
        else:
            number = _whole(m.group("zh") or m.group("en"))
            if 1 < number <= MOST:
                yield number


def _whole(word: str) -> int:
    if word.isascii() and word.isdigit():
        return int(word)
    return (english_integer(word) if word.isascii() else chinese_integer(word)) or 0


def _several_for(claim: Claim, table: Sequence[Grounds]) -> Fact | None:
    """Of "two for 37" or 四个七十四美元 the price, when it is just so many times the price of one."""
    counts = set(_counts(claim.text + " of them"))
    amounts = [n for n in find_numbers(claim.text) if not (n.value in counts and not n.is_money)]
    if len(amounts) != 1 or len(counts) != 1:
        return None
    for price, fact in (p for g in table if (p := one_price(g)) is not None):
        if price * next(iter(counts)) in amounts[0].readings and currency_fits(amounts[0].unit, fact.unit):
            return fact
    return None


def _change(claim: Claim, words: str, ways: Sequence[tuple[Decimal, Fact]]) -> Fact | None:
    """In "from a twenty you get 1.50 back" both amounts: what is given less what is given back is the price."""
    if not _PAID.search(words):
        return None
    numbers = list(find_numbers(words))
    others = [r for n in numbers for r in n.readings if r not in claim.readings]
    notes = [_whole(m.group("zh")) for m in _NOTES.finditer(words)]
    others += [r * count for n in numbers for r in n.readings for count in notes]
    if any(
        r * count - back == price
        for r in claim.readings
        for count in notes
        for price, _ in ways
        for back in others
    ):
        return ways[0][1]  # the notes themselves: "three twenties"
    for price, fact in ways:
        for other in others:
            if any(abs(reading - other) == price for reading in claim.readings) and _fits(claim, fact):
                return fact
    return None


def _stock(claim: Claim, table: Sequence[Grounds]) -> Fact | None:
    """All that is there of a product, told as the sum of its variants."""
    for grounds in table:
        facts = [f for f in grounds.of(FactKind.STOCK) if f.sku is not None]
        if facts and sum((Decimal(f.value) for f in facts), Decimal(0)) in claim.readings:
            return facts[0]
    return None


def _part_of_name(claim: Claim, text: str, table: Sequence[Grounds]) -> Fact | None:
    """蓝牙是5.3: the number stands behind a word in the catalogue, and behind the same word here."""
    ahead = _WORD_AHEAD.search(text[: claim.start])
    if ahead is None or "." not in claim.text:
        return None
    name = re.compile(rf"{re.escape(ahead.group('word'))}\s?{re.escape(claim.text)}(?![\d.])", re.I)
    return next((f for g in table for f in g.of(FactKind.TEXT) if name.search(fold(f.value).text)), None)


def _rationed(claim: Claim, words: str, table: Sequence[Grounds]) -> Fact | None:
    """In "two hours a night, twenty nights" both: together they are the hours that the catalogue knows."""
    hours, nights = _HOURS_A_DAY.search(words), _DAYS.search(words)
    if hours is None or nights is None:
        return None
    each, times = (_whole(m.group("zh") or m.group("en")) for m in (hours, nights))
    if not (each in claim.readings or times in claim.readings):
        return None
    for fact in (f for g in table for f in g.of(FactKind.SPEC) if f.unit == "h"):
        if abs(each * times - Decimal(fact.value)) <= Decimal(fact.value) / 20:
            return fact
    return None


def _apart(claim: Claim, words: str, table: Sequence[Grounds]) -> Fact | None:
    """The difference of one measure of two products: "eight litres between them"."""
    if not _APART.search(words):
        return None
    for one, other in combinations(table, 2):
        for a in (f for f in one.of(FactKind.SPEC) if f.unit == claim.unit):
            for b in (f for f in other.of(FactKind.SPEC) if f.unit == claim.unit):
                if abs(Decimal(a.value) - Decimal(b.value)) in claim.readings:
                    return a
    return None


def _by_unit(claim: Claim, words: str, table: Sequence[Grounds]) -> Fact | None:
    """In 一克两毛二 both: the price of one unit of a measure that the catalogue has."""
    told = _ONE_UNIT.search(words)
    if told is None:
        return None
    unit = unit_after(told.group(), 1)[0]
    money = [r for n in find_numbers(words[told.end() :]) if n.is_money for r in n.readings][:1]
    if not money or not (claim.readings == (Decimal(1),) or money[0] in claim.readings):
        return None
    for grounds in table:
        price = one_price(grounds)
        for fact in (f for f in grounds.of(FactKind.SPEC) if f.unit == unit and price is not None):
            if (
                price is not None
                and Decimal(fact.value)
                and abs(price[0] / Decimal(fact.value) - money[0]) < _CENT
            ):
                return fact
    return None


def _pair(claim: Claim, text: str, table: Sequence[Grounds]) -> Fact | None:
    """Twice the weight of one shoe, said of a pair."""
    if not _A_PAIR.search(text[max(0, claim.start - 12) : claim.start]):
        return None
    for grounds in table:
        for fact in grounds.of(FactKind.SPEC):
            if fact.unit == claim.unit and any(_A_PIECE.search(s) for s in grounds.sentences):
                try:
                    if Decimal(fact.value) * 2 in claim.readings:
                        return fact
                except InvalidOperation:
                    continue
    return None
