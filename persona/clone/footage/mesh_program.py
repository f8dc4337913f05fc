"""A program of its own, run by the Python that has MediaPipe: pictures in, 478 points of a face out.

Standard input: a line of JSON {"width": w, "height": h}, then RGB pictures, w * h * 3 bytes each.
Standard output: a line of JSON {"ready": true}, then for each picture 478 * 2 float32 (little endian),
pixels, or NaN where no face was found.

Imports nothing of Castmate. A face that is small in the picture is looked for in a window around it.
"""

import json
import os
import sys
from typing import Any

os.environ["GLOG_minloglevel"] = "3"

import mediapipe as mp
import numpy as np

POINTS = 478
SURE = 0.3
ROOM = 1.3  # half the window's side over the face's extent
PATIENCE = 5  # pictures without a face in the window before the whole picture is searched again


def mesh() -> Any:
    return mp.solutions.face_mesh.FaceMesh(
        static_image_mode=False,
        max_num_faces=1,
        refine_landmarks=True,
        min_detection_confidence=SURE,
        min_tracking_confidence=SURE,
    )


class Finder:
    """Keeps the window from picture to picture."""

    def __init__(self, width: int, height: int) -> None:
        self.size = width, height
        self.mesh = mesh()
        self.window: tuple[int, int, int, int] | None = None
        self.lost = 0

    def find(self, rgb: Any) -> Any:
        found = self._in(rgb, self.window)
        if found is None and self.window is not None:
            self.lost += 1
            if self.lost >= PATIENCE:
                self._restart(None)
                found = self._in(rgb, None)
        if found is None:
            return np.full((POINTS, 2), np.nan, np.float32)
        self.lost = 0
        if self.window is None:
            self._restart(self._around(found))
        return found

    def _in(self, rgb: Any, window: tuple[int, int, int, int] | None) -> Any:
        w, h = self.size
        x0, y0, x1, y1 = window or (0, 0, w, h)
        part = np.ascontiguousarray(rgb[y0:y1, x0:x1])
        result = self.mesh.process(part)
        if not result.multi_face_landmarks:
            return None
        marks = result.multi_face_landmarks[0].landmark
        return np.array([[p.x * (x1 - x0) + x0 - 0.5, p.y * (y1 - y0) + y0 - 0.5] for p in marks], np.float32)

    def _around(self, points: Any) -> tuple[int, int, int, int] | None:
        """None when the face fills the picture well enough."""
        w, h = self.size
        centre = (points.min(axis=0) + points.max(axis=0)) / 2
        reach = ROOM * float((points.max(axis=0) - points.min(axis=0)).max())
        if 2 * reach > 0.8 * min(w, h):
            reach = max(reach, 0.5 * min(w, h))
        x0, y0 = (max(0, int(v - reach)) for v in centre)
        return x0, y0, min(w, int(centre[0] + reach)), min(h, int(centre[1] + reach))

    def _restart(self, window: tuple[int, int, int, int] | None) -> None:
        self.mesh.close()
        self.mesh, self.window, self.lost = mesh(), window, 0


def main() -> None:
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints goes to standard error
    head = json.loads(source.readline())
    w, h = int(head["width"]), int(head["height"])
    finder = Finder(w, h)
    target.write(b'{"ready": true}\n')
    target.flush()
    while len(data := source.read(w * h * 3)) == w * h * 3:
        points = finder.find(np.frombuffer(data, np.uint8).reshape(h, w, 3))
        target.write(points.astype("<f4").tobytes())
        target.flush()


if __name__ == "__main__":
    main()
