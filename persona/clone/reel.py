"""The reel of a drawn host: a seamless loop of base frames, memory-mapped, with the eye states of life().

A reel is two files, named by look, size, rate and a hash of the artwork and of the code that draws it:
`<name>.planes`  per base frame y, u, v of the region; then y, u, v of the backdrop; then the eye textures;
                 then per base frame y, u, v of the eyes at each gaze that they rest at
`<name>.json`    sizes and, per base frame, where the eyes are; written last: without it a reel is unfinished
"""

import contextlib
import json
import math
import mmap
import os
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone import eyes, motion
from persona.clone.art import digest, host_text, stage_text
from persona.clone.base import PatchRect, Plane, Rect
from persona.clone.puppet import Planes, Puppet, even_rect, to_texture
from products.errors import SetupError

VERSION = 2  # of the files' layout
SECONDS = 8.0
# The bound of a reel in memory: 203 MB at 720x1280, 456 MB at 1080x1920. It is mapped read-only, so all
# shows with one host on a machine share it; both processes of a show do.
MOST_BYTES_A_PIXEL = 220
_POPULATE_READ = 22  # MADV_POPULATE_READ of Linux 5.14; Python 3.11 has no name for it

Matrix = NDArray[np.float64]


def build_reel(
    look: str,
    width: int,
    height: int,
    fps: int,
    folder: Path,
    progress: Callable[[float], None],
    seconds: float = SECONDS,
) -> Path:
    """The path of the reel's json; made now (a few seconds) unless `folder` has it. `progress` is told 0..1.

    Raises ContentError for a look that is not drawn, SetupError for an odd size or a folder that cannot be
    written.
    """
    if width % 2 or height % 2 or width < 64 or height < 64 or fps < 1:
        raise SetupError(
            f"A picture of {width}x{height} at {fps} fps cannot be drawn.",
            remedy="Use even sizes, e.g. 720x1280.",
        )
    length = max(fps, round(seconds * fps))
    path = folder / f"{_name(look, width, height, fps, length)}.json"
    if not _whole(path):
        try:
            _build(look, width, height, fps, length, path, progress)
        except OSError as error:
            raise SetupError(
                f"The host's reel cannot be written to {folder}: {error.strerror or error}.",
                remedy="Free some space (about 200 MB), or choose another folder.",
            ) from error
    progress(1.0)
    return path


def open_reel(path: Path) -> "VectorReel":
    """Open a reel made by build_reel, in milliseconds. Raises SetupError when it is missing, damaged or of
    another version.
    """
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
        data = mapped(path.with_suffix(".planes"))
        if head["version"] != VERSION or len(data) != head["bytes"]:
            raise ValueError("another version or an unfinished file")
        return VectorReel(head, data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"The host's reel {path.name} cannot be read ({error}).",
            remedy="Delete the file; it is made again.",
        ) from error


def mapped(path: Path) -> NDArray[np.uint8]:
    """The file's bytes, read-only, fetched and mapped now: no tick shall wait for a disk, nor take 180 page
    faults for a base frame that it shows for the first time.
    """
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if hasattr(mmap, "MADV_WILLNEED"):
        mapped.madvise(mmap.MADV_WILLNEED)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # an older kernel: pages come one by one
            mapped.madvise(_POPULATE_READ)
    return np.frombuffer(mapped, np.uint8)


def _name(look: str, width: int, height: int, fps: int, length: int) -> str:
    key = digest(host_text(look), stage_text(), *_sources(), str(VERSION))[:12]
    return f"{look}-{width}x{height}-{fps}fps-{length}-{key}"


def _sources() -> tuple[str, ...]:
    """The text of the modules that draw: a change of theirs makes another reel, so none is ever stale."""
    folder = files("persona.clone")
    names = ("art", "eyes", "lips", "motion", "mouth", "puppet")
    return tuple(folder.joinpath(f"{name}.py").read_text(encoding="utf-8") for name in names)


def _whole(path: Path) -> bool:
    planes = path.with_suffix(".planes")
    if not (path.is_file() and planes.is_file()):
        return False
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
        return bool(head["version"] == VERSION and head["bytes"] == planes.stat().st_size)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _build(
    look: str, width: int, height: int, fps: int, length: int, path: Path, progress: Callable[[float], None]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    progress(0.0)
    puppet = Puppet(look, width, height)
    _check_size(puppet.region, width, height, length)
    progress(0.2)
    spare = path.with_suffix(f".{os.getpid()}.part")
    try:
        with spare.open("wb") as out:
            eye_places = []
            for i in range(length):
                pose = motion.pose(i, length, fps)
                _write(out, puppet.compose(pose, puppet.region))
                eye_places.append(_eye_place(puppet, pose))
                if i % 10 == 9:
                    progress(0.2 + 0.6 * (i + 1) / length)
            _write(out, puppet.backdrop())
            textures = eyes.textures(puppet.text, puppet.bare, puppet.hair_front, puppet.zoom)
            out.write(textures.tobytes())
            for place in map(_place, eye_places):
                for state in eyes.RESTING:
                    _write(out, _eyes(textures[state], place))
            total = out.tell()
        head = {
            "version": VERSION, "bytes": total, "look": look, "width": width, "height": height, "fps": fps,
            "length": length, "region": [puppet.region.x, puppet.region.y, puppet.region.w, puppet.region.h],
            "textures": list(textures.shape), "eyes": eye_places,
        }  # fmt: skip
        spare.replace(path.with_suffix(".planes"))
        spare.write_text(json.dumps(head), encoding="utf-8")
        spare.replace(path)
        _forget_older(path)
    finally:
        spare.unlink(missing_ok=True)


def _check_size(region: Rect, width: int, height: int, length: int) -> None:
    frames = length * region.w * region.h * 3 // 2
    if frames > MOST_BYTES_A_PIXEL * width * height:
        raise SetupError(
            f"A reel of {length} frames would take {frames / 2**20:.0f} MB of memory.",
            remedy=f"Use a shorter loop; {SECONDS:.0f} s is enough.",
        )


def _forget_older(path: Path) -> None:
    """Delete the reels that this one replaces: 200 MB each. Whoever has one open keeps it until closing."""
    kind = path.stem.rpartition("-")[0]
    for other in path.parent.glob(f"{kind}-*.json"):
        if other != path:
            other.unlink(missing_ok=True)
            other.with_suffix(".planes").unlink(missing_ok=True)


def _write(out: BinaryIO, planes: "Planes | PatchRect") -> None:
    for plane in (planes.y, planes.u, planes.v):
        out.write(plane.tobytes())


def _eye_place(puppet: Puppet, pose: motion.Pose) -> list[float]:
    """x, y, w, h of the eyes in the picture, then the 2x3 matrix from there to the textures."""
    head = puppet.place.matrix @ pose.head
    rect = even_rect(eyes.EYE_CORE, head, puppet.place.width, puppet.place.height, 1)
    window = eyes.crop_layer(puppet.bare)
    matrix = to_texture(window, head, rect.x, rect.y)
    return [rect.x, rect.y, rect.w, rect.h, *(float(v) for v in matrix.ravel())]


@dataclass(frozen=True, slots=True)
class _Place:
    rect: Rect
    matrix: Matrix


def _place(row: list[float]) -> _Place:
    """From what `_eye_place` gave."""
    return _Place(Rect(*(int(v) for v in row[:4])), np.array(row[4:], np.float64).reshape(2, 3))


def _eyes(texture: NDArray[np.uint8], place: _Place) -> PatchRect:
    """The eyes of one texture, brought to their place: some 60 microseconds."""
    rect = place.rect
    drawn = cv2.warpAffine(
        texture,
        place.matrix,
        (rect.w, rect.h),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    small = cv2.resize(drawn, (rect.w // 2, rect.h // 2), interpolation=cv2.INTER_AREA)
    return PatchRect(
        rect, cv2.extractChannel(drawn, 0), cv2.extractChannel(small, 1), cv2.extractChannel(small, 2)
    )


class VectorReel:
    """A drawn host's loop; see persona.clone.base.Reel. Views on the map are read-only."""

    def __init__(self, head: dict[str, Any], data: NDArray[np.uint8]) -> None:
        self.look = str(head["look"])
        self._size = int(head["width"]), int(head["height"])
        self._fps, self._length = int(head["fps"]), int(head["length"])
        self._region = Rect(*head["region"])
        self._seed = zlib.crc32(self.look.encode())
        w, h = self._region.w, self._region.h
        step = w * h * 3 // 2
        flat = np.asarray(data)
        self._frames = [planes_at(flat, i * step, w, h) for i in range(self._length)]
        at = self._length * step
        self._backdrop = planes_at(flat, at, *self._size)
        at += self._size[0] * self._size[1] * 3 // 2
        textures = math.prod(head["textures"])
        self._textures = flat[at : at + textures].reshape(head["textures"])
        self._eyes = [_place(row) for row in head["eyes"]]
        self._flat, at = flat, at + textures
        self._resting: list[int] = []  # where the eyes at rest of each base frame begin
        for place in self._eyes:
            self._resting.append(at)
            at += len(eyes.RESTING) * place.rect.w * place.rect.h * 3 // 2

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    @property
    def fps(self) -> int:
        return self._fps

    @property
    def length(self) -> int:
        return self._length

    @property
    def region(self) -> Rect:
        return self._region

    @property
    def drawn(self) -> bool:
        return True

    @property
    def backdrop(self) -> tuple[Plane, Plane, Plane]:
        return self._backdrop

    def frame(self, i: int) -> tuple[Plane, Plane, Plane]:
        return self._frames[i % self._length]

    def life(self, n: int, i: int) -> tuple[PatchRect, ...]:
        """The eyes of tick n on base frame i: () while they look straight, else one rectangle."""
        x, y, target = motion.gaze(n, self._fps, self._seed)
        state = eyes.state_of(x, y, target, motion.lid(n, self._fps, self._seed))
        if state == eyes.CENTRE:
            return ()
        at = i % self._length
        place = self._eyes[at]
        kept = eyes.RESTING.get(state)
        if kept is None:  # a shift or a blink: a few ticks
            return (_eyes(self._textures[state], place),)
        rect = place.rect
        begin = self._resting[at] + kept * rect.w * rect.h * 3 // 2
        return (PatchRect(rect, *planes_at(self._flat, begin, rect.w, rect.h)),)


def planes_at(flat: NDArray[np.uint8], at: int, w: int, h: int) -> tuple[Plane, Plane, Plane]:
    """Views y, u, v of a yuv420p picture of w x h that begins at byte `at`."""
    luma, chroma = w * h, w * h // 4
    y = flat[at : at + luma].reshape(h, w)
    u = flat[at + luma : at + luma + chroma].reshape(h // 2, w // 2)
    v = flat[at + luma + chroma : at + luma + 2 * chroma].reshape(h // 2, w // 2)
    return y, u, v
