"""Traditional characters are read as simplified ones: in what is said, asked, and sold."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.compliance.clearance import CatalogueClearance
from persona.intents import Intent, folded, intent_of
from products.folding import fold
from products.han import kana, simplified
from products.intake.load import import_catalogue
from products.search import index_text, query_terms
from products.store import SqlCatalogue, create_tables, open_engine
from products.verdict import Utterance

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOP = Path(__file__).parents[2] / "sample" / "shop"


@pytest.fixture(scope="module")
def catalogue() -> SqlCatalogue:
    engine = open_engine("sqlite://")
    create_tables(engine)
    for name in ("products.csv", "products.zh.csv"):
        import_catalogue(engine, SHOP / name, NOW)
    return SqlCatalogue(engine)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("這雙鞋多少錢？", "这双鞋多少钱？"),
        ("兩萬塊，乾淨", "两万块，干净"),
        ("庫存告急", "库存告急"),
        ("妳好", "你好"),
        ("著名的后面", "著名的后面"),
        ("Just $59.", "Just $59."),
        ("", ""),
    ],
)
def test_signs_are_simplified_one_by_one(written: str, read: str) -> None:
    assert simplified(written) == read


@given(st.text())
def test_every_sign_keeps_its_place_and_twice_is_once(text: str) -> None:
    once = simplified(text)
    assert len(once) == len(text) and simplified(once) == once


def test_a_folded_text_knows_where_it_was_written() -> None:
    text = fold("全網最低價")
    assert text.text == "全网最低价" and text.original[slice(*text.span(2, 4))] == "最低"


def test_japanese_keeps_its_own_characters() -> None:
    assert kana("本物ですか") and not kana("這是真的嗎・")
    assert folded("録画ですか、機械ですか") == "録画ですか、機械ですか"
    assert folded("你是機器人嗎") == "你是机器人吗"
    assert intent_of("妳是真人嗎？") == intent_of("你是真人吗？") == Intent.AI


@pytest.mark.parametrize(
    ("false", "rule"),
    [
        ("這雙鞋只要四十九塊錢。", "facts.price"),
        ("庫存告急，賣完就沒有了！", "claims.false_scarcity"),
        ("這雙鞋能治療腳氣。", "claims.disease_treatment"),
        ("我每天都在穿，親身體驗。", "claims.first_person_use_without_experience"),
        ("全網最低價。", "claims.superlative"),
    ],
)
def test_what_may_not_be_said_may_not_be_said_in_traditional_characters(
    catalogue: SqlCatalogue, false: str, rule: str
) -> None:
    clear = CatalogueClearance(catalogue).clear
    said = [clear(Utterance(t, "zh", products=("harbor-sneakers",)), NOW) for t in (false, simplified(false))]
    rules = [[f.rule for f in v.findings] for v in said]
    assert rules[0] == rules[1] and rule in rules[0]
    (found, *_) = [f for f in said[0].findings if f.rule == rule]
    assert found.start is not None and found.end is not None and found.end <= len(false)


def test_what_is_true_may_be_said_in_either(catalogue: SqlCatalogue) -> None:
    clear = CatalogueClearance(catalogue).clear
    for text in ("这双鞋今天五十九美元。", "這雙鞋今天五十九美元。"):
        assert clear(Utterance(text, "zh", products=("harbor-sneakers",)), NOW).cleared


def test_a_product_is_found_whichever_way_it_is_asked_for(catalogue: SqlCatalogue) -> None:
    assert query_terms("運動鞋") == query_terms("运动鞋") and index_text("運動鞋") == index_text("运动鞋")
    title = catalogue.product("fjord-bottle").text("zh").title  # type: ignore[union-attr]
    found = [p.handle for p in catalogue.search("保溫杯 不銹鋼 水壺")]
    assert "fjord-bottle" in found, title
