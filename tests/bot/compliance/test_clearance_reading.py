"""True sentences that were read as something else, each beside the false one that must stay refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.compliance.clearance import CatalogueClearance
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine
from products.verdict import Utterance

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOP = Path(__file__).parents[3] / "sample" / "shop"
MORE = """handle,title,body,option1_name,option1_value,sku,quantity,price
juice,Bean Juice,<p>From allotment to bottle in under 8 hours. Keeps for at least 3 days.</p>,,,BJ,5000,1.99
balance,Paul's Balance 420,<p>A trainer.</p>,Size,39,PB-39,400,50.00
balance,,,Size,40,PB-40,0,50.00
book,Own Your Stack,<p>A book for the ears.</p>,Format,MP3,OS-MP3,9,2.00
book,,,Format,Paper,OS-P,9,2.00
steel,Steel,<p>A cup.</p>,Colour,Steel,ST-S,0,5.00
steel,,,Colour,Sand,ST-N,4,5.00
"""


@pytest.fixture(scope="module")
def clearance(tmp_path_factory: pytest.TempPathFactory) -> CatalogueClearance:
    engine = open_engine("sqlite://")
    create_tables(engine)
    more = tmp_path_factory.mktemp("shop") / "more.csv"
    more.write_text(MORE, "utf-8")
    for path in (SHOP / "products.csv", SHOP / "products.zh.csv", more):
        import_catalogue(engine, path, NOW)
    return CatalogueClearance(SqlCatalogue(engine))


COMPARE_AT = [
    ("harbor-sneakers", "The compare-at price is $75.", True),
    ("harbor-sneakers", "The compare-at price is $80.", False),
    ("harbor-sneakers", "The compare-at price is $59.", False),
    ("harbor-sneakers", "Compare at $75, pay $59.", True),
    ("harbor-sneakers", "比划线价75美元少16美元。", True),
    ("harbor-sneakers", "比划线价75美元少17美元。", False),
    ("harbor-sneakers", "比划线价85美元少16美元。", False),
    ("harbor-sneakers", "比划线价低16美元。", True),
    ("harbor-sneakers", "比划线价低26美元。", False),
    ("fjord-bottle", "$6.10 below the compare-at price of $36", True),
    ("fjord-bottle", "$6.20 below the compare-at price of $36", False),
    ("fjord-bottle", "$6.10 below the compare-at price of $37", False),
    ("fjord-bottle", "$29.90 below the compare-at price", False),
]
TITLES = [
    ("fjord-bottle", "The Fjord Steel Bottle in night is sold out.", True),
    ("fjord-bottle", "The Fjord Steel Bottle in steel is sold out.", False),
    ("fjord-bottle", "The Fjord Steel Bottle in night is in stock.", False),
    ("fjord-bottle", "The Fjord Steel Bottle is sold out.", False),
    ("fjord-bottle", "Steel is sold out.", False),
    ("steel", "Steel is in stock.", False),  # a title that is an option's word and nothing more hides none
    ("balance", "Paul's Balance 420 is in stock.", True),
    ("balance", "Paul’s Balance 420 is available.", True),
    ("balance", "Paul's Balance 421 is in stock.", False),
    ("balance", "Paul's Balance 420 is sold out.", False),
    ("balance", "We have 420 in stock.", False),
    ("balance", "Paul's Balance 420 left!", False),
    ("balance", "Paul's Balance 420 pairs left!", False),
    ("balance", "Paul's Balance 420 costs $420.", False),
]
BOUNDS = [
    ("juice", "From allotment to bottle in under 8 hours.", True),
    ("juice", "不到8小时。", True),
    ("juice", "It keeps for at least 3 days.", True),
    ("juice", "In under 7 hours.", False),
    ("juice", "In under 8 minutes.", False),
    ("juice", "In under 480 minutes.", True),
    ("juice", "It keeps for at least 4 days.", False),
    ("juice", "It keeps for over 3 days.", False),
    ("lumen-lamp", "It weighs under 1.2 kilos.", False),
]
CODES = [
    ("book", "You can have it as MP3.", True),
    ("book", "You can have it as MP4.", False),
    ("pebble-earbuds", "It has IPX4. Rain is fine.", True),
    ("pebble-earbuds", "It has IPX5. Rain is fine.", False),
    ("harbor-sneakers", "BOB99, good question!", True),
    ("harbor-sneakers", "BOB99，你好！", True),
    ("harbor-sneakers", "BOB99, they are 59 dollars.", True),
    ("harbor-sneakers", "BOB99, they are 58 dollars.", False),
    ("harbor-sneakers", "They are BOB99, the new ones.", False),
    ("harbor-sneakers", "IPX7, so take it swimming.", False),
    ("harbor-sneakers", "ISO9001, so rely on it.", False),
    ("harbor-sneakers", "SPF50, so go out.", False),
    ("harbor-sneakers", "AISI316, that is the steel.", False),
    ("harbor-sneakers", "BOB99 is the model.", False),
]
STOCK = [
    ("harbor-sneakers", "I don't have favourites.", True),
    ("harbor-sneakers", "You don't have to decide now.", True),
    ("harbor-sneakers", "I don't have that information.", True),
    ("harbor-sneakers", "We don't have it.", False),
    ("harbor-sneakers", "We don't have the sneakers.", False),
    ("harbor-sneakers", "I don't have size 43.", False),
    ("harbor-sneakers", "We don't have size 42.", True),
    ("harbor-sneakers", "你问有没有货，43码有货。", True),
    ("harbor-sneakers", "有没有货我来看一下。", True),
    ("harbor-sneakers", "你问有没有货，42码有货。", False),
    ("harbor-sneakers", "有没有货不用问42码有货", False),
    ("harbor-sneakers", "43码没有货。", False),
    ("harbor-sneakers", "没有货了。", False),
]


@pytest.mark.parametrize(("product", "text", "true"), [*COMPARE_AT, *TITLES, *BOUNDS, *CODES, *STOCK])
def test_what_is_said_is_read_as_it_is_meant(
    clearance: CatalogueClearance, product: str, text: str, true: bool
) -> None:
    language = "zh" if any("\u3400" < c < "\u9fff" for c in text) else "en"
    verdict = clearance.clear(Utterance(text, language, products=(product,)), NOW)
    assert verdict.cleared is true, [f"{f.rule}: {f.message}" for f in verdict.findings]


def test_a_number_in_a_title_is_carried_by_the_name(clearance: CatalogueClearance) -> None:
    text = "Paul's Balance 420 is in stock."
    verdict = clearance.clear(Utterance(text, "en", products=("balance",)), NOW)
    assert "balance/name/en" in verdict.facts
