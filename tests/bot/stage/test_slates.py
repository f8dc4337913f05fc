import numpy as np
import pytest

from bot.compliance.label import LabelSpec, draw_label, label_text, measure
from bot.stage import colour
from bot.stage.layout import layout
from bot.stage.slates import render_ending, render_hold

PLAN = layout(360, 640)
RNG = np.random.default_rng(4)
STAGE = colour.planes_of(RNG.integers(150, 256, (640, 360, 3), np.uint8))


@pytest.mark.parametrize("render", [render_hold, render_ending])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_slate_is_a_whole_picture_with_the_stage_out_of_focus(render, language: str) -> None:
    before = [p.copy() for p in STAGE]
    slate = render(STAGE, "Corner Shop 👟", language, PLAN)
    y, u, v = slate.planes
    assert y.shape == (640, 360) and u.shape == v.shape == (320, 180)
    assert (
        float(np.abs(np.diff(y[:100].astype(int), axis=1)).mean())
        < 1
        < float(np.abs(np.diff(STAGE[0][:100].astype(int), axis=1)).mean())
    )
    assert all((p == b).all() for p, b in zip(STAGE, before, strict=True))


def test_words_and_language_make_the_key() -> None:
    keys = {
        render_hold(STAGE, "Shop", "en", PLAN).key,
        render_hold(STAGE, "Shop", "zh", PLAN).key,
        render_hold(STAGE, "Other", "en", PLAN).key,
        render_hold(STAGE, "Shop", "en", PLAN, "The co-host is coming back.").key,
        render_ending(STAGE, "Shop", "en", PLAN).key,
        render_ending(STAGE, "Shop", "en", PLAN, "Next show: Friday, 7 pm").key,
    }
    assert len(keys) == 6
    assert render_hold(STAGE, "Shop", "en", PLAN).key == render_hold(STAGE, "Shop", "en", PLAN).key


def test_the_label_is_readable_on_a_slate() -> None:
    label = draw_label(LabelSpec(label_text(["zh"], [])), PLAN)
    assert measure(label, render_hold(STAGE, "", "zh", PLAN, "x" * 400).planes).contrast >= 4.5


def test_the_words_stand_on_the_slate() -> None:
    quiet, loud = (render_hold(STAGE, shop, "en", PLAN).planes[0] for shop in ("", "Corner Shop"))
    teal_row = (quiet != loud).any(1)
    assert 10 < int(teal_row.sum()) < 60
