import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.compliance.label import (
    Label,
    LabelMeasure,
    LabelSpec,
    draw_label,
    ink_px,
    label_lines,
    label_text,
    measure,
    places,
)
from bot.stage import colour
from bot.stage.blend import box, meet
from bot.stage.layout import layout
from bot.stage.overlays import render_label
from persona.clone.base import Rect
from products.errors import ContentError, Refused

GB = ("人工智能|AI", "生成|合成")
SIZES = [(720, 1280), (1080, 1920), (540, 960), (360, 640), (1280, 720), (1920, 1080), (960, 720), (240, 320)]


@pytest.mark.parametrize(
    ("languages", "patterns", "text"),
    [
        (["en"], (), "AI-generated host"),
        (["zh"], GB, "数字人主播 · AI生成"),
        (["zh-CN"], (*GB, "数字人"), "数字人主播 · AI生成"),
        (["en"], GB, "AI-generated host / 数字人主播 · AI生成"),
        (["en", "zh"], (), "AI-generated host / 数字人主播 · AI生成"),
        (["zh", "en"], ("AI",), "数字人主播 · AI生成 / AI-generated host"),
        (["fr", "en"], ("AI",), "AI-generated host"),
        ([], (), "AI-generated host"),
    ],
)
def test_words_follow_language_and_packs(languages: list[str], patterns: tuple[str, ...], text: str) -> None:
    assert label_text(languages, patterns) == text


def test_a_pattern_that_no_wording_matches_is_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"'広告'.*must_match_all") as caught:
        label_text(["zh"], (*GB, "広告"))
    assert "生成" not in caught.value.message


def white(width: int, height: int) -> tuple[colour.Plane, colour.Plane, colour.Plane]:
    return colour.planes_of(np.full((height, width, 3), 255, np.uint8))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("languages", [["en"], ["zh"], ["en", "zh"]])
def test_ink_contrast_and_place_hold_at_every_size(size: tuple[int, int], languages: list[str]) -> None:
    text = label_text(languages, ())
    plan, spec = layout(*size, label_lines(text)), LabelSpec(text)
    label = draw_label(spec, plan)
    found = measure(label, white(*size))
    assert found.ink_px >= math.ceil(0.05 * min(size))
    assert found.contrast >= 4.5
    assert {"edge", "corner", "top_left"} <= found.placement
    assert found.misses(spec, min(size)) == ()
    assert meet(box(label.overlay), plan.label) == box(label.overlay)


def test_at_720_the_capitals_are_36_pixels_or_more() -> None:
    assert (
        measure(draw_label(LabelSpec("AI-generated host"), layout(720, 1280)), white(720, 1280)).ink_px >= 36
    )


def test_height_is_counted_on_the_drawn_pixels_not_on_the_font_size() -> None:
    plan = layout(720, 1280)
    overlay, spots = render_label(("AI-generated host",), plan, 36.0, 0.78)
    assert ink_px(Label("AI-generated host", overlay, spots)) in (26, 27)  # 0.74 em: rules.md 7.3
    overlay, spots = render_label(("人工智能生成",), plan, 37.0, 0.78)
    assert ink_px(Label("人工智能生成", overlay, spots)) >= 34


def test_the_tail_of_a_letter_does_not_count_as_height() -> None:
    plan = layout(720, 1280)
    tailed, plain = (
        ink_px(Label(t, *render_label((t,), plan, 50.0, 0.78))) for t in ("AI-generated host", "AI")
    )
    assert tailed == plain


def test_letters_without_a_capital_have_no_measured_height() -> None:
    assert ink_px(Label("host", *render_label(("host",), layout(720, 1280), 50.0, 0.78))) == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_contrast_holds_over_any_picture(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plan = layout(360, 640)
    label = draw_label(LabelSpec("数字人主播 · AI生成"), plan)
    picture = colour.planes_of(rng.integers(0, 256, (640, 360, 3), np.uint8))
    assert measure(label, picture).contrast >= 4.5


def test_contrast_is_that_of_the_pixels_under_it() -> None:
    label = draw_label(LabelSpec("AI-generated host"), layout(720, 1280))
    black = colour.planes_of(np.zeros((1280, 720, 3), np.uint8))
    assert measure(label, black).contrast > 1.5 * measure(label, white(720, 1280)).contrast


def test_more_contrast_is_reached_by_a_darker_plate() -> None:
    plan = layout(720, 1280)
    spec = LabelSpec("AI-generated host", min_contrast=12.0)
    assert measure(draw_label(spec, plan), white(720, 1280)).contrast >= 12.0


def test_a_higher_ratio_makes_it_higher_until_it_does_not_fit() -> None:
    plan = layout(720, 1280)
    assert measure(draw_label(LabelSpec("AI", min_ink_ratio=0.052), plan), white(720, 1280)).ink_px >= 38
    with pytest.raises(ContentError, match="does not fit"):
        draw_label(LabelSpec("AI-generated host", min_ink_ratio=0.1), plan)


def test_misses_are_named() -> None:
    low = LabelMeasure(30, 3.0, frozenset({"anywhere", "edge", "left"}))
    spec = LabelSpec("AI", placement=(("corner", "top_right"), ("edge",)))
    missing = low.misses(spec, 720)
    assert len(missing) == 3
    assert "30 px" in missing[0] and "36 px" in missing[0]
    assert "3.0" in missing[1] and "corner or top_right" in missing[2]


@pytest.mark.parametrize(
    ("rect", "names"),
    [
        (Rect(20, 24, 400, 80), {"anywhere", "left", "top", "edge", "corner", "top_left"}),
        (Rect(300, 24, 400, 80), {"anywhere", "right", "top", "edge", "corner", "top_right"}),
        (Rect(100, 1190, 400, 80), {"anywhere", "bottom", "edge"}),
        (Rect(100, 600, 400, 80), {"anywhere"}),
    ],
)
def test_places(rect: Rect, names: set[str]) -> None:
    assert places(rect, 720, 1280) == names
