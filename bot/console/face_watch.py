"""Is a face in this camera picture, and does the picture live? A still picture is no evidence of anybody."""

import io
from collections import deque
from dataclasses import dataclass
from typing import Any

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from bot.console.alike import Describer, Description
from bot.console.repeats import SIZE, Repeats

MAX_BYTES = 300_000
MAX_SIDE = 1280
THUMB = (64, 48)
MEMORY_S = 4.0  # the picture must have changed within this time
MEAN_CHANGE = 0.12  # grey levels of 255 over the thumbnail: less than any camera's own noise
PEAK_CHANGE = 3.0  # grey levels at the 99th percentile: an eyelid, a breath
SURE = 1.5  # dlib's score of a plain frontal face; 0 is its own threshold
PLAIN = 0.6  # a face that is at least so sure is described: a faint one would be unlike anybody
TURNED = {1: "right", 2: "left"}  # dlib's part for faces turned aside -> the person's own side


@dataclass(frozen=True, slots=True)
class Look:
    """What one picture showed. `face`: 0 (none) ..1; `moving`: whether the picture changed lately; `repeats`:
    whether the latest pictures are a run that was shown before; `turned`: "left" or "right" of the person's
    own, "" = ahead; `faces`: how many; `described`: the face in numbers, where that was asked for.
    """

    face: float
    moving: bool
    repeats: bool = False
    turned: str = ""
    faces: int = 0
    described: Description | None = None

    @property
    def lives(self) -> bool:
        """Whether it can be a living person before a camera, as far as the picture tells."""
        return self.moving and not self.repeats


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
    """One camera. `look` takes 5-20 ms at 320x240, and 65 ms more for a description: call it in a worker
    thread, one call at a time. `describer`: None where faces cannot be compared.
    """

    def __init__(self, describer: Describer | None = None) -> None:
        self._moving, self._repeats = Moving(), Repeats()
        self._describer = describer
        self._detector: Any = dlib.get_frontal_face_detector()

    def look(self, jpeg: bytes, now: float, *, describe: bool = False) -> Look | None:
        """None when the bytes are no JPEG of a sensible size."""
        rgb = read_picture(jpeg)
        if rgb is None:
            return None
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        picture = Image.fromarray(grey)
        thumb = np.asarray(picture.resize(THUMB, Image.Resampling.BOX), np.float32)
        small = cv2.resize(grey.astype(np.float32), SIZE, interpolation=cv2.INTER_AREA)
        moving = self._moving.look(thumb, now)
        repeats = self._repeats.look(np.asarray(small, np.float32), now)
        boxes, scores, parts = self._found(np.asarray(grey, np.uint8))
        if not len(scores):
            return Look(0.0, moving, repeats)
        best = int(np.argmax(scores))
        sure, box = float(min(1.0, 0.5 + 0.5 * scores[best] / SURE)), boxes[best]
        described = None
        if describe and self._describer is not None and sure >= PLAIN and parts[best] not in TURNED:
            edges = (box.left(), box.top(), box.right(), box.bottom())
            described = self._describer.describe(rgb, edges)
        return Look(sure, moving, repeats, TURNED.get(parts[best], ""), len(scores), described)

    def _found(self, grey: NDArray[np.uint8]) -> tuple[Any, Any, Any]:
        """dlib's boxes, scores and parts; the detector's smallest face is 80 pixels; doubled, 40."""
        found: tuple[Any, Any, Any] = self._detector.run(grey, 0, 0.0)
        if not len(found[1]):
            found = self._detector.run(grey, 1, 0.0)
        return found


def read_picture(jpeg: bytes) -> NDArray[np.uint8] | None:
    """The picture as RGB [h, w, 3], or None. The size is checked before anything is unpacked."""
    if not 100 < len(jpeg) <= MAX_BYTES:
        return None
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            if max(image.size) > MAX_SIDE or min(image.size) < 60:
                return None
            return np.asarray(image.convert("RGB"), np.uint8)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
