"""What is said of goods without a number is in the catalogue, or is found out."""

import pytest

from products.material import said
from products.vocabulary import Vocabulary, vocabulary

MUG = vocabulary(
    ("Dawn Stoneware Mug", "晨光粗陶杯"),
    (
        "Hand-glazed stoneware, 350 ml.",
        "Dishwasher safe, microwave safe.",
        "手工上釉粗陶，350毫升。",
        "可进洗碗机，可进微波炉。",
    ),
)
SHOE = vocabulary(("Harbor Canvas Sneakers",), ("Cotton canvas upper, natural rubber sole.",))


def wrong(text: str, words: Vocabulary = MUG) -> list[str]:
    return [text[s.start : s.end] for s in said(text, lambda a, b: words, []) if not s.known or s.denied]


@pytest.mark.parametrize(
    "text",
    [
        "It can go in the dishwasher.",
        "Hand-glazed stoneware.",
        "A mug for slow mornings.",
        "Is it waterproof?",
        "能进洗碗机，也能进微波炉。",
        "放在桌上很好看。",
        "防水吗？资料里没写。",
        "Welcome, grab a pancake!",
    ],
)
def test_what_the_catalogue_carries_and_what_claims_nothing(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "It comes with a lid.",
        "Bone china.",
        "It's lead-free.",
        "They charge wirelessly.",
        "It remembers you.",
        "The mug is not dishwasher safe.",
        "摔不破。",
        "带盖子的。",
        "不能进洗碗机。",
        "You can sell it on.",
    ],
)
def test_what_nothing_carries(text: str) -> None:
    assert wrong(text)


def test_what_is_said_of_a_part_is_said_of_that_part() -> None:
    assert wrong("A cotton canvas upper and a natural rubber sole.", SHOE) == []
    assert wrong("A natural rubber upper and a cotton canvas sole.", SHOE)
