"""Laying an Overlay over planes: the one blend of the picture (reference: premultiplied source-over, in
place)."""

from typing import NamedTuple

import cv2
import numpy as np

from bot.stage.picture import Overlay, Plane
from persona.clone.base import Rect

cv2.setNumThreads(1)  # patches are small: threads cost more than they save, and the air has one core


class Planes(NamedTuple):
    """yuv420p: y uint8 [h, w], u and v uint8 [h/2, w/2]. Views with any row stride."""

    y: Plane
    u: Plane
    v: Plane

    def within(self, rect: Rect) -> "Planes":
        """Views of an even rectangle."""
        x, y, r, b = rect.x, rect.y, rect.x + rect.w, rect.y + rect.h
        half = np.s_[y // 2 : b // 2, x // 2 : r // 2]
        return Planes(self.y[y:b, x:r], self.u[half], self.v[half])


def blend(target: Planes, overlay: Overlay, clip: Rect) -> None:
    """Lay the part of `overlay` inside `clip` over `target`, a whole picture. `clip` lies within the
    overlay."""
    dst = target.within(clip)
    local = Rect(clip.x - overlay.x, clip.y - overlay.y, clip.w, clip.h)
    pre = Planes(overlay.pre_y, overlay.pre_u, overlay.pre_v).within(local)
    ia = Planes(overlay.ia_y, overlay.ia_c, overlay.ia_c).within(local)
    for d, p, i in zip(dst, pre, ia, strict=True):
        cv2.multiply(d, i, dst=d, scale=1 / 255)
        cv2.add(d, p, dst=d)


def box(overlay: Overlay) -> Rect:
    """The rectangle that an overlay covers."""
    return Rect(overlay.x, overlay.y, overlay.w, overlay.h)


def meet(a: Rect, b: Rect) -> Rect | None:
    """The rectangle that two share, or None."""
    x, y = max(a.x, b.x), max(a.y, b.y)
    w, h = min(a.x + a.w, b.x + b.w) - x, min(a.y + a.h, b.y + b.h) - y
    return Rect(x, y, w, h) if w > 0 and h > 0 else None


def inside(a: Rect, b: Rect) -> bool:
    """Whether `a` lies within `b`."""
    return a.x >= b.x and a.y >= b.y and a.x + a.w <= b.x + b.w and a.y + a.h <= b.y + b.h
