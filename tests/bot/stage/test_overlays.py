from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.show.messages import Card
from bot.stage import colour
from bot.stage.blend import Planes, blend, box, meet
from bot.stage.layout import Layout, layout, overlaps
from bot.stage.overlays import render_card, render_notice, render_question
from bot.stage.picture import Overlay

SHOES = Card(
    handle="shoes",
    number=1,
    title="Harbor Canvas Sneakers",
    price="$59.00",
    compare_at="$75.00",
    detail="Sizes 36–45",
)
SIZES = [(720, 1280), (1080, 1920), (540, 960), (1280, 720), (240, 320)]
plans = st.builds(layout, st.just(720), st.just(1280), st.sampled_from([1, 2]))
GREY = (128, 128, 128)


def shown(overlay: Overlay, plan: Layout, under: colour.Rgb = GREY) -> np.ndarray:
    """The overlay over a plain picture, as RGB of the whole picture."""
    target = Planes(*colour.planes_of(np.full((plan.height, plan.width, 3), under, np.uint8)))
    blend(target, overlay, box(overlay))
    return colour.rgb_of(*target)


def near(picture: np.ndarray, tint: colour.Rgb) -> int:
    """How many pixels have this colour, within what chroma rounding allows."""
    return int((np.abs(picture.astype(int) - np.array(tint)).max(-1) <= 6).sum())


def sound(overlay: Overlay, plan: Layout) -> None:
    """Even, within the picture, and clear of the label."""
    r = box(overlay)
    assert not (r.x | r.y | r.w | r.h) & 1
    assert meet(r, type(r)(0, 0, plan.width, plan.height)) == r
    assert not overlaps(r, plan.label)
    assert overlay.pre_u.shape == overlay.pre_v.shape == overlay.ia_c.shape == (r.h // 2, r.w // 2)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_overlay_is_sound_at_every_size(size: tuple[int, int], language: str) -> None:
    for lines in (1, 2):
        plan = layout(*size, lines)
        sound(render_card(SHOES, None, language, plan), plan)
        sound(render_question("Alice", "Do they run small? " * 9, language, plan), plan)
        sound(render_notice("This host is AI-generated. " * 4, plan), plan)


text = st.text(max_size=200)


@settings(max_examples=60, deadline=None)
@given(text, text, text, text, st.integers(0, 10**9), st.booleans(), st.sampled_from(["en", "zh", "fr", ""]))
def test_any_card_is_drawn(
    title: str, price: str, compare: str, detail: str, number: int, sold_out: bool, language: str
) -> None:
    plan = layout(240, 320)
    card = Card(
        handle="x",
        number=number,
        title=title,
        price=price,
        compare_at=compare,
        detail=detail,
        sold_out=sold_out,
    )
    sound(render_card(card, None, language, plan), plan)


@settings(max_examples=60, deadline=None)
@given(text, text, st.sampled_from(["en", "zh"]))
def test_any_question_and_notice_is_drawn(viewer: str, words: str, language: str) -> None:
    plan = layout(240, 320)
    sound(render_question(viewer, words, language, plan), plan)
    sound(render_notice(words, plan), plan)


def test_the_price_is_coral_and_grey_when_sold_out() -> None:
    plan = layout(720, 1280)
    words = np.s_[plan.card.y + 90 : plan.card.y + 140, plan.card.x + 225 : plan.card.x + 420]
    there = shown(render_card(SHOES, None, "en", plan), plan)[words]
    gone = shown(render_card(SHOES.model_copy(update={"sold_out": True}), None, "en", plan), plan)[words]
    assert near(there, colour.CORAL) > 300 and near(there, colour.MUTED) == 0
    assert near(gone, colour.MUTED) > 300 and near(gone, colour.CORAL) == 0


def test_sold_out_stands_on_a_coral_pill_beside_the_price() -> None:
    plan = layout(720, 1280)
    right = np.s_[plan.card.y + 80 : plan.card.y + 150, plan.card.x + 430 : plan.card.x + 680]
    there = shown(render_card(SHOES, None, "en", plan), plan)[right]
    gone = shown(render_card(SHOES.model_copy(update={"sold_out": True}), None, "en", plan), plan)[right]
    assert near(there, colour.CORAL) == 0
    assert near(gone, colour.CORAL) > 1000


def test_the_compare_at_price_is_struck_out() -> None:
    plan = layout(720, 1280)
    without = SHOES.model_copy(update={"compare_at": ""})
    with_it, bare = (shown(render_card(c, None, "en", plan), plan) for c in (SHOES, without))
    rows = (with_it != bare).any(-1).any(1)
    changed = with_it[rows]
    longest = max(near(row[None], colour.FAINT) for row in changed)
    assert longest > 90  # the line through it is the only thing that runs so far in one row


def test_a_long_name_takes_two_lines_and_leaves_the_picture_alone() -> None:
    plan = layout(720, 1280)
    long = SHOES.model_copy(
        update={"title": "Harbor Canvas Sneakers with the Extra Long Laces and a Spare Pair " * 3}
    )
    picture = np.s_[plan.card.y : plan.card.y + 216, plan.card.x : plan.card.x + 204]
    short_card, long_card = (shown(render_card(c, None, "en", plan), plan) for c in (SHOES, long))
    np.testing.assert_array_equal(short_card[picture], long_card[picture])
    edge = np.s_[
        plan.card.y + 20 : plan.card.y + 196, plan.card.x + plan.card.w - 16 : plan.card.x + plan.card.w - 2
    ]
    assert near(long_card[edge], colour.PAPER) == 176 * 14


def test_the_picture_of_the_product_is_on_the_card(tmp_path: Path) -> None:
    plan, path = layout(720, 1280), tmp_path / "green.png"
    Image.new("RGB", (400, 300), (20, 180, 60)).save(path)
    tile = np.s_[plan.card.y + 60 : plan.card.y + 180, plan.card.x + 20 : plan.card.x + 190]
    assert near(shown(render_card(SHOES, path, "en", plan), plan)[tile], (20, 180, 60)) == 120 * 170
    missing = shown(render_card(SHOES, tmp_path / "none.png", "en", plan), plan)[tile]
    assert near(missing, (20, 180, 60)) == 0


def test_equal_keys_mean_equal_content(tmp_path: Path) -> None:
    plan = layout(720, 1280)
    one, same = (render_card(SHOES, None, "en", plan) for _ in range(2))
    assert one.key == same.key and (one.pre_y == same.pre_y).all()
    path = tmp_path / "a.png"
    keys = {
        one.key,
        render_card(SHOES, None, "zh", plan).key,
        render_card(SHOES, None, "en", layout(540, 960)).key,
    }
    for tint in ((255, 0, 0), (0, 255, 0)):
        Image.new("RGB", (10, 10), tint).save(path)
        keys.add(render_card(SHOES, path, "en", plan).key)
        path.touch()
    assert len(keys) >= 4


def test_a_name_that_cannot_be_drawn_becomes_a_viewer() -> None:
    plan = layout(720, 1280)
    nameless, viewer = (render_question(name, "Hello", "en", plan) for name in ("👟👟", "A viewer"))
    assert nameless.key == viewer.key
    assert render_question("👟", "好", "zh", plan).key == render_question("观众", "好", "zh", plan).key
