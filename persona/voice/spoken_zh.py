"""Mandarin as it is said: prices, numbers, units, dates, times, codes; Latin words stay English."""

import re
from collections.abc import Callable

from persona.voice.numerals import mandarin_cardinal, mandarin_digits, mandarin_number
from persona.voice.spoken_en import ADDRESS, han_words, latin_word, spelled, unit_pattern
from persona.voice.tokens import HAN, LATIN, NUMBER, Kind, Rule, Token
from persona.voice.words_zh import COUNTED, CURRENCY, UNITS

_AFTER_NUMBER = re.compile(rf"[\d%²³℃][\s]*(?:[{LATIN}]{{1,2}}|[{HAN}]{{1,2}})?\s*\Z")
_PHONE = re.compile(r"1\d{10}\Z")


def _han(text: str, a: int, b: int) -> Token:
    return Token(text, a, b, Kind.HAN)


def _plain(number: str) -> str:
    """An amount without needless noughts: "59.00" -> 五十九, "18.50" -> 十八点五."""
    whole, _, part = number.replace(",", "").partition(".")
    part = part.rstrip("0")
    return mandarin_number(f"{whole}.{part}" if part else whole)


def _signed(number: str) -> str:
    bare = number.lstrip("+-−")
    sign = "" if bare == number else "加" if number[0] == "+" else "负"
    return sign + mandarin_number(bare)


def _two(words: str) -> str:
    return "两" if words == "二" else words


def _money(m: re.Match[str]) -> list[Token]:
    sign, number, scale = m.groups()
    return [_han(f"{_two(_plain(number))}{scale or ''}{CURRENCY[sign]}", *m.span())]


def _money_code(m: re.Match[str]) -> list[Token]:
    code, number = (m.group(1), m.group(2)) if m.group(1) else (m.group(4), m.group(3))
    return [_han(_two(_plain(number)) + CURRENCY[code], *m.span())]


def _priced(m: re.Match[str]) -> list[Token]:
    """59.00美元: the noughts of a price are not said. 十一元 is heard as 十亿元: 元 is 块钱 after a 一."""
    number, currency = m.group(1), m.group(2)
    if currency == "元" and _plain(number).endswith("一"):
        currency = "块钱"
    return [_han(_two(_plain(number)), *m.span(1)), _han(currency, *m.span(2))]


def _iso_date(m: re.Match[str]) -> list[Token] | None:
    year, month, day = m.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    words = f"{mandarin_digits(year)}年{mandarin_cardinal(int(month))}月{mandarin_cardinal(int(day))}日"
    return [_han(words, *m.span())]


def _year(m: re.Match[str]) -> list[Token]:
    return [_han(mandarin_digits(m.group(1)), *m.span(1)), _han("年", *m.span(2))]


def _clock(m: re.Match[str]) -> list[Token]:
    hour, minute = int(m.group(1)), int(m.group(2))
    words = f"{_two(mandarin_cardinal(hour))}点"
    if minute:
        words += ("零" if minute < 10 else "") + mandarin_cardinal(minute) + "分"
    return [_han(words, *m.span())]


def _percent(m: re.Match[str]) -> list[Token]:
    return [_han(f"百分之{_signed(m.group(1))}", *m.span())]


def _discount(m: re.Match[str]) -> list[Token]:
    """7.5折 is said 七五折."""
    digits = m.group(1).replace(".", "")
    return [_han(mandarin_digits(digits), *m.span(1)), _han("折", *m.span(2))]


def _between(word: str) -> Callable[[re.Match[str]], list[Token] | None]:
    def read(m: re.Match[str]) -> list[Token] | None:
        if not _AFTER_NUMBER.search(m.string[: m.start()]):
            return None
        written = m.group().strip()
        if word == "to" and m.string[m.start() - 1] == " " and m.string[m.end() - 1] != " ":
            return None  # "20 -5": a minus
        a = m.start() + m.group().index(written)
        return [_han(word, a, a + len(written))]

    return read


def _slash(m: re.Match[str]) -> list[Token]:
    top, bottom = m.group(1), m.group(2)
    if bottom in ("2", "3", "4", "5", "8", "10") and "." not in top and 0 < int(top) < int(bottom):
        words = f"{mandarin_number(bottom)}分之{mandarin_number(top)}"
    elif "." in top:
        words = f"{mandarin_number(bottom)}分之{mandarin_number(top)}"
    else:  # 18/8不锈钢
        words = f"{mandarin_number(top)}杠{mandarin_number(bottom)}"
    return [_han(words, *m.span())]


def _measure(m: re.Match[str]) -> list[Token]:
    return [_han(_two(_signed(m.group(1))), *m.span(1)), _han(UNITS[m.group(2)], *m.span(2))]


def _kelvin(m: re.Match[str]) -> list[Token]:
    """4000K, 4K: the letter by its name, as people say it."""
    return [_han(mandarin_number(m.group(1)), *m.span(1)), Token("K", *m.span(2), Kind.WORD)]


def _counted(m: re.Match[str]) -> list[Token]:
    return [_han("两", *m.span())]


def _one(m: re.Match[str]) -> list[Token]:
    """1个: one token with its measure word, so that 一 gets the tone that goes before it."""
    return [_han(f"一{m.group(1)}", *m.span())]


def _number(m: re.Match[str]) -> list[Token] | None:
    number = m.group()
    if number[0] in "+-−" and m.start() and m.string[m.start() - 1] not in " \n(（,，:：" + "温到至":
        return None
    bare = number.lstrip("+-−")
    words = mandarin_digits(bare).replace("一", "幺") if _PHONE.match(bare) else _signed(number)
    return [_han(words, *m.span())]


def _code(m: re.Match[str]) -> list[Token]:
    """IPX4: the letters by their English names, the digits in Chinese."""
    tokens: list[Token] = []
    for part in re.finditer(r"\d+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+", m.group()):
        a, b = m.start() + part.start(), m.start() + part.end()
        text = part.group()
        if text.isdigit():
            by_digit = len(text) > 3 or text.startswith("0")
            tokens.append(_han(mandarin_digits(text) if by_digit else mandarin_number(text), a, b))
        else:
            word = text.lower() if len(text) > 2 and not text.isupper() else spelled(text)
            tokens.append(Token(word, a, b, Kind.WORD))
    return tokens


def _fixed(words: str) -> Callable[[re.Match[str]], list[Token] | None]:
    def read(m: re.Match[str]) -> list[Token]:
        return [_han(words, *m.span())]

    return read


_NOT_IN_WORD = rf"(?<![{LATIN}\d])"
_ENDS_WORD = rf"(?![{LATIN}\d])"
_CODES = "USD|EUR|GBP|CNY|RMB|HKD|JPY"
RULES: tuple[Rule, ...] = (
    *ADDRESS,
    (re.compile(rf"((?:US|HK|NT|A|C)?\$|[€£¥￥])\s?({NUMBER})(万|千|亿)?"), _money),
    (
        re.compile(rf"{_NOT_IN_WORD}(?:({_CODES})\s?({NUMBER})|({NUMBER})\s?({_CODES})){_ENDS_WORD}"),
        _money_code,
    ),
    (re.compile(rf"({NUMBER})\s?(美元|美金|欧元|英镑|港元|港币|日元|人民币|元|块钱|块)"), _priced),
    (re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)"), _iso_date),
    (re.compile(r"(?<!\d)(\d{4}|\d{2})\s?(年)(?=\d|[春夏秋冬款新]|$|[，。、,. ]|生产|出|上|的)"), _year),
    (re.compile(r"(?<!\d)([01]?\d|2[0-3])[:：]([0-5]\d)(?!\d)"), _clock),
    (re.compile(rf"((?:(?<![\d%{LATIN}])[-−+])?{NUMBER})\s?[%％]"), _percent),
    (re.compile(r"(\d(?:\.\d)?)\s?(折)"), _discount),
    (re.compile(r"\s?[x×X*＊]\s?(?=\d)"), _between("乘")),
    (re.compile(r"\s?[-–—~～−]\s?(?=[$€£¥￥]?\d)"), _between("到")),
    (re.compile(rf"(?<![\d/])({NUMBER})/({NUMBER})(?![\d/])"), _slash),
    (re.compile(rf"((?:(?<![\w%])[-−+])?{NUMBER})\s?({unit_pattern(UNITS)}){_ENDS_WORD}"), _measure),
    (re.compile(rf"({NUMBER})\s?(K){_ENDS_WORD}"), _kelvin),
    (re.compile(rf"(?<![\d.])2(?=\s?(?:{COUNTED}))"), _counted),
    (re.compile(r"(?<![\d.第])1\s?([个件双只款种天次位条包盒瓶套片支份张把])"), _one),
    (
        re.compile(
            rf"{_NOT_IN_WORD}(?!\d+[xX]\d)(?=[A-Za-z-]*\d)(?=[\d-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*{_ENDS_WORD}"
        ),
        _code,
    ),
    (re.compile(rf"[-−+]?{NUMBER}"), _number),
    (re.compile(rf"[{LATIN}]+(?:['’][{LATIN}]+)*"), latin_word),
    (re.compile(rf"[{HAN}]+"), han_words),
    (re.compile(rf"/(?=[{HAN}])"), _fixed("每")),
    (re.compile(r"[&＆]"), _fixed("和")),
    (re.compile(r"[+＋]"), _fixed("加")),
    (re.compile(r"[=＝]"), _fixed("等于")),
)
