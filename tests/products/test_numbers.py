"""Amounts in two languages, in digits and in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.numbers import (
    PERCENT_OFF,
    chinese_integer,
    currency_fits,
    english_integer,
    find_codes,
    find_numbers,
)

_ZH = "零一二三四五六七八九"


def in_chinese(n: int) -> str:
    """A second way from digits to words, for the round trip."""
    if n < 10:
        return _ZH[n]
    for size, word in ((10000, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if n >= size:
            head, rest = divmod(n, size)
            gap = "零" if rest and rest < size // 10 else ""
            return in_chinese(head) + word + gap + (in_chinese(rest) if rest else "")
    raise AssertionError(n)


def in_english(n: int) -> str:
    ones = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen"
    ).split()
    tens = ". . twenty thirty forty fifty sixty seventy eighty ninety".split()
    if n < 20:
        return ones[n]
    if n < 100:
        return tens[n // 10] + (f"-{ones[n % 10]}" if n % 10 else "")
    size, word = (100, "hundred") if n < 1000 else (1000, "thousand")
    head, rest = divmod(n, size)
    return f"{in_english(head)} {word}" + (f" and {in_english(rest)}" if rest else "")


@given(st.integers(0, 9_999_999))
def test_chinese_words_give_their_number(n):
    assert chinese_integer(in_chinese(n)) == n


@given(st.integers(0, 99_999))
def test_english_words_give_their_number(n):
    assert english_integer(in_english(n)) == n
    assert [x.value for x in find_numbers(f"It is {in_english(n)}.")] == [n]


@given(st.decimals(0, 99999, places=2))
def test_digits_give_their_amount(amount):
    for text in (f"${amount}", f"{amount} dollars", f"{amount}美元", f"${amount:,}"):
        (number,) = find_numbers(f"现在 {text}")
        assert (number.value, number.is_money) == (amount, True)
        assert number.text == text


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("19.99", "19.99", ""),
        ("$19.99", "19.99", "$"),
        ("nineteen ninety-nine", "19.99", ""),
        ("fifty-nine dollars", "59", "$"),
        ("九块九", "9.9", "块"),
        ("两百九十九", "299", ""),
        ("9.9元", "9.9", "CNY"),
        ("五十九美元", "59", "USD"),
        ("一折", "90", PERCENT_OFF),
        ("8折", "20", PERCENT_OFF),
        ("打八五折", "15", PERCENT_OFF),
        ("半价", "50", PERCENT_OFF),
        ("half price", "50", PERCENT_OFF),
        ("20% off", "20", PERCENT_OFF),
        ("twenty percent off", "20", PERCENT_OFF),
        ("百分之二十", "20", "%"),
        ("save $5", "5", "$"),
        ("under twenty dollars", "20", "$"),
        ("立减20", "20", ""),
        ("一百九", "190", ""),
        ("十八块五", "18.5", "块"),
        ("9块9", "9.9", "块"),
        ("九块九毛", "9.9", "块"),
        ("¥99", "99", "CNY"),
        ("1.5万", "15000", ""),
        ("eighteen dollars and fifty cents", "18.5", "$"),
        ("nineteen oh five", "19.05", ""),
        ("二〇二六年", "2026", ""),
        ("two point seven", "2.7", ""),
        ("十八点五", "18.5", ""),
        ("2,700", "2700", ""),
        ("nine ninety-nine", "9.99", ""),
        ("一千零一", "1001", ""),
        ("US$59", "59", "USD"),
    ],
)
def test_how_people_say_amounts(text, value, unit):
    (number,) = find_numbers(text)
    assert (number.value, number.unit) == (Decimal(value), unit)


def test_two_readings_are_kept():
    (number,) = find_numbers("nineteen ninety-nine")
    assert number.readings == (Decimal("19.99"), Decimal(1999))


@pytest.mark.parametrize(
    "text", ["十分好看", "一下", "万一", "千万不要", "百搭", "IPX4", "18/8", "HS-42", "someone", "often"]
)
def test_what_only_looks_like_a_number(text):
    assert find_numbers(text) == ()


def test_names_that_hold_digits_are_found_whole():
    text = "IPX4, 18/8 steel, HS-42, but USD 59 and RMB99 are money"
    assert [text[a:b] for a, b in find_codes(text)] == ["IPX4", "18/8", "HS-42"]


def test_numbers_joined_by_and_stay_two():
    assert [n.value for n in find_numbers("twenty and thirty")] == [20, 30]


@pytest.mark.parametrize(
    ("unit", "iso", "fits"),
    [
        ("$", "USD", True),
        ("$", "AUD", True),
        ("$", "EUR", False),
        ("块", "USD", True),
        ("CNY", "USD", False),
        ("", "EUR", True),
    ],
)
def test_which_words_fit_which_currency(unit, iso, fits):
    assert currency_fits(unit, iso) is fits


@given(st.text())
def test_any_text_gives_ordered_spans(text):
    numbers = find_numbers(text)
    assert all(text[n.start : n.end] == n.text and n.readings for n in numbers)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("a metre thirty", "1.3", "m"),
        ("five foot eleven", "71", "inch"),
        ("two pounds two ounces", "34", "oz"),
        ("a dollar fifty", "1.5", "$"),
        ("eighteen dollars, fifty cents", "18.5", "$"),
        ("three twenties", "60", "块"),
        ("便宜了一成六", "16", "%"),
        ("一斤半", "1.5", "jin"),
    ],
)
def test_amounts_in_two_parts(text, value, unit):
    (number,) = find_numbers(text)
    assert (number.value, number.unit) == (Decimal(value), unit)
