"""From a crop back into the picture: the inverse of the alignment, in the picture's own yuv420p."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone.base import PatchRect, Plane, Rect
from persona.clone.prepared import Floats, Pixels

Matrix = NDArray[np.float64]

# RGB 0..255 to Y, U, V of BT.709, limited range (ITU-R BT.709-6, 3.2 to 3.5)
TO_YUV = np.array(
    [
        [0.2126 * 219 / 255, 0.7152 * 219 / 255, 0.0722 * 219 / 255, 16],
        [-0.2126 / 1.8556 * 224 / 255, -0.7152 / 1.8556 * 224 / 255, 0.9278 / 1.8556 * 224 / 255, 128],
        [0.7874 / 1.5748 * 224 / 255, -0.7152 / 1.5748 * 224 / 255, -0.0722 / 1.5748 * 224 / 255, 128],
    ],
    np.float32,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a crop lies in the picture: 2x3 from picture pixels to crop pixels, and the even rectangle that
    the mask can change.
    """

    matrix: Matrix
    rect: Rect


def place_of(matrix: Matrix, soft: Pixels, width: int, height: int) -> Place:
    """The place of a crop with this mask in a picture of this size."""
    y, x = np.nonzero(soft)
    corners = np.array([[x.min(), x.max(), x.min(), x.max()], [y.min(), y.min(), y.max(), y.max()]], float)
    inverse = cv2.invertAffineTransform(matrix)
    there = inverse[:, :2] @ corners + inverse[:, 2:]
    left, top = (max(0, int(np.floor(v - 2)) & ~1) for v in there.min(axis=1))
    right = min(width, (int(np.ceil(there[0].max() + 2)) + 1) & ~1)
    bottom = min(height, (int(np.ceil(there[1].max() + 2)) + 1) & ~1)
    return Place(matrix, Rect(left, top, max(2, right - left), max(2, bottom - top)))


def pasted(picture: Floats, soft: Floats, place: Place, still: tuple[Plane, Plane, Plane]) -> PatchRect:
    """The rectangle with a painted crop in it.

    picture  float32 [S, S, 3] RGB 0..255;  soft  float32 [S, S] 0..1
    still    y, u, v of the rectangle as it is without
    """
    rect = place.rect
    yuv = cv2.transform(picture, TO_YUV)
    luma = place.matrix.copy()
    luma[:, 2] += luma[:, :2] @ (rect.x, rect.y)
    chroma = np.column_stack([luma[:, :2] * 2, luma[:, 2] + luma[:, :2] @ (0.5, 0.5)])
    small = rect.w // 2, rect.h // 2
    weight, less = _warped(soft, luma, (rect.w, rect.h)), _warped(soft, chroma, small)
    new_y = _warped(np.ascontiguousarray(yuv[..., 0]), luma, (rect.w, rect.h), cv2.INTER_CUBIC)
    new_uv = _warped(np.ascontiguousarray(yuv[..., 1:]), chroma, small, cv2.INTER_LINEAR)
    return PatchRect(
        rect,
        _blend(new_y, still[0], weight, 16, 235),
        _blend(new_uv[..., 0], still[1], less, 16, 240),
        _blend(new_uv[..., 1], still[2], less, 16, 240),
    )


def _warped(plane: Floats, matrix: Matrix, size: tuple[int, int], flags: int = cv2.INTER_LINEAR) -> Floats:
    return np.asarray(
        cv2.warpAffine(
            plane, matrix, size, flags=flags | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT
        ),
        np.float32,
    )


def _blend(new: Floats, still: Plane, weight: Floats, low: int, high: int) -> Plane:
    """The still's own pixel, exactly, where the mask has no weight."""
    base = still.astype(np.float32)
    mixed = base + weight * (np.clip(new, low, high) - base)
    return np.asarray(np.rint(mixed), np.uint8)
