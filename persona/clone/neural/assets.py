"""What a clone's network needs beside itself: masks, mouth space, speaker and fine detail, as one file."""

import io
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from persona.clone.aligned import MouthSpace
from persona.clone.neural.speaking import Gap, Speaker
from persona.clone.prepared import Floats, Pixels
from products.errors import SetupError


@dataclass(frozen=True)
class Detail:
    """The fine band of the person's own skin, lips and teeth, by mouth.

    mouths   float32 [n, K] of the training frames that it comes from
    bands    int8 [n, h, w, 3] picture less its blur, RGB, in the mouth box
    sigma    of that blur, crop pixels
    box      y, x of the mouth box, then h, w
    """

    mouths: Floats
    bands: NDArray[np.int8]
    sigma: float
    box: tuple[int, int, int, int]

    @property
    def rows(self) -> slice:
        return slice(self.box[0], self.box[0] + self.box[2])

    @property
    def columns(self) -> slice:
        return slice(self.box[1], self.box[1] + self.box[3])


@dataclass(frozen=True)
class Assets:
    """soft uint8 [S, S], hard uint8 [S, S]: the masks of Prepared."""

    soft: Pixels
    hard: Pixels
    space: MouthSpace
    gap: Gap
    speaker: Speaker
    detail: Detail

    @property
    def size(self) -> int:
        return int(self.soft.shape[0])

    def to_bytes(self) -> bytes:
        """One npz, without pickled objects."""
        out: dict[str, Any] = {"soft": self.soft, "hard": self.hard}
        for name, part in _PARTS.items():
            value = getattr(self, name)
            out |= {f"{name}.{field.name}": getattr(value, field.name) for field in fields(part)}
        file = io.BytesIO()
        np.savez_compressed(file, **out)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Assets":
        """Raises SetupError when it is not what to_bytes wrote."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                parts: dict[str, Any] = {
                    name: part(**{f.name: _plain(held[f"{name}.{f.name}"]) for f in fields(part)})
                    for name, part in _PARTS.items()
                }
                return cls(soft=held["soft"], hard=held["hard"], **parts)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SetupError(
                f"The clone's pack cannot be used: {error}.", remedy="Train it again."
            ) from error


_PARTS: dict[str, Any] = {"space": MouthSpace, "gap": Gap, "speaker": Speaker, "detail": Detail}


def _plain(value: NDArray[Any]) -> Any:
    """An array, a number, or a tuple of whole numbers (the box)."""
    if value.ndim == 0:
        return value.item()
    if value.ndim == 1 and value.dtype.kind == "i":
        return tuple(int(v) for v in value)
    return np.asarray(value)
