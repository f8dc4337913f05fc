"""How large the host stands in the picture, and how much of it is stills."""

from dataclasses import dataclass

import numpy as np
import pytest

from bot.stage import colour
from bot.stage.air import Scene
from bot.stage.compositor import Slate
from bot.stage.proportions import Shares, host_of, shares
from persona.clone.base import Rect

SIZE = (320, 640)


def planes(w: int, h: int, level: int) -> tuple[np.ndarray, ...]:
    return (np.full((h, w), level, np.uint8), *(np.full((h // 2, w // 2), 128, np.uint8) for _ in "uv"))


@dataclass
class Reel:
    """A figure of `figure` in a region, before a flat backdrop."""

    figure: Rect
    drawn: bool = True
    in_chroma: bool = False
    size = SIZE
    region = Rect(40, 100, 240, 500)

    @property
    def backdrop(self) -> tuple[np.ndarray, ...]:
        return planes(*SIZE, 90)

    def frame(self, i: int) -> tuple[np.ndarray, ...]:
        y, u, v = planes(self.region.w, self.region.h, 90)
        x, top = self.figure.x - self.region.x, self.figure.y - self.region.y
        if self.in_chroma:
            v[top // 2 : (top + self.figure.h) // 2, x // 2 : (x + self.figure.w) // 2] = 200
        else:
            y[top : top + self.figure.h, x : x + self.figure.w] = 200
        return y, u, v


@pytest.mark.parametrize("in_chroma", [False, True])
def test_a_drawn_figure_is_measured_against_its_backdrop(in_chroma: bool) -> None:
    host = host_of(Reel(Rect(80, 160, 160, 320), in_chroma=in_chroma))
    assert (host.height, host.area, host.centre) == (0.5, 0.25, 0.5)
    assert shares(host, Scene()) == Shares(0.5, 0.25, 0.75)


def test_of_a_filmed_host_no_outline_is_claimed_and_its_room_is_no_still() -> None:
    host = host_of(Reel(Rect(80, 160, 160, 320), drawn=False))
    assert (host.height, host.area, host.centre) == (None, None, None)
    assert shares(host, Scene()) == Shares(None, None, 0.0)


def test_a_host_that_is_not_there_has_no_height() -> None:
    host = host_of(Reel(Rect(80, 160, 0, 0)))
    assert (host.height, host.area, host.centre) == (0.0, 0.0, None)
    assert shares(host, Scene()).stills == 1.0


def test_a_camera_moves_and_what_lies_over_it_stands() -> None:
    host = host_of(Reel(Rect(80, 160, 160, 320)))
    whole = Rect(0, 0, *SIZE)
    card = colour.overlay_of("card", 0, 320, np.ones((160, 320, 4), np.float32))
    alone = shares(host, Scene(host=False, live=whole, overlays=(card,)))
    assert alone == Shares(None, None, 0.25), "the figure is not on the air"
    beside = shares(host, Scene(live=Rect(0, 480, 320, 160), overlays=()))
    assert beside == Shares(0.5, 0.25, 0.5)
    assert shares(host, Scene(overlays=(card,))).stills == 0.875, "it covers half of the figure"
    assert host.moving.any(), "what stands on the air now does not change the host"


def test_a_slate_is_no_picture_to_measure() -> None:
    host = host_of(Reel(Rect(80, 160, 160, 320)))
    assert shares(host, Scene(slate=Slate("hold", planes(*SIZE, 40)))) == Shares()
