"""Composes the picture of one tick into the work frame, touching only what changed.

Layers from back to front: backdrop (or slate), host frame, the host's patches, overlays, watermark, AI label.
What changed since the tick before is kept as rectangles; inside each, all layers are laid again from the
back. So the result never depends on history: it equals a full recomposition, pixel for pixel (tests prove
it).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from bot.stage.blend import Planes, box, inside, meet
from bot.stage.picture import Overlay, Plane, WorkFrame
from bot.stage.watermark import Veil
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


class _Layer:
    """One thing of the picture: where it stands, what it is, and how its part inside a clip is laid.

    Two layers are the same when place and `name` are equal; without a name, when `source` is the same object
    (which the layer keeps alive, so that no other object can take its place). A layer is kept from tick to
    tick as long as it is the same, and with it the views that laying needs: making them costs more than
    blending a small patch.
    """

    __slots__ = ("_cells", "name", "opaque", "rect", "source")

    def __init__(
        self, rect: Rect, name: tuple[str, object] | None, source: Overlay | Planes | PatchRect | Veil
    ) -> None:
        self.rect, self.name, self.source = rect, name, source
        self.opaque = not isinstance(source, Overlay | Veil)
        self._cells: dict[Rect, _Cells | None] = {}

    def same(self, other: "_Layer") -> bool:
        if self is other:
            return True
        named = self.name is not None or self.source is other.source
        return named and self.name == other.name and self.rect == other.rect

    def lay(self, target: Planes, dirty: Rect) -> None:
        """Lays the part inside `dirty`, if there is any. `target` is the same picture each time."""
        try:
            cells = self._cells[dirty]
        except KeyError:
            if len(self._cells) >= _CLIPS:
                self._cells.clear()
            clip = meet(dirty, self.rect)
            cells = self._cells[dirty] = None if clip is None else self._cut(target, clip)
        if cells is None:
            return
        if self.opaque:
            for to, what, _ in cells:
                np.copyto(to, what)
        elif isinstance(self.source, Veil):
            for to, what, _ in cells:
                cv2.add(to, what, dst=to)
        else:
            for to, what, rest in cells:
                cv2.multiply(to, rest, dst=to, scale=_SCALE)
                cv2.add(to, what, dst=to)

    def _cut(self, target: Planes, clip: Rect) -> "_Cells":
        """Views of target, colour, and what shines through, inside `clip`, plane by plane."""
        own = Rect(clip.x - self.rect.x, clip.y - self.rect.y, clip.w, clip.h)
        if isinstance(self.source, Veil):
            part = self.source.luma[own.y : own.y + own.h, own.x : own.x + own.w]
            return ((target.within(clip)[0], part, part),)
        if isinstance(self.source, Overlay):
            o = self.source
            colour = Planes(o.pre_y, o.pre_u, o.pre_v).within(own)
            rest = Planes(o.ia_y, o.ia_c, o.ia_c).within(own)
        else:
            colour = rest = Planes(self.source.y, self.source.u, self.source.v).within(own)
        return tuple(zip(target.within(clip), colour, rest, strict=True))

    def forget_views(self) -> None:
        self._cells.clear()


_Cells = tuple[tuple[Plane, Plane, Plane], ...]
_CLIPS = 8  # clips for which a layer keeps its views
_SCALE = 1 / 255


class Compositor:
    """`backdrop`: the whole picture without the host, yuv420p planes of width x height. Not for several
    threads."""

    def __init__(self, width: int, height: int, backdrop: tuple[Plane, Plane, Plane]) -> None:
        self._whole = Rect(0, 0, width, height)
        self._backdrop = self._opaque(self._whole, ("backdrop", 0), Planes(*backdrop))
        self._work: WorkFrame | None = None
        self._target: Planes | None = None
        self._drawn: list[_Layer] = []
        self._over: dict[int, _Layer] = {}  # layers of the overlays of the last tick, by identity

    def compose(
        self,
        work: WorkFrame,
        host: HostPicture | None,
        overlays: Sequence[Overlay],
        label: Overlay | None,
        slate: Slate | None,
        veil: Veil | None = None,
    ) -> None:
        """Make `work` show this tick. With a slate the host is not drawn. The label, when given, is always
        on top; the watermark's veil lies over all but the label.

        Nobody else may draw into `work` between calls; a different work frame is composed in full.
        Raises Bug when something does not lie within the picture.
        """
        layers = self._layers(host, overlays, label, slate, veil)
        if work is not self._work or self._target is None:
            self._target = Planes(work.y, work.u, work.v)
            for layer in (self._backdrop, *layers):
                layer.forget_views()
            dirty = [self._whole]
        else:
            dirty = _changes(self._drawn, layers)
        self._work, self._drawn = None, layers  # if laying fails half way, the next tick starts anew
        for rect in dirty:
            _relay(self._target, rect, layers)
        self._work = work

    def _layers(
        self,
        host: HostPicture | None,
        overlays: Sequence[Overlay],
        label: Overlay | None,
        slate: Slate | None,
        veil: Veil | None,
    ) -> list[_Layer]:
        layers = [
            self._backdrop
            if slate is None
            else self._opaque(self._whole, ("slate", slate.key), Planes(*slate.planes))
        ]
        if host is not None and slate is None:
            layers.append(self._opaque(host.region, ("host", host.key), Planes(*host.planes)))
            layers += [self._opaque(p.rect, None, p) for p in host.rects]
        above: list[Overlay | Veil] = [*overlays]
        above += [] if veil is None else [veil]
        above += [] if label is None else [label]
        laid = [self._over_layer(thing) for thing in above]
        self._over = {id(layer.source): layer for layer in laid}
        return layers + laid

    def _over_layer(self, thing: Overlay | Veil) -> _Layer:
        """The layer of the last tick, if it drew this very object."""
        layer = self._over.get(id(thing))
        if layer is not None and layer.source is thing:
            return layer
        if isinstance(thing, Veil):
            if thing.luma.shape != (self._whole.h, self._whole.w):
                raise Bug(f"The watermark's veil is of {thing.luma.shape}, the picture {self._whole}.")
            return _Layer(self._whole, ("veil", thing.key), thing)
        layer = _Layer(box(thing), ("overlay", thing.key), thing)
        self._check(layer)
        return layer

    def _opaque(self, rect: Rect, name: tuple[str, object] | None, source: Planes | PatchRect) -> _Layer:
        if source.y.shape != (rect.h, rect.w) or source.u.shape != (rect.h // 2, rect.w // 2):
            what = name or "a patch"
            raise Bug(f"{what} at {rect} has planes of {source.y.shape} and {source.u.shape}.")
        layer = _Layer(rect, name, source)
        self._check(layer)
        return layer

    def _check(self, layer: _Layer) -> None:
        if not inside(layer.rect, self._whole):
            raise Bug(f"{layer.name} at {layer.rect} lies outside the picture {self._whole}.")


def _changes(old: Sequence[_Layer], new: Sequence[_Layer]) -> list[Rect]:
    """Rectangles outside which both pictures are equal.

    Layers that stand in both lists in the same order are kept; a pixel that no other layer covers sees only
    those.
    """
    dirty: list[Rect] = []
    at = 0
    for layer in new:
        found = at
        while found < len(old) and not old[found].same(layer):
            found += 1
        if found == len(old):
            dirty.append(layer.rect)
        else:
            dirty += [gone.rect for gone in old[at:found]]
            at = found + 1
    dirty += [gone.rect for gone in old[at:]]
    return _outermost(dirty)


def _outermost(rects: Sequence[Rect]) -> list[Rect]:
    """`rects` without those that lie within another."""
    out: list[Rect] = []
    for rect in sorted(rects, key=_area, reverse=True):
        if not any(inside(rect, big) for big in out):
            out.append(rect)
    return out


def _area(rect: Rect) -> int:
    return rect.w * rect.h


def _relay(target: Planes, rect: Rect, layers: Sequence[_Layer]) -> None:
    """Lay all layers again within `rect`, from the last opaque one that covers it."""
    first = len(layers) - 1
    while not (layers[first].opaque and inside(rect, layers[first].rect)):
        first -= 1
    for layer in layers[first:]:
        layer.lay(target, rect)
