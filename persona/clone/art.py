"""The drawn hosts' artwork: SVG layers by id, rasterised once, as premultiplied Y, U, V, alpha.

Art coordinates are those of the SVG: 720 x 1280, y down. A layer's pixels are twice as fine as the picture
and slightly smoothed ([1 2 1] / 4 both ways), so that a bilinear warp to any sub-pixel place looks equally
sharp: no shimmer. Colours are BT.709, limited range, from the first pixel on; every blend afterwards is
linear, so nothing converts later.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from xml.etree import ElementTree

import cv2
import numpy as np
import resvg_py
from numpy.typing import NDArray

from products.errors import Bug, ContentError

ART_WIDTH, ART_HEIGHT = 720, 1280
OVERSAMPLE = 2  # texture pixels per picture pixel
SVG = "{http://www.w3.org/2000/svg}"

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]
Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in art units

ElementTree.register_namespace("", SVG[1:-1])


@dataclass(frozen=True, slots=True)
class Layer:
    """Premultiplied pixels uint8 [h, w, 4] (Y, U, V, alpha); the top left corner lies at art (x, y), `zoom`
    pixels per unit.
    """

    pixels: Pixels
    x: float
    y: float
    zoom: float

    @property
    def box(self) -> Box:
        h, w = self.pixels.shape[:2]
        return self.x, self.y, self.x + w / self.zoom, self.y + h / self.zoom


@dataclass(frozen=True, slots=True)
class Placement:
    """Where art lies in a picture of width x height: picture = scale * art + (dx, dy); the host stands in the
    middle, on the floor.
    """

    width: int
    height: int

    @property
    def scale(self) -> float:
        return min(self.width / ART_WIDTH, self.height / ART_HEIGHT)

    @property
    def dx(self) -> float:
        return (self.width - ART_WIDTH * self.scale) / 2

    @property
    def dy(self) -> float:
        return self.height - ART_HEIGHT * self.scale

    @property
    def matrix(self) -> Matrix:
        """3x3, art to picture."""
        return np.array([[self.scale, 0, self.dx], [0, self.scale, self.dy], [0, 0, 1]], np.float64)


def looks() -> tuple[str, ...]:
    """Names of the drawn hosts that are at hand."""
    names = (entry.name for entry in files("persona.clone").joinpath("art").iterdir())
    return tuple(sorted(n[5:-4] for n in names if n.startswith("host-") and n.endswith(".svg")))


def host_text(look: str) -> str:
    """The SVG of a host. Raises ContentError for a look that is not drawn."""
    if look not in looks():
        raise ContentError(
            f"There is no drawn host named {look!r}.", remedy=f"Use one of: {', '.join(looks())}."
        )
    return files("persona.clone").joinpath("art", f"host-{look}.svg").read_text(encoding="utf-8")


def stage_text() -> str:
    return files("persona.clone").joinpath("art", "stage.svg").read_text(encoding="utf-8")


def digest(*texts: str) -> str:
    """SHA-256 over the artwork, in hexadecimal."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def yuv(colour: str) -> tuple[float, float, float]:
    """`#rrggbb` as Y, U, V in BT.709, limited range."""
    rgb = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)]], np.float64)
    y, u, v = (rgb @ _MATRIX.T + _OFFSET)[0]
    return float(y), float(u), float(v)


# ITU-R BT.709: Y' = 0.2126 R' + 0.7152 G' + 0.0722 B'; 219 steps of luma from 16, 224 of chroma around 128
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_MATRIX = np.stack(
    [
        _LUMA * 219 / 255,
        (np.array([0, 0, 1.0]) - _LUMA) / 1.8556 * 224 / 255,
        (np.array([1.0, 0, 0]) - _LUMA) / 1.5748 * 224 / 255,
    ]
)
_OFFSET = np.array([16.0, 128.0, 128.0])


@cache
def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def find(text: str, name: str) -> ElementTree.Element:
    """The element with this id. Raises Bug: the artwork is ours, and every layer is required."""
    for element in parsed(text).iter():
        if element.get("id") == name:
            return element
    raise Bug(f"The artwork has no element with id {name!r}.", remedy="Draw it, or restore the SVG file.")


def gradient(text: str, name: str) -> tuple[str, str]:
    """First and last stop colour of a linear gradient."""
    stops = [stop.get("stop-color", "") for stop in find(text, name).iter(f"{SVG}stop")]
    return stops[0], stops[-1]


def layer(
    text: str,
    keep: Collection[str],
    box: Box,
    zoom: float,
    *,
    drop: Collection[str] = (),
    unclip: bool = False,
) -> Layer:
    """Rasterise the elements with the ids `keep` (without those of `drop`) within `box`, smoothed, cut to
    what is drawn.
    """
    root = ElementTree.fromstring(text)
    missing = [name for name in keep if not any(e.get("id") == name for e in root.iter())]
    if missing:
        raise Bug(f"The artwork lacks the layers {missing}.", remedy="Draw them, or restore the SVG file.")
    _prune(root, frozenset(keep), frozenset(drop), unclip)
    x0, y0, x1, y1 = box
    root.set("viewBox", f"{x0} {y0} {x1 - x0} {y1 - y0}")
    w, h = round((x1 - x0) * zoom), round((y1 - y0) * zoom)
    root.set("width", str(w))
    root.set("height", str(h))
    png = resvg_py.svg_to_bytes(svg_string=ElementTree.tostring(root, "unicode"), skip_system_fonts=True)
    image = np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
    return _cut(image, x0, y0, zoom)


def premultiplied(bgra: Pixels) -> Pixels:
    """Straight blue, green, red, alpha to premultiplied, smoothed Y, U, V, alpha."""
    alpha = bgra[..., 3:].astype(np.float32) / 255
    colour = bgra[..., 2::-1].astype(np.float32) @ _MATRIX.T.astype(np.float32) + _OFFSET.astype(np.float32)
    whole = np.concatenate([colour * alpha, alpha * 255], axis=2)
    kernel = np.array([0.25, 0.5, 0.25], np.float32)
    smooth = cv2.sepFilter2D(whole, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(np.rint(smooth), 0, 255), np.uint8)


def _prune(element: ElementTree.Element, keep: frozenset[str], drop: frozenset[str], unclip: bool) -> None:
    for child in list(element):
        name = child.get("id")
        if child.tag == f"{SVG}defs":
            continue
        if name in drop or not (name in keep or any(e.get("id") in keep for e in child.iter())):
            element.remove(child)
            continue
        if unclip and "clip-path" in child.attrib:
            del child.attrib["clip-path"]
        _prune(child, keep, drop, unclip) if name not in keep else _drop(child, drop)


def _drop(element: ElementTree.Element, drop: frozenset[str]) -> None:
    for child in list(element):
        if child.get("id") in drop:
            element.remove(child)
        else:
            _drop(child, drop)


def _cut(bgra: Pixels, x0: float, y0: float, zoom: float) -> Layer:
    """What is drawn, with room for the smoothing where there is any."""
    seen = cv2.boundingRect(cv2.extractChannel(bgra, 3))
    left, top = max(0, seen[0] - 2), max(0, seen[1] - 2)
    cut = bgra[top : seen[1] + seen[3] + 2, left : seen[0] + seen[2] + 2]
    if seen[2] == 0:
        raise Bug(f"A layer at {x0}, {y0} is empty.", remedy="Look at the artwork's ids and boxes.")
    return Layer(premultiplied(cut), x0 + left / zoom, y0 + top / zoom, zoom)
