"""Amounts that follow from facts pass; the same words with another amount do not."""

from datetime import UTC, datetime

import pytest
from shops import SAMPLE, catalogue_of

from bot.compliance.clearance import CatalogueClearance
from products.verdict import Utterance

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def clearance() -> CatalogueClearance:
    return CatalogueClearance(catalogue_of(SAMPLE, NOW))


@pytest.mark.parametrize(
    ("true", "false", "products"),
    [
        ("两个杯子三十七美元。", "两个杯子三十五美元。", ("dawn-mug",)),
        ("四个七十四美元。", "四个七十美元。", ("dawn-mug",)),
        ("一个十八块五，仨五十五块五，美元。", "一个十八块五，仨五十块，美元。", ("dawn-mug",)),
        ("给二十美元，找您一块五。", "给二十美元，找您五块。", ("dawn-mug",)),
        ("杯子加乌龙茶，一共四十块五美元。", "杯子加乌龙茶，一共三十九美元。", ("dawn-mug", "orchard-tea")),
        (
            "蜡烛十六，茶二十二，差六美元。",
            "蜡烛十六，茶二十二，差八美元。",
            ("meadow-candle", "orchard-tea"),
        ),
        (
            "白色一百五，黑色十二，合计一百六十二副。",
            "白色一百五，黑色十二，合计两百副。",
            ("pebble-earbuds",),
        ),
        ("一只310克，40码的一双620克。", "一只310克，40码的一双600克。", ("harbor-sneakers",)),
    ],
)
def test_what_adds_up_is_true(
    clearance: CatalogueClearance, true: str, false: str, products: tuple[str, ...]
) -> None:
    verdicts = [clearance.clear(Utterance(t, "zh", products=products), NOW) for t in (true, false)]
    assert [v.cleared for v in verdicts] == [True, False], verdicts[0].findings
