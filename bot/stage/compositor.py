"""Composes the picture of one tick into the work frame, touching only what changed.

Layers from back to front: backdrop (or slate), host frame, the host's patches, overlays, AI label. What
changed since the tick before is kept as rectangles; inside each, all layers are laid again from the back. So
the result never depends on history: it equals a full recomposition, pixel for pixel (tests prove it).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.stage.blend import Planes, blend, box, meet
from bot.stage.picture import Overlay, Plane, WorkFrame
from persona.clone.base import PatchRect, Rect
from products.errors import Bug


@dataclass(frozen=True, slots=True)
class HostPicture:
    """The host at one tick. `key` names the frame's content (the reel's index): equal keys mean equal pixels.

    region  where `planes` (opaque; y [h, w], u and v [h/2, w/2]) stand in the picture
    rects   what changes on it, in order, in picture coordinates (life, then the mouth)
    """

    key: int
    region: Rect
    planes: tuple[Plane, Plane, Plane]
    rects: tuple[PatchRect, ...] = ()


@dataclass(frozen=True, slots=True)
class Slate:
    """A whole opaque picture that stands in for stage and host. `key` names its content."""

    key: str
    planes: tuple[Plane, Plane, Plane]


@dataclass(frozen=True, slots=True)
class _Layer:
    """One thing of the picture: where it stands, what it is, and how its part inside a clip is laid over a
    target.

    Two layers are the same when place and `name` are equal; without a name, when `source` is the same object
    (which the layer keeps alive, so that no other object can take its place).
    """

    rect: Rect
    name: tuple[str, object] | None
    source: object
    opaque: bool
    lay: Callable[[Planes, Rect], None]

    def same(self, other: "_Layer") -> bool:
        named = self.name is not None or self.source is other.source
        return self.rect == other.rect and self.name == other.name and named


class Compositor:
    """`backdrop`: the whole picture without the host, yuv420p planes of width x height. Not for several
    threads."""

    def __init__(self, width: int, height: int, backdrop: tuple[Plane, Plane, Plane]) -> None:
        self._whole = Rect(0, 0, width, height)
        self._backdrop = _opaque(self._whole, ("backdrop", 0), backdrop)
        self._work: WorkFrame | None = None
        self._drawn: list[_Layer] = []

    def compose(
        self,
        work: WorkFrame,
        host: HostPicture | None,
        overlays: Sequence[Overlay],
        label: Overlay | None,
        slate: Slate | None,
    ) -> None:
        """Make `work` show this tick. With a slate the host is not drawn. The label, when given, is always
        on top.

        Nobody else may draw into `work` between calls; a different work frame is composed in full.
        Raises Bug when something does not lie within the picture.
        """
        layers = self._layers(host, overlays, label, slate)
        target = Planes(work.y, work.u, work.v)
        dirty = [self._whole] if work is not self._work else _changes(self._drawn, layers)
        self._work, self._drawn = None, layers  # if laying fails half way, the next tick starts anew
        for rect in dirty:
            _relay(target, rect, layers)
        self._work = work

    def _layers(
        self,
        host: HostPicture | None,
        overlays: Sequence[Overlay],
        label: Overlay | None,
        slate: Slate | None,
    ) -> list[_Layer]:
        layers = [
            self._backdrop if slate is None else _opaque(self._whole, ("slate", slate.key), slate.planes)
        ]
        if host is not None and slate is None:
            layers.append(_opaque(host.region, ("host", host.key), host.planes))
            layers += (_opaque(p.rect, None, (p.y, p.u, p.v), p) for p in host.rects)
        layers += (_over(o) for o in overlays)
        if label is not None:
            layers.append(_over(label))
        for layer in layers:
            if meet(layer.rect, self._whole) != layer.rect:
                raise Bug(f"{layer.name} at {layer.rect} lies outside the picture {self._whole}.")
        return layers


def _opaque(
    rect: Rect, name: tuple[str, object] | None, planes: tuple[Plane, Plane, Plane], source: object = None
) -> _Layer:
    if planes[0].shape != (rect.h, rect.w) or planes[1].shape != (rect.h // 2, rect.w // 2):
        raise Bug(f"{name or 'a patch'} at {rect} has planes of {planes[0].shape} and {planes[1].shape}.")
    own = Planes(*planes)

    def lay(target: Planes, clip: Rect) -> None:
        part = own.within(Rect(clip.x - rect.x, clip.y - rect.y, clip.w, clip.h))
        for dst, src in zip(target.within(clip), part, strict=True):
            np.copyto(dst, src)

    return _Layer(rect, name, source, True, lay)


def _over(overlay: Overlay) -> _Layer:
    def lay(target: Planes, clip: Rect) -> None:
        blend(target, overlay, clip)

    return _Layer(box(overlay), ("overlay", overlay.key), overlay, False, lay)


def _changes(old: Sequence[_Layer], new: Sequence[_Layer]) -> list[Rect]:
    """Rectangles outside which both pictures are equal.

    Layers that stand in both lists in the same order are kept; a pixel that no other layer covers sees only
    those.
    """
    dirty: list[Rect] = []
    at = 0
    for layer in new:
        found = next((i for i in range(at, len(old)) if old[i].same(layer)), None)
        if found is None:
            dirty.append(layer.rect)
        else:
            dirty += (gone.rect for gone in old[at:found])
            at = found + 1
    dirty += (gone.rect for gone in old[at:])
    return _outermost(dirty)


def _outermost(rects: Sequence[Rect]) -> list[Rect]:
    """`rects` without those that lie within another."""
    out: list[Rect] = []
    for rect in sorted(rects, key=lambda r: r.w * r.h, reverse=True):
        if not any(meet(rect, big) == rect for big in out):
            out.append(rect)
    return out


def _relay(target: Planes, rect: Rect, layers: Sequence[_Layer]) -> None:
    """Lay all layers again within `rect`, from the last opaque one that covers it."""
    first = max(i for i, layer in enumerate(layers) if layer.opaque and meet(rect, layer.rect) == rect)
    for layer in layers[first:]:
        clip = meet(rect, layer.rect)
        if clip is not None:
            layer.lay(target, clip)
