"""English as it is said: prices, numbers, units, dates, times, codes, addresses."""

import logging
import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal

from persona.voice.numerals import (
    english_cardinal,
    english_digits,
    english_number,
    english_ordinal,
    english_year,
)
from persona.voice.tokens import HAN, LATIN, NUMBER, Kind, Rule, Token
from persona.voice.words_en import (
    COUNTRY,
    CURRENCY,
    FRACTIONS,
    MAGNITUDE,
    MONTHS,
    SHORT_WORDS,
    SPACED_UNITS,
    SPELLED,
    UNITS,
)

_DIMENSION_BEFORE = re.compile(rf"[\d²³][\s]*(?:[{LATIN}]{{1,2}}\s*)?\Z")
_PRICE = (
    r"(US|HK|NT|A|C)?([$€£¥￥])\s?(" + NUMBER + r")(?:\s?(k|K|M|m|bn|thousand|million|billion)(?![A-Za-z]))?"
)


LONGEST_WORD = 24


def _word(text: str, a: int, b: int) -> Token:
    return Token(text, a, b, Kind.WORD)


def spelled(letters: str) -> str:
    """ "USB" -> "U S B": capitals standing alone are said by their names."""
    return " ".join(letters.upper())


def _amount(number: str, names: tuple[str, str, str, str], *, one_word: bool = False) -> str:
    one, many, cent, cents = names
    value = Decimal(number.replace(",", ""))
    whole, hundredths = int(value), int(value % 1 * 100)
    if value * 100 % 1 or not cent:
        return f"{english_number(str(value.normalize()) if value % 1 else str(whole))} {many}"
    if not whole and hundredths:
        return f"{english_cardinal(hundredths)} {cent if hundredths == 1 else cents}"
    words = f"{english_number(str(whole))} {one if whole == 1 or one_word else many}"
    if not hundredths:
        return words
    if hundredths < 10:
        return f"{words} and {english_cardinal(hundredths)} {cent if hundredths == 1 else cents}"
    return f"{words} {english_cardinal(hundredths)}"


def _money(m: re.Match[str]) -> list[Token]:
    country, sign, number, magnitude = m.groups()
    names = CURRENCY[sign]
    prefix = COUNTRY[country or ""]
    if magnitude:
        words = f"{english_number(number)} {MAGNITUDE[magnitude]} {names[1]}"
    else:
        # "a $75 shoe" is a seventy-five dollar shoe
        before, after = m.string[: m.start()], m.string[m.end() :]
        adjective = bool(
            re.search(r"\b(?:an?|this|that|your)\s\Z", before, re.I) and re.match(r"[ -][a-z]", after)
        )
        words = _amount(number, names, one_word=adjective)
    if prefix:
        number_words, _, currency = words.partition(f" {names[0]}")
        words = f"{number_words} {prefix}{names[0]}{currency}"
    return [_word(words, m.start(), m.end())]


def _money_code(m: re.Match[str]) -> list[Token]:
    code, number = (m.group(1), m.group(2)) if m.group(1) else (m.group(4), m.group(3))
    return [_word(_amount(number, CURRENCY[code]), m.start(), m.end())]


def _iso_date(m: re.Match[str]) -> list[Token] | None:
    year, month, day = (int(g) for g in m.groups())
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return [_word(f"{MONTHS[month - 1]} {english_ordinal(day)} {english_year(year)}", *m.span())]


def _month_day(m: re.Match[str]) -> list[Token] | None:
    month = next(name for name in MONTHS if name.startswith(m.group(1).lower()[:3]))
    day = int(m.group(2))
    if not 1 <= day <= 31:
        return None
    return [_word(month, *m.span(1)), _word(english_ordinal(day), m.start(2), m.end())]


def _clock(m: re.Match[str]) -> list[Token]:
    hour, minute, half = int(m.group(1)), int(m.group(2)), m.group(3)
    if minute == 0:
        words = english_cardinal(hour) + ("" if half else " o'clock" if 1 <= hour <= 12 else " hundred")
    else:
        words = f"{english_cardinal(hour)} " + (
            english_digits(f"0{minute}") if minute < 10 else english_cardinal(minute)
        )
    return [_word(words + (f" {half.upper()} M" if half else ""), *m.span())]


def _hour(m: re.Match[str]) -> list[Token]:
    return [_word(f"{english_cardinal(int(m.group(1)))} {m.group(2).upper()} M", *m.span())]


def _percent(m: re.Match[str]) -> list[Token]:
    return [_word(f"{_signed(m.group(1))} percent", *m.span())]


def _signed(number: str) -> str:
    bare = number.lstrip("+-−")
    sign = "" if bare == number else "plus " if number[0] == "+" else "minus "
    return sign + english_number(bare)


def _between(word: str) -> Callable[[re.Match[str]], list[Token] | None]:
    def read(m: re.Match[str]) -> list[Token] | None:
        if not _DIMENSION_BEFORE.search(m.string[: m.start()]):
            return None
        written = m.group().strip()
        if word == "to" and m.string[m.start() - 1] == " " and m.string[m.end() - 1] != " ":
            return None  # "20 -5": a minus
        a = m.start() + m.group().index(written)
        return [_word(word, a, a + len(written))]

    return read


def _slash(m: re.Match[str]) -> list[Token]:
    top, bottom = m.group(1), m.group(2)
    if "." in top or "." in bottom:
        words = f"{english_number(top)} out of {english_number(bottom)}"
    elif (top, bottom) == ("1", "2") and re.match(r" [a-z]", m.string[m.end() :]):
        words = "half a"
    elif int(bottom) in FRACTIONS and 0 < int(top) < int(bottom):
        name = FRACTIONS[int(bottom)]
        many = {"half": "halves"}.get(name, name + "s")
        words = f"{english_cardinal(int(top))} {name if int(top) == 1 else many}"
    else:  # 18/8 steel, 11/11
        words = f"{english_number(top)} {english_number(bottom)}"
    return [_word(words, *m.span())]


def _ordinal(m: re.Match[str]) -> list[Token]:
    return [_word(english_ordinal(int(m.group(1))), *m.span())]


def _decade(m: re.Match[str]) -> list[Token]:
    words = english_year(int(m.group(1)))
    return [_word(words[:-1] + "ies" if words.endswith("y") else words + "s", *m.span())]


def _measure(m: re.Match[str]) -> list[Token]:
    number, gap, unit = m.group(1), m.group(2), m.group(3)
    names = UNITS.get(unit) or SPACED_UNITS[unit]
    single = number.lstrip("+-−") == "1" or gap == "-"
    return [_word(_signed(number), *m.span(1)), _word(names[0 if single else 1], *m.span(3))]


def _code(m: re.Match[str]) -> list[Token]:
    """IPX4, HS-36, WH-1000XM5, 15-inch: letters by name, words as words, digits as numbers."""
    said: list[str] = []
    for part in re.findall(r"\d+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+", m.group()):
        if part.isdigit():
            said.append(_code_digits(part))
        elif (part.islower() and len(part) > 1) or not part.isupper():
            said.append(part.lower())
        else:
            said.append(spelled(part))
    return [_word(" ".join(said), *m.span())]


def _code_digits(digits: str) -> str:
    if len(digits) > 4 or digits.startswith("0"):
        return english_digits(digits)
    if len(digits) == 4 and digits[1] != "0":
        return english_year(int(digits))
    return english_cardinal(int(digits))


def _number(m: re.Match[str]) -> list[Token] | None:
    number = m.group()
    if number[0] in "+-−" and m.start() and m.string[m.start() - 1] not in " \t\n(（,，:：":
        return None
    bare = number.lstrip("+-−")
    if len(bare) == 4 and bare.isdigit() and 1900 <= int(bare) <= 2099 and bare == number:
        words = english_year(int(bare))
    elif bare.isdigit() and len(bare) > 6:
        words = english_digits(bare)
    else:
        words = _signed(number)
    return [_word(words, *m.span())]


def _address(m: re.Match[str]) -> list[Token]:
    shown = re.sub(r"\A(?:https?://)?(?:www\.)?", "", m.group())
    names = {
        ".": "dot",
        "/": "slash",
        "-": "dash",
        "@": "at",
        "_": "underscore",
        "?": "",
        "=": "equals",
        "&": "and",
    }
    said = [names.get(part, part) for part in re.findall(r"[A-Za-z]+|\d+|[./@_?=&-]", shown)]
    words = [
        english_digits(w) if w.isdigit() else spelled(w) if len(w) == 2 and w != "at" else w
        for w in said
        if w
    ]
    return [_word(" ".join(w if " " in w else w.lower() for w in words), *m.span())]


def latin_word(m: re.Match[str]) -> list[Token]:
    """A word of Latin letters: acronyms spelled out, CamelCase taken apart, accents folded."""
    word = m.group().replace("’", "'")
    folded = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    folded = re.sub(r"[^A-Za-z']", "", folded.replace("ß", "ss").replace("ø", "o").replace("æ", "ae"))
    if not folded.strip("'"):
        return []
    if folded == "I":
        words = "i"
    elif len(folded) == 1:
        words = folded.upper() if folded not in ("a", "A") or _is_letter_a(m) else "a"
    elif _is_acronym(folded) or (folded == "US" and _is_country(m)):
        words = spelled(folded)
    elif re.fullmatch(r"[A-Z]+s", folded) and len(folded) > 2:  # PCs, LEDs
        words = spelled(folded[:-1]) + " z"
    else:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", folded).lower()
    return [_word(words, *m.span())]


def _is_letter_a(m: re.Match[str]) -> bool:
    """The letter (size A, vitamin A), not the article: a capital that does not open a sentence."""
    return m.group() == "A" and bool(re.search(r"[\w,] \Z", m.string[: m.start()]))


def _is_country(m: re.Match[str]) -> bool:
    """The country or its sizes, not "us" in capitals."""
    before, after = m.string[: m.start()], m.string[m.end() :]
    return bool(re.search(r"\b(?:the|The|in|to) \Z", before) or re.match(r" (?:size|women|men|\d)", after))


def _is_acronym(word: str) -> bool:
    if not word.isupper():
        return word in ("tv", "usb", "diy", "faq", "led")
    low = word.lower()
    if low in SPELLED or not re.search("[aeiouy]", low):
        return True
    return len(word) == 2 and low not in SHORT_WORDS


def _cut(m: re.Match[str]) -> list[Token]:
    """A run of letters that no language has (a viewer's keyboard mash): in pieces that a voice can say."""
    starts = range(m.start(), m.end(), LONGEST_WORD)
    ends = (min(a + LONGEST_WORD, m.end()) for a in starts)
    return [_word(m.string[a:b].lower(), a, b) for a, b in zip(starts, ends, strict=True)]


def han_words(m: re.Match[str]) -> list[Token]:
    """Chinese characters, cut into words."""
    import jieba

    jieba.setLogLevel(logging.WARNING)  # it tells of its start-up on stderr
    tokens: list[Token] = []
    at = m.start()
    for word in jieba.lcut(m.group()):
        tokens.append(Token(word, at, at + len(word), Kind.HAN))
        at += len(word)
    return tokens


def _fixed(words: str) -> Callable[[re.Match[str]], list[Token] | None]:
    def read(m: re.Match[str]) -> list[Token]:
        return [_word(words, *m.span())]

    return read


def unit_pattern(units: Iterable[str]) -> str:
    """An alternation of units, longest first."""
    return "|".join(re.escape(u) for u in sorted(units, key=len, reverse=True))


_NOT_IN_WORD = rf"(?<![{LATIN}\d])"
_ENDS_WORD = rf"(?![{LATIN}\d])"
_CODES = "USD|EUR|GBP|CNY|RMB|JPY"
_MONTH = (
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    "Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
)
ADDRESS: tuple[Rule, ...] = (
    (re.compile(r"(?:https?://|www\.)[A-Za-z0-9][A-Za-z0-9./_?=&-]*[A-Za-z0-9]"), _address),
    (re.compile(rf"{_NOT_IN_WORD}[A-Za-z0-9_.-]+@[A-Za-z0-9-]+(?:\.[A-Za-z]+)+"), _address),
    (
        re.compile(
            rf"{_NOT_IN_WORD}[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:com|net|org|shop|store|io|cn)(?:/[A-Za-z0-9/_-]+)?{_ENDS_WORD}"
        ),
        _address,
    ),
)
RULES: tuple[Rule, ...] = (
    *ADDRESS,
    (re.compile(_PRICE), _money),
    (
        re.compile(rf"{_NOT_IN_WORD}(?:({_CODES})\s?({NUMBER})|({NUMBER})\s?({_CODES})){_ENDS_WORD}"),
        _money_code,
    ),
    (re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)"), _iso_date),
    (re.compile(rf"{_NOT_IN_WORD}({_MONTH})\.?\s(\d{{1,2}})(?:st|nd|rd|th)?{_ENDS_WORD}", re.I), _month_day),
    (re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?:\s?([ap])(?:m(?![A-Za-z])|\.m\.?))?(?!\d)", re.I), _clock),
    (re.compile(r"(1[0-2]|[1-9])\s?([ap])(?:m(?![A-Za-z])|\.m\.?)", re.I), _hour),
    (re.compile(rf"((?:(?<![\d%{LATIN}])[-−+])?{NUMBER})\s?%"), _percent),
    (re.compile(r"[x×X*]\s?(?=\d)"), _between("by")),
    (re.compile(r"[-–—~−]\s?(?=[$€£¥￥]?\d)"), _between("to")),
    (re.compile(rf"(?<![\d/])({NUMBER})/({NUMBER})(?![\d/])"), _slash),
    (re.compile(r"(?<!\d)(\d+)(?:st|nd|rd|th)(?![A-Za-z])", re.I), _ordinal),
    (re.compile(r"(?<!\d)((?:19|20)\d0)s(?![A-Za-z])"), _decade),
    (re.compile(rf"((?:(?<![\w%])[-−+])?{NUMBER})([ -]?)({unit_pattern(UNITS)}){_ENDS_WORD}"), _measure),
    (re.compile(rf"({NUMBER})( )({unit_pattern(SPACED_UNITS)}){_ENDS_WORD}"), _measure),
    (re.compile(r"(?:No\.\s?|#)(?=\d)", re.I), _fixed("number")),
    (
        re.compile(
            rf"{_NOT_IN_WORD}(?!\d+[xX]\d)(?=[A-Za-z-]*\d)(?=[\d-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*{_ENDS_WORD}"
        ),
        _code,
    ),
    (re.compile(rf"[-−+]?{NUMBER}"), _number),
    (re.compile(rf"[{LATIN}]{{40,}}"), _cut),
    (re.compile(rf"[{LATIN}]+(?:['’][{LATIN}]+)*"), latin_word),
    (re.compile(rf"[{HAN}]+"), han_words),
    (re.compile(r"&"), _fixed("and")),
    (re.compile(r"\+"), _fixed("plus")),
    (re.compile(r"="), _fixed("equals")),
    (re.compile(r"@(?=\s)"), _fixed("at")),
    (re.compile(r"/(?=\s?[A-Za-z])"), _fixed("or")),
)
