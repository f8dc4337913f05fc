"""Products on one table compared by what they cost: only what their prices carry."""

from datetime import UTC, datetime

import pytest
from shops import SAMPLE, catalogue_of

from bot.compliance.clearance import CatalogueClearance
from products.verdict import Utterance

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "language", "cleared"),
    [
        ("蜡烛比杯子便宜。", "zh", True),
        ("杯子比蜡烛便宜。", "zh", False),
        ("这两样里杯子更便宜。", "zh", False),
        ("这两样里蜡烛更便宜。", "zh", True),
        ("杯子比蜡烛贵。", "zh", True),
        ("The candle is cheaper.", "en", True),
        ("The mug is cheaper.", "en", False),
    ],
)
def test_only_what_the_prices_carry(text: str, language: str, cleared: bool) -> None:
    said = Utterance(text, language, products=("meadow-candle", "dawn-mug"))
    verdict = CatalogueClearance(catalogue_of(SAMPLE, NOW)).clear(said, NOW)
    assert verdict.cleared == cleared, verdict.findings
