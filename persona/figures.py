"""How amounts and lists are written in a line. The voice turns digits into words; captions show them."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from products.catalogue import Money

_EN_SIGNS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "AUD": "A$",
    "CAD": "C$",
    "HKD": "HK$",
    "SGD": "S$",
    "NZD": "NZ$",
}
_EN_WORDS = {"CNY": "yuan", "JPY": "yen"}
_ZH_UNITS = {
    "USD": "美元", "EUR": "欧元", "GBP": "英镑", "CNY": "元", "JPY": "日元", "HKD": "港元", "TWD": "新台币",
    "AUD": "澳元", "CAD": "加元", "SGD": "新加坡元", "NZD": "新西兰元", "CHF": "瑞士法郎",
}  # fmt: skip


def amount(value: Decimal) -> str:
    """Plain digits: no trailing zeros after the point, never an exponent: 59, 18.5, 1200."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(price: Money, language: str) -> str:
    """As a buyer reads it: "$59", "$18.50", "80 yuan"; "59美元", "18.5美元". Others keep their code."""
    if language == "zh":
        return f"{amount(price.amount)}{_ZH_UNITS.get(price.currency, price.currency)}"
    whole = price.amount == price.amount.to_integral_value()
    digits = f"{price.amount:,.0f}" if whole else f"{price.amount:,.2f}"
    if price.currency in _EN_SIGNS:
        return f"{_EN_SIGNS[price.currency]}{digits}"
    return f"{digits} {_EN_WORDS.get(price.currency, price.currency)}"


def listed(items: Sequence[str], language: str, last: str = "and") -> str:
    """A list as it is spoken: "a, b and c"; "a、b和c"."""
    if len(items) < 2:
        return "".join(items)
    if language == "zh":
        return "、".join(items[:-1]) + ("或" if last == "or" else "和") + items[-1]
    return ", ".join(items[:-1]) + f" {last} {items[-1]}"


def consecutive(values: Sequence[str]) -> bool:
    """Whether they are three or more whole numbers in order, without a gap: sayable as "36 to 45"."""
    if len(values) < 3 or not all(value.isascii() and value.isdigit() for value in values):
        return False
    numbers = [int(value) for value in values]
    return all(b == a + 1 for a, b in pairwise(numbers))
