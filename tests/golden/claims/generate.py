"""Writes tuning/generated-*.jsonl: sentences made by rule from every product of the sample shop, true ones
and the same with one figure or option changed. The same files come out each time.

    python tests/golden/claims/generate.py
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from products.catalogue import Product, Variant
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine

HERE = Path(__file__).parent
SHOP = HERE.parents[2] / "sample" / "shop"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PRICE = {
    "en": ("It's ${0} today.", "You pay {0} dollars for it.", "The price is {0} USD.", "Yours for ${0}."),
    "zh": ("今天{0}美元。", "只要{0}美元。", "现价{0}美元，大家看一下。", "到手价{0}美元。"),
}
COMPARE = {
    "en": ("Down from ${0}.", "The list price is {0} dollars."),
    "zh": ("划线价{0}美元。", "原价{0}美元。"),
}
SAVING = {
    "en": ("You save {0} dollars.", "That is ${0} off."),
    "zh": ("立减{0}美元。", "比划线价省{0}美元。"),
}
STOCK = {"en": ("Only {0} left in {1}.",), "zh": ("{1}只剩{0}件。",)}
THERE = {"en": ("{0} is in stock.", "We have it in {0}."), "zh": ("{0}有货。", "{0}还有。")}
GONE = {"en": ("{0} is sold out.",), "zh": ("{0}卖完了。",)}
Line = tuple[str, bool, str, str]  # text, true, role, reason


def money(value: Decimal) -> str:
    return f"{value:.2f}".removesuffix(".00")


def wrong(value: Decimal, draw: random.Random) -> Decimal:
    return value + draw.choice([Decimal(-10), Decimal(-1), Decimal("0.5"), Decimal(7), Decimal(100)])


def amounts(product: Product, lang: str, draw: random.Random) -> Iterator[Line]:
    offer = product.variants[0].offer
    price = offer.price.amount
    kinds = [("price", price, PRICE)]
    if offer.compare_at is not None:
        compare = offer.compare_at.amount
        kinds += [("compare_at", compare, COMPARE), ("saving", compare - price, SAVING)]
    for role, value, patterns in kinds:
        told = f"the {role.replace('_', '-')} is {money(value)}"
        for pattern in draw.sample(patterns[lang], 2):
            yield pattern.format(money(value)), True, role, told
            yield pattern.format(money(wrong(value, draw))), False, role, told


def spoken(variant: Variant, product: Product, lang: str) -> str:
    _, value = variant.options[0]
    word = value if lang == product.default_language else product.text(lang).options.get(value, value)
    if value.isdigit():
        return f"{value}码" if lang == "zh" else f"Size {value}"
    return word if lang == "zh" else f"{word}"


def options(product: Product, lang: str, draw: random.Random) -> Iterator[Line]:
    with_options = [v for v in product.variants if v.options]
    for variant in draw.sample(with_options, min(3, len(with_options))):
        word, left = spoken(variant, product, lang), variant.stock.quantity or 0
        told = f"{word} has {left} left"
        yield draw.choice(THERE[lang]).format(word), left > 0, "availability", told
        yield draw.choice(GONE[lang]).format(word), left == 0, "availability", told
        if left:
            place = word.lower() if lang == "en" else word
            yield STOCK[lang][0].format(left, place), True, "stock", told
            yield STOCK[lang][0].format(left + 4, place), False, "stock", told


def main() -> None:
    engine = open_engine("sqlite://")
    create_tables(engine)
    for name in ("products.csv", "products.zh.csv"):
        import_catalogue(engine, SHOP / name, NOW)
    for lang in ("en", "zh"):
        draw, rows = random.Random(lang), []
        for product in SqlCatalogue(engine).products():
            for text, true, role, reason in (*amounts(product, lang, draw), *options(product, lang, draw)):
                number = len(rows) + 1
                rows.append(
                    {
                        "id": f"generated-{lang}-{number:03d}",
                        "lang": lang,
                        "product": product.handle,
                        "text": text,
                        "expect": "cleared" if true else "refused",
                        "role": role,
                        "reason": reason,
                    }
                )
        path = HERE / "tuning" / f"generated-{lang}.jsonl"
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")


if __name__ == "__main__":
    main()
