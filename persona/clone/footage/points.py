"""Where the points of the face come from: MediaPipe's mesh for a camera, the truth for the drawn host."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from persona.clone import filming
from persona.clone.film import Truth
from persona.clone.footage import mesh
from persona.clone.footage.mesh import FaceMesh
from persona.clone.footage.reader import Facts
from persona.clone.prepared import PointNames
from persona.clone.puppet import Planes

Floats = NDArray[np.float32]

DRAWN = PointNames(
    lips=filming.LIPS,
    jaw=filming.JAW,
    upper=filming.UPPER,
    lower=filming.LOWER,
    left=filming.LEFT,
    right=filming.RIGHT,
)


@dataclass(frozen=True, slots=True)
class Points:
    """Of one frame, in its pixels: mouth [P, 2] lips and jaw, rigid [R, 2]; eyes: how far they are open;
    controls [7] what was drawn, or [0].
    """

    mouth: Floats
    rigid: Floats
    eyes: float
    controls: Floats


class PointSource(Protocol):
    """find: the points of frame `index` of the source, or None where there is no face; in order."""

    @property
    def names(self) -> PointNames: ...
    @property
    def kind(self) -> Literal["camera", "drawn"]: ...
    def find(self, index: int, planes: Planes) -> Points | None: ...
    def close(self) -> None: ...


class DrawnPoints:
    """What is true of a film of the drawn host."""

    names = DRAWN
    kind: Literal["camera", "drawn"] = "drawn"

    def __init__(self, truth: Truth, facts: Facts) -> None:
        self._truth = truth
        self._part = facts.kept[0] / facts.width

    def find(self, index: int, planes: Planes) -> Points | None:
        t, part = self._truth, self._part
        if index >= len(t.times):
            return None
        mouth, rigid = (np.asarray((p[index] + 0.5) * part - 0.5, np.float32) for p in (t.points, t.rigid))
        return Points(mouth, rigid, float(t.eyes[index]), t.controls[index])

    def close(self) -> None:
        """Nothing is held but memory."""


class MeshPoints:
    """MediaPipe's face mesh."""

    names = mesh.NAMES
    kind: Literal["camera", "drawn"] = "camera"

    def __init__(self, folder: Path, facts: Facts) -> None:
        self._mesh = FaceMesh(folder, *facts.kept)

    def find(self, index: int, planes: Planes) -> Points | None:
        found = self._mesh.find(planes)
        if found is None:
            return None
        shares = [
            float(np.linalg.norm(found[up] - found[down]))
            / max(1e-6, float(np.linalg.norm(found[a] - found[b])))
            for up, down, a, b in mesh.EYES
        ]
        return Points(
            found[list(mesh.MOUTH)], found[list(mesh.RIGID)], sum(shares) / 2, np.zeros(0, np.float32)
        )

    def close(self) -> None:
        self._mesh.close()
