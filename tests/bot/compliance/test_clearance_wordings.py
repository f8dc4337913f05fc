"""Pairs of sentences of one form, of which the catalogue carries one and not the other."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from shops import SAMPLE, catalogue_of

from bot.compliance.clearance import CatalogueClearance
from products.verdict import Utterance

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

PAIRS = [  # product, may be said, may not
    ("dawn-mug", "Two mugs come to thirty-seven dollars.", "Two mugs come to thirty-six dollars."),
    ("dawn-mug", "Two of them together are 37 dollars.", "Two of them together are 18.50 dollars."),
    ("willow-tote", "买三个的话，一共一百零二美元。", "买三个的话，一共一百美元。"),
    ("pebble-earbuds", "Thirty hours altogether with the case.", "Forty hours altogether with the case."),
    ("harbor-sneakers", "The thirty-eights are in stock.", "The forty-twos are in stock."),
    ("harbor-sneakers", "We don't carry a thirty-five.", "We don't carry a thirty-six."),
    ("harbor-sneakers", "原价75，现价59，不到八折。", "原价75，现价59，不到七折。"),
    ("lumen-lamp", "There are thirty-eight lamps in the back.", "There are eighty lamps in the back."),
    ("fjord-bottle", "Twelve hours hot, 24 hours cold.", "Twelve hours cold, 24 hours hot."),
    ("orchard-tea", "Picked in spring 2026.", "Picked in autumn 2026."),
    ("orchard-tea", "今年春天采的茶。", "去年秋天采的茶。"),
    ("lumen-lamp", "亮度有三档，最高六百流明。", "亮度有三档，最高八百流明。"),
    ("drift-blanket", "One metre thirty by one metre eighty.", "One metre forty by one metre eighty."),
    ("pebble-earbuds", "黑的白的都有。", "喜欢粉色的拍粉色。"),
    ("pebble-earbuds", "IPX4的，淋点小雨都不怕。", "IPX4的，泡在水里都不怕。"),
    ("cloud-pillow", "It is eleven centimetres high.", "It is sixty centimetres high."),
    ("cloud-pillow", "枕头四十五美元给大家。", "枕头四十给大家。"),
    ("meadow-candle", "It is a nice gift.", "I'm throwing in a little gift for everybody."),
]  # fmt: skip


@pytest.fixture(scope="module")
def clearance() -> Iterator[CatalogueClearance]:
    yield CatalogueClearance(catalogue_of(SAMPLE, NOW))


@pytest.mark.parametrize(("handle", "true", "false"), PAIRS)
def test_of_two_alike_only_the_true_one_clears(
    clearance: CatalogueClearance, handle: str, true: str, false: str
) -> None:
    def clear(text: str) -> list[str]:
        language = "en" if text.isascii() else "zh"
        return [
            f.message for f in clearance.clear(Utterance(text, language, products=(handle,)), NOW).findings
        ]

    assert clear(true) == []
    assert clear(false) != []
