"""How a drawn host moves: breath and sway as a closed loop, blinks and gaze as pure functions of the tick.

Matrices are 3x3 float64, art to art. Rates and sizes: shoulders rise 2-3 px at 0.25 Hz, the hair behind
follows half a second late, the head sways by less than 1 % of its size at about 0.2 Hz, blinks come every
2-6 s and last 5 frames, the gaze shifts every 1-3 s and arrives within 3 frames.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

HEAD_PIVOT = (338.0, 640.0)
SHOULDER_PIVOT = (338.0, 1090.0)
NECK_TOP, NECK_BOTTOM = 600.0, 790.0
HAIR_DELAY = 0.5  # seconds
LIDS = (0.45, 0.9, 1.0, 0.65, 0.2)  # how far the lid is down in the 5 frames of a blink
EASE = (0.3, 0.78, 1.0)  # of a gaze shift, per frame
GAZES = ((0, 0), (0, 0), (0, 0), (0, 0), (-3, 0), (3, 0), (-6, 1), (6, 1), (-4, -3), (4, -3), (0, 4), (-5, 4))


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the parts are at one base frame."""

    head: Matrix
    hair: Matrix
    body: Matrix
    neck: Matrix


def pose(i: int, length: int, fps: int) -> Pose:
    """The pose of base frame i of a loop of `length` frames; pose(i + length) = pose(i) exactly."""
    phase = (i % length) / length
    seconds = length / fps
    late = phase - HAIR_DELAY / seconds
    head, body = head_matrix(phase, seconds), body_matrix(phase, seconds)
    return Pose(head, head_matrix(late, seconds, 0.75), body, neck_matrix(head, body))


def cycles(hertz: float, seconds: float) -> int:
    """Whole periods of about `hertz` in a loop of `seconds`, at least one, so that the loop closes."""
    return max(1, round(hertz * seconds))


def breath(phase: float, seconds: float) -> float:
    """0 (out) .. 1 (in)."""
    return 0.5 - 0.5 * math.cos(2 * math.pi * cycles(0.25, seconds) * phase)


def body_matrix(phase: float, seconds: float) -> Matrix:
    """The chest stretches upwards from the counter: 2.6 px at the shoulders (324 px above the pivot)."""
    air = breath(phase, seconds)
    px, py = SHOULDER_PIVOT
    sx, sy = 1 + 0.003 * air, 1 + 2.6 / 324 * air
    return np.array([[sx, 0, px * (1 - sx)], [0, sy, py * (1 - sy)], [0, 0, 1]], np.float64)


def head_matrix(phase: float, seconds: float, part: float = 1.0) -> Matrix:
    """Tilt about the neck, a little sway and nod, lifted by the breath; `part` scales the sway, not the
    lift.
    """
    slow, fast = cycles(0.13, seconds), cycles(0.27, seconds)
    turn = 2 * math.pi * phase
    tilt = part * math.radians(0.62 * math.sin(slow * turn + 0.4) + 0.22 * math.sin(fast * turn + 2.1))
    dx = part * (1.7 * math.sin(slow * turn + 1.0) + 0.6 * math.sin(fast * turn + 0.2))
    dy = part * 0.9 * math.sin(fast * turn + 1.4) - 2.4 * breath(phase - 0.12 / seconds, seconds)
    px, py = HEAD_PIVOT
    c, s = math.cos(tilt), math.sin(tilt)
    return np.array(
        [[c, -s, px - c * px + s * py + dx], [s, c, py - s * px - c * py + dy], [0, 0, 1]], np.float64
    )


def neck_matrix(head: Matrix, body: Matrix) -> Matrix:
    """The affine map that keeps the neck's foot on the body and its top under the head."""
    px = HEAD_PIVOT[0]
    source = np.array([[px, px + 50, px], [NECK_BOTTOM, NECK_BOTTOM, NECK_TOP], [1, 1, 1]], np.float64)
    target = np.column_stack([body @ source[:, 0], body @ source[:, 1], head @ source[:, 2]])
    return np.asarray(target @ np.linalg.inv(source), np.float64)


def lid(n: int, fps: int, seed: int) -> int:
    """0, or 1..5: the frame of the blink that tick n falls in. One blink in every stretch of 4 s, 2-6 s
    apart.
    """
    k = n // (4 * fps)
    frame = n - (4 * k * fps + fps + int(_chance(k, seed, 1) * 2 * fps))
    return frame + 1 if 0 <= frame < len(LIDS) else 0


def gaze(n: int, fps: int, seed: int) -> tuple[float, float, int]:
    """Offset of the irises in art px (x -7..7, y -4..4) at tick n, and the number in GAZES of where they
    go.
    """
    stretch = 2 * fps
    k = n // stretch
    if n < _shift(k, fps, seed):
        k -= 1
    since = n - _shift(k, fps, seed)
    target = _target(k, seed)
    x, y = GAZES[target]
    if since >= len(EASE):
        return float(x), float(y), target
    fx, fy = GAZES[_target(k - 1, seed)]
    done = EASE[since]
    return fx + (x - fx) * done, fy + (y - fy) * done, target


def _shift(k: int, fps: int, seed: int) -> int:
    """Tick of the k-th gaze shift: one in every stretch of 2 s, 1-3 s apart."""
    return k * 2 * fps + fps // 2 + int(_chance(k, seed, 2) * fps)


def _target(k: int, seed: int) -> int:
    return int(_chance(k, seed, 3) * len(GAZES))


def _chance(k: int, seed: int, salt: int) -> float:
    """0 <= x < 1 from a hash (the finaliser of SplitMix64: Steele, Lea and Flood 2014)."""
    z = (
        int(k) * 0x9E3779B97F4A7C15 + seed * 0xD1B54A32D192ED03 + salt * 0x8CB92BA72F3D8DD7
    ) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return (z ^ (z >> 31)) / 2**64
