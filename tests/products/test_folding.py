"""Disguised words are read as they are meant, and found again where they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.folding import fold


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("The b e s t mug.", "The best mug."),
        ("The bеst mug.", "The best mug."),  # a Cyrillic letter
        ("It c\u200bures insomnia.", "It cures insomnia."),
        ("The b.e.s.t mug", "The best mug"),
        ("BE$T", "best"),
        ("全网zui低。", "全网最低。"),
        ("全 网 最 低。", "全网最低。"),
        ("第①品牌。", "第一品牌。"),
        ("１９美元，75", "19美元，75"),
        ("60 x 40 x 11 cm", "60 x 40 x 11 cm"),
        ("340克/平方米", "340克/平方米"),
        ("340 g/m²", "340 g/m²"),
    ],
)
def test_what_is_meant(written: str, meant: str) -> None:
    assert fold(written).text == meant


@given(st.text(max_size=60))
def test_every_character_leads_back(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert list(folded.starts) == sorted(folded.starts)
    assert all(0 <= a < b <= len(text) for a, b in zip(folded.starts, folded.ends, strict=True))


def test_a_span_covers_what_was_left_out() -> None:
    text = "It c\u200bures all."
    folded = fold(text)
    at = folded.text.index("cures")
    start, end = folded.span(at, at + 5)
    assert text[start:end] == "c\u200bures"
