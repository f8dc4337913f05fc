"""Clips on the air: what of a filmed clip each tick shows and sounds like, crossfaded with the show.

The show's loop says `play` and `stop`; the air asks `take` at every tick and is answered at once. A clip that
is hidden (a slate stands, a human alone is on the air) is over within that tick; one that is stopped fades
out over FADE ticks, as it does at its own end. All the while the mark that says "recorded" stands on it.
"""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.stage.blend import Planes
from bot.stage.clip_film import ClipFilm
from bot.stage.clip_reader import ClipReader
from bot.stage.picture import Overlay, Plane
from bot.stage.strand import BLOCK
from persona.clone.base import PatchRect, Rect

FADE = 8  # ticks (0.32 s) in which a clip comes and goes
MAX_MARKS = 64

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class AirClip:
    """A clip as it stands on the air: in `place` (even numbers, within the picture), under `mark`."""

    id: str
    film: ClipFilm
    place: Rect
    mark: Overlay


@dataclass(frozen=True, slots=True)
class ClipMark:
    """At tick `n` a clip came on (`what` start) or was gone (end), or will not come (never). `whole`: it was
    shown to its end; `why`: what cut it short, where the screen itself knows; `late`: ticks for which its
    picture was not there in time.
    """

    n: int
    clip: str
    what: str
    whole: bool = False
    why: str = ""
    late: int = 0


@dataclass(frozen=True, slots=True)
class CutIn:
    """One tick of a clip. `patch`: it stands in full; else `veil`: it is on its way in or out. Neither: only
    its sound dies away. `sound` float32 [2, BLOCK], None where it has none.
    """

    mark: Overlay
    patch: PatchRect | None
    veil: Overlay | None
    sound: Samples | None

    @property
    def seen(self) -> bool:
        return self.patch is not None or self.veil is not None

    @property
    def rects(self) -> tuple[PatchRect, ...]:
        """What lies over the host."""
        return () if self.patch is None else (self.patch,)

    def over(self, overlays: tuple[Overlay, ...]) -> tuple[Overlay, ...]:
        """All that lies over the host: the fading clip below the rest, the mark above it."""
        below = () if self.veil is None else (self.veil,)
        return (*below, *overlays, self.mark) if self.seen else overlays


class _Run:
    """A clip from `play` to its end. But for `stopping`, which the loop sets, the air's."""

    def __init__(self, clip: AirClip, *, wait: bool) -> None:
        self.clip = clip
        self.reader = ClipReader(clip.film, (clip.place.w, clip.place.h), wait=wait)
        self.stopping = False
        self.begun = self.ended = False
        self.k = 0  # tick of the clip
        self.step = 0  # 0: gone, FADE: there in full
        self.planes: Planes | None = None
        self.patch: PatchRect | None = None


class ClipScreen:
    """One show's. `play`, `stop`, `tidy`, `busy` from the loop; `take` from the air. `wait`: a rehearsal."""

    def __init__(self, *, wait: bool = False) -> None:
        self._wait = wait
        self._run: _Run | None = None
        self.marks: deque[ClipMark] = deque(maxlen=MAX_MARKS)

    # ---- the loop's side

    @property
    def busy(self) -> bool:
        """Whether a clip is on its way to the air, on it, or not yet tidied away."""
        return self._run is not None

    def play(self, clip: AirClip) -> bool:
        """Lets it begin as soon as its first pictures are there. False while another one is `busy`."""
        if self._run is not None:
            return False
        self._run = _Run(clip, wait=self._wait)
        return True

    def stop(self) -> None:
        """The clip on the air ends with a fade; one that has not begun does not begin."""
        if self._run is not None:
            self._run.stopping = True

    def tidy(self) -> None:
        """Lets go of a clip that is over, once its reader is; call now and then. Never waits."""
        run = self._run
        if run is not None and run.ended and not run.reader.reading:
            self._run = None

    def close(self) -> None:
        """After the last tick."""
        run, self._run = self._run, None
        if run is not None:
            run.reader.close()

    # ---- the air's side

    def take(self, n: int, *, hidden: bool) -> CutIn | None:
        """What tick `n` shows of a clip; None: nothing. `hidden`: the host's stage is not on the air."""
        run = self._run
        if run is None or run.ended:
            return None
        if not run.begun and not self._begins(run, n, hidden=hidden):
            return None
        before, run.step = run.step, self._next_step(run, hidden=hidden)
        out = self._cut_in(run, before)
        run.k += 1
        if run.step == 0:
            whole = not run.stopping and not hidden and not run.reader.failure
            why = run.reader.failure or ("the stage was covered" if hidden else "")
            self._end(run, ClipMark(n, run.clip.id, "end", whole, why, run.reader.late))
        return out

    def _begins(self, run: _Run, n: int, *, hidden: bool) -> bool:
        reader = run.reader
        if run.stopping or hidden or reader.failure:
            self._end(run, ClipMark(n, run.clip.id, "never", why=reader.failure))
            return False
        if not reader.ready and not self._wait:
            return False
        run.begun = True
        self.marks.append(ClipMark(n, run.clip.id, "start"))
        return True

    def _end(self, run: _Run, mark: ClipMark) -> None:
        run.reader.stop()
        self.marks.append(mark)
        run.ended = True

    def _next_step(self, run: _Run, *, hidden: bool) -> int:
        if hidden:
            return 0
        leaving = run.stopping or run.k >= run.clip.film.ticks - FADE or bool(run.reader.failure)
        return max(0, run.step - 1) if leaving else min(FADE, run.step + 1)

    def _cut_in(self, run: _Run, before: int) -> CutIn:
        planes = run.reader.picture(run.k) if run.step else None
        patch = veil = None
        if planes is not None and run.step == FADE:
            if planes is not run.planes or run.patch is None:
                run.planes, run.patch = planes, PatchRect(run.clip.place, *planes)
            patch = run.patch
        elif planes is not None:
            veil = faded(f"clip:{run.clip.id}:{run.k}", planes, run.clip.place, _curve(run.step / FADE))
            run.planes = run.patch = None
        return CutIn(run.clip.mark, patch, veil, _sound(run, before))


def _curve(level: float) -> float:
    """From 0 to 1 without a corner at either end."""
    return level * level * (3 - 2 * level)


def faded(key: str, planes: Planes, place: Rect, share: float) -> Overlay:
    """`planes` at `place` as something that lets 1 - `share` (0..1) of what is below shine through."""
    alpha = round(255 * share)

    def part(plane: Plane) -> Plane:
        return np.asarray(cv2.convertScaleAbs(plane, alpha=alpha / 255), np.uint8)

    rest_y = np.full(planes.y.shape, 255 - alpha, np.uint8)
    rest_c = np.full(planes.u.shape, 255 - alpha, np.uint8)
    return Overlay(key, place.x, place.y, part(planes.y), part(planes.u), part(planes.v), rest_y, rest_c)


def _sound(run: _Run, before: int) -> Samples | None:
    """The clip's sound in this tick, faded as its picture is, without a step between two ticks."""
    whole = run.reader.sound
    if whole is None or (run.step == 0 and before == 0):
        return None
    part = whole[run.k * BLOCK : (run.k + 1) * BLOCK]
    out = np.zeros((2, BLOCK), np.float32)
    out[:, : len(part)] = part.T
    out *= np.float32(1 / 32767)
    if before == run.step == FADE:
        return out
    level = np.linspace(before / FADE, run.step / FADE, BLOCK, dtype=np.float32)
    return out * (level * level * (3 - 2 * level))
