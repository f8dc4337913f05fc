"""Every checkable statement about a product, derived from what the catalogue says at a moment. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from products.catalogue import Fact, FactKind, Product, Variant
from products.numbers import find_numbers
from products.units import unit_after

IN_STOCK = "in_stock"
SOLD_OUT = "sold_out"
FROM, TO = "from", "to"  # ends of a price range
_LINK = re.compile(r"\s*(?:x|×|\*|乘以?|to|-|–|—|~|～|至|到|by)\s*", re.I)


def facts_of(product: Product, now: datetime) -> tuple[Fact, ...]:
    """Facts in force at `now`; how old each may be is for `Fact.fresh`.

    Ids: HANDLE/name/LANG, HANDLE/text/LANG/N, HANDLE/spec/LANG/N, HANDLE/SKU/price (compare_at, saving,
    discount, stock), HANDLE/price when all variants agree, else HANDLE/price/from and HANDLE/price/to (so for
    the derived ones),
    HANDLE/stock (the sum, when each is tracked), HANDLE/option/NAME/VALUE, HANDLE/available/NAME/VALUE,
    HANDLE/available. Values: amounts as decimals, discounts as percent with two decimals, options as their
    words, availability IN_STOCK or SOLD_OUT. Units: currency, "%", the option's name, "NAME=VALUE" for
    availability, a unit of
    products/units.py for specs. An offer outside its time gives no price at all.
    """
    return (*_words(product), *_prices(product, now), *_stock(product), *_options(product))


def option_words(product: Product, value: str) -> Mapping[str, str]:
    """An option's name or value by language, the default language first."""
    return {product.default_language: value} | {
        language: text.options[value] for language, text in product.texts.items() if value in text.options
    }


def _text_at(product: Product) -> datetime:
    return max(v.offer.seen_at for v in product.variants)


def _words(product: Product) -> Iterator[Fact]:
    at = _text_at(product)
    for language, text in product.texts.items():

        def fact(
            key: str,
            kind: FactKind,
            value: str,
            unit: str = "",
            language: str = language,
            source: str = text.source,
        ) -> Fact:
            return Fact(
                id=f"{product.handle}/{key}",
                product=product.handle,
                kind=kind,
                value=value,
                unit=unit,
                language=language,
                source=source,
                at=at,
            )

        yield fact(f"name/{language}", FactKind.NAME, text.title)
        for n, sentence in enumerate(text.sentences):
            source = text.approved.get(sentence, text.source)
            yield fact(f"text/{language}/{n}", FactKind.TEXT, sentence, source=source)
        specs = dict.fromkeys(pair for s in (text.title, *text.sentences) for pair in spec_numbers(s))
        for n, (value, unit) in enumerate(specs):
            yield fact(f"spec/{language}/{n}", FactKind.SPEC, plain(value), unit)


@lru_cache(maxsize=4096)
def spec_numbers(sentence: str) -> tuple[tuple[Decimal, str], ...]:
    """(value, unit) of each number in a sentence; in "60 x 40 x 11 cm" and "2,700 to 4,000 K" all carry the
    last unit.
    """
    numbers = find_numbers(sentence)
    units = [n.unit or unit_after(sentence, n.end)[0] for n in numbers]
    for i in range(len(numbers) - 2, -1, -1):
        if not units[i] and _LINK.fullmatch(sentence[numbers[i].end : numbers[i + 1].start]):
            units[i] = units[i + 1]
    return tuple(
        (r, u) for n, u in zip(numbers, units, strict=True) for r in n.readings[-1:] + n.readings[:-1]
    )


def plain(value: Decimal) -> str:
    """A decimal without exponent: 59.00 stays 59.00, 1E+2 becomes 100."""
    return format(value, "f")


def in_force(variant: Variant, now: datetime) -> bool:
    offer = variant.offer
    return (offer.valid_from is None or offer.valid_from <= now) and (
        offer.valid_to is None or now < offer.valid_to
    )


def _prices(product: Product, now: datetime) -> Iterator[Fact]:
    amounts: dict[FactKind, list[Fact]] = {}
    offered = [v for v in product.variants if in_force(v, now)]
    for variant in offered:
        for kind, value, unit in _amounts(variant):
            amounts.setdefault(kind, []).append(
                Fact(
                    id=f"{product.handle}/{variant.sku}/{kind.value}",
                    product=product.handle,
                    sku=variant.sku,
                    kind=kind,
                    value=plain(value),
                    unit=unit,
                    source=variant.offer.source,
                    at=variant.offer.seen_at,
                )
            )
    for kind, facts in amounts.items():
        yield from facts
        if len(facts) == len(
            product.variants
        ):  # else some variant has none, and the product as a whole neither
            yield from _over_all(facts, f"{product.handle}/{kind.value}")


def _amounts(variant: Variant) -> Iterator[tuple[FactKind, Decimal, str]]:
    offer = variant.offer
    price, currency = offer.price.amount, offer.price.currency
    yield FactKind.PRICE, price, currency
    if (
        offer.compare_at is not None
        and offer.compare_at.currency == currency
        and offer.compare_at.amount > price
    ):
        compare = offer.compare_at.amount
        yield FactKind.COMPARE_AT, compare, currency
        yield FactKind.SAVING, compare - price, currency
        percent = (compare - price) * 100 / compare
        yield FactKind.DISCOUNT, percent.quantize(Decimal("0.01"), ROUND_HALF_UP), "%"


def _over_all(facts: list[Fact], key: str) -> Iterator[Fact]:
    """One fact for the product when its variants agree, else the ends of the range. As old as the oldest."""
    at = min(f.at for f in facts)
    low, high = min(facts, key=lambda f: Decimal(f.value)), max(facts, key=lambda f: Decimal(f.value))
    if len({f.unit for f in facts}) > 1:
        return
    if Decimal(low.value) == Decimal(high.value):
        yield low.model_copy(update={"id": key, "sku": None, "at": at})
        return
    for end, fact in ((FROM, low), (TO, high)):
        yield fact.model_copy(update={"id": f"{key}/{end}", "sku": None, "at": at})


def _stock(product: Product) -> Iterator[Fact]:
    tracked = [v for v in product.variants if v.stock.quantity is not None]
    facts = [
        Fact(
            id=f"{product.handle}/{v.sku}/stock",
            product=product.handle,
            sku=v.sku,
            kind=FactKind.STOCK,
            value=str(max(0, v.stock.quantity or 0)),
            source=v.stock.source,
            at=v.stock.seen_at,
        )
        for v in tracked
    ]
    yield from facts
    if facts and len(facts) == len(product.variants):
        total = sum(int(f.value) for f in facts)
        yield facts[0].model_copy(
            update={
                "id": f"{product.handle}/stock",
                "sku": None,
                "value": str(total),
                "at": min(f.at for f in facts),
            }
        )


def _options(product: Product) -> Iterator[Fact]:
    by_value: dict[tuple[str, str], list[Variant]] = {}
    for variant in product.variants:
        for pair in variant.options:
            by_value.setdefault(pair, []).append(variant)
    for (name, value), variants in by_value.items():
        sku = variants[0].sku if len(variants) == 1 else None
        for language, word in option_words(product, value).items():
            default = language == product.default_language
            yield Fact(
                id=f"{product.handle}/option/{name}/{value}" + ("" if default else f"/{language}"),
                product=product.handle,
                sku=sku,
                kind=FactKind.OPTION,
                value=word,
                unit=name if default else option_words(product, name).get(language, name),
                language=None if default else language,
                source=variants[0].offer.source,
                at=_text_at(product),
            )
        yield _available(product, variants, f"/{name}/{value}", f"{name}={value}", sku)
    yield _available(product, product.variants, "", "", None)


def _available(product: Product, variants: Iterable[Variant], key: str, unit: str, sku: str | None) -> Fact:
    found = tuple(variants)
    gone = all(v.stock.sold_out for v in found)
    return Fact(
        id=f"{product.handle}/available{key}",
        product=product.handle,
        sku=sku,
        kind=FactKind.AVAILABILITY,
        value=SOLD_OUT if gone else IN_STOCK,
        unit=unit,
        source=found[0].stock.source,
        at=min(v.stock.seen_at for v in found),
    )
