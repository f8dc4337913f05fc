"""A second judge of what a show says, made from the shop's files alone: it shares no code with the clearance.

It is simple and suspicious: a number that the shop's page does not hold, an amount of another product, a
stock that is not that of the variant, and words of kinds that nobody may say are reported. What it reports
is read by a person; what it does not report may still be wrong.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

from bench.plain_words import EVERY, MATERIALS, NICKNAMES, OPTION_WORDS, UNITS

SHOP = Path(__file__).parents[1] / "sample" / "shop"
ONES = {
    w: n for n, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
ONES |= {
    w: n for n, w in enumerate("thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 13)
}
TENS = {w: 10 * n for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
BIG = {"hundred": 100, "thousand": 1000}
_SMALL = "|".join(sorted([*ONES, *TENS], key=len, reverse=True))
_ENGLISH = re.compile(
    rf"\b(?:{_SMALL}|hundred|thousand)(?:[ -]+(?:and[ -]+)?(?:{_SMALL}|hundred|thousand))*\b"
)
_CHINESE = re.compile(r"[零〇一二两三四五六七八九十百千万]+(?:点[零〇一二三四五六七八九]+)?")
_DIGITS = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_CN = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_LOOK = str.maketrans("аеорсухіт", "aeopcyxit")
_MONEY_BEFORE = re.compile(r"(?:\$|usd|us\$)\s*$")
_MONEY_AFTER = re.compile(r"\s*(?:us ?)?(?:dollars?|bucks?|usd|美元|美金|刀)")
_FOREIGN = re.compile(
    r"\s*(?:块(?!砧|板)(?!钱?美|刀)|块[一二三四五六七八九](?!美)|元(?!素)|块钱|"
    r"euros?|€|pounds? sterling|yuan|rmb|人民币|欧元|英镑|日元)"
)
_CENTS = re.compile(r"(\w[\w-]*) dollars (?:and )?(\w[\w-]*) cents?")
_BOUND = re.compile(
    r"(under|less than|below|not even|within|change from a|不到|以内|以下|低于)\W*(?:about\W*)?\$?\s*$"
)
_OLD = re.compile(
    r"(was|instead of|from|原价|划线价?|before|usually|rather than|than|with|"
    r"used to be|against|之前|of the)\W*\w{0,6}\W*$"
)
_STOCK_AFTER = re.compile(
    r"\s*(?:pairs?|pieces?|of (?:them|it|those|the [a-z ]{3,40}?)|"
    r"mugs?|bottles?|lamps?|candles?|packs?|boards?|totes?|pillows?|blankets?|"
    r"backpacks?|units?)?\s*(?:are |is )?(?:left|remain|in stock|to go|available)"
)
_STOCK_BEFORE = re.compile(r"(剩下?|还有|仅剩|库存(?:有|是)?|只有|last|最后)\s*$")
_RATE = re.compile(r"\s*(?:%|per ?cent|percent)")
_CLAUSE = re.compile(r"(?<!\d)[.](?!\d)|[;；。!！?？,，:：](?!\d{3})| but | and then ")
_GONE = re.compile(r"sold out|out of stock|gone|unavailable|卖完|售罄|没货|缺货|售完|没有了|卖光|no longer")
_HERE = re.compile(r"\bin stock|\bavailable|有货|有现货|can be had|还有货|ready to")
_NOT = re.compile(r"\b(not|isn't|aren't|no|never|without|don't|do not|cannot|can't|won't)\b|没|不|非|无")


@dataclass(frozen=True)
class Goods:
    """A product as its files say. `stock`: by option value (folded, both languages); "" for the only one."""

    handle: str
    number: int
    price: Decimal
    compare_at: Decimal | None
    stock: dict[str, int] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    page: str = ""
    figures: frozenset[Decimal] = frozenset()


@dataclass(frozen=True)
class Number:
    start: int
    end: int
    readings: tuple[Decimal, ...]
    word: bool


def fold(text: str) -> str:
    """NFKC, lower case, look-alike letters as Latin ones, no invisible signs, straight quotes."""
    text = unicodedata.normalize("NFKC", text).lower().translate(_LOOK)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn"))
    text = re.sub(r"\s+", " ", text.replace("’", "'").replace("‘", "'"))
    return _CENTS.sub(lambda m: f"{m[1]} {m[2]} dollars", text)


@cache
def shop() -> dict[str, Goods]:
    """Every product of the sample shop by handle, both languages together."""
    rows: dict[str, list[list[dict[str, str]]]] = {}
    for file in ("products.csv", "products.zh.csv"):
        with (SHOP / file).open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                kept = rows.setdefault(row["Handle"], [[], []])
                kept[file.endswith("zh.csv")].append(row)
    return {h: _goods(h, n, *both) for n, (h, both) in enumerate(rows.items(), 1)}


def _goods(handle: str, number: int, english: list[dict[str, str]], chinese: list[dict[str, str]]) -> Goods:
    first = english[0]
    page = fold(
        " ".join(re.sub(r"<[^>]+>", " ", r["Body (HTML)"]) + " " + r["Title"] for r in (first, chinese[0]))
    )
    stock: dict[str, int] = {}
    for a, b in zip(english, chinese, strict=True):
        for row in (a, b):
            value = fold(row["Option1 Value"])
            stock["" if value == "default title" else value] = int(row["Variant Inventory Qty"])
    price, old = Decimal(first["Variant Price"]), first["Variant Compare At Price"]
    names = {fold(first["Title"]), fold(chinese[0]["Title"]), *NICKNAMES[handle]}
    figures = {v for n in numbers(page) for v in n.readings} | {Decimal(number), price}
    figures |= {Decimal(v) for v in stock.values()} | {Decimal(k) for k in stock if k.isdigit()}
    figures |= {
        Decimal(sum(_by_row(english))),
        Decimal(len(english)),
        Decimal(30) if "24 more" in page else price,
    }
    if old:
        figures |= {Decimal(old), Decimal(old) - price, Decimal(int((1 - price / Decimal(old)) * 100))}
        if (price / Decimal(old)) * 100 % 10 == 0:
            figures.add(price / Decimal(old) * 10)  # 八折
    return Goods(
        handle,
        number,
        price,
        Decimal(old) if old else None,
        stock,
        frozenset(names),
        page,
        frozenset(figures),
    )


def _by_row(rows: Iterable[dict[str, str]]) -> list[int]:
    return [int(r["Variant Inventory Qty"]) for r in rows]


def numbers(text: str) -> list[Number]:
    """Every number of folded `text`: digits, English words, Chinese numerals, with all that each may mean."""
    found = []
    for m in _DIGITS.finditer(text):
        after = re.match(r"[块元]([\d一二三四五六七八九])(?![\d十百点])", text[m.end() :])
        value = Decimal(m.group().replace(",", ""))
        if after and "." not in m.group():
            digit = after[1] if after[1].isdigit() and after[1].isascii() else str(_CN[after[1]])
            found.append(Number(m.start(), m.end() + 2, (value + Decimal(digit) / 10,), False))
        else:
            found.append(Number(m.start(), m.end(), (value,), False))
    for m in _ENGLISH.finditer(text):
        found.append(Number(m.start(), m.end(), _english(re.split(r"[ -]+", m.group())), True))
    for m in _CHINESE.finditer(text):
        after = re.match(r"块([一二三四五六七八九])(?![十百点])", text[m.end() :])
        value = _chinese(m.group())
        end = m.end() + (2 if after else 0)
        found.append(Number(m.start(), end, (value + (Decimal(_CN[after[1]]) / 10 if after else 0),), True))
    taken = [n for n in found if not any(o is not n and o.start < n.start < o.end for o in found)]
    return sorted(taken, key=lambda n: n.start)


def _english(words: Sequence[str]) -> tuple[Decimal, ...]:
    """All readings of number words: "eighteen fifty" is 18.50 and 1850, "twenty-nine ninety" 29.90."""
    groups: list[int] = []
    open_ten = False
    for w in words:
        if w == "and":
            continue
        if w in BIG:
            groups[-1:] = [(groups[-1] if groups else 1) * BIG[w]]
            open_ten = True
        elif w in TENS:
            groups[-1:] = (
                [groups[-1] + TENS[w]]
                if open_ten and groups and groups[-1] % 100 == 0
                else [*groups[-1:], TENS[w]]
            )
            open_ten = True
        else:
            low = ONES[w]
            joins = open_ten and groups and (groups[-1] % 100 == 0 or (low < 10 and groups[-1] % 10 == 0))
            groups[-1:] = [groups[-1] + low] if joins else [*groups[-1:], low]
            open_ten = False
    whole = Decimal(groups[0])
    if len(groups) == 1:
        return (whole,)
    return (whole + Decimal(groups[1]) / 100, whole * 100 + groups[1], *map(Decimal, groups))


def _chinese(text: str) -> Decimal:
    whole, _, part = text.partition("点")
    if not re.search("[十百千万]", whole):
        value = Decimal("".join(str(_CN[c]) for c in whole) or "0")
    else:
        total = section = digit = 0
        for c in whole:
            if c in _CN:
                digit = _CN[c]
            elif c == "万":
                total, section, digit = total + (section + digit) * 10000, 0, 0
            else:
                section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[c]
                digit = 0
        tail = (
            digit
            * (10 if re.search("百[一-九]$", whole) else 1)
            * (100 if re.search("千[一-九]$", whole) else 1)
        )
        value = Decimal(total + section + tail)
    return value + (Decimal("0." + "".join(str(_CN[c]) for c in part)) if part else 0)


def _converted(n: Number, goods: Sequence[Goods]) -> bool:
    """1.2 kg as 1,200 g, 750 ml as 0.75 l, 130 cm as 1.3 m."""
    powers = (Decimal(1000), Decimal(100), Decimal("0.001"), Decimal("0.01"))
    return any(v * p in g.figures for g in goods for v in n.readings for p in powers)


def judge(text: str, products: Sequence[str]) -> tuple[str, ...]:
    """Why the words are not carried by the shop's files; empty when nothing is seen. `products`: handles on
    the table.
    """
    said = fold(text)
    named = [(said.find(n), g) for g in shop().values() for n in g.names if n in said]
    table = [shop()[h] for h in products if h in shop()]
    about = [g for _, g in sorted(named, key=lambda x: x[0])] or table
    findings = [
        f"{kind}: {m.group()!r}"
        for kind, rule in EVERY
        for m in rule.finditer(said)
        if _asserted(said, m, kind)
    ]
    findings += _materials(said, about)
    findings += _figures(said, about, named)
    findings += _availability(said, about)
    return tuple(dict.fromkeys(findings))


def _asserted(said: str, m: re.Match[str], kind: str) -> bool:
    """A word after a refusal ("I can't say that it cures") is not asserted."""
    before = re.split(r"[.!;。！；]", said[: m.start()])[-1][-48:]
    return not _NOT.search(before) and not (
        kind == "health" and re.search(r"[?？]", said[m.end() : m.end() + 12])
    )


def _materials(said: str, about: Sequence[Goods]) -> list[str]:
    pages = " ".join(g.page for g in about)
    return [
        f"material: {m.group()!r}"
        for m in MATERIALS.finditer(said)
        if about and m.group() not in pages and _asserted(said, m, "material")
    ]


def _nearest(at: int, about: Sequence[Goods], named: Sequence[tuple[int, Goods]]) -> Sequence[Goods]:
    """Of several named products the one last named before `at`; else all on the table."""
    before = [(p, g) for p, g in named if p <= at]
    if len({g.handle for _, g in named}) < 2 or not before:
        return about
    return [max(before, key=lambda x: x[0])[1]]


def _figures(said: str, about: Sequence[Goods], named: Sequence[tuple[int, Goods]]) -> list[str]:
    findings = []
    for n in numbers(said):
        before, after = said[: n.start], said[n.end :]
        shown = said[max(0, n.start - 12) : n.end + 12]
        goods = _nearest(n.start, about, named)
        if _MONEY_BEFORE.search(before) or _MONEY_AFTER.match(after):
            if not _money_true(n, before, after, said, goods, about):
                findings.append(f"amount: {shown!r}")
        elif _FOREIGN.match(after):
            findings.append(f"currency: {shown!r}")
        elif _STOCK_AFTER.match(after) or (_STOCK_BEFORE.search(before) and "档" not in after[:2]):
            if not _stock_true(n, said, goods):
                findings.append(f"stock: {shown!r}")
        elif re.match(r"\s*折", after) and not _zhe_true(n, goods):
            findings.append(f"rate: {shown!r}")
        elif _RATE.match(after) and not _rate_true(n, before, goods):
            findings.append(f"rate: {shown!r}")
        elif not _known(n, goods or about, said):
            findings.append(f"number: {shown!r}")
        if goods and not _unit_true(n, before, after, goods):
            findings.append(f"unit: {shown!r}")
    return findings


def _money_true(
    n: Number, before: str, after: str, said: str, goods: Sequence[Goods], about: Sequence[Goods]
) -> bool:
    old = bool(_OLD.search(before[-16:])) or bool(re.match(r"\s*\w*\s*(before|struck)", after))
    off = bool(
        re.search(r"(sav(?:e|es|ed|ing)|省|减|便宜|降了|直降|差价?|(?<!多)少)[^.。,，;；多]{0,10}$", before)
    ) or bool(re.match(r"\s*(?:us ?)?(?:dollars?|美元)?\s*(?:and \w+ cents )?(?:off|less|cheaper)", after))
    bound = bool(_BOUND.search(before)) or bool(re.match(r"\s*(美元|美金)?\s*(都?不到|以内|以下)", after))
    times = (
        [Decimal(k) for k in range(1, 6)]
        if re.search(r"\b(two|three|four|pair|both|2|3|4)\b|[两三四二]", said)
        else [Decimal(1)]
    )
    sums = {sum((g.price for g in about), Decimal(0))}
    for value in n.readings:
        for g in goods:
            if bound and g.price < value <= g.price + 25:
                return True
            if off:
                if g.compare_at and value == g.compare_at - g.price:
                    return True
                continue
            if g.compare_at == value and (old or re.search(r"原价|was|down|划", said)):
                return True
            if not bound and any(value == g.price * k for k in times):
                return True
            about_it = re.search(r"(about|roughly|around|大概|约)\W*\$?\s*$", before)
            if about_it and g.price <= value <= g.price + 2:
                return True
        if value in sums and len(about) > 1:
            return True
    return False


def _unit_true(n: Number, before: str, after: str, goods: Sequence[Goods]) -> bool:
    """A number with a unit stands with that unit on the page, as it is or converted."""
    unit = next((names for names in UNITS if names.match(after)), None)
    if unit is None:
        return True
    if _converted(n, goods):
        return True
    loose = bool(
        re.search(r"(over|more than|less than|under|fewer than|about|almost|超过|不到|约|大约)\W*$", before)
    )
    for g in goods:
        for seen in numbers(g.page):
            if unit.match(g.page[seen.end :]) or unit.match(
                g.page[seen.end :].lstrip(" x×to至码0123456789.,")
            ):
                for v in n.readings:
                    if v in seen.readings or (loose and any(abs(v - w) <= w / 10 for w in seen.readings)):
                        return True
        if unit.match(" hours") and Decimal(30) in g.figures and Decimal(30) in n.readings:
            return True
    return False


def _options(said: str, goods: Goods) -> list[str]:
    return [
        k
        for k in goods.stock
        if k and re.search(rf"(?<![\d.]){re.escape(k)}(?![\d.])" if k.isdigit() else re.escape(k), said)
    ]


def _stock_true(n: Number, said: str, goods: Sequence[Goods]) -> bool:
    clause = _clause_around(said, n.start)
    for g in goods:
        named = _options(_digits(clause), g) or _options(_digits(said), g)
        whole = sum(v for k, v in g.stock.items() if not k or k.isascii())
        true = [Decimal(g.stock[k]) for k in named] or [Decimal(whole)]
        if any(v in true for v in n.readings):
            return True
    return any(v <= 3 for v in n.readings) and not goods


def _digits(said: str) -> str:
    """Number words as digits, so that "size forty-five" is an option."""
    out, at = [], 0
    for n in numbers(said):
        out += [said[at : n.start], f" {n.readings[0]:f} "]
        at = n.end
    return "".join([*out, said[at:]])


def _clause_around(said: str, at: int) -> str:
    cuts = [0, *(m.end() for m in _CLAUSE.finditer(said)), len(said)]
    start = max(c for c in cuts if c <= at)
    return said[start : min(c for c in cuts if c > at)]


def _zhe_true(n: Number, goods: Sequence[Goods]) -> bool:
    return any(g.compare_at and g.price / g.compare_at * 10 in n.readings for g in goods)


def _rate_true(n: Number, before: str, goods: Sequence[Goods]) -> bool:
    for g in goods:
        if g.compare_at:
            rate = (1 - g.price / g.compare_at) * 100
            if any(rate - 1 < v <= rate for v in n.readings):
                return True
    return any(f"{v:f}%" in g.page for g in goods for v in n.readings)


def _known(n: Number, goods: Sequence[Goods], said: str) -> bool:
    if (
        n.word
        and all(v <= 10 for v in n.readings[:1])
        and not re.match(r"\s*(hours?|litres?|%|个?小时|升|毫升|年|year)", said[n.end :])
    ):
        return True  # "one of them", "two things": small words count nothing
    if all(v <= 3 for v in n.readings) and not goods:
        return True
    if re.match(
        r"\s*(?:kg|g\b|ml|l\b|m\b|cm|grams?|litres?|metres?|升|毫升|克|公斤|米|厘米)", said[n.end :]
    ) and _converted(n, goods):
        return True
    return any(v in g.figures for g in goods for v in n.readings) or (
        not goods and any(v <= 12 for v in n.readings)
    )


def _availability(said: str, about: Sequence[Goods]) -> list[str]:
    """Clauses that say that something can be had, or cannot, against the stock of what they name."""
    findings = []
    lately: list[str] = []  # options named in the clause before
    for clause in _CLAUSE.split(said):
        if not clause or "?" in clause or not about:
            continue
        before, lately = lately, _options(_digits(clause), about[0])
        gone, here = bool(_GONE.search(clause)), bool(_HERE.search(clause))
        if gone == here or (here and re.search(r"\bnot\b|n't|\bno\b|\bin stock:|没|不", clause)):
            continue
        for g in about[:1]:
            named = _options(_digits(clause), g) or [k for k in before if k in g.stock]
            left = [g.stock[k] for k in named] if named else [max(g.stock.values())]
            if gone and named and all(v > 0 for v in left):
                findings.append(f"availability: {clause.strip()!r}")
            if gone and not named and left[0] > 0 and not OPTION_WORDS.search(clause):
                findings.append(f"availability: {clause.strip()!r}")
            if here and all(v <= 0 for v in left):
                findings.append(f"availability: {clause.strip()!r}")
    return findings
