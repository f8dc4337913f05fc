"""Plain verbs that tell of goods, and those that tell of taste or of the show."""

import pytest

from products.predicates import doing


@pytest.mark.parametrize(
    "clause",
    [
        "it closes at the top",
        "you can wear them to bed",
        "they stay in when you run",
        "there's a place for your bottle on the side",
        "you smell it all over the house",
    ],
)
def test_what_goods_do_is_found(clause: str) -> None:
    assert list(doing(clause))


@pytest.mark.parametrize(
    "clause",
    [
        "it looks lovely on a shelf",
        "I can't tell you how it feels",
        "you can see it in the link",
        "it makes a nice gift",
        "we read every question",
    ],
)
def test_what_is_of_taste_or_of_the_show_is_not(clause: str) -> None:
    assert not list(doing(clause))
