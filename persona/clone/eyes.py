"""Draws the eyes: irises that move behind the eye's outline, lids that slide down with their lash line.

All states that life needs are drawn once, as textures; a tick then costs one small warp.
"""

import re
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone import motion
from persona.clone.art import Box, Layer, Pixels, find, layer, yuv

EYE_BOX: Box = (234, 402, 444, 470)  # of the textures; the skin is opaque in all of it
EYE_CORE: Box = (240, 410, 438, 462)  # what blinks and gaze can change
GAZE_X, GAZE_Y = range(-7, 8), range(-4, 5, 2)
SHIFT = 4

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Eye:
    """The layers of one eye, and its outline: upper and lower edge, [n, 2] art px from the temple to the nose
    or back.
    """

    white: Layer
    iris: Layer
    shade: Layer
    lash: Layer
    crease: Layer
    under: Layer
    upper: Curve
    lower: Curve
    lid: tuple[float, float, float]
    line: tuple[float, float, float]
    thick: float
    lashes: int


def eye_of(text: str, side: str, zoom: float) -> Eye:
    """Read one eye, `left` or `right`, of the artwork."""

    def drawn(name: str, unclip: bool = False) -> Layer:
        return layer(text, [f"{name}-{side}"], EYE_BOX, zoom, unclip=unclip)

    outline = find(text, "eyeL" if side == "left" else "eyeR")[0].get("d", "")
    n = [float(v) for v in re.findall(r"-?\d+\.?\d*", outline)]
    points = np.array(n, np.float64).reshape(-1, 2)
    data = find(text, f"eye-{side}").attrib
    return Eye(
        white=drawn("white"), iris=drawn("iris", unclip=True), shade=drawn("shade", unclip=True),
        lash=drawn("lash"), crease=drawn("crease"), under=drawn("under"),
        upper=bezier(points[0:4]), lower=bezier(points[3:7])[::-1],
        lid=yuv(data["data-lid"]), line=yuv(data["data-lash"]),
        thick=float(data["data-thick"]), lashes=int(data["data-lashes"]),
    )  # fmt: skip


def bezier(p: Curve, steps: int = 25) -> Curve:
    """Points of a cubic Bezier curve, [steps, 2]."""
    t = np.linspace(0, 1, steps)[:, None]
    return np.asarray(
        p[0] * (1 - t) ** 3 + p[1] * 3 * t * (1 - t) ** 2 + p[2] * 3 * t * t * (1 - t) + p[3] * t**3
    )


def eyes_open(text: str, bare: Layer, zoom: float) -> Layer:
    """The bare head with both eyes open, looking at the camera."""
    pixels = bare.pixels.copy()
    top, left = corner(bare)
    patch = draw_eyes(crop(bare), (eye_of(text, "left", zoom), eye_of(text, "right", zoom)), 0, 0, 0.0)
    pixels[top : top + patch.shape[0], left : left + patch.shape[1]] = patch
    return replace(bare, pixels=pixels)


def textures(text: str, bare: Layer, over: Layer, zoom: float) -> Pixels:
    """All states of the eyes, uint8 [k, h, w, 3] (Y, U, V): first the gazes (GAZE_X by GAZE_Y), then blinks
    (GAZES by LIDS).

    `over`: what hangs before the face (the hair), laid on top.
    """
    pair = (eye_of(text, "left", zoom), eye_of(text, "right", zoom))
    skin, hair = crop(bare), _window(over, crop(bare).shape)
    states = [(float(x), float(y), 0.0) for x in GAZE_X for y in GAZE_Y]
    states += [(float(x), float(y), lid) for x, y in motion.GAZES for lid in motion.LIDS]
    out = np.empty((len(states), *skin.shape[:2], 3), np.uint8)
    for k, (x, y, lid) in enumerate(states):
        drawn = draw_eyes(skin, pair, x, y, lid)
        _blend(drawn, hair)
        out[k] = drawn[..., :3]
    return out


def state_of(x: float, y: float, target: int, lid: int) -> int:
    """Index into textures(): gaze (x, y) in art px, or frame `lid` (1..5) of a blink while looking at
    GAZES[target].
    """
    if lid:
        return len(GAZE_X) * len(GAZE_Y) + target * len(motion.LIDS) + lid - 1
    return (round(x) - GAZE_X[0]) * len(GAZE_Y) + round((y - GAZE_Y[0]) / 2)


CENTRE = state_of(0, 0, 0, 0)
# where the eyes rest beside the centre, and their order: a host looks there most of the time
RESTING = {
    state: k for k, state in enumerate(sorted({state_of(x, y, 0, 0) for x, y in motion.GAZES} - {CENTRE}))
}


def draw_eyes(skin: Pixels, pair: tuple[Eye, Eye], x: float, y: float, lid: float) -> Pixels:
    """Both eyes on the skin inside EYE_BOX: [h, w, 4]. `lid` 0 (open) .. 1 (shut); the irises at (x, y) art
    px from the middle.
    """
    canvas = skin.copy()
    for eye in pair:
        zoom = eye.white.zoom
        white = _window(eye.white, skin.shape)
        inside = white[..., 3:]
        _blend(canvas, white)
        for part, dx, dy in ((eye.iris, x, y), (eye.shade, 0.0, 0.0)):
            moved = _window(replace(part, x=part.x + dx, y=part.y + dy), skin.shape)
            _blend(canvas, cv2.multiply(moved, cv2.merge([inside] * 4), scale=1 / 255))
        if lid > 0:
            _close(canvas, eye, lid, zoom)
        for part in (eye.under, eye.crease) if lid > 0 else (eye.lash, eye.crease, eye.under):
            _blend(canvas, _window(part, skin.shape))
        if lid > 0:
            _lash(canvas, eye, lid, zoom)
    return canvas


def _edge(eye: Eye, lid: float) -> Curve:
    """Where the lid's edge is: from the upper outline to just above the lower one."""
    return eye.upper + (eye.lower - eye.upper) * (0.93 * lid)


def _close(canvas: Pixels, eye: Eye, lid: float, zoom: float) -> None:
    """Fill the lid, from a little above the eye's outline (which hides the white's soft edge) to its edge."""
    lift = np.array([0.0, 1.5])
    ring = np.concatenate([eye.upper - lift, _edge(eye, lid)[::-1]])
    cv2.fillPoly(canvas, [_points(ring, zoom)], (*eye.lid, 255.0), cv2.LINE_AA, SHIFT)


def _lash(canvas: Pixels, eye: Eye, lid: float, zoom: float) -> None:
    """The dark line of the lashes along the lid's edge, thicker towards the temple, with two lashes at its
    end.
    """
    edge = _edge(eye, lid)
    t = np.linspace(0, 1, len(edge))
    thick = (
        eye.thick
        * (1.6 + 4.2 * (1 - t) ** 0.8 * (1 - 0.45 * lid))
        * np.minimum(1, 8 * np.minimum(t + 0.04, 1.04 - t))
    )
    down = np.stack([np.zeros_like(t), 1.0 + 0.0 * t], axis=1)
    ring = np.concatenate([edge - down * thick[:, None], (edge + down * 1.2)[::-1]])
    colour = (*eye.line, 255.0)
    cv2.fillPoly(canvas, [_points(ring, zoom)], colour, cv2.LINE_AA, SHIFT)
    out = np.sign(edge[0, 0] - edge[-1, 0])
    for at, reach, lean in ((0, 9.0, 5.5), (3, 7.0, 7.0))[: eye.lashes]:
        root = edge[at]
        tip = root + np.array([out * reach, lean * (2 * lid - 1)])
        points = _points(np.stack([root, tip]), zoom)
        cv2.polylines(canvas, [points], False, colour, max(1, round(1.4 * zoom)), cv2.LINE_AA, SHIFT)


def crop(head: Layer) -> Pixels:
    """The part of the head inside EYE_BOX."""
    top, left = corner(head)
    h, w = round((EYE_BOX[3] - EYE_BOX[1]) * head.zoom), round((EYE_BOX[2] - EYE_BOX[0]) * head.zoom)
    return np.ascontiguousarray(head.pixels[top : top + h, left : left + w])


def crop_layer(head: Layer) -> Layer:
    """crop() with its place: exactly where the textures lie."""
    top, left = corner(head)
    return Layer(crop(head), head.x + left / head.zoom, head.y + top / head.zoom, head.zoom)


def corner(head: Layer) -> tuple[int, int]:
    """Row and column of EYE_BOX's top left corner in the layer."""
    return round((EYE_BOX[1] - head.y) * head.zoom), round((EYE_BOX[0] - head.x) * head.zoom)


def _window(part: Layer, like: tuple[int, ...]) -> Pixels:
    """The layer as seen through EYE_BOX, at any sub-pixel place."""
    matrix = np.array(
        [[1, 0, (part.x - EYE_BOX[0]) * part.zoom], [0, 1, (part.y - EYE_BOX[1]) * part.zoom]], np.float64
    )
    moved = cv2.warpAffine(part.pixels, matrix, (like[1], like[0]), flags=cv2.INTER_LINEAR)
    return np.asarray(moved, np.uint8)


def _points(curve: Curve, zoom: float) -> NDArray[np.int32]:
    """Art px to sixteenths of texture px inside EYE_BOX."""
    scaled = (curve - np.array(EYE_BOX[:2])) * zoom * (1 << SHIFT) - (1 << (SHIFT - 1))
    return np.asarray(np.rint(scaled), np.int32)


def _blend(canvas: Pixels, over: Pixels) -> None:
    inverse = cv2.bitwise_not(cv2.extractChannel(over, 3))
    cv2.multiply(canvas, cv2.merge([inverse] * 4), dst=canvas, scale=1 / 255)
    cv2.add(canvas, over, dst=canvas)
