import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stage import colour
from bot.stage.blend import Planes, blend, box

# BT.709 limited range, worked out by hand from the weights (media.md 2.3 measured 62, 102, 239/240 for red)
KNOWN = {
    "red": ((255, 0, 0), (63, 102, 240)),
    "green": ((0, 255, 0), (173, 42, 26)),
    "blue": ((0, 0, 255), (32, 240, 118)),
    "white": ((255, 255, 255), (235, 128, 128)),
    "black": ((0, 0, 0), (16, 128, 128)),
}


@pytest.mark.parametrize(("rgb", "yuv"), KNOWN.values(), ids=KNOWN.keys())
def test_planes_are_bt709_limited(rgb: colour.Rgb, yuv: tuple[int, int, int]) -> None:
    planes = colour.planes_of(np.full((4, 4, 3), rgb, np.uint8))
    assert [int(p[0, 0]) for p in planes] == pytest.approx(yuv, abs=1)


channel = st.integers(0, 255)


@given(st.tuples(channel, channel, channel))
def test_rgb_comes_back_from_the_planes(rgb: colour.Rgb) -> None:
    planes = colour.planes_of(np.full((2, 2, 3), rgb, np.uint8))
    assert np.abs(colour.rgb_of(*planes).astype(int) - np.array(rgb)).max() <= 3


@given(st.tuples(channel, channel, channel), st.tuples(channel, channel, channel), st.floats(0, 1))
def test_a_blended_overlay_is_within_two_levels_of_the_mixed_colour(
    top: colour.Rgb, bottom: colour.Rgb, alpha: float
) -> None:
    rgba = np.empty((4, 4, 4), np.float32)
    rgba[:] = (*(alpha * c / 255 for c in top), alpha)
    target = Planes(*colour.planes_of(np.full((4, 4, 3), bottom, np.uint8)))
    overlay = colour.overlay_of("k", 0, 0, rgba)
    blend(target, overlay, box(overlay))
    over, under = (
        [p[0, 0].astype(float) for p in colour.planes_of(np.full((4, 4, 3), c, np.uint8))]
        for c in (top, bottom)
    )
    for plane, t, u in zip(target, over, under, strict=True):
        assert np.abs(plane - (alpha * t + (1 - alpha) * u)).max() <= 2


def test_an_empty_overlay_changes_nothing_and_a_full_one_everything() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    target = Planes(levels.copy(), levels[:8, :8].copy(), levels[:8, :8].copy())
    empty = colour.overlay_of("k", 0, 0, np.zeros((16, 16, 4), np.float32))
    blend(target, empty, box(empty))
    assert (target.y == levels).all() and (target.u == levels[:8, :8]).all()
    full = colour.overlay_of("k", 0, 0, np.ones((16, 16, 4), np.float32))
    blend(target, full, box(full))
    assert (target.y == 235).all() and (target.v == 128).all()


def test_colour_under_transparent_pixels_does_not_leak_into_chroma() -> None:
    rgba = np.zeros((2, 2, 4), np.float32)
    rgba[0, 0] = (1, 0, 0, 1)  # one red pixel of four
    overlay = colour.overlay_of("k", 0, 0, rgba)
    target = Planes(*colour.planes_of(np.full((2, 2, 3), 255, np.uint8)))
    blend(target, overlay, box(overlay))
    assert target.v[0, 0] == pytest.approx(128 + (240 - 128) / 4, abs=1)


@pytest.mark.parametrize("place", [(1, 0, 4, 4), (0, 1, 4, 4), (0, 0, 3, 4), (0, 0, 4, 3)])
def test_odd_places_are_refused(place: tuple[int, int, int, int]) -> None:
    x, y, w, h = place
    with pytest.raises(ValueError, match="even"):
        colour.overlay_of("k", x, y, np.zeros((h, w, 4), np.float32))


def test_contrast_is_that_of_wcag() -> None:
    white, grey = (float(colour.luminance(np.array([c, c, c], np.uint8))) for c in (255, 0x76))
    assert colour.contrast(white, 0.0) == pytest.approx(21.0)
    assert colour.contrast(grey, white) == pytest.approx(4.54, abs=0.01)  # #767676 on white
