"""Names of viewers claim nothing; what is told of a customer does."""

import pytest

from products.vocatives import names_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Marcus, it's 59 dollars.", ["Marcus"]),
        ("Priya and Marcus, you two are quick.", ["Priya", "Marcus"]),
        ("Anna bought one and is happy.", []),
        ("Waterproof, and only 59.", []),
        ("小雨问容量，350毫升。", ["小雨"]),
        ("小雨没事，防水。", []),
        ("大方，好看。", []),
    ],
)
def test_who_is_named(text: str, names: list[str]) -> None:
    assert [text[a:b] for a, b in names_in(text)] == names
