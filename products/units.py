"""Units of measure in English and Chinese, and which of them measure the same thing."""

import re
from decimal import Decimal

# unit: (dimension, factor to the dimension's base). Units that are alone in their dimension compare by name.
_KNOWN: dict[str, tuple[str, Decimal]] = {
    name: (dimension, Decimal(factor))
    for dimension, table in {
        "mass": {"mg": "0.001", "g": "1", "kg": "1000", "oz": "28.349523125", "lb": "453.59237"},
        "volume": {
            "ml": "1",
            "cl": "10",
            "l": "1000",
            "floz": "29.5735295625",
            "gal": "3785.411784",
            "pint": "473.176473",
        },
        "length": {"mm": "1", "cm": "10", "m": "1000", "km": "1000000", "inch": "25.4", "ft": "304.8"},
        "time": {"s": "1", "min": "60", "h": "3600", "day": "86400", "week": "604800"},
        "span": {"month": "1", "year": "12"},
    }.items()
    for name, factor in table.items()
}

_NAMES = {
    "mg": "mg|milligrams?|毫克",
    "g/m2": r"g\s?/\s?m(?:²|2|\^2)|gsm|(?:g|grams?)\s(?:per|a|to the)\s(?:square\s(?:met(?:re|er)|m)|m2|m²)|"
    "克/?每?(?:平方米|平米)",
    "g": "g|gr|grams?|克",
    "kg": "kgs?|kilos?|kilograms?|公斤|千克",
    "jin": "斤",
    "floz": r"fl\.?\s?oz\b|fluid\s+ounces?",
    "oz": "oz|ounces?|盎司",
    "lb": "lbs?|磅",
    "ml": "mls?|mils?|millilit(?:re|er)s?|毫升",
    "cl": "cl|centilit(?:re|er)s?",
    "gal": "gal|gallons?|加仑",
    "pint": "pints?|品脱",
    "l": "l|lit(?:re|er)s?|升",
    "mm": "mm|millimet(?:re|er)s?|毫米",
    "cm": "cm|centimet(?:re|er)s?|厘米|公分",
    "km": "km|kilomet(?:re|er)s?|公里|千米",
    "m2": "m²|sqm|square met(?:re|er)s?|平方米|平米",
    "m": "m|met(?:re|er)s?|米",
    "inch": "inch(?:es)?|英寸|寸",
    "ft": "ft|feet|foot|英尺",
    "min": "mins?|minutes?|分钟",
    "s": "secs?|seconds?|秒钟?",
    "h": "h|hrs?|hours?|小时|个小时|钟头|个钟头",
    "day": "days?|天",
    "week": "weeks?|周|星期|个星期",
    "month": "months?|个月",
    "year": "years?|年|周年",
    "lm": "lm|lumens?|流明",
    "K": r"k(?![a-z])|kelvins?|开尔文",
    "F": r"°\s?f|℉|(?:degrees\s+)?fahrenheit|华氏度",
    "C": r"°\s?c|℃|degrees(?:\s+(?:celsius|c))?|摄氏度|度",
    "mAh": "mah|毫安时?",
    "W": "w|watts?|瓦特?",
    "V": "v|volts?|伏特?",
    "Hz": "hz|赫兹?",
    "GB": "gb",
    "TB": "tb",
    "MP": "mp|万?像素",
    "dB": "db|分贝",
    "ppm": "ppm|页每分",
    "rpm": "rpm|转",
    "thread": "thread[- ]?count",
    "step": "(?:brightness |speed )?(?:steps|levels|speeds|modes)|档",
    "pocket": "pockets?|个口袋",
    "piece": "pieces?|pcs|片|粒|颗",
    "layer": "layers?|层",
}
_ASCII_ONLY = re.compile(r"[a-z]$", re.I)
# Longer names first, so that "ml" is not read as "m"; Latin names end at a word's end.
_PATTERN = re.compile(
    r"\s*-?\s*(?:of an?\s+)?(?:"
    + "|".join(f"(?P<u{i}>(?:{names})(?![a-zA-Z²]))" for i, (_, names) in enumerate(_NAMES.items()))
    + ")",
    re.I,
)
_BY_GROUP = {f"u{i}": unit for i, unit in enumerate(_NAMES)}
_TOTALS = {"jin": ("mass", Decimal(500))}


def unit_after(text: str, end: int) -> tuple[str, int]:
    """The unit that follows a number which ends at `end`, and where it ends; ("", end) when none does."""
    match = _PATTERN.match(text, end)
    if match is None or match.lastgroup is None:
        return "", end
    return _BY_GROUP[match.lastgroup], match.end()


def comparable(value: Decimal, unit: str) -> tuple[str, Decimal]:
    """(dimension, value in its base): equal for 1.2 kg and 1200 g."""
    if unit == "F":  # 86 °F = 30 °C
        return "C", ((value - 32) * 5 / 9).quantize(Decimal("0.01"))
    dimension, factor = _KNOWN.get(unit) or _TOTALS.get(unit) or (unit, Decimal(1))
    return dimension, value * factor


def same_dimension(a: str, b: str) -> bool:
    return comparable(Decimal(1), a)[0] == comparable(Decimal(1), b)[0]
