"""Colours of the picture: tokens, and the one conversion between RGB and YUV.

Everything on air is BT.709, limited range (black 16, white 235; chroma 16..240). ITU-R BT.709-6: luma weights
0.2126, 0.7152, 0.0722. A patch in another matrix shows as a colour step.
"""

import numpy as np
from numpy.typing import NDArray

from bot.stage.picture import Overlay, Plane

Rgb = tuple[int, int, int]
Float = NDArray[np.float32]

INK: Rgb = (0x22, 0x26, 0x2A)
MUTED: Rgb = (0x5D, 0x6A, 0x70)
FAINT: Rgb = (0x8D, 0x97, 0x9C)  # a struck-out price: lighter than MUTED, for large text only
PAPER: Rgb = (0xFF, 0xFD, 0xF9)
CREAM: Rgb = (0xFB, 0xEE, 0xDD)
SAND: Rgb = (0xE9, 0xD8, 0xC4)
TEAL: Rgb = (0x15, 0x61, 0x66)
TEAL_DARK: Rgb = (0x0D, 0x45, 0x4C)
TEAL_LIGHT: Rgb = (0x2A, 0x92, 0x96)
CORAL: Rgb = (0xC8, 0x40, 0x2F)
AMBER: Rgb = (0xFF, 0xD8, 0x6B)
LEAF: Rgb = (0x5F, 0x8A, 0x52)
WHITE: Rgb = (0xFF, 0xFF, 0xFF)
BLACK: Rgb = (0, 0, 0)

KR, KG, KB = 0.2126, 0.7152, 0.0722


def _halve(plane: NDArray[np.floating]) -> Float:
    """Mean of each 2x2 block: how 4:2:0 chroma is sampled here."""
    h, w = plane.shape
    mean: Float = plane.reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3), dtype=np.float32)
    return mean


def _levels(plane: NDArray[np.floating]) -> Plane:
    levels: Plane = np.clip(np.rint(plane), 0, 255).astype(np.uint8)
    return levels


def overlay_of(key: str, x: int, y: int, rgba: Float) -> Overlay:
    """An Overlay from premultiplied RGBA, float32 [h, w, 4] in 0..1, with x, y, h, w even.

    Chroma is averaged after it is multiplied by alpha, so that no colour leaks in from under transparent
    pixels.
    """
    h, w = rgba.shape[:2]
    if (x | y | h | w) & 1:
        raise ValueError(f"overlay {key}: x, y, width and height must be even, got {x}, {y}, {w}, {h}")
    r, g, b, a = (rgba[..., i] for i in range(4))
    luma = KR * r + KG * g + KB * b
    alpha_c = _halve(a)
    return Overlay(
        key=key,
        x=x,
        y=y,
        pre_y=_levels(16 * a + 219 * luma),
        pre_u=_levels(128 * alpha_c + _halve(224 / (2 * (1 - KB)) * (b - luma))),
        pre_v=_levels(128 * alpha_c + _halve(224 / (2 * (1 - KR)) * (r - luma))),
        ia_y=_levels(255 * (1 - a)),
        ia_c=_levels(255 * (1 - alpha_c)),
    )


def planes_of(rgb: NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    """yuv420p planes of an opaque RGB picture, uint8 [h, w, 3] with even h and w."""
    unit = rgb.astype(np.float32) / 255
    r, g, b = (unit[..., i] for i in range(3))
    luma = KR * r + KG * g + KB * b
    return (
        _levels(16 + 219 * luma),
        _levels(128 + _halve(224 / (2 * (1 - KB)) * (b - luma))),
        _levels(128 + _halve(224 / (2 * (1 - KR)) * (r - luma))),
    )


def rgb_of(y: Plane, u: Plane, v: Plane) -> NDArray[np.uint8]:
    """RGB, uint8 [h, w, 3], of yuv420p planes. Chroma is repeated, not interpolated. For looking and
    measuring."""
    luma = (y.astype(np.float32) - 16) / 219
    cb, cr = (np.repeat(np.repeat((c.astype(np.float32) - 128) / 224, 2, 0), 2, 1) for c in (u, v))
    r = luma + 2 * (1 - KR) * cr
    b = luma + 2 * (1 - KB) * cb
    g = (luma - KR * r - KB * b) / KG
    return np.clip(np.rint(np.stack((r, g, b), -1) * 255), 0, 255).astype(np.uint8)


def luminance(rgb: NDArray[np.uint8]) -> Float:
    """Relative luminance 0..1 of RGB [..., 3], by WCAG 2.2 (sRGB transfer function)."""
    c = rgb.astype(np.float32) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    weighted: Float = (linear @ np.array([KR, KG, KB], np.float32)).astype(np.float32)
    return weighted


def contrast(lighter: float, darker: float) -> float:
    """Contrast ratio 1..21 of two relative luminances, by WCAG 2.2."""
    high, low = max(lighter, darker), min(lighter, darker)
    return (high + 0.05) / (low + 0.05)
