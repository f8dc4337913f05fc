"""A product as it may be spoken of at one moment, in one language: nothing stale, nothing implied."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from products.catalogue import MAX_AGE, FactKind, Money, Product, Variant

LOW_STOCK = 5
"""A count up to here is worth telling: it is the figure itself that is said, never only a hint of hurry."""

_SIZE = re.compile(r"size|尺码|尺寸|码数|鞋码", re.IGNORECASE)
_COLOUR = re.compile(r"colou?r|颜色|色", re.IGNORECASE)
_PAIRED = re.compile(r"shoes?|sneakers?|boots?|sandals?|slippers?|socks?|plimsolls?|鞋|靴|袜", re.IGNORECASE)
_AXIS_ZH = {
    "size": "尺码",
    "colour": "颜色",
    "color": "颜色",
    "material": "材质",
    "style": "款式",
    "title": "款式",
}
_VALUE_ZH = {
    "white": "白色", "black": "黑色", "red": "红色", "blue": "蓝色", "green": "绿色", "yellow": "黄色",
    "grey": "灰色", "gray": "灰色", "pink": "粉色", "purple": "紫色", "brown": "棕色", "orange": "橙色",
    "beige": "米色", "silver": "银色", "gold": "金色",
}  # fmt: skip
"""Plain colours only: a shop's own colour names ("Sand") are translated by its catalogue, not here."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option value. `value`: as in the catalogue; `shown`: in the language; `phrase`: as it is said."""

    value: str
    shown: str
    phrase: str
    sold_out: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """One option, e.g. Size. `kind`: "size", "colour" or "other". `label`: its name in the language."""

    name: str
    label: str
    kind: str
    choices: tuple[Choice, ...]

    @property
    def gone(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.sold_out)

    @property
    def left(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if not choice.sold_out)


@dataclass(frozen=True, slots=True)
class ProductView:
    """What is known and fresh.

    low, high    of the variants that can be bought (all, when none can); None when stale or not in force
    compare_at   only with one price, and only above it
    axes         options with more than one value, or one that names something
    stock_known  every stock figure is fresh; `sold_out`, gone choices and `scarce` hold only then
    scarce       variants with 1..LOW_STOCK left
    looks_gone   the last figures, stale or not, say sold out: do not ask to buy
    """

    product: Product
    language: str
    title: str
    low: Money | None
    high: Money | None
    compare_at: Money | None
    axes: tuple[Axis, ...]
    stock_known: bool
    sold_out: bool
    looks_gone: bool
    scarce: tuple[Variant, ...]
    paired: bool

    @property
    def price(self) -> Money | None:
        """The one price, when there is one."""
        return self.low if self.low is not None and self.low == self.high else None

    @property
    def saving(self) -> Money | None:
        if self.compare_at is None or self.low is None:
            return None
        return Money(amount=self.compare_at.amount - self.low.amount, currency=self.low.currency)

    def phrase_of(self, variant: Variant) -> str:
        """How a variant is named: "size 42", "Olive", "42码"; empty for the only one."""
        words = [said(name, value, self.product, self.language) for name, value in real_options(variant)]
        return (", " if self.language == "en" else "").join(words)


def view(product: Product, language: str, now: datetime) -> ProductView:
    """What may be said of `product` at `now`."""
    stock_known = all(_fresh(v.stock.seen_at, FactKind.STOCK, now) for v in product.variants)
    buyable = [v for v in product.variants if not v.stock.sold_out] or list(product.variants)
    in_force = all(_in_force(v, now) for v in buyable)
    prices = [v.offer.price for v in buyable]
    comparable = in_force and len({p.currency for p in prices}) == 1
    low = min(prices, key=lambda p: p.amount) if comparable else None
    high = max(prices, key=lambda p: p.amount) if comparable else None
    words = product.text(language)
    return ProductView(
        product=product,
        language=language,
        title=words.title,
        low=low,
        high=high,
        compare_at=_compare_at(buyable) if low is not None and low == high else None,
        axes=_axes(product, language, stock_known),
        stock_known=stock_known,
        sold_out=product.sold_out and stock_known,
        looks_gone=product.sold_out,
        scarce=tuple(v for v in product.variants if 1 <= (v.stock.quantity or 0) <= LOW_STOCK)
        if stock_known
        else (),
        paired=bool(_PAIRED.search(f"{product.category} {words.title}")),
    )


def real_options(variant: Variant) -> Sequence[tuple[str, str]]:
    """Its options without the placeholder that shops use for "there is only one"."""
    return [(name, value) for name, value in variant.options if value.casefold() != "default title"]


def axis_kind(name: str) -> str:
    return "size" if _SIZE.search(name) else "colour" if _COLOUR.search(name) else "other"


def shown(value: str, product: Product, language: str) -> str:
    """An option value in the language: the catalogue's own word, else a plain colour's, else unchanged."""
    own = product.text(language).options.get(value)
    if own:
        return own
    return _VALUE_ZH.get(value.casefold(), value) if language == "zh" else value


def said(name: str, value: str, product: Product, language: str) -> str:
    """An option value as part of a sentence: sizes carry their noun, colours speak for themselves."""
    word = shown(value, product, language)
    if axis_kind(name) != "size":
        return word
    if language == "zh":
        return word if word.endswith(("码", "号")) else f"{word}码"
    return word if word.casefold().startswith("size") else f"size {word}"


def _axes(product: Product, language: str, stock_known: bool) -> tuple[Axis, ...]:
    values: dict[str, dict[str, list[Variant]]] = {}
    for variant in product.variants:
        for name, value in real_options(variant):
            values.setdefault(name, {}).setdefault(value, []).append(variant)
    axes = []
    for name, by_value in values.items():
        label = product.text(language).options.get(name)
        if label is None:
            label = _AXIS_ZH.get(name.casefold(), name) if language == "zh" else name.casefold()
        choices = tuple(
            Choice(
                value=value,
                shown=shown(value, product, language),
                phrase=said(name, value, product, language),
                sold_out=stock_known and all(v.stock.sold_out for v in variants),
            )
            for value, variants in by_value.items()
        )
        axes.append(Axis(name, label, axis_kind(name), choices))
    return tuple(axes)


def _compare_at(variants: Sequence[Variant]) -> Money | None:
    found = {v.offer.compare_at for v in variants}
    if len(found) != 1:
        return None
    compare_at = found.pop()
    price = variants[0].offer.price
    if compare_at is None or compare_at.currency != price.currency or compare_at.amount <= price.amount:
        return None
    return compare_at


def _in_force(variant: Variant, now: datetime) -> bool:
    offer = variant.offer
    started = offer.valid_from is None or offer.valid_from <= now
    running = offer.valid_to is None or now < offer.valid_to
    return started and running and _fresh(offer.seen_at, FactKind.PRICE, now)


def _fresh(seen_at: datetime, kind: FactKind, now: datetime) -> bool:
    """As Fact.fresh says it."""
    age = now - seen_at
    return timedelta(minutes=-1) <= age <= MAX_AGE[kind]
