import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.voice import numerals


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (99, "ninety-nine"),
        (100, "one hundred"),
        (1299, "one thousand two hundred ninety-nine"),
        (10_050, "ten thousand fifty"),
        (2_000_001, "two million one"),
    ],
)
def test_english_cardinals(n: int, words: str) -> None:
    assert numerals.english_cardinal(n) == words


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1, "first"),
        (2, "second"),
        (12, "twelfth"),
        (20, "twentieth"),
        (31, "thirty-first"),
        (100, "one hundredth"),
    ],
)
def test_english_ordinals(n: int, words: str) -> None:
    assert numerals.english_ordinal(n) == words


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1905, "nineteen oh five"),
        (1999, "nineteen ninety-nine"),
        (2000, "two thousand"),
        (2008, "two thousand eight"),
        (2026, "twenty twenty-six"),
        (1900, "nineteen hundred"),
    ],
)
def test_english_years(n: int, words: str) -> None:
    assert numerals.english_year(n) == words


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (12, "十二"),
        (110, "一百一十"),
        (101, "一百零一"),
        (1010, "一千零一十"),
        (2700, "两千七百"),
        (10_500, "一万零五百"),
        (20_000, "两万"),
        (101_000, "十万一千"),
        (100_000_001, "一亿零一"),
    ],
)
def test_mandarin_cardinals(n: int, words: str) -> None:
    assert numerals.mandarin_cardinal(n) == words


@given(st.integers(0, 10**12))
def test_mandarin_agrees_with_another_reader(n: int) -> None:
    assert cn2an.cn2an(numerals.mandarin_cardinal(n), "smart") == n


@pytest.mark.parametrize(
    ("written", "english", "mandarin"),
    [
        ("2,700", "two thousand seven hundred", "两千七百"),
        ("5.3", "five point three", "五点三"),
        ("0.05", "zero point oh five", "零点零五"),
        ("007", "oh oh seven", "零零七"),
    ],
)
def test_written_numbers(written: str, english: str, mandarin: str) -> None:
    assert numerals.english_number(written) == english
    assert numerals.mandarin_number(written) == mandarin


def test_a_string_of_digits_too_long_for_an_amount_is_said_digit_by_digit() -> None:
    assert numerals.english_number("1" * 16) == " ".join(["one"] * 16)
    assert numerals.mandarin_number("2" * 16) == "二" * 16
