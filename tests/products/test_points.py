"""Selling points that people approve or take out: what the host may then say, and where it comes from."""

from datetime import UTC, datetime, timedelta

import pytest

from products.catalogue import FactKind
from products.claims import sayable
from products.errors import ContentError
from products.intake.load import import_catalogue
from products.points import MOST, Points

LATER = datetime(2026, 11, 23, 9, tzinfo=UTC)
MUG = "dawn-mug"


@pytest.fixture
def points(engine, shop):
    return Points(engine)


def texts(shop, now):
    return {f.value: f.source for f in shop.facts([MUG], now) if f.kind is FactKind.TEXT}


def test_an_approved_sentence_is_said_and_names_who_approved_it(points, shop, now):
    revision = shop.revision
    point = points.approve(MUG, "en", "  Thrown by hand &amp; fired at 1,240 °C. ", "Mei", LATER)
    said = "Thrown by hand & fired at 1,240 °C."
    assert sayable(shop.product(MUG), "en")[-1] == said and shop.revision > revision
    assert texts(shop, now)[said] == "approved by Mei, 2026-11-23"
    assert texts(shop, now)["Hand-glazed stoneware, 350 ml."].startswith("products.csv row")
    assert "1240" in {f.value for f in shop.facts([MUG], now) if f.kind is FactKind.SPEC}
    assert [p.handle for p in shop.search("fired")] == [MUG]
    assert points.drop(MUG, point) and not points.drop(MUG, point)
    assert said not in texts(shop, now) and shop.search("fired") == ()


def test_a_forbidden_sentence_is_gone_until_it_is_undone(points, shop, now):
    sentence = "Dishwasher safe, microwave safe."
    point = points.forbid(MUG, "en", sentence, "Mei", LATER)
    assert sentence not in shop.product(MUG).text("en").sentences
    assert shop.product(MUG).text("zh").sentences, "the other language is as it was"
    with pytest.raises(ContentError, match="point_text"):
        points.forbid(MUG, "en", "No such sentence.", "Mei", LATER)
    points.drop(MUG, point)
    assert sentence in shop.product(MUG).text("en").sentences


def test_a_point_outlives_the_next_file(points, shop, engine, sample, now):
    points.approve(MUG, "en", "Thrown by hand.", "Mei", LATER)
    points.forbid(MUG, "en", "Dishwasher safe, microwave safe.", "Mei", LATER)
    done = import_catalogue(engine, sample / "products.csv", now + timedelta(days=1), full=True)
    assert done.diff.changed == [], "what people made of it is no change of the file"
    said = shop.product(MUG).text("en").sentences
    assert "Thrown by hand." in said and "Dishwasher safe, microwave safe." not in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The best mug in the world.", "point_claim"),
        ("It cures headaches.", "point_claim"),
        ("全网最好的杯子。", "point_claim"),
        ("Only 12 dollars.", "point_number"),
        ("Save 20% today.", "point_number"),
        ("仅需99元。", "point_number"),
        ("", "point_text"),
        ("x" * 301, "point_text"),
    ],
)
def test_what_nobody_can_approve(points, shop, text, why):
    with pytest.raises(ContentError) as caught:
        points.approve(MUG, "en", text, "Mei", LATER)
    assert caught.value.message == why
    assert points.of(MUG) == ()


def test_there_is_a_bound_and_each_sentence_stands_once(points, shop):
    for _ in range(2):
        points.approve(MUG, "en", "Thrown by hand.", "Mei", LATER)
    assert len(points.of(MUG)) == 1
    for n in range(MOST - 1):
        points.approve(MUG, "en", f"Glaze code {n} of the kiln book.", "Mei", LATER)
    with pytest.raises(ContentError, match="point_many"):
        points.approve(MUG, "en", "One more.", "Mei", LATER)
    with pytest.raises(ContentError, match="point_text"):
        points.approve("nothing", "en", "Thrown by hand.", "Mei", LATER)
