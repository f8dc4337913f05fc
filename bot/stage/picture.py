"""The work frame and what is laid over it. All yuv420p, BT.709, limited range; even coordinates."""

from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Overlay:
    """A premultiplied patch, rendered once per change (media.md 3.1): dst = dst * ia / 255 + pre.

    x, y even; planes y, u, v: `pre_*` uint8 colour times alpha, `ia_*` uint8 255 - alpha; y is [h, w], u
    and v
    [h/2, w/2] and share `ia_c`. `key` names the content: equal keys mean equal pixels.
    """

    key: str
    x: int
    y: int
    pre_y: Plane
    pre_u: Plane
    pre_v: Plane
    ia_y: Plane
    ia_c: Plane

    @property
    def w(self) -> int:
        return int(self.pre_y.shape[1])

    @property
    def h(self) -> int:
        return int(self.pre_y.shape[0])


def view_of(plane: Any) -> Plane:
    """A plane of an av.VideoFrame as uint8 [h, w], without a copy. A line may be longer than the picture is
    wide, so it is never reshaped to (h, w).
    """
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


class WorkFrame:
    """One reusable av.VideoFrame with writable views of its planes; libx264 copies its input."""

    def __init__(self, width: int, height: int) -> None:
        self.frame = av.VideoFrame(width, height, "yuv420p")
        self.width, self.height = width, height
        self.y, self.u, self.v = (view_of(plane) for plane in self.frame.planes)
