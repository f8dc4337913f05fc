"""The product card: what of a product may be shown at this moment. Facts older than their kind allows are
left out.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from bot.show.messages import Card
from products.catalogue import MAX_AGE, FactKind, Money, Product, Variant
from products.facts import in_force

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥", "KRW": "₩", "INR": "₹", "THB": "฿"}
SOLD_OUT = {"en": "{} sold out", "zh": "{}已售罄"}
FEW = 5  # so many or fewer are counted out
LEFT = {"en": "{} left", "zh": "仅余{}件"}
SIZES = {"en": "{} {}–{}", "zh": "{}{}–{}"}
JOIN = {"en": " · ", "zh": " · "}


def shown(money: Money) -> str:
    """ "$59.00", "¥199.00", else "59.00 CHF"."""
    places = 0 if money.currency in ("JPY", "KRW") else 2
    amount = f"{money.amount:,.{places}f}"
    symbol = SYMBOLS.get(money.currency)
    return f"{symbol}{amount}" if symbol else f"{amount} {money.currency}"


def card_of(product: Product, language: str, now: datetime, show: str = "") -> Card:
    """The card of `product`. `picture` is its file's name, to be found below /pictures/; without an address
    of the
    shop's the card leads to the offer page of `show`."""
    text = product.text(language)
    offered = [v for v in product.variants if in_force(v, now)]
    price, compare = _prices([v for v in offered if _fresh(FactKind.PRICE, v.offer.seen_at, now)])
    stock_known = all(_fresh(FactKind.STOCK, v.stock.seen_at, now) for v in product.variants)
    return Card(
        handle=product.handle,
        number=product.number,
        title=text.title,
        price=price,
        compare_at=compare,
        detail=_detail(product, language, stock_known=stock_known),
        sold_out=product.sold_out and stock_known,
        picture=product.picture.name if product.picture else "",
        url=product.url or (f"/offer/{show}/{product.handle}" if show else ""),
    )


def _fresh(kind: FactKind, seen_at: datetime, now: datetime) -> bool:
    """As Fact.fresh: what may not be said may not be shown."""
    return timedelta(minutes=-1) <= now - seen_at <= MAX_AGE[kind]


def _prices(variants: Sequence[Variant]) -> tuple[str, str]:
    if not variants:
        return "", ""
    low = min(variants, key=lambda v: v.offer.price.amount)
    amounts = {v.offer.price.amount for v in variants}
    price = shown(low.offer.price)
    if len(amounts) > 1:
        return f"{price}–{shown(max(variants, key=lambda v: v.offer.price.amount).offer.price)}", ""
    compares = {v.offer.compare_at.amount if v.offer.compare_at else Decimal(0) for v in variants}
    compare = low.offer.compare_at
    same = len(compares) == 1 and compare is not None and compare.amount > low.offer.price.amount
    return price, shown(compare) if same and compare is not None else ""


def _detail(product: Product, language: str, *, stock_known: bool) -> str:
    text = product.text(language)
    names = {name for v in product.variants for name, _ in v.options}
    parts: list[str] = []
    if len(names) == 1 and all(v.options for v in product.variants):
        name = next(iter(names))
        values = [v.options[0][1] for v in product.variants]
        said = [text.options.get(v, v) for v in values]
        if len(values) > 3 and all(v.isdigit() for v in values):
            word = text.options.get(name, name) + ("s" if language == "en" else "")
            parts.append(
                SIZES.get(language, SIZES["en"]).format(word, min(values, key=int), max(values, key=int))
            )
        else:
            parts.append(" / ".join(said[:4]))
        gone = [w for v, w in zip(product.variants, said, strict=True) if v.stock.sold_out]
        if stock_known and gone and len(gone) < len(said):
            parts.append(SOLD_OUT.get(language, SOLD_OUT["en"]).format(", ".join(gone[:3])))
    elif stock_known and len(product.variants) == 1 and not product.sold_out:
        left = product.variants[0].stock.quantity
        if left is not None and 0 < left <= FEW:
            parts.append(LEFT.get(language, LEFT["en"]).format(left))
    return JOIN.get(language, JOIN["en"]).join(parts)
