"""Border 1: the bounded ring in shared memory through which the studio hands speech and mouth to the air.

One writer (the studio process), one reader (the air thread). Each slot is one tick (1/25 s): a block of
sound, a base
frame index and the rectangles that change on it. The writer waits when the ring is full; the reader never
waits: when
nothing is there it says so and the air goes on with the reel. An interruption is a new *generation*: the
reader plays
the clause that is on air to its end, then skips every slot of an older generation.

Only whole 64-bit numbers are shared and each has one writer, so no lock is needed on x86-64 and AArch64
(aligned
stores are atomic; the slot is filled before the counter that publishes it).
"""

from dataclasses import dataclass
from enum import IntEnum
from multiprocessing import shared_memory

import numpy as np
from numpy.typing import NDArray

from persona.clone.base import Patch, PatchRect, Rect

BLOCK = 1920  # samples of sound a tick: 48 kHz / 25
PATCH_BYTES = 160 * 1024  # room for the rectangles of one tick
MAX_RECTS = 6
SLOTS = 150  # six seconds
MAX_CANCELS = 64  # ranges of cancelled lines that are remembered; the ring holds far fewer lines


class Head(IntEnum):
    """Shared numbers. The first group is written by the studio, the second by the air."""

    WRITTEN = 0  # slots published so far
    CUT = 1  # generation below which nothing may air any more (from the next clause end on)
    BEAT = 2  # counts up while the studio is alive
    MISSED = 3  # pictures whose mouth rested because nobody painted it in time
    READ = 8  # slots consumed so far
    BASE = 9  # base frame that was shown last
    LINE = 10  # line on air, 0 = none
    CLAUSE = 11  # its clause
    DROP = 12  # generation below which everything is dropped at once (hold)


class Flag(IntEnum):
    FIRST = 1  # first tick of a clause
    LAST = 2  # last tick of a clause
    END = 4  # last tick of a line
    PAUSE = 8  # breath between clauses: no sound


@dataclass(frozen=True, slots=True)
class Take:
    """One tick of the studio. `line` > 0 is a number that the show gave the Line; `frame` counts within the
    clause.

    `pcm` float32 [1920] mono 48 kHz, or None in a pause.
    """

    generation: int
    line: int
    clause: int
    frame: int
    flags: int
    patch: Patch
    pcm: NDArray[np.float32] | None

    def has(self, flag: Flag) -> bool:
        return bool(self.flags & flag)


_SLOT_HEAD = (
    8 + MAX_RECTS * 4
)  # int64 numbers: generation line clause frame flags base rects opening, then x y w h
_SLOT_BYTES = _SLOT_HEAD * 8 + BLOCK * 4 + PATCH_BYTES
_HEAD_BYTES = 16 * 8


class Border:
    """The shared memory itself. `create` in the show, `attach` in the studio; both close, the creator
    unlinks.
    """

    def __init__(self, memory: shared_memory.SharedMemory, slots: int, *, owner: bool) -> None:
        self._memory, self._owner, self.slots = memory, owner, slots
        self._cancelled_lines: tuple[tuple[int, int], ...] = ()  # the reader's own, replaced whole
        self._airing = 0  # generation that was shown last
        self.skipped = False  # whether the last `next` passed over slots: the studio may fill them already
        assert memory.buf is not None
        self.head: NDArray[np.int64] = np.frombuffer(memory.buf, np.int64, 16)
        self._numbers: list[NDArray[np.int64]] = []
        self._sound: list[NDArray[np.float32]] = []
        self._pixels: list[NDArray[np.uint8]] = []
        for i in range(slots):
            at = _HEAD_BYTES + i * _SLOT_BYTES
            self._numbers.append(np.frombuffer(memory.buf, np.int64, _SLOT_HEAD, at))
            self._sound.append(np.frombuffer(memory.buf, np.float32, BLOCK, at + _SLOT_HEAD * 8))
            start = at + _SLOT_HEAD * 8 + BLOCK * 4
            self._pixels.append(np.frombuffer(memory.buf, np.uint8, PATCH_BYTES, start))

    @classmethod
    def create(cls, slots: int = SLOTS) -> "Border":
        memory = shared_memory.SharedMemory(create=True, size=_HEAD_BYTES + slots * _SLOT_BYTES)
        return cls(memory, slots, owner=True)

    @classmethod
    def attach(cls, name: str, slots: int = SLOTS) -> "Border":
        return cls(shared_memory.SharedMemory(name=name), slots, owner=False)

    @property
    def name(self) -> str:
        return self._memory.name

    @property
    def waiting(self) -> int:
        """Slots written and not yet read."""
        return int(self.head[Head.WRITTEN] - self.head[Head.READ])

    @property
    def missed(self) -> int:
        """Pictures whose mouth rested because nobody painted it in time."""
        return int(self.head[Head.MISSED])

    def close(self) -> None:
        """Releases the memory; the creator also removes it. Views handed out before must not be used
        after."""
        self.head = np.zeros(16, np.int64)
        self._numbers, self._sound, self._pixels = [], [], []
        try:
            self._memory.close()
        except BufferError:
            # a view is still held; the mapping goes with the process, and nobody tries again on the way out
            self._memory.close = lambda: None  # type: ignore[method-assign]
        if self._owner:
            self._memory.unlink()

    # ---- studio side

    @property
    def full(self) -> bool:
        return self.waiting >= self.slots

    def put(self, take: Take) -> None:
        """Publishes a take. The caller has seen that the ring is not `full`. Raises ValueError when it is
        too large.
        """
        i = int(self.head[Head.WRITTEN]) % self.slots
        rects = take.patch.rects
        numbers, pixels = self._numbers[i], self._pixels[i]
        if len(rects) > MAX_RECTS:
            raise ValueError(f"a patch of {len(rects)} rectangles; at most {MAX_RECTS} fit")
        opening = round(take.patch.opening * 1_000_000)
        numbers[:8] = (
            take.generation,
            take.line,
            take.clause,
            take.frame,
            take.flags | (0 if take.pcm is not None else Flag.PAUSE),
            take.patch.base,
            len(rects),
            opening,
        )
        at = 0
        for k, part in enumerate(rects):
            r = part.rect
            numbers[8 + 4 * k : 12 + 4 * k] = (r.x, r.y, r.w, r.h)
            for plane in (part.y, part.u, part.v):
                size = plane.size
                if at + size > PATCH_BYTES:
                    raise ValueError(f"a patch of more than {PATCH_BYTES} bytes")
                pixels[at : at + size] = plane.reshape(-1)
                at += size
        sound = self._sound[i]
        if take.pcm is None:
            sound[:] = 0.0
        else:
            n = len(take.pcm)
            sound[:n] = take.pcm
            sound[n:] = 0.0
        self.head[Head.WRITTEN] += 1

    # ---- air side

    def next(self) -> Take | None:
        """The next take that may air, or None. Its arrays are views that hold until `shown`."""
        drop = int(self.head[Head.DROP])
        self.skipped = False
        while self.waiting > 0:
            i = int(self.head[Head.READ]) % self.slots
            if int(self._numbers[i][0]) >= drop and not self._cut(i) and not self._cancelled(i):
                return self._take(i)
            self.skipped = True
            self.head[Head.READ] += 1
        return None

    def shown(self, take: Take | None, base: int) -> None:
        """Frees the slot that `next` gave and tells the studio what is on air. `base`: the frame that was
        shown.
        """
        self.head[Head.BASE] = base
        if take is None:
            if int(self.head[Head.DROP]) > self._airing:
                self.head[Head.LINE] = 0  # its clause was dropped: nothing goes on from it
            return
        self._airing = take.generation
        ended = take.has(Flag.LAST) or take.has(Flag.PAUSE)
        self.head[Head.LINE] = 0 if ended else take.line
        self.head[Head.CLAUSE] = take.clause
        self.head[Head.READ] += 1

    def _cut(self, i: int) -> bool:
        numbers = self._numbers[i]
        if int(numbers[0]) >= int(self.head[Head.CUT]):
            return False
        same = int(self.head[Head.LINE]) == int(numbers[1]) and int(self.head[Head.CLAUSE]) == int(numbers[2])
        return not same or bool(numbers[4] & Flag.PAUSE)

    def _cancelled(self, i: int) -> bool:
        line = int(self._numbers[i][1])
        inside = any(first <= line <= last for first, last in self._cancelled_lines)
        return inside and line != int(self.head[Head.LINE])

    def cancel(self, first: int, last: int) -> None:
        """From now on lines `first`..`last` (> 0) are skipped, unless one is on air. Told to the reader's own
        Border; the studio hears of it by its own order.
        """
        self._cancelled_lines = (*self._cancelled_lines, (first, last))[-MAX_CANCELS:]

    def drop_below(self, generation: int) -> None:
        """Everything older than `generation` is dropped at once, the clause on air too."""
        self.head[Head.DROP] = generation

    def _take(self, i: int) -> Take:
        numbers, pixels = self._numbers[i].tolist(), self._pixels[i]
        rects: list[PatchRect] = []
        at = 0
        for k in range(8, 8 + 4 * numbers[6], 4):
            x, y, w, h = numbers[k : k + 4]
            u = at + w * h
            v = u + w * h // 4
            end = v + w * h // 4
            half = (h // 2, w // 2)
            luma = pixels[at:u].reshape(h, w)
            rects.append(
                PatchRect(Rect(x, y, w, h), luma, pixels[u:v].reshape(half), pixels[v:end].reshape(half))
            )
            at = end
        generation, line, clause, frame, flags, base, _, opening = numbers[:8]
        pcm = None if flags & Flag.PAUSE else self._sound[i]
        patch = Patch(base, tuple(rects), opening / 1_000_000)
        return Take(generation, line, clause, frame, flags, patch, pcm)
