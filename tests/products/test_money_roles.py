"""What an amount is: the price, the price before, the difference."""

import pytest

from products.claims import find_claims


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("Instead of $75 you pay $59.", ["compare_at", "price"]),
        ("The sneakers dropped to $59 from $75.", ["price", "compare_at"]),
        ("$99 minus $79 makes $20.", ["compare_at", "price", "saving"]),
        ("Its old price? Thirty-six dollars.", ["compare_at"]),
        ("从75美元到59美元，整整十六块。", ["compare_at", "price", "saving"]),
        ("多少钱？八十九块。", ["price"]),
    ],
)
def test_the_side_of_an_amount(text: str, roles: list[str]) -> None:
    assert [str(c.role) for c in find_claims(text) if c.readings] == roles
