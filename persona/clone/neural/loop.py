"""The base loop: a closed walk over the footage that jumps only where two moments look alike and move alike.

Not back and forth: blinks, hair and hands would run backwards. A jump is taken where the two sides agree in
pixels (mouth left out), pose, eyes and speed, and it is crossed over five frames, none of which steps
farther than the footage itself does in all but a twentieth of its steps. After Schödl et al. (2000), "Video
textures".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from persona.clone.prepared import FPS, Floats, Pixels

Array = NDArray[np.float64]

AROUND = np.array([1, 2, 3, 2, 1], np.float64)
HALF = len(AROUND) // 2
APART = FPS  # frames between the two sides of a jump, at least
BETWEEN = 2 * FPS  # frames between two jumps, at least
DEAREST = (4.0, 12.0)  # in median steps of the footage; the second where the first gives no way back
FARTHEST = 0.06  # shift of the stable points, in distances between the eyes
EYES = 0.15  # difference of the eyes' opening, over its median
BLINK = 0.6
MOST_JUMPS = 12  # different ones in a loop
LOOP_FRAMES = 90 * FPS


@dataclass(frozen=True, slots=True)
class Jump:
    """From frame `out` to frame `into`. In median steps between neighbouring frames: `cost`, how unlike the
    two sides are, and `seen`, the greatest step of the crossing as it is shown.
    """

    out: int
    into: int
    cost: float
    seen: float


@dataclass(frozen=True)
class Loop:
    """`shown`: (a, b, part) for each tick: frame a, mixed with `part` 0..1 of frame b (b = a: not mixed).
    `jumps`: those that are taken. `usual`: the footage's own 95th percentile step, in median steps.
    """

    shown: tuple[tuple[int, int, float], ...]
    jumps: tuple[Jump, ...]
    usual: float

    def stored(self) -> tuple[tuple[int, int, float], ...]:
        """The different pictures, in the order of their first showing."""
        return tuple(dict.fromkeys(self.shown))


def steps_between(small: Floats) -> Array:
    """[N, N] root mean square difference of pictures [N, pixels], over the median of neighbouring ones."""
    x = small.astype(np.float64)
    square = (x**2).mean(axis=1)
    d = np.sqrt(np.maximum(square[:, None] + square[None] - 2 * (x @ x.T) / x.shape[1], 0))
    usual = float(np.median(np.diagonal(d, 1))) or 1.0
    return np.asarray(d / max(usual, 1e-9))


def around(d: Array) -> Array:
    """[N, N] weighted mean of d along the diagonal, two frames before and after: so that speed and direction
    agree as well. Infinite where that reaches over an end.
    """
    n = len(d)
    out = np.full((n, n), np.inf)
    inner = slice(HALF, n - HALF)
    total = np.zeros((n - 2 * HALF, n - 2 * HALF))
    for k, weight in enumerate(AROUND / AROUND.sum()):
        total += weight * d[k : k + n - 2 * HALF, k : k + n - 2 * HALF]
    out[inner, inner] = total
    return out


def crossing(d: Array) -> Array:
    """[N, N] greatest step between neighbouring pictures of the crossing from frame i to frame j, in median
    steps. Infinite where it reaches over an end.

    A step is a sum of four frames with weights w that add up to 0, so its square is the sum of
    -w_p w_q d_pq^2 over their six pairs.
    """
    reach = HALF + 1
    n, m = len(d), max(0, len(d) - 2 * reach)
    out, worst = np.full((n, n), np.inf), np.zeros((m, m))
    for k, (s, t) in enumerate(pairwise([0.0, *_parts(), 1.0])):
        a, b, c, e = s - 1, -s, 1 - t, t  # of frames i + k, j + k, i + k + 1, j + k + 1
        rows, next_rows = slice(k, k + m), slice(k + 1, k + 1 + m)
        own = np.diagonal(d, 1)[k : k + m] ** 2
        square = -(a * c * own[:, None] + b * e * own[None])
        square -= a * b * d[rows, rows] ** 2 + a * e * d[rows, next_rows] ** 2
        square -= b * c * d[next_rows, rows] ** 2 + c * e * d[next_rows, next_rows] ** 2
        worst = np.maximum(worst, square)
    inner = slice(reach, n - reach)
    out[inner, inner] = np.sqrt(np.maximum(worst, 0))
    return out


def jumps(
    d: Array, rigid: Floats, eyes: Floats, dearest: float = DEAREST[0], most: float = np.inf
) -> tuple[Jump, ...]:
    """All allowed jumps, cheapest first. `most`: step of a crossing, in median steps."""
    cost, seen = around(d), crossing(d)
    cost[~(seen <= most)] = np.inf
    n = len(cost)
    far = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= APART
    cost[far] = np.inf
    cost[_unlike(rigid, eyes)] = np.inf
    found: list[Jump] = []
    while len(found) < 400:
        i, j = np.unravel_index(int(np.argmin(cost)), cost.shape)
        if not cost[i, j] < dearest:
            break
        found.append(Jump(int(i), int(j), float(cost[i, j]), float(seen[i, j])))
        cost[max(0, i - 5) : i + 6, max(0, j - 5) : j + 6] = np.inf
    return tuple(found)


def _unlike(rigid: Floats, eyes: Floats) -> NDArray[np.bool_]:
    """Pairs whose pose or eyes differ: pixels alone would let a still background outvote the face."""
    flat = rigid.reshape(len(rigid), -1).astype(np.float64)
    square = (flat**2).sum(axis=1)
    shift = np.sqrt(np.maximum(square[:, None] + square[None] - 2 * flat @ flat.T, 0) / rigid.shape[1])
    reach = float(np.ptp(rigid[..., 0], axis=1).mean())
    lids = np.abs(np.subtract.outer(eyes, eyes)) > EYES
    shut = eyes < BLINK
    return np.asarray((shift > FARTHEST * reach) | lids | shut[:, None] | shut[None])


def make_loop(small: Floats, rigid: Floats, eyes: Floats, seed: int = 0, frames: int = LOOP_FRAMES) -> Loop:
    """A closed walk of about `frames` ticks over all of the given footage (fewer when it offers few jumps).

    Every stretch between two jumps runs forwards. Where nothing is alike enough, the one of all jumps back
    that is seen least is taken, and crossed like the others.
    """
    n = len(small)
    d = steps_between(small)
    usual = float(np.percentile(np.diagonal(d, 1), 95))
    if n <= APART + 2 * HALF + 1:
        return Loop(tuple((k, k, 0.0) for k in range(n)), (), usual)
    for dearest in DEAREST:
        allowed = jumps(d, rigid, eyes, dearest, usual)
        if back := [j for j in allowed if j.into < j.out]:
            break
    else:
        back = [_least(d)]
        allowed = (*allowed, back[0])
    chosen = tuple(sorted(_spread(allowed, back), key=lambda j: j.cost))
    return Loop(_walk(chosen, n, seed, frames), chosen, usual)


def _least(d: Array) -> Jump:
    """The jump back over at least half of the footage that is seen least."""
    seen = crossing(d)
    n = len(seen)
    i, j = np.indices(seen.shape)
    seen[i - j < n // 2] = np.inf
    at = np.unravel_index(int(np.argmin(seen)), seen.shape)
    return Jump(int(at[0]), int(at[1]), float(around(d)[at]), float(seen[at]))


def _spread(allowed: Sequence[Jump], back: Sequence[Jump]) -> set[Jump]:
    """At most MOST_JUMPS: the jump back that makes use of most of the footage, then the cheapest."""
    widest = max(back, key=lambda j: (j.out - j.into) / (1 + j.cost))
    last = widest.out - 2 * HALF - 1  # from there on the way home could not be taken any more
    inside = [j for j in allowed if widest.into <= j.into <= last and j.out <= widest.out]
    return {widest, *inside[: MOST_JUMPS - 1]}


def _walk(chosen: Sequence[Jump], n: int, seed: int, frames: int) -> tuple[tuple[int, int, float], ...]:
    """Ticks from just behind the widest jump's landing until it is taken again after `frames` ticks."""
    home = max(chosen, key=lambda j: j.out - j.into)
    rng = np.random.default_rng(seed)
    leaves = {**{j.out: j for j in chosen}, home.out: home}
    shown_at = dict.fromkeys(chosen, 0)
    shown: list[tuple[int, int, float]] = []
    at, since = home.into + HALF + 1, 0
    while True:
        jump = leaves.get(at + HALF)
        if jump is not None and _taken(jump, home, len(shown), since, shown_at, frames, rng):
            shown += _crossing(jump)
            if jump is home and len(shown) >= frames:
                return tuple(shown)
            shown_at[jump], since, at = len(shown), 0, jump.into + HALF + 1
            continue
        shown.append((at, at, 0.0))
        at, since = at + 1, since + 1


def _taken(
    jump: Jump, home: Jump, now: int, since: int, shown_at: dict[Jump, int], frames: int,
    rng: np.random.Generator,
) -> bool:  # fmt: skip
    """The way home is the end of the footage in use and always taken; others the likelier the longer their
    landing was not seen, and none once the walk is long enough.
    """
    if jump is home:
        return True
    if since < BETWEEN or now >= frames:
        return False
    return bool(rng.random() < min(0.8, (now - shown_at[jump]) / (20 * FPS)))


def _crossing(jump: Jump) -> list[tuple[int, int, float]]:
    """Five mixed frames, from i - 2 and j - 2 to i + 2 and j + 2, by smoothstep."""
    return [(jump.out + k, jump.into + k, part) for k, part in enumerate(_parts(), -HALF)]


def _parts() -> list[float]:
    at = [(k + 1) / (2 * HALF + 2) for k in range(2 * HALF + 1)]
    return [round(t * t * (3 - 2 * t), 4) for t in at]


def small_greys(frames: Sequence[Pixels], hidden: Sequence[tuple[int, int, int, int]]) -> Floats:
    """[N, pixels] of small grey pictures, the rectangle of the mouth (x, y, w, h) of each left out of all."""
    out = np.stack(frames).astype(np.float32)
    x0, y0 = min(r[0] for r in hidden), min(r[1] for r in hidden)
    x1, y1 = max(r[0] + r[2] for r in hidden), max(r[1] + r[3] for r in hidden)
    out[:, y0:y1, x0:x1] = 0
    return out.reshape(len(out), -1)
