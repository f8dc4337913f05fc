"""One voice in the mix: mono blocks that may begin, end, stop short or jump, with every join made smooth."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 48_000  # Hz
BLOCK = 1920  # samples per tick at 25 fps

_TAIL = RATE * 10 // 1000  # a voice that stops is let go over 10 ms
_RISE = RATE * 4 // 1000  # a voice that starts comes in over 4 ms: a plosive keeps its attack
_EDGE = 10 ** (-50 / 20)  # a block that ends below this needs no tail
_NEAR = 0.01  # a step smaller than this is never heard as a jump
_AROUND = 96  # samples on both sides of a join by which a step is judged: 2 ms

_FALL = (0.5 + 0.5 * np.cos(np.pi * (np.arange(_TAIL) + 1) / (_TAIL + 1))).astype(np.float32)
_RISING = (0.5 - 0.5 * np.cos(np.pi * (np.arange(_RISE) + 1) / (_RISE + 1))).astype(np.float32)


class Strand:
    """Takes a voice block by block. `bad_blocks` counts blocks that were not finite, aired as silence."""

    def __init__(self) -> None:
        self._speaking = False
        self._left: Samples | None = None  # what is left of a tail that began late in the last block
        self._last = np.zeros(_TAIL, np.float32)  # the newest samples, for the tail of a cut
        self.bad_blocks = 0

    def block(self, voice: Samples | None, cut: bool = False) -> Samples | None:
        """Mono [BLOCK], or None when there is nothing to hear.

        voice   float32 [<= BLOCK] mono; None or shorter: the voice ends here
        cut     these samples do not go on from the last ones: fade, do not click
        """
        if voice is not None and not np.isfinite(voice).all():
            self.bad_blocks += 1
            voice = None
        if voice is not None and not len(voice):
            voice = None
        if voice is not None and self._speaking:
            cut = cut or self._jumps(voice)
            if not cut and self._left is None and len(voice) == BLOCK:
                self._last = voice[-_TAIL:].copy()  # its memory is filled anew as soon as it aired
                return voice
        return self._joined(voice, cut)

    def _joined(self, voice: Samples | None, cut: bool) -> Samples | None:
        """A block with a beginning or an end in it."""
        left, self._left = self._left, None
        if self._speaking and (cut or voice is None):
            left = self._tail()
        if voice is None and left is None:
            self._speaking = False
            return None
        mono = np.zeros(BLOCK, np.float32)
        n = 0
        if voice is not None:
            n = min(len(voice), BLOCK)
            mono[:n] = voice[:n]
            if cut or not self._speaking:
                k = min(n, _RISE)
                mono[:k] *= _RISING[:k]
                self._last = np.zeros(_TAIL, np.float32)  # what was before does not lead up to this
            self._last = np.concatenate([self._last, mono[:n]])[-_TAIL:]
        if left is not None:
            mono[: len(left)] += left
        self._speaking = n == BLOCK
        if 0 < n < BLOCK and (tail := self._tail()) is not None:
            k = min(_TAIL, BLOCK - n)
            mono[n : n + k] += tail[:k]
            self._left = tail[k:] if k < _TAIL else None
        return mono

    def _jumps(self, voice: Samples) -> bool:
        """Whether samples that are said to go on from the last ones do not: the step is not one of theirs."""
        step = abs(float(voice[0]) - float(self._last[-1]))
        if step <= _NEAR:
            return False
        before = float(np.abs(np.diff(self._last[-_AROUND:])).max())
        after = float(np.abs(np.diff(voice[:_AROUND])).max(initial=0.0))
        return step > 1.5 * max(before, after) + _NEAR

    def _tail(self) -> Samples | None:
        """The newest samples backwards, fading: goes on from the last value and sounds like the voice."""
        if float(np.abs(self._last[-2:]).max()) < _EDGE:
            return None
        return self._last[::-1] * _FALL
