"""A clone's opened pack, for as long as a show runs: its loop of base frames and what its network needs.

A folder that only its owner reads, made when a show opens and removed when it ends:

    loop.json     sizes, the order of the loop, and where the mouth is in every picture
    loop.planes   y, u, v of the region of each stored picture, its mouth painted at rest; then the backdrop
    maps.*.npy    the encoder's maps, uint8 with a scale for each channel
    assets.npz, encoder.onnx, decoder.onnx
    narrow.onnx   the decoder in 8 bits, where the pack has one and it is quicker on this machine
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from persona.clone.base import PatchRect, Plane, Rect
from persona.clone.neural.painting import Seen
from persona.clone.neural.pasting import Place
from persona.clone.prepared import Floats
from persona.clone.reel import mapped, planes_at
from products.errors import SetupError

VERSION = 1
KIND = "embedded"
HEAD, PLANES = "loop.json", "loop.planes"


class NeuralReel:
    """A clone's loop; see persona.clone.base.Reel. Views on the map are read-only."""

    def __init__(self, head: dict[str, Any], data: NDArray[np.uint8]) -> None:
        self._size = int(head["width"]), int(head["height"])
        self._fps = int(head["fps"])
        self._region = Rect(*(int(v) for v in head["region"]))
        self.order = tuple(int(v) for v in head["order"])
        self.places = tuple(
            Place(np.array(p["matrix"], np.float64).reshape(2, 3), Rect(*(int(v) for v in p["rect"])))
            for p in head["places"]
        )
        w, h = self._region.w, self._region.h
        step, stored = w * h * 3 // 2, len(self.places)
        self._frames = [planes_at(data, k * step, w, h) for k in range(stored)]
        self._backdrop = planes_at(data, stored * step, *self._size)
        if not self.order or max(self.order) >= stored:
            raise ValueError("the loop names pictures that are not there")

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    @property
    def fps(self) -> int:
        return self._fps

    @property
    def length(self) -> int:
        return len(self.order)

    @property
    def region(self) -> Rect:
        return self._region

    @property
    def drawn(self) -> bool:
        return False

    @property
    def backdrop(self) -> tuple[Plane, Plane, Plane]:
        return self._backdrop

    def frame(self, i: int) -> tuple[Plane, Plane, Plane]:
        return self._frames[self.order[i % len(self.order)]]

    def life(self, n: int, i: int) -> tuple[PatchRect, ...]:
        """Nothing: blinks and glances are the footage's own."""
        return ()

    def still(self, i: int, rect: Rect) -> tuple[Plane, Plane, Plane]:
        """y, u, v of a rectangle of base frame i, in picture coordinates."""
        y, u, v = self.frame(i)
        x0, y0 = rect.x - self._region.x, rect.y - self._region.y
        half = (slice(y0 // 2, (y0 + rect.h) // 2), slice(x0 // 2, (x0 + rect.w) // 2))
        return y[y0 : y0 + rect.h, x0 : x0 + rect.w], u[half], v[half]


def open_neural_reel(folder: Path) -> NeuralReel:
    """Open it in milliseconds. Raises SetupError when it is missing, damaged or of another version."""
    try:
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
        data = mapped(folder / PLANES)
        if head["version"] != VERSION or head["kind"] != KIND or len(data) != head["bytes"]:
            raise ValueError("another version or an unfinished file")
        return NeuralReel(head, data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"The clone opened in {folder} cannot be read ({error}).",
            remedy="Start the show again: the pack is opened anew.",
        ) from error


class MapStore:
    """The encoder's maps of all stored pictures in a quarter of their room: uint8, a scale a channel."""

    NAMES = ("f0", "f1", "f2")

    def __init__(self, folder: Path) -> None:
        self._maps = [np.load(folder / f"maps.{name}.npy", mmap_mode="r") for name in self.NAMES]
        self._scales = [np.load(folder / f"scales.{name}.npy")[None, :, None, None] for name in self.NAMES]
        self._rings: Floats = np.load(folder / "rings.npy")

    def of(self, k: int) -> Seen:
        """What the decoder needs of stored picture k."""
        f0, f1, f2 = (m[k][None] * s for m, s in zip(self._maps, self._scales, strict=True))
        return Seen((f0, f1, f2), self._rings[k])

    def __len__(self) -> int:
        return len(self._rings)

    def ring(self, k: int) -> Floats:
        """The mean colour of stored picture k's ring, float32 [3]."""
        return np.asarray(self._rings[k])

    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Of f0, f1, f2: (channels, height, width)."""
        return tuple(m.shape[1:] for m in self._maps)

    def into(self, k: int, maps: Sequence[Floats]) -> None:
        """The maps of stored picture k, each float32 [c, h, w], written into the given arrays."""
        for m, scale, out in zip(self._maps, self._scales, maps, strict=True):
            np.multiply(m[k], scale[0], out=out)

    @classmethod
    def write(cls, folder: Path, seen: list[Seen]) -> None:
        for position, name in enumerate(cls.NAMES):
            maps = np.stack([s.maps[position][0] for s in seen])
            scale = np.maximum(maps.max(axis=(0, 2, 3)), 1e-6).astype(np.float32) / 255
            small = np.rint(maps / scale[None, :, None, None])
            np.save(folder / f"maps.{name}.npy", np.clip(small, 0, 255).astype(np.uint8))
            np.save(folder / f"scales.{name}.npy", scale)
        np.save(folder / "rings.npy", np.stack([s.ring for s in seen]).astype(np.float32))
