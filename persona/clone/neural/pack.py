"""A ClonePack: what a training leaves, sealed file by file with the licence's own key.

    pack.json        in the clear: licence, recipe, footage (by hash), figures, sha256 of each sealed file
    base.mkv.sealed  the stretch of footage that the loop walks, H.264 yuv420p BT.709 limited
    loop.npz.sealed  the walk, and the matrices of its frames
    assets.npz.sealed, encoder.onnx.sealed, decoder.onnx.sealed
    narrow.onnx.sealed   the decoder in 8 bits, where it is as good; older packs have none

Whoever has the folder and not the key has nothing of the person but their licence's id.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from persona.clone.neural.recipe import Recipe
from persona.clone.prepared import Floats
from persona.sealing import LicenceStore
from products.errors import SetupError

HEAD = "pack.json"
FILES = ("base.mkv", "loop.npz", "assets.npz", "encoder.onnx", "decoder.onnx")
NARROW = "narrow.onnx"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PackHead(BaseModel):
    """engine     which engine opens it
    licence    id of the licence, under whose key the files are sealed
    kind       "camera", or "drawn": nobody's likeness
    width, height, size, components   of the frames, the crop, the mouth vector
    footage, prepared   sha256 of the film, and of what was prepared from it
    steps, best   of the training: steps made, mouth PSNR (dB) of the best check
    learnt     False: mouth shapes of the drawn host stand in
    figures    of `castmate clone evaluate`, when it ran
    files      sha256 of each sealed file
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    engine: Literal["embedded"] = "embedded"
    licence: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    kind: Literal["camera", "drawn"]
    made_at: AwareDatetime
    width: int = Field(ge=64, le=4096)
    height: int = Field(ge=64, le=4096)
    size: int = Field(ge=32, le=512)
    components: int = Field(ge=1, le=64)
    footage: Sha256
    prepared: Sha256
    recipe: Recipe
    steps: int
    best: float
    learnt: bool
    figures: dict[str, float] = Field(default_factory=dict)
    files: dict[str, Sha256] = Field(default_factory=dict)


@dataclass(frozen=True)
class Walk:
    """The loop in a pack. shown: float64 [T, 3] (frame, other frame, part of the other) of base.mkv;
    matrices: float32 [N, 2, 3] frame -> crop of each frame of base.mkv; usual: its own 95th percentile step;
    costs: float64 [J] greatest step of each jump's crossing, in median steps.
    """

    shown: "np.ndarray[tuple[int, int], np.dtype[np.float64]]"
    matrices: Floats
    usual: float
    costs: "np.ndarray[tuple[int], np.dtype[np.float64]]"

    def to_bytes(self) -> bytes:
        file = io.BytesIO()
        np.savez_compressed(
            file, shown=self.shown, matrices=self.matrices, usual=self.usual, costs=self.costs
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Walk":
        """Raises SetupError when it is not what to_bytes wrote."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                return cls(held["shown"], held["matrices"], float(held["usual"]), held["costs"])
        except (OSError, ValueError, KeyError) as error:
            raise SetupError(
                f"The clone's pack cannot be used: {error}.", remedy="Train it again."
            ) from error


def write_pack(folder: Path, head: PackHead, contents: Mapping[str, bytes], store: LicenceStore) -> PackHead:
    """Seal and write; pack.json last. Raises Refused when the licence's key is gone, SetupError when the disk
    does not take it.
    """
    if set(contents) - {NARROW} != set(FILES):
        raise ValueError(f"a pack holds {', '.join(FILES)}, and may hold {NARROW}")
    hashes = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / HEAD).unlink(missing_ok=True)
        (folder / f"{NARROW}.sealed").unlink(missing_ok=True)
        for name in contents:
            sealed = store.seal(head.licence, f"clone/{name}", contents[name])
            hashes[name] = hashlib.sha256(sealed).hexdigest()
            (folder / f"{name}.sealed").write_bytes(sealed)
        done = head.model_copy(update={"files": hashes})
        _write_head(folder, done)
    except OSError as error:
        raise SetupError(
            f"{folder} cannot be written: {error.strerror or error}.", remedy="Check folder and disk."
        ) from error
    return done


def add_figures(folder: Path, figures: Mapping[str, float]) -> None:
    """Keep what an evaluation found in pack.json."""
    _write_head(folder, read_head(folder).model_copy(update={"figures": dict(figures)}))


def _write_head(folder: Path, head: PackHead) -> None:
    fresh = folder / f"{HEAD}.new"
    fresh.write_text(head.model_dump_json(indent=1), "utf-8")
    fresh.replace(folder / HEAD)


def read_head(folder: Path) -> PackHead:
    """Raises SetupError when there is no pack, or its head cannot be read."""
    try:
        return PackHead.model_validate_json((folder / HEAD).read_text("utf-8"))
    except OSError:
        raise SetupError(f"{folder} holds no clone.", remedy="Run: castmate clone train") from None
    except (ValidationError, UnicodeDecodeError) as error:
        why = str(error).splitlines()[0]
        raise SetupError(f"{folder / HEAD} cannot be used: {why}.", remedy="Train the clone again.") from None


def read_pack(folder: Path, store: LicenceStore) -> tuple[PackHead, dict[str, bytes]]:
    """Head and files, opened. Raises SetupError (missing, changed), Refused (withdrawn, key gone)."""
    head = read_head(folder)
    contents = {}
    for name in (*FILES, *(name for name in (NARROW,) if name in head.files)):
        path = folder / f"{name}.sealed"
        try:
            sealed = path.read_bytes()
        except OSError as error:
            raise SetupError(
                f"{path} cannot be read: {error.strerror}.", remedy="Restore the pack from a copy."
            ) from None
        if hashlib.sha256(sealed).hexdigest() != head.files.get(name):
            raise SetupError(
                f"{path} was changed since the clone was made.", remedy="Restore the pack from a copy."
            )
        contents[name] = store.open(head.licence, f"clone/{name}", sealed)
    return head, contents
