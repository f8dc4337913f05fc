"""Judges of what was decoded: black, frozen, dead air, step of picture and sound, captions. Pure: time comes
as an argument, in seconds of the stream; no clock, no I/O.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.stage.picture import Overlay, Plane

GRID = (36, 64)  # cells across, down: each some 20 x 20 pixels, so that coding noise averages out
MOVES = 6  # levels by which some cell of a living picture changes within FROZEN_S
FROZEN_S = 1.4
DEAD_POWER = 10 ** (-72 / 10)  # mean square; room tone stands at -62 dBFS and never below -64 after AAC
DEAD_S = 0.2
SAME = 20.0  # mean difference of solid pixels, in levels, up to which a patch is the one that is looked for
DOUBT = 3.0  # from here on others are compared: a word lit too late changes a caption by 5 levels
CLEAR = 0.6  # another caption fits better when its difference is below this share of the expected one's
SURE = 0.9  # least correlation of a signature that is believed


@dataclass(frozen=True, slots=True)
class Spell:
    """From the first to the last look in a row with the same answer. `check`: what was looked for; `worst`:
    the worst value in it, in the check's own unit.
    """

    check: str
    ok: bool
    since: float
    until: float
    worst: float | None = None


class Check:
    """One question, looked at again and again: spells of good and bad, each handed out once.

    Bad that lasts no longer than `patience` seconds counts as good. `worst` of a spell is the value of
    greatest magnitude, or (`least`) the smallest.
    """

    def __init__(self, name: str, patience: float = 0.0, *, least: bool = False) -> None:
        self.name, self._patience, self._least = name, patience, least
        self._spells: list[Spell] = []
        self._doubt: Spell | None = None  # bad, for less than the patience so far

    def see(self, ok: bool | None, at: float, value: float | None = None) -> None:
        """None: not to be judged now (a slate stands, nobody speaks)."""
        if ok is None:
            self._drop_doubt()
            return
        if ok:
            self._drop_doubt()
            self._add(True, at, at, value)
            return
        since = at if self._doubt is None else self._doubt.since
        worst = self._worse(None if self._doubt is None else self._doubt.worst, value)
        if self._spells and not self._spells[-1].ok:
            self._add(False, at, at, value)
        elif at - since >= self._patience:
            self._doubt = None
            self._add(False, since, at, worst)
        else:
            self._doubt = Spell(self.name, False, since, at, worst)

    def _worse(self, a: float | None, b: float | None) -> float | None:
        if a is None or b is None:
            return b if a is None else a
        return min(a, b) if self._least else max(a, b, key=abs)

    def _drop_doubt(self) -> None:
        doubt, self._doubt = self._doubt, None
        if doubt is not None and (not self._spells or self._spells[-1].ok):
            self._add(True, doubt.since, doubt.until, None)

    def _add(self, ok: bool, since: float, until: float, value: float | None) -> None:
        last = self._spells[-1] if self._spells else None
        if last is not None and last.ok is ok:
            self._spells[-1] = Spell(self.name, ok, last.since, until, self._worse(last.worst, value))
        else:
            self._spells.append(Spell(self.name, ok, since, until, value))

    @property
    def bad_since(self) -> float | None:
        """Since when it has been bad, None while it is not."""
        last = self._spells[-1] if self._spells else None
        return last.since if last is not None and not last.ok else None

    def take(self) -> tuple[Spell, ...]:
        """The spells that have ended, each once."""
        done, self._spells = tuple(self._spells[:-1]), self._spells[-1:]
        return done

    def close(self) -> tuple[Spell, ...]:
        """All that is left, at the end."""
        self._drop_doubt()
        done, self._spells = tuple(self._spells), []
        return done


def is_black(luma: Plane) -> bool:
    """Mean luma below 24 (16 is black) and hardly any contrast."""
    thin = luma[::4, ::4]
    return float(thin.mean()) < 24.0 and float(thin.std()) < 6.0


class Movement:
    """Whether the picture beneath the overlays moves. A resting host breathes, sways and blinks: within 1.4 s
    some cell of it changes by 21 levels or more (measured on a rehearsal); a repeated picture changes by 2 at
    most, by what the encoder makes of it. Cells under overlays do not count: a caption over a dead picture
    moves too.
    """

    def __init__(self) -> None:
        self._looks: list[tuple[float, NDArray[np.int16], NDArray[np.bool_]]] = []

    def forget(self) -> None:
        """Another picture stands from here on (a slate came or went)."""
        self._looks.clear()

    def look(self, luma: Plane, at: float, over: tuple[Overlay, ...] = ()) -> float | None:
        """Greatest change of a cell within the last FROZEN_S, in levels; None before there is enough to
        say.
        """
        cells = cv2.resize(luma, GRID, interpolation=cv2.INTER_AREA).astype(np.int16)
        self._looks.append((at, cells, _free(over, luma.shape)))
        while self._looks[0][0] < at - FROZEN_S - 1e-6:
            self._looks.pop(0)
        if at - self._looks[0][0] < 0.7 * FROZEN_S:
            return None
        stack = np.stack([c for _, c, _ in self._looks])
        free = np.logical_and.reduce([f for _, _, f in self._looks])
        change = stack.max(axis=0) - stack.min(axis=0)
        return float(change[free].max()) if free.any() else None


def _free(over: tuple[Overlay, ...], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    free = np.ones((GRID[1], GRID[0]), np.bool_)
    for o in over:
        x, y = GRID[0] / shape[1], GRID[1] / shape[0]
        rows = slice(max(0, int(o.y * y) - 1), int((o.y + o.h) * y) + 2)
        free[rows, max(0, int(o.x * x) - 1) : int((o.x + o.w) * x) + 2] = False
    return free


def differs(luma: Plane, overlay: Overlay) -> float | None:
    """Mean difference in levels between a decoded picture and the solid pixels of an overlay at its place;
    None when it has too few of them.
    """
    part = luma[overlay.y : overlay.y + overlay.h : 2, overlay.x : overlay.x + overlay.w : 2]
    solid = overlay.ia_y[::2, ::2] <= 8
    if part.shape != solid.shape or int(solid.sum()) < 60:
        return None
    want = overlay.pre_y[::2, ::2][solid].astype(np.int16)
    return float(np.abs(part[solid].astype(np.int16) - want).mean())


class DeadAir:
    """How long nothing at all has sounded, not even the room. Power per 5 ms in; seconds out."""

    def __init__(self) -> None:
        self._run = 0

    def hear(self, power: NDArray[np.float32], bin_s: float = 0.005) -> float:
        """The longest run of dead bins (means over 20 ms) that ends in or reaches into these."""
        longest = 0
        for k in range(0, len(power), 4):
            dead = float(power[k : k + 4].mean()) < DEAD_POWER
            self._run = self._run + len(power[k : k + 4]) if dead else 0
            longest = max(longest, self._run)
        return longest * bin_s


def lag(reference: NDArray[np.float32], seen: NDArray[np.float32], most: int) -> tuple[float, float] | None:
    """By how many steps `seen` [n] comes later than `reference` [n + 2 * most], whose middle it should equal,
    and the correlation there (-1..1). Between steps by a parabola. None where values miss or nothing moves.
    """
    n = len(seen)
    if len(reference) != n + 2 * most or not (np.isfinite(reference).all() and np.isfinite(seen).all()):
        return None
    a = seen - seen.mean()
    norm = float(np.linalg.norm(a))
    if norm < 1e-9:
        return None
    scores = np.full(2 * most + 1, -1.0)
    for k in range(2 * most + 1):
        b = reference[k : k + n] - reference[k : k + n].mean()
        scale = norm * float(np.linalg.norm(b))
        scores[k] = float(a @ b) / scale if scale > 1e-12 else -1.0
    best = int(scores.argmax())
    shift = float(best)
    if 0 < best < 2 * most:
        left, mid, right = scores[best - 1 : best + 2]
        if (bend := left - 2 * mid + right) < -1e-9:
            shift += 0.5 * (left - right) / bend
    return most - shift, float(scores[best])
