"""A clone judged on the part of its footage that no training saw, beside what is to be had without one.

Pictures: painted with the true mouths of the held-out frames, in the mouth box. Lips: mouth vectors foretold
from the phones alone, as points, before they are painted.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from persona.clone.aligned import mouth_box
from persona.clone.neural import measures
from persona.clone.neural.assets import Assets
from persona.clone.neural.painting import DetailChoice, MouthPainter
from persona.clone.neural.speaking import footage_times
from persona.clone.prepared import FPS, Floats, Pixels, Prepared

RATIO = (0.8, 1.1)
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Goal:
    """From `least` to `most`."""

    least: float
    most: float

    def met(self, value: float) -> bool:
        return self.least <= value <= self.most

    def __str__(self) -> str:
        if self.most == float("inf"):
            return f">= {self.least:g}"
        return f"<= {self.most:g}" if self.least == float("-inf") else f"{self.least:g} to {self.most:g}"


def _least(value: float) -> Goal:
    return Goal(value, float("inf"))


def _most(value: float) -> Goal:
    return Goal(float("-inf"), value)


GOALS: dict[str, Goal] = {
    "mouth_psnr_db": _least(30), "mouth_psnr_over_mean_db": _least(3),
    "mouth_psnr_over_retrieval_db": _least(0),
    "mouth_ssim": _least(0.90), "sharpness_ratio": Goal(*RATIO), "temporal_ratio": Goal(*RATIO),
    "lip_error_percent": _most(1.5), "opening_correlation": _least(0.80), "opening_ratio": Goal(0.9, 1.1),
    "closure_rate": _least(0.95), "silence_motion_percent": _most(1.0), "av_offset_frames": Goal(-1, 1),
    "cpu_ms_per_frame": _most(10), "loop_jump_over_own": _most(1),
}  # fmt: skip


def evaluate(
    prepared: Prepared, painter: MouthPainter, told: Callable[[float], None] = lambda done: None
) -> Figures:
    """All figures that this footage allows, by the names of GOALS; baselines beside them."""
    figures = pictures(prepared, painter, told)
    if painter.assets.speaker.learnt:
        figures |= lips(prepared, painter.assets)
    return figures


def pictures(
    prepared: Prepared, painter: MouthPainter, told: Callable[[float], None] = lambda done: None
) -> Figures:
    """Figures of the painted pictures with true mouths, of the mean mouth, and of the nearest filmed one."""
    first, n = prepared.head.held_out, prepared.count
    box = mouth_box(prepared.points, prepared.head.names, prepared.size, first)
    filmed = np.array(prepared.crops[first:])
    painted, spent = painted_frames(prepared, painter, told)
    soft = np.asarray(prepared.soft / 255, np.float32)[..., None]
    mean = np.array(prepared.crops[:first]).mean(axis=0, dtype=np.float32)
    nearest = [_nearest(prepared, k) for k in range(first, n)]
    pasted_mean = _over(filmed, np.broadcast_to(mean, filmed.shape), soft)
    pasted_near = _over(filmed, np.array(prepared.crops)[nearest], soft)
    truth, ours, plain, copied = (v[:, box[0], box[1]] for v in (filmed, painted, pasted_mean, pasted_near))
    db, mean_db, copied_db = (measures.psnr(v, truth) for v in (ours, plain, copied))
    sharp, lively = measures.sharpness(truth), measures.liveliness(truth)
    return {
        "mouth_psnr_db": db,
        "mean_mouth_psnr_db": mean_db,
        "retrieval_psnr_db": copied_db,
        "mouth_psnr_over_mean_db": db - mean_db,
        "mouth_psnr_over_retrieval_db": db - copied_db,
        "mouth_ssim": measures.ssim(ours, truth),
        "mean_mouth_ssim": measures.ssim(plain, truth),
        "retrieval_ssim": measures.ssim(copied, truth),
        "sharpness_ratio": measures.sharpness(ours) / sharp,
        "retrieval_sharpness_ratio": measures.sharpness(copied) / sharp,
        "temporal_ratio": measures.liveliness(ours) / lively,
        "retrieval_temporal_ratio": measures.liveliness(copied) / lively,
        "paint_cpu_ms": spent * 1000,
    }


def painted_frames(
    prepared: Prepared, painter: MouthPainter, told: Callable[[float], None] = lambda done: None
) -> tuple[Pixels, float]:
    """The held-out crops with painted mouths, uint8 [n, S, S, 3], and processor seconds for each (encoder
    left out, as on air).
    """
    choice = DetailChoice(painter.assets.detail.mouths)
    out, spent = [], 0.0
    first, n = prepared.head.held_out, prepared.count
    for k in range(first, n):
        crop, mouth = np.array(prepared.crops[k]), np.array(prepared.mouths[k])
        seen = painter.look(crop)
        begun = time.process_time()
        out.append(painter.mixed(painter.paint(seen, mouth, choice.of(mouth)), crop))
        spent += time.process_time() - begun
        told((k + 1 - first) / (n - first))
    return np.stack(out), spent / (n - first)


def _nearest(prepared: Prepared, k: int) -> int:
    """The training frame whose true mouth is nearest: what copying could do at best."""
    away = prepared.mouths[: prepared.head.held_out] - prepared.mouths[k]
    return int((away**2).sum(axis=1).argmin())


def _over(filmed: Pixels, mouths: Floats | Pixels, soft: Floats) -> Pixels:
    return np.asarray(np.rint(mouths * soft + filmed * (1 - soft)), np.uint8)


def lips(prepared: Prepared, assets: Assets) -> Figures:
    """Figures of the mouths foretold from the held-out phones, and of the mean mouth."""
    first, n = prepared.head.held_out, prepared.count
    lead = assets.speaker.own_lead
    times = footage_times(prepared, first, n, lead)
    foretold = assets.speaker.predicted(prepared.phones, n / FPS + 1, times, assets.space, assets.gap)
    points = assets.space.decode(foretold)
    truth = np.array(prepared.points[first:])
    ours, theirs = assets.gap.of(points), assets.gap.of(truth)
    names, width = list(prepared.head.names.lips), assets.gap.width
    heard = footage_times(prepared, first, n, 0.0)
    middle = np.broadcast_to(prepared.points[:first].mean(axis=0), truth.shape)
    rate, count = measures.closure_rate(ours, times, prepared.phones)
    return {
        "lip_error_percent": measures.lip_error(points, truth, names, width),
        "mean_mouth_lip_error_percent": measures.lip_error(middle, truth, names, width),
        "opening_correlation": measures.correlation(ours, theirs),
        "opening_ratio": float(ours.std() / max(float(theirs.std()), 1e-9)),
        "closure_rate": rate,
        "closures": float(count),
        "silence_motion_percent": measures.silence_motion(ours, heard, prepared.phones),
        "av_offset_frames": float(measures.best_shift(ours, theirs)),
    }
