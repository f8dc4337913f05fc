"""From prepared footage and a trained network to the contents of a pack. No PyTorch here."""

import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from persona.clone.aligned import mouth_box
from persona.clone.neural.assets import Assets, Detail
from persona.clone.neural.loop import Loop, make_loop, small_greys
from persona.clone.neural.pack import Walk
from persona.clone.neural.painting import DetailChoice, MouthPainter, detail_bands
from persona.clone.neural.speaking import Speaker, gap_of, learn, space_of
from persona.clone.prepared import FPS, Pixels, Prepared

SHARP = 0.85  # of the footage's own sharpness, at which the detail is fine enough
SIGMAS = (1.0, 1.5, 2.0, 2.5)  # of the detail's band, px at S = 128
TRIED = 24  # frames on which the sharpness is looked at
LOOP_FRAMES = 300  # of the footage that the loop walks: what memory a show may take bounds it
GREY_SIDE = 160


def make_assets(prepared: Prepared, encoder: bytes, decoder: bytes, speaker: Speaker | None = None) -> Assets:
    """Masks, speaker and detail; the detail's fineness is chosen on training frames."""
    speaker = speaker or learn(prepared)
    best: Assets | None = None
    for sigma in SIGMAS:
        detail = _detail(prepared, sigma * prepared.size / 128)
        best = Assets(
            np.array(prepared.soft), np.array(prepared.hard), space_of(prepared), gap_of(prepared), speaker,
            detail,
        )  # fmt: skip
        if _sharpness(prepared, MouthPainter(best, encoder, decoder)) >= SHARP:
            break
    assert best is not None
    return best


def _detail(prepared: Prepared, sigma: float) -> Detail:
    held_out = prepared.head.held_out
    rows, columns = mouth_box(prepared.points, prepared.head.names, prepared.size, held_out)
    bands = detail_bands(list(prepared.crops[:held_out]), (rows, columns), sigma)
    box = rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start
    return Detail(np.array(prepared.mouths[:held_out]), bands, sigma, box)


def _sharpness(prepared: Prepared, painter: MouthPainter) -> float:
    """Of painted over filmed mouths, on training frames whose own detail is not among the candidates."""
    detail = painter.assets.detail
    box = detail.rows, detail.columns
    found = []
    for k in np.linspace(0, len(detail.mouths) - 1, TRIED).astype(int):
        others = detail.mouths.copy()
        others[max(0, k - 3) : k + 4] = np.inf
        near = DetailChoice(others).of(prepared.mouths[k])
        crop = prepared.crops[k]
        painted = painter.mixed(painter.paint(painter.look(crop), np.array(prepared.mouths[k]), near), crop)
        found.append((edges(painted[box]), edges(crop[box])))
    ours, theirs = np.array(found).T
    return float(ours.mean() / max(theirs.mean(), 1e-9))


def edges(picture: Pixels) -> float:
    """Variance of the 3x3 Laplacian of the grey picture [h, w, 3]."""
    grey = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def make_base(
    prepared: Prepared, seed: int = 0, told: Callable[[float], None] = lambda done: None
) -> tuple[Walk, bytes, Loop]:
    """The walk and the stretch of film that it walks."""
    greys, boxes = _greys(prepared, told)
    first, past = _stretch(prepared, greys, boxes)
    part = slice(first, past)
    loop = make_loop(small_greys(greys[part], boxes[part]), prepared.rigid[part], prepared.eyes[part], seed)
    seen = np.array([j.seen for j in loop.jumps])
    walk = Walk(np.array(loop.shown, np.float64), np.array(prepared.matrices[part]), loop.usual, seen)
    return walk, _cut(prepared.frames, first, past), loop


def _greys(
    prepared: Prepared, told: Callable[[float], None]
) -> tuple[list[Pixels], list[tuple[int, int, int, int]]]:
    """Small grey pictures of all frames, and where the mouth is in each."""
    width, height = prepared.head.footage.width, prepared.head.footage.height
    scale = GREY_SIDE / max(width, height)
    greys, boxes = [], []
    y, x = np.nonzero(prepared.soft)
    corners = np.array([[x.min(), x.max(), x.min(), x.max()], [y.min(), y.min(), y.max(), y.max()]], float)
    for k, frame in enumerate(frames_of(prepared.frames)):
        grey = frame.to_ndarray(format="gray")
        small = round(width * scale), round(height * scale)
        greys.append(cv2.resize(grey, small, interpolation=cv2.INTER_AREA))
        inverse = cv2.invertAffineTransform(np.array(prepared.matrices[k], np.float64))
        there = (inverse[:, :2] @ corners + inverse[:, 2:]) * scale
        low, high = np.floor(there.min(axis=1)) - 1, np.ceil(there.max(axis=1)) + 1
        x0, y0, x1, y1 = (max(0, int(v)) for v in (*low, *high))
        boxes.append((x0, y0, x1 - x0, y1 - y0))
        told((k + 1) / prepared.count)
    return greys, boxes


def _stretch(
    prepared: Prepared, greys: list[Pixels], boxes: list[tuple[int, int, int, int]]
) -> tuple[int, int]:
    """The LOOP_FRAMES of the footage whose ends meet best, among windows a second apart."""
    n = prepared.count
    if n <= LOOP_FRAMES:
        return 0, n
    best = (np.inf, 0)
    for first in range(0, n - LOOP_FRAMES + 1, FPS):
        part = slice(first, first + LOOP_FRAMES)
        small = small_greys(greys[part], boxes[part])
        loop = make_loop(small, prepared.rigid[part], prepared.eyes[part], frames=LOOP_FRAMES)
        home = max(loop.jumps, key=lambda j: j.out - j.into)
        best = min(best, (home.cost + 2 * LOOP_FRAMES / (home.out - home.into), first))
    return best[1], best[1] + LOOP_FRAMES


def frames_of(film: Path | io.BytesIO) -> Iterator[av.VideoFrame]:
    """The frames of a film, in order."""
    with av.open(film if isinstance(film, io.BytesIO) else str(film)) as container:
        yield from container.decode(video=0)


def _cut(film: Path, first: int, past: int) -> bytes:
    """Frames first .. past - 1 as Matroska, nearly without loss."""
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "12", "preset": "fast"})
        for k, frame in enumerate(frames_of(film)):
            if k >= past:
                break
            if k < first:
                continue
            if k == first:
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
                stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
            frame.pts, frame.time_base = k - first, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
