"""From frames and points to what Prepared holds: alignment on points that speech does not move, the crop,
its masks, and the mouth vectors. Pure functions over arrays.

Alignment by least-squares similarities (Umeyama 1991, "Least-squares estimation of transformation
parameters between two point patterns", the sign of the determinant fixed), smoothed over five frames: a box
around the face per frame would jitter.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone.prepared import Floats, Pixels, PointNames, Span

Matrix = NDArray[np.float64]

SMOOTHING = np.array([1, 2, 3, 2, 1], np.float64) / 9
COMPONENTS = 12  # of a mouth vector; 99.5 % of what lips and jaw do in the clips that were measured
BREADTH = 1.10  # side of the crop over the breadth of the jaw
CHIN_ROOM = 0.07  # of the side, under the lowest chin
CHIN_REACH = 0.5  # jaw points this near to the middle, in mouth widths, are the chin
INSIDE = 0.04  # by which the chin's outline is drawn in, so that the mask stays inside the silhouette


@dataclass(frozen=True)
class Geometry:
    """matrices float32 [N, 2, 3] frame -> crop; points float32 [N, P, 2] crop pixels; hard, soft: the masks
    of Prepared, uint8 [S, S].
    """

    matrices: Floats
    points: Floats
    hard: Pixels
    soft: Pixels


@dataclass(frozen=True)
class MouthSpace:
    """mean [2P], basis [K, 2P], scale [K] of Prepared."""

    mean: Floats
    basis: Floats
    scale: Floats

    def encode(self, points: Floats) -> Floats:
        """Mouth vectors [n, K] of points [n, P, 2]."""
        flat = points.reshape(len(points), -1) - self.mean
        return np.asarray(flat @ self.basis.T / self.scale, np.float32)

    def decode(self, mouths: Floats) -> Floats:
        """Points [n, P, 2] of mouth vectors [n, K]."""
        flat = (mouths * self.scale) @ self.basis + self.mean
        return np.asarray(flat.reshape(len(mouths), -1, 2), np.float32)


def similarity(source: Matrix, target: Matrix) -> Matrix:
    """2x3 similarity that leads points [n, 2] to points [n, 2] with the least squared error."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, s, vt = np.linalg.svd(b.T @ a / len(a))
    flip = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(flip) @ vt
    scale = float((s * flip).sum() / (a**2).sum() * len(a))
    shift = target.mean(axis=0) - scale * rotation @ source.mean(axis=0)
    return np.column_stack([scale * rotation, shift])


def geometry(
    rigid: Floats, mouth: Floats, names: PointNames, size: int, held_out: int, drawn: bool = False
) -> Geometry:
    """Alignment and masks from points in frame pixels: `rigid` [N, R, 2], `mouth` [N, P, 2].

    `size`: S of the crop; masks look at frames before `held_out` alone. `drawn`: the drawn host's jaw bends
    the cheeks as well, and its silhouette is its own.
    """
    reference = rigid[:held_out].astype(np.float64).mean(axis=0)
    raw = np.stack([similarity(one.astype(np.float64), reference) for one in rigid])
    padded = np.pad(raw, ((2, 2), (0, 0), (0, 0)), mode="edge")
    smooth = sum(w * padded[k : k + len(raw)] for k, w in enumerate(SMOOTHING))
    matrices = _into_crop(np.asarray(smooth), mouth, names, size, held_out)
    points = np.asarray(_moved(matrices, mouth), np.float32)
    nose = float(_moved(matrices[:held_out], rigid[:held_out])[..., 1].max(axis=1).mean())
    hard = _hard(points[:held_out], names, size, nose, drawn)
    return Geometry(matrices.astype(np.float32), points, hard, soft_mask(hard))


def _into_crop(aligned: Matrix, mouth: Floats, names: PointNames, size: int, held_out: int) -> Matrix:
    """The same matrices leading into the square crop around mouth and chin."""
    part = _moved(aligned[:held_out], mouth[:held_out])
    jaw, lips = part[:, list(names.jaw)], part[:, list(names.lips)]
    lip_width = float(np.linalg.norm(part[:, names.right] - part[:, names.left], axis=1).mean())
    side = max(BREADTH * float(np.ptp(jaw[..., 0].mean(axis=0))), 2.2 * lip_width)
    x = float(lips[..., 0].mean()) - side / 2
    y = float(part[..., 1].max()) + CHIN_ROOM * side - side
    scale = size / side
    fold = np.array([[scale, 0, -x * scale], [0, scale, -y * scale], [0, 0, 1.0]])
    whole = np.concatenate([aligned, np.broadcast_to([[[0, 0, 1.0]]], (len(aligned), 1, 3))], axis=1)
    return np.asarray((fold @ whole)[:, :2])


def _moved(matrices: Matrix, points: Floats) -> Matrix:
    """Each frame's points [n, P, 2] through its matrix [n, 2, 3]."""
    turned = np.einsum("nij,npj->npi", matrices[:, :, :2], points.astype(np.float64))
    return np.asarray(turned + matrices[:, None, :, 2])


def _hard(points: Floats, names: PointNames, size: int, nose: float, drawn: bool) -> Pixels:
    """The hull of lips (a little wider) and chin over all training frames: wide enough for the chin's
    travel, and no wider: cheeks and silhouette move against what is behind them, and would smear.
    """
    lips, jaw = points[:, list(names.lips)], points[:, list(names.jaw)]
    width = float(np.linalg.norm(points[:, names.right] - points[:, names.left], axis=1).mean())
    centre = lips.reshape(-1, 2).mean(axis=0)
    wider = centre + (lips.reshape(-1, 2) - centre) * np.float32(1.3)
    chin = jaw[np.abs(jaw[..., 0] - centre[0]) < CHIN_REACH * width]
    drawn_in = centre + (chin - centre) * np.array([1 - INSIDE, 1.0], np.float32)
    below = drawn_in + np.array([0, 0.02 * size], np.float32)
    everything = np.concatenate([wider, below] if drawn else [wider, drawn_in, below])
    mask = np.zeros((size, size), np.uint8)
    hull = cv2.convexHull(everything.astype(np.float32))
    cv2.fillConvexPoly(mask, np.round(hull).astype(np.int32), 255)
    if np.isfinite(nose):
        mask[: max(0, round(nose + 2 * size / 128))] = 0
    sides, foot = max(2, round(6 * size / 128)), max(2, round(4 * size / 128))
    mask[:, :sides] = mask[:, -sides:] = 0
    mask[-foot:] = 0
    return mask


def soft_mask(hard: Pixels) -> Pixels:
    """The weight of the network's picture: the hard mask drawn in and blurred, 2.5 px at S = 128."""
    scale = hard.shape[0] / 128
    reach = 2 * round(2 * scale) + 1
    drawn_in = cv2.erode(hard, np.ones((reach, reach), np.uint8))
    soft = cv2.GaussianBlur(drawn_in, (0, 0), 2.5 * scale)
    return np.asarray(np.where(hard > 0, soft, 0), np.uint8)


def crop(frame: Pixels, matrix: Floats, size: int) -> Pixels:
    """uint8 [S, S, 3] of a frame [H, W, 3]."""
    shrinks = float(np.linalg.det(matrix[:, :2])) < 1
    if shrinks:
        return _shrunk(frame, matrix, size)
    flags = cv2.INTER_CUBIC
    return np.asarray(
        cv2.warpAffine(frame, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _shrunk(frame: Pixels, matrix: Floats, size: int) -> Pixels:
    """warpAffine knows no area interpolation: sample at twice the size or more, then take the mean."""
    times = int(np.ceil(1 / np.sqrt(float(np.linalg.det(matrix[:, :2])))))
    large = matrix.astype(np.float64) * times
    large[:, 2] += (times - 1) / 2  # centres of pixels stay centres
    drawn = cv2.warpAffine(
        frame, large, (size * times, size * times), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def mouth_space(points: Floats, held_out: int, components: int = COMPONENTS) -> MouthSpace:
    """Principal components of `points` [N, P, 2] over the frames before `held_out`."""
    flat = points[:held_out].reshape(held_out, -1).astype(np.float64)
    mean = flat.mean(axis=0)
    _, s, vt = np.linalg.svd(flat - mean, full_matrices=False)
    kept = min(components, int((s > s[0] * 1e-4).sum()))
    scale = s[:kept] / np.sqrt(held_out)
    return MouthSpace(mean.astype(np.float32), vt[:kept].astype(np.float32), scale.astype(np.float32))


def closed_mouth(mouths: Floats, openings: Floats, idle: tuple[Span, ...], held_out: int) -> Floats:
    """[K] the mouth at rest: mean over the tenth of the idle training frames with the smallest opening (of
    all training frames when there is no idle part).
    """
    frames = [k for span in idle for k in range(span.first, min(span.past, held_out))]
    chosen = np.array(frames or range(held_out))
    order = chosen[np.argsort(openings[chosen], kind="stable")]
    return np.asarray(mouths[order[: max(1, len(order) // 10)]].mean(axis=0), np.float32)


def mouth_box(prepared_points: Floats, names: PointNames, size: int, held_out: int) -> tuple[slice, slice]:
    """Rows and columns around all lip points of the training frames, 4 px wider: where figures are taken."""
    lips = prepared_points[:held_out, list(names.lips)].reshape(-1, 2)
    low, high = np.floor(lips.min(axis=0)) - 4, np.ceil(lips.max(axis=0)) + 4
    x0, y0 = (int(v) for v in np.clip(low, 0, size))
    x1, y1 = (int(v) for v in np.clip(high, 0, size))
    return slice(y0, y1), slice(x0, x1)
