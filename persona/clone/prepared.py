"""Prepared footage: what `castmate clone prepare` writes and training reads, and nothing else of the footage.

A folder, validated whole when it is loaded. persona.clone.aligned makes the arrays from frames and points;
save_prepared writes them. All arrays lie in one file each, so that large ones can be
mapped; `prepared.json` names every file with its sha256 and is written last.

    prepared.json   the fields of Prepared that are no arrays, and the hash of every file
    frames.mkv      the footage upright at 25 fps, H.264 yuv420p BT.709 limited; frame n is what crop n shows
    *.npy           one array each, named as in Prepared

Coordinates: `frame` pixels are those of frames.mkv; `crop` pixels those of the aligned S x S crop;
`matrices[n]` (cv2.warpAffine) leads from frame to crop.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from persona.speech import Phone
from products.errors import SetupError

VERSION = 1
FPS = 25
SOUND_RATE = 16_000  # Hz of `sound`
MEL_RATE, MEL_BANDS = 100, 80  # rows a second of `mel`, and their length
HEAD = "prepared.json"
FRAMES = "frames.mkv"
LONGEST_FRAMES = 10 * 60 * FPS

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Footage(_Strict):
    """The file that was prepared. `width`, `height`: of the frames as kept, upright."""

    name: str
    sha256: Sha256
    width: int = Field(ge=64, le=4096, multiple_of=2)
    height: int = Field(ge=64, le=4096, multiple_of=2)
    seconds: float = Field(gt=0)


class Span(_Strict):
    """Frames first .. past - 1."""

    first: int = Field(ge=0)
    past: int = Field(gt=0)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.past <= self.first:
            raise ValueError("past must lie after first")
        return self


class PointNames(_Strict):
    """Which row of `points` is what. `upper`, `lower`: inner lip edges in the middle; `left`, `right`: the
    corners as seen in the picture.
    """

    lips: tuple[int, ...] = Field(min_length=4)
    jaw: tuple[int, ...] = Field(min_length=1)
    upper: int
    lower: int
    left: int
    right: int


class TimedPhone(_Strict):
    """A phone in seconds of the footage's sound."""

    symbol: str = Field(min_length=1, max_length=12)
    start: float = Field(ge=0)
    end: float


class Head(_Strict):
    """What stands in prepared.json; the fields are explained at Prepared."""

    version: Literal[1] = 1
    licence: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    kind: Literal["camera", "drawn"]
    footage: Footage
    language: str = ""
    text: str = ""
    phones: tuple[TimedPhone, ...] = ()
    offset: float | None = Field(default=None, ge=-1, le=1)
    idle: tuple[Span, ...] = ()
    held_out: int = Field(gt=0)
    names: PointNames
    files: dict[str, Sha256] = Field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """Footage of one face, N frames at 25 fps (frame n is at (n + 0.5) / 25 s), ready for training.

    licence    id of the licence under which it was prepared
    kind       "camera", or "drawn": the vector host, filmed; nobody's likeness
    footage    the file, by hash
    language, text   what is said in it; empty when unknown
    phones     with their times, IPA or "sil"; () when nothing timed them
    offset     seconds that the sound comes after the picture; None: not measurable (the clap, or the scan)
    idle       frames of measured silence with the mouth at rest
    held_out   first frame that no training may see; frames held_out .. N - 1 are for evaluation
    names      which row of `points` is what
    frames     path of frames.mkv
    crops      uint8 [N, S, S, 3] RGB, aligned: the head stands still, the mouth moves
    matrices   float32 [N, 2, 3] frame -> crop
    points     float32 [N, P, 2] lips and jaw, in crop pixels
    rigid      float32 [N, R, 2] points that do not move with speech, in frame pixels
    eyes       float32 [N] opening of the eyes over its median (1 = as usual; < 0.6 in a blink)
    hard       uint8 [S, S] 255 where the network may not look
    soft       uint8 [S, S] weight (of 255) with which its picture replaces the crop
    mean, basis, scale   float32 [2P], [K, 2P], [K]: of the mouth vectors; fitted on frames < held_out alone
    mouths     float32 [N, K] = (points - mean) basis^T / scale
    closed     float32 [K] the mouth at rest
    sound      float32 [M] mono, 16 kHz, -1..1
    mel        float32 [T, 80] natural logarithm, 100 rows a second
    controls   float32 [N, 7] what was drawn (persona.clone.lips), or [N, 0] for a camera
    """

    head: Head
    frames: Path
    crops: Pixels
    matrices: Floats
    points: Floats
    rigid: Floats
    eyes: Floats
    hard: Pixels
    soft: Pixels
    mean: Floats
    basis: Floats
    scale: Floats
    mouths: Floats
    closed: Floats
    sound: Floats
    mel: Floats
    controls: Floats

    @property
    def count(self) -> int:
        """N."""
        return len(self.crops)

    @property
    def size(self) -> int:
        """S."""
        return int(self.crops.shape[1])

    @property
    def phones(self) -> tuple[Phone, ...]:
        return tuple(Phone(p.symbol, p.start, p.end) for p in self.head.phones)

    def openings(self, points: Floats | None = None) -> Floats:
        """[n] distance between the lips over the mean mouth width of the footage."""
        names, given = self.head.names, self.points if points is None else points
        gap = np.linalg.norm(given[:, names.lower] - given[:, names.upper], axis=1)
        return np.asarray(gap / self.mouth_width, np.float32)

    @property
    def mouth_width(self) -> float:
        """Mean distance of the corners, crop pixels."""
        names = self.head.names
        return float(np.linalg.norm(self.points[:, names.right] - self.points[:, names.left], axis=1).mean())


ARRAYS: dict[str, tuple[type[np.generic], int]] = {  # name: dtype, number of axes
    "crops": (np.uint8, 4), "matrices": (np.float32, 3), "points": (np.float32, 3), "rigid": (np.float32, 3),
    "eyes": (np.float32, 1), "hard": (np.uint8, 2), "soft": (np.uint8, 2), "mean": (np.float32, 1),
    "basis": (np.float32, 2), "scale": (np.float32, 1), "mouths": (np.float32, 2), "closed": (np.float32, 1),
    "sound": (np.float32, 1), "mel": (np.float32, 2), "controls": (np.float32, 2),
}  # fmt: skip


def save_prepared(prepared: Prepared, folder: Path) -> Path:
    """Write all of it; `prepared.frames` must lie in `folder` as frames.mkv already. Returns the path of
    prepared.json.

    Raises SetupError when the values do not fit together or cannot be written.
    """
    problems = faults(prepared)
    if problems:
        raise SetupError(
            f"What was prepared does not fit together: {problems[0]}.", remedy="Prepare it again."
        )
    head = folder / HEAD
    try:
        folder.mkdir(parents=True, exist_ok=True)
        head.unlink(missing_ok=True)
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(prepared, name))
        names = [FRAMES, *(f"{name}.npy" for name in ARRAYS)]
        files = {name: digest(folder / name) for name in names}
        fresh = folder / f"{HEAD}.new"
        fresh.write_text(prepared.head.model_copy(update={"files": files}).model_dump_json(indent=1), "utf-8")
        fresh.replace(head)
    except OSError as error:
        raise SetupError(
            f"{folder} cannot be written: {error.strerror or error}.", remedy="Check folder and disk."
        ) from error
    return head


def load_prepared(folder: Path, progress: Callable[[float], None] = lambda done: None) -> Prepared:
    """Read and check everything: hashes, shapes, ranges. Large arrays are mapped read-only.

    Raises SetupError naming the file and what is wrong with it.
    """
    try:
        head = Head.model_validate_json((folder / HEAD).read_text("utf-8"))
    except OSError:
        raise SetupError(
            f"{folder} holds no prepared footage.", remedy="Run: castmate clone prepare FOOTAGE"
        ) from None
    except (ValidationError, UnicodeDecodeError) as error:
        raise _damaged(folder / HEAD, str(error).splitlines()[0]) from None
    wanted = [FRAMES, *(f"{name}.npy" for name in ARRAYS)]
    if set(head.files) != set(wanted):
        raise _damaged(folder / HEAD, "it names other files than this version of Castmate writes")
    arrays: dict[str, Any] = {}
    for k, name in enumerate(wanted):
        path = folder / name
        if not path.is_file():
            raise _damaged(path, "it is missing")
        if digest(path) != head.files[name]:
            raise _damaged(path, "it was changed since it was prepared")
        if path.suffix == ".npy":
            arrays[path.stem] = _array(path)
        progress((k + 1) / len(wanted))
    prepared = Prepared(head=head, frames=folder / FRAMES, **arrays)
    problems = faults(prepared)
    if problems:
        raise _damaged(folder / HEAD, problems[0])
    return prepared


def _array(path: Path) -> NDArray[np.generic]:
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from None


def faults(prepared: Prepared) -> tuple[str, ...]:
    """What does not fit together; empty when all does."""
    found = []
    for name, (dtype, axes) in ARRAYS.items():
        array = getattr(prepared, name)
        if array.dtype != dtype or array.ndim != axes:
            found.append(f"{name} is {array.dtype} with {array.ndim} axes, not {np.dtype(dtype)} with {axes}")
    if found:
        return tuple(found)
    n, s, k, p = prepared.count, prepared.size, len(prepared.basis), prepared.points.shape[1]
    for name, shape in {
        "crops": (n, s, s, 3), "matrices": (n, 2, 3), "points": (n, p, 2), "eyes": (n,), "hard": (s, s),
        "soft": (s, s), "mean": (2 * p,), "basis": (k, 2 * p), "scale": (k,), "mouths": (n, k),
        "closed": (k,),
    }.items():  # fmt: skip
        if getattr(prepared, name).shape != shape:
            found.append(f"{name} has the shape {getattr(prepared, name).shape}, not {shape}")
    for name in ("rigid", "controls"):
        if len(getattr(prepared, name)) != n:
            found.append(f"{name} has {len(getattr(prepared, name))} rows for {n} frames")
    if prepared.mel.shape[1] != MEL_BANDS:
        found.append(f"mel has {prepared.mel.shape[1]} bands, not {MEL_BANDS}")
    return tuple(found) or _ranges(prepared)


def _ranges(prepared: Prepared) -> tuple[str, ...]:
    head, n, p = prepared.head, prepared.count, prepared.points.shape[1]
    found = []
    if not 2 <= n <= LONGEST_FRAMES:
        found.append(f"there are {n} frames")
    if prepared.size % 16 or not 32 <= prepared.size <= 512:
        found.append(f"the crop is {prepared.size} pixels wide, not a multiple of 16 from 32 to 512")
    if not 0 < head.held_out < n:
        found.append(f"held_out is {head.held_out} of {n} frames")
    if any(span.past > n for span in head.idle):
        found.append("idle names frames past the end")
    rows = (*head.names.lips, *head.names.jaw, head.names.upper, head.names.lower, head.names.left,
            head.names.right)  # fmt: skip
    if min(rows) < 0 or max(rows) >= p:
        found.append(f"names points outside 0..{p - 1}")
    if not bool((prepared.scale > 0).all()):
        found.append("a scale is not above 0")
    for name, (dtype, _) in ARRAYS.items():
        if dtype is np.float32 and not bool(np.isfinite(getattr(prepared, name)).all()):
            found.append(f"{name} holds values that are no numbers")
    if not bool(prepared.hard.any()) or not bool(prepared.soft.any()):
        found.append("a mask is empty")
    return tuple(found)


def digest(path: Path) -> str:
    """sha256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(path: Path, what: str) -> SetupError:
    return SetupError(f"{path} cannot be used: {what}.", remedy="Prepare the footage again.")
