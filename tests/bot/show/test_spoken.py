"""What the person before the camera says is held against the catalogue; nobody is stopped, the desk knows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.compliance.clearance import CatalogueClearance
from bot.show.messages import Heard
from bot.show.spoken import KIND, MOST, SHOWN_S, Spoken
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOP = Path(__file__).parents[3] / "sample" / "shop"
SHOE = "harbor-sneakers"


@pytest.fixture(scope="module")
def catalogue() -> SqlCatalogue:
    engine = open_engine("sqlite://")
    create_tables(engine)
    for name in ("products.csv", "products.zh.csv"):
        import_catalogue(engine, SHOP / name, NOW)
    return SqlCatalogue(engine)


@pytest.fixture
def desk(catalogue: SqlCatalogue) -> tuple[Spoken, list[tuple[str, dict[str, Any]]]]:
    notes: list[tuple[str, dict[str, Any]]] = []
    return Spoken(CatalogueClearance(catalogue).clear, lambda kind, data: notes.append((kind, data))), notes


def heard(text: str, language: str = "en") -> Heard:
    return Heard(name="Wei Lin", text=text, language=language, seconds=3.21)


@pytest.mark.parametrize("text", ["It's $49 today.", "These are forty-nine dollars", "Only $49!"])
def test_a_wrong_price_is_told_to_the_desk_and_written_down(desk, text: str) -> None:
    spoken, notes = desk
    spoken.heard(heard(text), SHOE, NOW)
    ((kind, data),) = notes
    assert kind == KIND and data["text"] == text and data["name"] == "Wei Lin" and data["seconds"] == 3.2
    assert data["findings"] and data["findings"][0]["severity"] in ("block", "pause")
    (words,) = spoken.words(NOW)
    assert text in words and "59" in words, "it says what the price is"
    assert (spoken.heard_anything, spoken.findings) == (1, 1)


@pytest.mark.parametrize(
    "text, language",
    [("It's $59 today.", "en"), ("Hello everybody, nice to see you!", "en"), ("今天是五十九美元。", "zh")],
)
def test_what_is_true_or_says_nothing_of_the_goods_is_no_finding(desk, text: str, language: str) -> None:
    spoken, notes = desk
    spoken.heard(heard(text, language), SHOE, NOW)
    assert spoken.words(NOW) == () and spoken.findings == 0
    assert [data["findings"] for _, data in notes] == [[]]


def test_a_finding_leaves_the_desk_after_its_time_and_there_are_never_many(desk) -> None:
    spoken, _ = desk
    for n in range(MOST + 2):
        spoken.heard(heard(f"It's ${40 + n}."), SHOE, NOW + timedelta(seconds=n))
    latest = NOW + timedelta(seconds=MOST + 1)
    assert len(spoken.words(latest)) == MOST
    assert spoken.words(latest + timedelta(seconds=SHOWN_S))
    assert spoken.words(latest + timedelta(seconds=SHOWN_S, milliseconds=1)) == ()
