"""What the footage shows, looked at four times a second: faces, light, sharpness, motion.

The detector is dlib's (histograms of oriented gradients; Dalal and Triggs 2005), which needs no model file:
its five parts tell a face that looks into the camera from one turned to the side.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from persona.clone.puppet import Planes

Pixels = NDArray[np.uint8]

EVERY = 6  # frames between looks
SIDE = 1100  # long side of the picture that is looked at, so that a face 140 pixels wide in 1920 is found
LARGER = 2.0  # at most
SEEN = 0.0  # dlib's own threshold
FRONT = frozenset((0, 3, 4))  # its parts for faces that look ahead, upright or tilted
THUMB = 96  # long side of the pictures that tell motion
FACE = 128  # side to which a face is brought before its sharpness is measured


@dataclass(frozen=True, slots=True)
class Face:
    """In pixels of the kept frame. `front`: it looks into the camera."""

    x: float
    y: float
    w: float
    h: float
    score: float
    front: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One look at frame `n`.

    faces      the largest first
    light      mean luma of the face (of the picture when there is none), 0..255 of full range
    uneven     difference of the face's halves over their mean
    burnt      share of the face at the top of the range
    sharp      energy of the face's fine detail over its contrast, at a face of FACE pixels
    changed    mean difference from the look before, grey levels; `behind`: of what lies beside the face
    """

    n: int
    faces: tuple[Face, ...]
    light: float
    uneven: float
    burnt: float
    sharp: float
    changed: float
    behind: float


class Watcher:
    """Give it frames in order; it keeps what it saw, and a small picture every `keep` looks."""

    def __init__(self, keep: int = 8) -> None:
        self._detector = _detector()
        self._keep = keep
        self._before: Pixels | None = None
        self.looks: list[Look] = []
        self.pictures: dict[int, bytes] = {}  # by frame: JPEG, at most 320 pixels high

    def see(self, n: int, planes: Planes) -> None:
        """Frame n; most frames cost nothing."""
        if n % EVERY:
            return
        grey = planes.y
        faces = self._faces(grey)
        small = _fit(grey, THUMB)
        changed, behind = self._motion(small, faces, grey.shape[1])
        inside = _inside(grey, faces[0]) if faces else grey
        self.looks.append(
            Look(n, faces, _level(inside), _uneven(inside), _burnt(inside), _sharp(inside), changed, behind)
        )
        if len(self.looks) % self._keep == 1 or self._keep == 1:
            self.pictures[n] = jpeg(planes, 320)

    def _faces(self, grey: Pixels) -> tuple[Face, ...]:
        small = _fit(grey, SIDE)
        scale = grey.shape[1] / small.shape[1]
        boxes, scores, parts = self._detector.run(cv2.equalizeHist(small) if _dim(small) else small, 0, SEEN)
        found = [
            Face(b.left() * scale, b.top() * scale, b.width() * scale, b.height() * scale, s, p in FRONT)
            for b, s, p in zip(boxes, scores, parts, strict=True)
        ]
        return tuple(sorted(found, key=lambda f: -f.w))

    def _motion(self, small: Pixels, faces: tuple[Face, ...], width: int) -> tuple[float, float]:
        before, self._before = self._before, small
        if before is None:
            return 0.0, 0.0
        difference = cv2.absdiff(before, small)
        aside = np.ones(small.shape[1], bool)
        if faces:
            scale = small.shape[1] / width
            middle = (faces[0].x + faces[0].w / 2) * scale
            aside = np.abs(np.arange(small.shape[1]) - middle) > 1.1 * faces[0].w * scale
        strip = difference[: small.shape[0] // 3, aside]
        return float(difference.mean()), float(strip.mean()) if strip.size else 0.0


@lru_cache(maxsize=1)
def _detector() -> Any:
    """Takes a quarter of a second to make, and holds nothing between two pictures."""
    return dlib.get_frontal_face_detector()


def jpeg(planes: Planes, high: int, quality: int = 82) -> bytes:
    """A small colour picture of a frame."""
    h, w = planes.y.shape
    flat = np.concatenate([planes.y.reshape(-1), planes.u.reshape(-1), planes.v.reshape(-1)])
    bgr = cv2.cvtColor(flat.reshape(h * 3 // 2, w), cv2.COLOR_YUV2BGR_I420)
    part = min(1.0, high / h)
    small = cv2.resize(bgr, (max(1, round(w * part)), max(1, round(h * part))), interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def _fit(grey: Pixels, side: int) -> Pixels:
    """Its long side brought to `side`; enlarged by no more than LARGER."""
    part = min(LARGER, side / max(grey.shape))
    size = max(1, round(grey.shape[1] * part)), max(1, round(grey.shape[0] * part))
    return np.asarray(
        cv2.resize(grey, size, interpolation=cv2.INTER_AREA if part < 1 else cv2.INTER_LINEAR), np.uint8
    )


def _dim(grey: Pixels) -> bool:
    """A face in the dark shall still be found, so that what is wrong is told as the dark."""
    return float(grey.mean()) < 50


def _inside(grey: Pixels, face: Face) -> Pixels:
    x0, y0 = max(0, round(face.x)), max(0, round(face.y))
    part = grey[y0 : round(face.y + face.h), x0 : round(face.x + face.w)]
    return part if part.size > 64 else grey


def _full(luma: float) -> float:
    """Limited range to full."""
    return min(255.0, max(0.0, (luma - 16) * 255 / 219))


def _level(face: Pixels) -> float:
    return _full(float(face.mean()))


def _uneven(face: Pixels) -> float:
    half = face.shape[1] // 2
    left, right = _full(float(face[:, :half].mean())), _full(float(face[:, half:].mean()))
    return abs(left - right) / max(1.0, (left + right) / 2)


def _burnt(face: Pixels) -> float:
    return float((face >= 234).mean())


def _sharp(face: Pixels) -> float:
    """Energy of the finest octave at FACE pixels over the contrast: 0 for a blur, about the same for any
    camera that is in focus, whatever the light.
    """
    shrinks = face.shape[1] > FACE
    flags = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    at = cv2.resize(face, (FACE, FACE), interpolation=flags).astype(np.float32)
    fine = at - cv2.GaussianBlur(at, (0, 0), 1.0)
    return float(fine.std() / max(1.0, float(at.std())))
