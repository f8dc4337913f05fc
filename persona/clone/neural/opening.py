"""Opens a sealed pack for one show: its base pictures with the mouth painted at rest, in a folder that only
its owner reads and that is removed when the show ends.
"""

import io
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone.aligned import crop
from persona.clone.base import PatchRect, Plane, Rect
from persona.clone.neural.assets import Assets
from persona.clone.neural.making import frames_of
from persona.clone.neural.narrowing import quicker
from persona.clone.neural.pack import NARROW, Walk
from persona.clone.neural.painting import DetailChoice, MouthPainter, Seen
from persona.clone.neural.pasting import Place, pasted, place_of
from persona.clone.neural.reel import HEAD, KIND, PLANES, VERSION, MapStore
from persona.clone.prepared import FPS, Floats, Pixels
from products.errors import SetupError

BLOCK = 16  # px; the region of what moves is found by blocks
STILL = 2.0  # standard deviation of a block's mean over the loop, of 255, below which it stands still
REACH = 1.0  # of the head, in sides of the crop: within it a bent picture moves as one
MOST_PATCH = 160 * 1024  # bytes of one tick's rectangles that the studio can hand over

Matrix = NDArray[np.float64]
Planes = tuple[Plane, Plane, Plane]


def open_pack_files(
    contents: Mapping[str, bytes],
    folder: Path,
    width: int,
    height: int,
    progress: Callable[[float], None] = lambda done: None,
) -> Path:
    """Path of the head of an opened clone (persona.clone.neural.reel), made in `folder` from a pack's opened
    files, for pictures of width x height.

    Raises SetupError: a face too large for the picture, a disk that is full, a pack that does not fit.
    """
    walk, assets = Walk.from_bytes(contents["loop.npz"]), Assets.from_bytes(contents["assets.npz"])
    decoder = quickest(contents, assets)
    painter = MouthPainter(assets, contents["encoder.onnx"], decoder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        maker = _Maker(walk, assets, painter, contents["base.mkv"], width, height)
        maker.write(folder, progress)
        for name in ("assets.npz", "encoder.onnx", "decoder.onnx"):
            (folder / name).write_bytes(contents[name])
        if decoder is not contents["decoder.onnx"]:
            (folder / NARROW).write_bytes(decoder)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise SetupError(
            f"The clone cannot be opened in {folder}: {error.strerror or error}.",
            remedy="Free some space (about 400 MB).",
        ) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / HEAD


def quickest(contents: Mapping[str, bytes], assets: Assets) -> bytes:
    """The decoder that paints on this machine: that in 8 bits where the pack has one and it is worth it."""
    wide, narrow = contents["decoder.onnx"], contents.get(NARROW)
    if narrow is None:
        return wide
    seen = MouthPainter(assets, contents["encoder.onnx"], wide).look(
        np.zeros((*assets.soft.shape, 3), np.uint8)
    )
    return narrow if quicker(wide, narrow, seen, len(assets.speaker.closed)) else wide


class _Maker:
    """Makes the stored pictures of a loop at one size."""

    def __init__(
        self, walk: Walk, assets: Assets, painter: MouthPainter, base: bytes, width: int, height: int
    ) -> None:
        self._assets, self._painter, self._size = assets, painter, (width, height)
        self._soft: Floats = np.asarray(assets.soft / 255, np.float32)
        self._near = DetailChoice(assets.detail.mouths).of(assets.speaker.closed)
        self._matrices = np.asarray(walk.matrices, np.float64)
        shown = [(int(a), int(b), float(part)) for a, b, part in walk.shown]
        self._stored = list(dict.fromkeys(shown))
        where = {one: k for k, one in enumerate(self._stored)}
        self._order = [where[one] for one in shown]
        self._crops: list[Pixels] = []
        self._frames: list[Planes] = []  # as large as the show's picture
        self._scale, self._shift = 1.0, (0.0, 0.0)
        for k, frame in enumerate(frames_of(io.BytesIO(base))):
            if k >= len(self._matrices):
                break
            self._take(frame, k)
        if max(max(a, b) for a, b, _ in shown) >= len(self._frames):
            raise SetupError(
                "The clone's pack does not fit together: its film is too short.", remedy="Train it again."
            )

    def _take(self, frame: av.VideoFrame, k: int) -> None:
        """Keep of a frame its crop, and its picture in the show's size."""
        (width, height), (w, h) = self._size, (frame.width, frame.height)
        self._scale = max(width / w, height / h)
        self._shift = (width - w * self._scale) / 2, (height - h * self._scale) / 2
        rgb = frame.to_ndarray(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
        if k == 0:
            self._place(self._matrices[0])  # a face too large is told at once
        self._crops.append(crop(rgb, self._matrices[k].astype(np.float32), self._assets.size))
        self._frames.append(self._scaled(_planes_of(frame)))

    def write(self, folder: Path, progress: Callable[[float], None]) -> None:
        """All files of the folder but the pack's own."""
        places = [self._place(self._between(self._matrices, one)) for one in self._stored]
        region = moving_region([y for y, _, _ in self._frames], [p.rect for p in places])
        seen: list[Seen] = []
        with (folder / PLANES).open("wb") as out:
            for k, (one, place) in enumerate(zip(self._stored, places, strict=True)):
                looked, whole = self._painted(one, place)
                seen.append(looked)
                _write(out, _cut(whole, region))
                if k == 0:
                    backdrop = whole
                progress(0.9 * (k + 1) / len(self._stored))
            _write(out, backdrop)
            total = out.tell()
        MapStore.write(folder, seen)
        head = {
            "version": VERSION, "kind": KIND, "bytes": total, "width": self._size[0], "height": self._size[1],
            "fps": FPS, "region": _four(region), "order": self._order,
            "places": [{"matrix": p.matrix.ravel().tolist(), "rect": _four(p.rect)} for p in places],
        }  # fmt: skip
        (folder / HEAD).write_text(json.dumps(head), encoding="utf-8")
        progress(1.0)

    def _painted(self, one: tuple[int, int, float], place: Place) -> tuple[Seen, Planes]:
        """A stored picture with its mouth at rest, and what the decoder needs of it."""
        a, b, part = one
        looked = self._painter.look(_mixed(self._crops[a], self._crops[b], part))
        whole = self._crossed(one, place.matrix) if part else _copied(self._frames[a])
        picture = self._painter.paint(looked, self._assets.speaker.closed, self._near)
        _lay(whole, pasted(picture, self._soft, place, _cut(whole, place.rect)))
        return looked, whole

    def _crossed(self, one: tuple[int, int, float], matrix: Matrix) -> Planes:
        """Frame b mixed into frame a, each with its head moved to where the mixture has it (`matrix`, of the
        show's picture): two heads beside one another would show as a ghost.
        """
        a, b, part = one
        sides = [
            bent(self._frames[k], self._shown(self._matrices[k]), matrix, self._assets.size) for k in (a, b)
        ]
        y, u, v = (_mixed(p, q, part) for p, q in zip(*sides, strict=True))
        return y, u, v

    def _shown(self, matrix: Matrix) -> Matrix:
        """From pixels of the show's picture to the crop: undo the scaling, then align."""
        undo = np.array(
            [
                [1 / self._scale, 0, (0.5 - self._shift[0]) / self._scale - 0.5],
                [0, 1 / self._scale, (0.5 - self._shift[1]) / self._scale - 0.5],
                [0, 0, 1],
            ]
        )
        return np.asarray(matrix @ undo)

    def _between(self, matrices: Matrix, one: tuple[int, int, float]) -> Matrix:
        a, b, part = one
        return np.asarray(matrices[a] * (1 - part) + matrices[b] * part)

    def _place(self, matrix: Matrix) -> Place:
        """Where the crop lies in the show's picture."""
        width, height = self._size
        place = place_of(self._shown(matrix), self._assets.soft, width, height)
        if place.rect.w * place.rect.h * 3 // 2 > MOST_PATCH:
            raise SetupError(
                f"The mouth takes {place.rect.w}x{place.rect.h} pixels of {width}x{height}: too many.",
                remedy="Use a smaller size in the show file, e.g. 720x1280.",
            )
        return place

    def _scaled(self, planes: Planes) -> Planes:
        """The middle of a frame, as large as the picture."""
        width, height = self._size
        y, u, v = (
            _fitted(p, self._scale, tuple(s / n for s in self._shift), (width // n, height // n))
            for p, n in zip(planes, (1, 2, 2), strict=True)
        )
        return y, u, v


def _planes_of(frame: av.VideoFrame) -> Planes:
    """Copies of y, u, v."""
    y, u, v = (
        np.frombuffer(p, np.uint8).reshape(p.height, p.line_size)[:, : p.width].copy() for p in frame.planes
    )
    return y, u, v


def bent(planes: Planes, present: Matrix, wanted: Matrix, size: int) -> Planes:
    """A picture whose head is moved from where `present` aligns it to where `wanted` does (both lead from the
    picture to a crop of `size`); what is far from the head stays.
    """
    inverse = cv2.invertAffineTransform(present)
    move = inverse[:, :2] @ wanted[:, :2], inverse[:, :2] @ wanted[:, 2] + inverse[:, 2]
    there = cv2.invertAffineTransform(wanted)
    centre = there[:, :2] @ (size / 2, size / 4) + there[:, 2]
    reach = REACH * size * float(np.sqrt(np.linalg.det(there[:, :2])))
    out = []
    for plane, step in zip(planes, (1, 2, 2), strict=True):
        h, w = plane.shape
        x, y = np.meshgrid((np.arange(w) + 0.5) * step - 0.5, (np.arange(h) + 0.5) * step - 0.5)
        weight = np.exp(-0.5 * ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / reach**2)
        dx = move[0][0, 0] * x + move[0][0, 1] * y + move[1][0] - x
        dy = move[0][1, 0] * x + move[0][1, 1] * y + move[1][1] - y
        at_x, at_y = ((v + 0.5) / step - 0.5 for v in (x + weight * dx, y + weight * dy))
        maps = at_x.astype(np.float32), at_y.astype(np.float32)
        out.append(cv2.remap(plane, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    return out[0], out[1], out[2]


def _copied(planes: Planes) -> Planes:
    return planes[0].copy(), planes[1].copy(), planes[2].copy()


def _mixed(a: Plane, b: Plane, part: float) -> Plane:
    """A new plane: `part` of b in a."""
    return np.asarray(cv2.addWeighted(a, 1 - part, b, part, 0), np.uint8)


def _write(out: BinaryIO, planes: Planes) -> None:
    for plane in planes:
        out.write(np.ascontiguousarray(plane).tobytes())


def moving_region(pictures: list[Plane], mouths: list[Rect]) -> Rect:
    """The smallest rectangle (of even sides) that holds all that moves in these pictures (y), and all
    mouths.
    """
    height, width = pictures[0].shape
    small = np.stack(
        [
            cv2.resize(y, (-(-width // BLOCK), -(-height // BLOCK)), interpolation=cv2.INTER_AREA)
            for y in pictures
        ]
    ).astype(np.float32)
    rows, columns = np.nonzero(small.std(axis=0) > STILL)
    x0, y0 = min(r.x for r in mouths), min(r.y for r in mouths)
    x1, y1 = max(r.x + r.w for r in mouths), max(r.y + r.h for r in mouths)
    if len(rows):
        x0, y0 = min(x0, (int(columns.min()) - 1) * BLOCK), min(y0, (int(rows.min()) - 1) * BLOCK)
        x1, y1 = max(x1, (int(columns.max()) + 2) * BLOCK), max(y1, (int(rows.max()) + 2) * BLOCK)
    x0, y0, x1, y1 = max(0, x0) & ~1, max(0, y0) & ~1, min(width, x1 + 1) & ~1, min(height, y1 + 1) & ~1
    return Rect(x0, y0, x1 - x0, y1 - y0)


def _fitted(plane: Plane, scale: float, shift: tuple[float, ...], size: tuple[int, int]) -> Plane:
    """A plane scaled, then moved by `shift`, cut to (width, height)."""
    h, w = plane.shape
    large = (max(size[0], round(w * scale)), max(size[1], round(h * scale)))
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    whole = plane if large == (w, h) else cv2.resize(plane, large, interpolation=flags)
    x, y = round(-shift[0]), round(-shift[1])
    return np.ascontiguousarray(whole[y : y + size[1], x : x + size[0]])


def _cut(whole: Planes, rect: Rect) -> Planes:
    half = (slice(rect.y // 2, (rect.y + rect.h) // 2), slice(rect.x // 2, (rect.x + rect.w) // 2))
    y, u, v = whole
    return y[rect.y : rect.y + rect.h, rect.x : rect.x + rect.w], u[half], v[half]


def _lay(whole: Planes, part: PatchRect) -> None:
    for plane, new in zip(_cut(whole, part.rect), (part.y, part.u, part.v), strict=True):
        np.copyto(plane, new)


def _four(rect: Rect) -> list[int]:
    return [rect.x, rect.y, rect.w, rect.h]
