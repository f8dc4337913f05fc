"""Products on one table compared by what they cost: only what their prices carry."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.compliance.clearance import CatalogueClearance
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine
from products.verdict import Utterance

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOP = Path(__file__).parents[3] / "sample" / "shop"


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
    engine = open_engine("sqlite://")
    create_tables(engine)
    for name in ("products.csv", "products.zh.csv"):
        import_catalogue(engine, SHOP / name, NOW)
    said = Utterance(text, language, products=("meadow-candle", "dawn-mug"))
    verdict = CatalogueClearance(SqlCatalogue(engine)).clear(said, NOW)
    assert verdict.cleared == cleared, verdict.findings
