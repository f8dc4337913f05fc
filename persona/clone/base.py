"""The Clone interface: a base reel that both processes hold, and patches that make its mouth speak.

The *reel* is a seamless loop of base frames (the host alive but silent) in yuv420p, BT.709 limited range,
kept in
a memory-mapped file: the air plays it alone when the studio is away. A *Patch* names a base frame and the
rectangles that change on it. So only small rectangles cross the border between the processes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from persona.speech import Speech

Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Rect:
    """Even x, y, w, h in picture coordinates."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class PatchRect:
    """Opaque pixels: y uint8 [h, w], u and v uint8 [h/2, w/2]."""

    rect: Rect
    y: Plane
    u: Plane
    v: Plane


@dataclass(frozen=True, slots=True)
class Patch:
    """The host at one tick: base frame `base` of the reel with `rects` laid over it, in order."""

    base: int
    rects: tuple[PatchRect, ...]
    opening: float = 0.0  # mouth opening that was drawn, 0..1, for audit and tests


class Reel(Protocol):
    """The loop of base frames, usable in the air process with no studio: never blocks, never fails.

    region     where the host stands in the picture; base frames are opaque pixels of it (background included)
    drawn      whether the host is drawn before its backdrop; else it was filmed, and the backdrop is a
               picture of the film
    backdrop   the whole picture without the host (a drawn one): (y, u, v)
    frame(i)   base frame i mod length: views on the memory map, y [h, w], u and v [h/2, w/2]
    life(n)    rectangles of tick n for frame i: blinks, gaze (seeded, so both processes agree)
    What stands before the host (the counter) is part of the frames, not of the overlays.
    """

    @property
    def size(self) -> tuple[int, int]: ...  # width, height of the picture
    @property
    def fps(self) -> int: ...
    @property
    def length(self) -> int: ...
    @property
    def region(self) -> Rect: ...
    @property
    def drawn(self) -> bool: ...
    @property
    def backdrop(self) -> tuple[Plane, Plane, Plane]: ...
    def frame(self, i: int) -> tuple[Plane, Plane, Plane]: ...
    def life(self, n: int, i: int) -> tuple[PatchRect, ...]: ...


class Clone(Protocol):
    """Makes patches of speech. Runs in the studio process, as fast as it can, and never waits for air.

    render(speech, first)  ceil(seconds * fps) patches; base frames first, first+1, ... (mod reel length)
    rest(i)                the mouth at rest on base frame i: a Patch without rectangles
    """

    @property
    def reel(self) -> Reel: ...
    def render(self, speech: Speech, first: int) -> Iterator[Patch]: ...
    def rest(self, i: int) -> Patch: ...
    def close(self) -> None: ...
