"""How large the host stands in the picture, and how much of it is stills: what geometry rules ask for.

A drawn host is told from its backdrop pixel by pixel. Of a filmed one no outline is known: its height and
area are not measured (None), and somebody must look.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.stage.air import Scene
from bot.stage.picture import Plane
from persona.clone.base import Rect, Reel

OTHER = 6  # levels of luma or chroma by which the host's pixels differ from the backdrop behind it
CELL = 8  # pixels a side: stills are counted in cells of the picture


@dataclass(frozen=True, slots=True)
class Host:
    """The host in its reel.

    height, area  of the figure, as shares of the picture's height and area; None: not told apart
    centre        of the figure from left (0) to right (1); None likewise
    moving        bool [rows, columns] of CELL pixels: where the picture is no still. A drawn backdrop is one;
                  a room that was filmed is not.
    """

    height: float | None
    area: float | None
    centre: float | None
    moving: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shares:
    """As shares of the picture: the figure's height and area, and the stills' area. None: not on the air, or
    not measured."""

    figure_height: float | None = None
    figure_area: float | None = None
    stills: float | None = None


def host_of(reel: Reel) -> Host:
    """Measured in the reel's first picture."""
    width, height = reel.size
    cells = -(-height // CELL), -(-width // CELL)
    if not reel.drawn:
        return Host(None, None, None, np.ones(cells, np.bool_))
    figure = _figure(reel)
    rows, columns = np.flatnonzero(figure.any(axis=1)), np.flatnonzero(figure.any(axis=0))
    if not len(rows):
        return Host(0.0, 0.0, None, np.zeros(cells, np.bool_))
    moving = np.zeros((cells[0] * CELL, cells[1] * CELL), np.bool_)
    moving[:height, :width] = figure
    return Host(
        (int(rows[-1]) + 1 - int(rows[0])) / height,
        float(figure.mean()),
        (int(columns[0]) + int(columns[-1]) + 1) / 2 / width,
        np.asarray(moving.reshape(cells[0], CELL, cells[1], CELL).any(axis=(1, 3))),
    )


def _figure(reel: Reel) -> NDArray[np.bool_]:
    """bool [height, width]: where the first base frame is not the backdrop."""
    place, found = reel.region, np.zeros(reel.size[::-1], np.bool_)
    pairs = zip(reel.frame(0), reel.backdrop, strict=True)
    for k, (there, behind) in enumerate(pairs):
        part = behind if k == 0 else behind.repeat(2, axis=0).repeat(2, axis=1)
        whole = there if k == 0 else there.repeat(2, axis=0).repeat(2, axis=1)
        cut = part[place.y : place.y + place.h, place.x : place.x + place.w]
        found[place.y : place.y + place.h, place.x : place.x + place.w] |= _differs(whole, cut)
    return found


def _differs(a: Plane, b: Plane) -> NDArray[np.bool_]:
    return np.abs(a.astype(np.int16) - b.astype(np.int16)) > OTHER


def shares(host: Host, scene: Scene) -> Shares:
    """What stands on the air now. A slate is a pause, not a picture to measure."""
    if scene.slate is not None:
        return Shares()
    moving = host.moving.copy() if scene.host else np.zeros_like(host.moving)
    if scene.live is not None:
        moving[_cells(scene.live)] = True
    for overlay in scene.overlays:
        moving[_cells(Rect(overlay.x, overlay.y, overlay.w, overlay.h))] = False
    stills = 1.0 - float(moving.mean())
    return Shares(host.height, host.area, stills) if scene.host else Shares(stills=stills)


def _cells(rect: Rect) -> tuple[slice, slice]:
    """Every cell that the rectangle touches."""
    down = slice(rect.y // CELL, -(-(rect.y + rect.h) // CELL))
    return down, slice(rect.x // CELL, -(-(rect.x + rect.w) // CELL))
