"""Figures that follow from the figures of a text, on the sample shop: only what follows is cleared."""

import pytest

from bench.word_claims import NOW, sample_shop
from bot.compliance.clearance import CatalogueClearance
from products.verdict import Utterance


@pytest.fixture(scope="module")
def clearance() -> CatalogueClearance:
    return CatalogueClearance(sample_shop())


def cleared(clearance: CatalogueClearance, text: str, *products: str) -> bool:
    language = "en" if text.isascii() else "zh"
    return clearance.clear(Utterance(text, language, products=products), NOW).cleared


@pytest.mark.parametrize(
    ("true", "false", "products"),
    [
        (
            "Forty-four in tan and two in olive, so forty-six bags all told.",
            "Forty-four in tan and two in olive, so forty-eight bags all told.",
            ("atlas-backpack",),
        ),
        (
            "A single shoe in size 40 is 310 grams, so the pair comes to 620.",
            "A single shoe in size 40 is 310 grams, so the pair comes to 600.",
            ("harbor-sneakers",),
        ),
        (
            "Twenty-two plus sixteen plus eighteen fifty makes fifty-six fifty: tea, candle, mug.",
            "Twenty-two plus sixteen plus eighteen fifty makes fifty-five fifty: tea, candle, mug.",
            ("orchard-tea", "meadow-candle", "dawn-mug"),
        ),
        (
            "Thirty-four dollars a tote. If you want one for your mum as well, sixty-eight.",
            "Thirty-four dollars a tote. If you want one for your mum as well, sixty.",
            ("willow-tote",),
        ),
        (
            "耳机自己六小时，盒子里还有二十四小时，合起来三十小时。",
            "耳机自己六小时，盒子里还有二十四小时，合起来三十六小时。",
            ("pebble-earbuds",),
        ),
        (
            "三十九码八十双，四十码四十双，三十九码的反而多一倍。",
            "三十九码八十双，三十八码七十双，三十九码的反而多一倍。",
            ("harbor-sneakers",),
        ),
    ],
)
def test_what_follows_is_cleared_and_what_does_not_is_refused(
    clearance: CatalogueClearance, true: str, false: str, products: tuple[str, ...]
) -> None:
    assert cleared(clearance, true, *products)
    assert not cleared(clearance, false, *products)


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("It weighs less than 900 grams.", "atlas-backpack"),  # any difference is less than that
        ("Under fifty-nine.", "harbor-sneakers"),
        ("Six hours and twenty-four, so thirty hours on one charge.", "pebble-earbuds"),
        ("It was sixty-five, six dollars less now: fifty-nine.", "harbor-sneakers"),
    ],
)
def test_what_only_seems_to_follow_is_refused(clearance: CatalogueClearance, text: str, product: str) -> None:
    assert not cleared(clearance, text, product)


@pytest.mark.parametrize(
    ("true", "false", "product"),
    [
        ("Black is at twelve.", "Black is at twenty.", "pebble-earbuds"),
        ("Ten sizes in all, starting with 36.", "Ten sizes in all, starting with 37.", "harbor-sneakers"),
        (
            "Twenty dollars. That's the gap between the old ninety-nine and today's seventy-nine.",
            "Thirty dollars. That's the gap between the old ninety-nine and today's seventy-nine.",
            "pebble-earbuds",
        ),
    ],
)
def test_a_bare_number_is_held_by_what_its_sentence_speaks_of(
    clearance: CatalogueClearance, true: str, false: str, product: str
) -> None:
    assert cleared(clearance, true, product)
    assert not cleared(clearance, false, product)
