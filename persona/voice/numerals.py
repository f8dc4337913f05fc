"""Numbers in words: English (American, without "and") and Mandarin. Pure text, exact, no floats."""

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = ("", " thousand", " million", " billion", " trillion")
_IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
NUMBER_WORDS = frozenset((*_ONES, *_TENS, "hundred", "thousand", "million", "billion", "oh"))
"""English words that count."""
_HAN = "零一二三四五六七八九"
MOST_DIGITS = 15  # longer strings of digits are codes, not amounts: they are said digit by digit


def english_digits(digits: str) -> str:
    """ "105" -> "one oh five", as codes and phone numbers are said."""
    return " ".join("oh" if d == "0" and len(digits) > 1 else _ONES[int(d)] for d in digits)


def english_cardinal(n: int) -> str:
    """1299 -> "one thousand two hundred ninety-nine". 0 <= n < 10**15."""
    if n < 20:
        return _ONES[n]
    if n < 100:
        tens = _TENS[n // 10]
        return tens if n % 10 == 0 else f"{tens}-{_ONES[n % 10]}"
    if n < 1000:
        rest = n % 100
        return f"{_ONES[n // 100]} hundred" + (f" {english_cardinal(rest)}" if rest else "")
    parts: list[str] = []
    for scale in _SCALES:
        n, group = divmod(n, 1000)
        if group:
            parts.append(english_cardinal(group) + scale)
        if not n:
            break
    return " ".join(reversed(parts))


def english_ordinal(n: int) -> str:
    """22 -> "twenty-second"."""
    words = english_cardinal(n)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    head, tail = words[:cut], words[cut:]
    if tail in _IRREGULAR:
        return head + _IRREGULAR[tail]
    return head + (tail[:-1] + "ieth" if tail.endswith("y") else tail + "th")


def english_year(n: int) -> str:
    """2026 -> "twenty twenty-six", 2008 -> "two thousand eight". 1000 <= n <= 9999."""
    high, low = divmod(n, 100)
    if low == 0:
        return english_cardinal(n) if high % 10 == 0 else f"{english_cardinal(high)} hundred"
    if high % 10 == 0 and low < 10:
        return english_cardinal(n)
    return f"{english_cardinal(high)} " + (f"oh {_ONES[low]}" if low < 10 else english_cardinal(low))


def english_number(number: str) -> str:
    """A written amount: "2,700" -> "two thousand seven hundred", "5.30" -> "five point three oh"."""
    whole, _, part = number.replace(",", "").partition(".")
    if len(whole) > MOST_DIGITS or (len(whole) > 1 and whole.startswith("0")):
        words = english_digits(whole)
    else:
        words = english_cardinal(int(whole or "0"))
    return f"{words} point {english_digits(part)}" if part else words


def mandarin_digits(digits: str) -> str:
    """ "2026" -> "二零二六", as years and codes are said."""
    return "".join(_HAN[int(d)] for d in digits)


def mandarin_cardinal(n: int) -> str:
    """10500 -> "一万零五百", 12 -> "十二", 2000 -> "两千", 200 -> "二百". 0 <= n < 10**15."""
    if n == 0:
        return "零"
    words = ""
    bridge = False  # a zero stands between the group before and this one
    for unit, size in (("万亿", 10**12), ("亿", 10**8), ("万", 10**4), ("", 1)):
        group, n = divmod(n, size)
        if not group:
            bridge = bool(words)
            continue
        if words and (bridge or group < 1000):
            words += "零"
        bridge = False
        words += ("两" if group == 2 and unit else _below_ten_thousand(group)) + unit
    return words[1:] if words.startswith("一十") else words


def _below_ten_thousand(n: int) -> str:
    words = ""
    for unit, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, n = divmod(n, size)
        if digit:
            words += ("两" if digit == 2 and unit == "千" else _HAN[digit]) + unit
        elif words and n and not words.endswith("零"):
            words += "零"
    return words


def mandarin_number(number: str) -> str:
    """A written amount: "2,700" -> "两千七百", "18.5" -> "十八点五"."""
    whole, _, part = number.replace(",", "").partition(".")
    if len(whole) > MOST_DIGITS or (len(whole) > 1 and whole.startswith("0")):
        words = mandarin_digits(whole)
    else:
        words = mandarin_cardinal(int(whole or "0"))
    return f"{words}点{mandarin_digits(part)}" if part else words
