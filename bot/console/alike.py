"""Whose face is it? A description of a face by dlib's network, compared with what the person enrolled.

The weights (dlib_face_recognition_resnet_model_v1, CC0) come with the extra `faces`; without it nobody can
enrol, and the log says that faces were seen and not compared. Two faces count as one person's up to LIMIT in
Euclidean distance. Measured on eleven clips of ten speakers (GRID corpus) at the page's 320x240 pixels: one
speaker within a clip at most 0.29, one speaker in two clips 0.20, two speakers at least 0.58. dlib's own
figure is 0.6; ours lies in the middle of that gap. It tells apart people, not a person from their picture:
that the picture lives is bot/console/repeats.py's and the challenges' to show, and nothing here is a proof.
"""

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import dlib
import numpy as np
from numpy.typing import NDArray

LIMIT = 0.43
PACKAGE = "face_recognition_models"
FILES = ("shape_predictor_5_face_landmarks.dat", "dlib_face_recognition_resnet_model_v1.dat")

Description = NDArray[np.float32]


class Describer(Protocol):
    """`name`: of the network, with its version; `limit`: the largest distance of one person's faces."""

    name: str
    limit: float

    def describe(self, rgb: NDArray[np.uint8], box: tuple[int, int, int, int]) -> Description:
        """`rgb`: [h, w, 3]; `box`: left, top, right, bottom of the face, pixels."""
        ...


class DlibFaces:
    """dlib's ResNet of 29 layers, 128 values. About 65 ms of one core a face: call it in a worker thread."""

    name = "dlib-resnet-v1"
    limit = LIMIT

    def __init__(self, folder: Path) -> None:
        self._points: Any = dlib.shape_predictor(str(folder / FILES[0]))
        self._network: Any = dlib.face_recognition_model_v1(str(folder / FILES[1]))

    def describe(self, rgb: NDArray[np.uint8], box: tuple[int, int, int, int]) -> Description:
        """128 values."""
        picture = np.ascontiguousarray(rgb)
        points = self._points(picture, dlib.rectangle(*box))
        return np.array(self._network.compute_face_descriptor(picture, points), np.float32)


def missing() -> str:
    """Why no faces can be compared here; "" when they can."""
    return "" if _folder() is not None else "comparing faces is not installed (pip install 'castmate[faces]')"


@lru_cache(maxsize=1)
def open_describer() -> Describer | None:
    """The one network of this process, or None where it is not installed. Takes 0.2 s the first time."""
    folder = _folder()
    return None if folder is None else DlibFaces(folder)


def distance(found: Description, enrolled: NDArray[np.float32]) -> float:
    """From a face to the nearest of those enrolled, [n, d]."""
    return float(np.linalg.norm(enrolled - found, axis=1).min())


def _folder() -> Path | None:
    # by its path: the package's own module imports pkg_resources, which newer setuptools lack
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "models"
        if all((folder / name).is_file() for name in FILES):
            return folder
    return None
