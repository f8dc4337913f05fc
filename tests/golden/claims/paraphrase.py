"""Writes paraphrased/*.jsonl: what hosts say, by grammar, of the products of the sample shop: true
sentences and the same with one amount changed. The sentences stand in grammar/*.txt. The same files come out
each time.

    python tests/golden/claims/paraphrase.py
"""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
HAN = "零一二三四五六七八九"
NAMES = {
    "en": ("Anna", "Marcus", "Priya", "Tom", "Yuki", "Femi", "Chloe", "Diego"),
    "zh": ("小雨", "阿明", "丽丽", "小陈", "豆豆", "老王", "晓红", "大刘"),
}


@dataclass(frozen=True, slots=True)
class Goods:
    """A product in the words of hosts. `things`: said in the plural."""

    handle: str
    number: int
    en: str
    zh: str
    measure: str
    price: Decimal
    compare: Decimal | None = None
    things: bool = False


GOODS = tuple(
    Goods(h, n + 1, en, zh, m, Decimal(p), Decimal(c) if c else None, en.endswith("s"))
    for n, (h, en, zh, m, p, c) in enumerate(
        (
            ("harbor-sneakers", "sneakers", "帆布鞋", "双", "59", "75"),
            ("dawn-mug", "mug", "杯子", "个", "18.5", ""),
            ("fjord-bottle", "bottle", "保温瓶", "个", "29.9", "36"),
            ("willow-tote", "tote", "托特包", "个", "34", ""),
            ("lumen-lamp", "lamp", "台灯", "台", "64", ""),
            ("pebble-earbuds", "earbuds", "耳机", "副", "79", "99"),
            ("meadow-candle", "candle", "蜡烛", "支", "16", ""),
            ("cloud-pillow", "pillow", "枕头", "个", "45", ""),
            ("orchard-tea", "tea", "茶叶", "份", "22", ""),
            ("drift-blanket", "blanket", "毯子", "条", "89", ""),
            ("atlas-backpack", "backpack", "双肩包", "个", "96", "120"),
            ("maple-board", "board", "砧板", "块", "38", ""),
        )
    )
)
BY_HANDLE = {g.handle: g for g in GOODS}
SLOT = re.compile(r"\{(\w+)\}")
NUMBER = re.compile(r"<([\d.]+)>")
CHOICE = re.compile(r"\[([^\[\]]*)\]")


def english(number: int) -> str:
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    if number < 1000:
        rest = f" and {english(number % 100)}" if number % 100 else ""
        return f"{ONES[number // 100]} hundred{rest}"
    rest = f" {english(number % 1000)}" if number % 1000 else ""
    return f"{english(number // 1000)} thousand{rest}"


def chinese(number: int) -> str:
    if number < 10:
        return HAN[number]
    for scale, sign in ((1000, "千"), (100, "百"), (10, "十")):
        if number >= scale:
            head, rest = divmod(number, scale)
            first = "" if scale == 10 and head == 1 else HAN[head]
            gap = "零" if rest and rest < scale // 10 else ""
            tail = "" if not rest else ("一" if scale > 10 and 10 <= rest < 20 else "") + chinese(rest)
            return first + sign + gap + tail
    raise ValueError(number)


def plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def money(value: Decimal, lang: str, draw: random.Random, *, bare: bool = False) -> str:
    """An amount of dollars as hosts say it; `bare`: without the currency."""
    whole, cents = int(value), int(value * 100) % 100
    if lang == "zh":
        tail = f"块{HAN[cents // 10]}" if cents else ""
        if bare:
            return draw.choice((chinese(whole), str(whole))) + (tail or draw.choice(("块", "")))
        if cents:
            return draw.choice((f"{plain(value)}美元", f"{value:.2f}美元", f"{chinese(whole)}{tail}"))
        return draw.choice((f"{whole}美元", f"{chinese(whole)}美元", f"{whole}美金", f"{chinese(whole)}块"))
    tail = f" {english(cents)}" if cents else ""
    if bare:
        return draw.choice((english(whole) + tail, f"{value:.2f}" if cents else str(whole)))
    if cents:
        spoken = (f"{english(whole)} dollars{tail}", f"{english(whole)} dollars and {english(cents)} cents")
        return draw.choice((f"${value:.2f}", f"{value:.2f} dollars", *spoken))
    return draw.choice(
        (f"${whole}", f"{whole} dollars", f"{english(whole)} dollars", f"{english(whole)} bucks")
    )


def bound(value: Decimal, *, true: bool) -> Decimal:
    """A round amount above a price, or one that is not above it."""
    step = 10 if value >= 25 else 5
    floor = Decimal(int(value) // step * step)
    return floor + step if true else floor - (step if floor == value else 0)


def near(value: Decimal, *, true: bool) -> Decimal | None:
    """A round amount that is at most 5 per cent over a price; None when there is none."""
    for step in (5, 1):
        rounded = -(-value // step) * step
        if value <= rounded <= value * Decimal("1.05"):
            return rounded if true else value - value // 8
    return None


def another(value: Decimal, draw: random.Random) -> Decimal:
    if value != int(value):
        return value + draw.choice((Decimal("0.2"), Decimal(1), Decimal(3)))
    many = [Decimal(n) for n in (5, 10, 20)] if value >= 30 else [Decimal(n) for n in (1, 2, 4, 5)]
    return value + draw.choice(many)


def slots(g: Goods, lang: str, true: bool, draw: random.Random) -> dict[str, str]:
    """What stands for each slot; amounts that the product has not are missing."""
    shift = Decimal(0) if true else draw.choice([Decimal(n) for n in (-9, -4, 1, 5, 10, 30)])
    price = g.price + shift
    name, other = draw.sample(NAMES[lang], 2)
    found = {
        "p": money(price, lang, draw),
        "pb": money(price, lang, draw, bare=True),
        "pk": money(price, lang, draw, bare=True),
        "twice": money(2 * g.price + shift, lang, draw),
        "above": money(bound(g.price, true=true), lang, draw),
        "ab": money(bound(g.price, true=true), lang, draw, bare=True),
        "c2": money(g.price + 20, lang, draw),
        "n": str(g.number),
        "name": name,
    }
    if (about := near(g.price, true=true)) is not None:
        found["near"] = money(about, lang, draw)
        found["nb"] = money(about, lang, draw, bare=True)
    if g.compare is not None:
        saved = g.compare - g.price
        percent = int(saved * 100 / g.compare) + (0 if true else draw.choice((3, 10, 20)))
        found["c"] = money(g.compare + shift, lang, draw)
        found["s"] = money(saved + abs(shift), lang, draw)
        found["pct"] = (
            f"{percent}%" if lang == "zh" else draw.choice((f"{percent} %", f"{english(percent)} per cent"))
        )
        if g.price * 10 % g.compare == 0:
            found["zhe"] = f"{HAN[int(g.price * 10 / g.compare) - (0 if true else 2)]}折"
    found |= _words(g, lang, name, other)
    return found | {
        k.capitalize(): v[:1].upper() + v[1:] for k, v in found.items() if k.islower() and len(k) < 6
    }


def _words(g: Goods, lang: str, name: str, other: str) -> dict[str, str]:
    if lang == "zh":
        return {"the": g.zh, "m": g.measure, "name": name}
    verbs = {f"{v}s": v if g.things else f"{v}s" for v in ("cost", "come", "leave", "stay")}
    return verbs | {
        "goes": "go" if g.things else "goes",
        "has": "have" if g.things else "has",
        "is": "are" if g.things else "is",
        "was": "were" if g.things else "was",
        "not": "no longer",
        "it": "they" if g.things else "it",
        "its": "they're" if g.things else "it's",
        "them": "them",
        "this": f"these {g.en}" if g.things else f"this {g.en}",
        "the": f"the {g.en}",
        "kind": "pair" if g.things else g.en,
        "name": name,
        "Name2": other,
        "n": f"link {g.number}",
    }


def filled(text: str, g: Goods, lang: str, true: bool, draw: random.Random) -> str | None:
    """A sentence of the grammar about a product; None when a slot has no value there."""
    while m := CHOICE.search(text):
        text = text[: m.start()] + draw.choice(m.group(1).split("|")) + text[m.end() :]
    values = slots(g, lang, true, draw)
    if any(slot not in values for slot in SLOT.findall(text)):
        return None
    numbers = NUMBER.findall(text)
    wrong = -1 if true or not numbers else draw.randrange(len(numbers))
    for i, number in enumerate(numbers):
        value = another(Decimal(number), draw) if i == wrong else Decimal(number)
        spoken = plain(value)
        if value == int(value) and draw.random() < 0.5:
            spoken = chinese(int(value)) if lang == "zh" else english(int(value))
        text = NUMBER.sub(spoken, text, count=1)
    text = SLOT.sub(lambda m: values[m.group(1)], text)
    return text[:1].upper() + text[1:]


def templates(lang: str) -> Iterator[tuple[str, tuple[tuple[str, ...], ...], str, str]]:
    """(role, the products it may be said of, sign, text) of each sentence."""
    role: str = ""
    tables: tuple[tuple[str, ...], ...] = ()
    for line in (HERE / "grammar" / f"{lang}.txt").read_text("utf-8").splitlines():
        sign, _, rest = line.strip().partition(" ")
        if (
            sign == "#"
            and rest.split()[0].isidentifier()
            and all(part in BY_HANDLE for word in rest.split()[1:] for part in word.split("+"))
        ):
            role, *named = rest.split()
            tables = tuple(tuple(w.split("+")) for w in named) or tuple((g.handle,) for g in GOODS)
        elif sign in ("=", "+", "-"):
            yield role, tables, sign, rest


def sentences(lang: str) -> Iterator[dict[str, object]]:
    """Each sentence of the grammar for one product, a true one and a false one where it has an amount."""
    count = 0
    for number, (role, tables, sign, text) in enumerate(templates(lang)):
        draw = random.Random(f"{lang} {number} {text}")
        for true in {"=": (True, False), "+": (True,), "-": (False,)}[sign]:
            for table in draw.sample(tables, len(tables)):
                goods = BY_HANDLE[table[0]]
                amount = true or sign == "-"
                if (spoken := filled(text, goods, lang, amount, draw)) is None:
                    continue
                count += 1
                yield {
                    "id": f"paraphrased-{lang}-{count:04d}",
                    "lang": lang,
                    "product": table[0],
                    **({"others": list(table[1:])} if len(table) > 1 else {}),
                    "text": spoken,
                    "expect": "cleared" if true else "refused",
                    "role": role,
                    "reason": ("the catalogue says so" if true else "the amount is another")
                    if sign == "="
                    else "the catalogue carries it"
                    if true
                    else "the catalogue does not say so",
                }
                break


def main() -> None:
    for lang in ("en", "zh"):
        rows = sentences(lang)
        path = HERE / "paraphrased" / f"paraphrased-{lang}.jsonl"
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")


if __name__ == "__main__":
    main()
