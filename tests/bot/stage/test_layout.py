import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stage.layout import collisions, layout
from products.errors import ContentError

SIZES = [(720, 1280), (1080, 1920), (540, 960), (720, 960), (1280, 720), (1920, 1080), (960, 720), (240, 320)]
portrait = st.tuples(st.integers(120, 1080), st.floats(1.3334, 2.4)).map(
    lambda v: (2 * v[0], 2 * math.ceil(v[0] * v[1]))
)
sizes = st.one_of(portrait, portrait.map(lambda s: (s[1], s[0])))


@given(sizes, st.sampled_from([1, 2]))
def test_nothing_touches_the_label_or_anything_else(size: tuple[int, int], lines: int) -> None:
    plan = layout(*size, lines)
    assert collisions(plan) == []
    for name, r in plan.parts.items():
        assert not (r.x | r.y | r.w | r.h) & 1, name
        assert r.w > 0 and r.h > 0, name
        assert 0 <= r.x and r.x + r.w <= plan.width and 0 <= r.y and r.y + r.h <= plan.height, name


def test_the_board_is_that_of_the_design() -> None:
    plan = layout(720, 1280)
    assert (plan.label.x, plan.label.y) == (20, 24)
    assert (plan.question.x, plan.question.y) == (20, 124)
    assert (plan.card.x, plan.card.w, plan.card.h, plan.card.y + plan.card.h) == (20, 680, 216, 1256)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lines", [1, 2])
def test_lengths_scale_with_the_shortest_side(size: tuple[int, int], lines: int) -> None:
    plan = layout(*size, lines)
    assert plan.scale == min(size) / 720
    assert plan.card.h == pytest.approx(216 * plan.scale, abs=4)


@pytest.mark.parametrize("size", [(721, 1280), (720, 1281), (120, 200), (720, 720), (720, 900)])
def test_sizes_that_cannot_be_laid_out_say_what_to_do(size: tuple[int, int]) -> None:
    with pytest.raises(ContentError, match="720x1280"):
        layout(*size)
