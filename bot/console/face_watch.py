"""Is a face in this camera picture, and does the picture live? A still picture is no evidence of anybody."""

import io
from collections import deque
from dataclasses import dataclass
from typing import Any

import dlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

MAX_BYTES = 300_000
MAX_SIDE = 1280
THUMB = (64, 48)
MEMORY_S = 4.0  # the picture must have changed within this time
MEAN_CHANGE = 0.12  # grey levels of 255 over the thumbnail: less than any camera's own noise
PEAK_CHANGE = 3.0  # grey levels at the 99th percentile: an eyelid, a breath
SURE = 1.5  # dlib's score of a plain frontal face; 0 is its own threshold


@dataclass(frozen=True, slots=True)
class Look:
    """What one picture showed. `face`: 0 (none) ..1; `moving`: whether the picture changed lately."""

    face: float
    moving: bool


class Moving:
    """Compares pictures over the last seconds. Pure: time is an argument."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, NDArray[np.float32]]] = deque(maxlen=40)

    def look(self, thumb: NDArray[np.float32], now: float) -> bool:
        """`thumb`: grey levels 0..255, of one shape; `now`: seconds. False until there is a past to
        compare.
        """
        while self._past and now - self._past[0][0] > MEMORY_S:
            self._past.popleft()
        changed = any(_changed(thumb, then) for _, then in self._past)
        self._past.append((now, thumb))
        return changed


def _changed(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    difference = np.abs(a - b)
    return bool(difference.mean() >= MEAN_CHANGE or np.percentile(difference, 99) >= PEAK_CHANGE)


class FaceWatch:
    """One camera. `look` takes 5-20 ms at 320x240: call it in a worker thread, one call at a time."""

    def __init__(self) -> None:
        self._moving = Moving()
        self._detector: Any = dlib.get_frontal_face_detector()

    def look(self, jpeg: bytes, now: float) -> Look | None:
        """None when the bytes are no JPEG of a sensible size."""
        grey = read_grey(jpeg)
        if grey is None:
            return None
        thumb = np.asarray(Image.fromarray(grey).resize(THUMB, Image.Resampling.BOX), np.float32)
        return Look(face=self._face(grey), moving=self._moving.look(thumb, now))

    def _face(self, grey: NDArray[np.uint8]) -> float:
        for upsample in (0, 1):  # the detector's smallest face is 80 pixels; doubled, 40
            _, scores, _ = self._detector.run(grey, upsample, 0.0)
            if len(scores):
                return float(min(1.0, 0.5 + 0.5 * max(scores) / SURE))
        return 0.0


def read_grey(jpeg: bytes) -> NDArray[np.uint8] | None:
    """The picture as grey levels [h, w], or None. The size is checked before anything is unpacked."""
    if not 100 < len(jpeg) <= MAX_BYTES:
        return None
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            if max(image.size) > MAX_SIDE or min(image.size) < 60:
                return None
            return np.asarray(image.convert("L"), np.uint8)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
