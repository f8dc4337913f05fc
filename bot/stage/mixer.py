"""Mixes the host's voice with room tone, one block per video tick, with no click at any join.

The voice comes as mono blocks at 48 kHz, normalised to -16 LUFS beforehand (persona.speech.Speech). It
goes to both channels at equal power (-3.01 dB each), since ITU-R BS.1770 adds the channels' energies: -16
LUFS stays -16 LUFS.
"""

import math

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 48_000  # Hz
BLOCK = 1920  # samples per tick at 25 fps
ROOM_DBFS = -62.0  # RMS of each channel's room tone
CEILING_DBFS = -1.5  # no sample leaves the mixer above this

_PAN = math.sqrt(0.5)
_TAIL = RATE * 10 // 1000  # a voice that stops is let go over 10 ms
_RISE = RATE * 4 // 1000  # a voice that starts comes in over 4 ms: a plosive keeps its attack
_LOOP_S = 8  # the room repeats after this many seconds; long enough that nobody hears it
_RELEASE_S = 0.08  # the limiter lets go with this time constant
_EDGE = 10 ** (-50 / 20)  # a block that ends below this needs no tail


def room_tone(seed: int, seconds: int = _LOOP_S, dbfs: float = ROOM_DBFS) -> Samples:
    """Quiet shaped noise [2, seconds * RATE] at `dbfs` RMS per channel: a room, not a hiss.

    Built from a spectrum with random phases, so the end meets the beginning without a seam. Equal seeds
    give equal samples. The channels share most of their sound, as a small room's do.
    """
    n = seconds * RATE
    rng = np.random.default_rng(seed)
    f = np.fft.rfftfreq(n, 1 / RATE)
    shape = 1 / (np.maximum(f, 20.0) ** 0.7)  # between pink and brown
    shape *= (f / 90) ** 2 / (1 + (f / 90) ** 2)  # no rumble
    shape /= 1 + (f / 3500) ** 2  # no hiss
    mid, side = (np.fft.irfft(shape * np.exp(2j * np.pi * rng.random(len(f))), n) for _ in range(2))
    both = np.stack([mid + 0.35 * side, mid - 0.35 * side])
    both *= 10 ** (dbfs / 20) / np.sqrt(np.mean(both**2, axis=1, keepdims=True))
    return both.astype(np.float32)


class Limiter:
    """Holds samples at or under a ceiling without look-ahead: attack at once, exponential release."""

    def __init__(self, ceiling_dbfs: float = CEILING_DBFS, release_s: float = _RELEASE_S) -> None:
        self.ceiling = 10 ** (ceiling_dbfs / 20) * (1 - 1e-6)  # float32 must not round above the ceiling
        self._keep = math.exp(-1 / (release_s * RATE))
        self._cut = 0.0  # 1 - gain after the last sample

    def apply(self, x: Samples) -> Samples:
        """`x` [2, n], one gain for both. cut[i] = max(needed[i], cut[i - 1] * keep), without a loop."""
        peak = np.max(np.abs(x), axis=0).astype(np.float64)
        if self._cut < 1e-4 and peak.max(initial=0.0) <= self.ceiling:
            self._cut = 0.0
            return x
        needed = np.maximum(0.0, 1 - self.ceiling / np.maximum(peak, 1e-9))
        fall = self._keep ** np.arange(1, len(peak) + 1)
        cut = fall * np.maximum(np.maximum.accumulate(needed / fall), self._cut)
        self._cut = float(cut[-1])
        out: Samples = (x * (1 - cut)).astype(np.float32)
        return out


class Mixer:
    """One per show. `block` is called once per tick, in order; a bad voice block does not stop it."""

    def __init__(self, seed: int = 0, room_dbfs: float = ROOM_DBFS) -> None:
        self._room = room_tone(seed, dbfs=room_dbfs)
        self._at = 0
        self._limiter = Limiter()
        self._speaking = False
        self._left: Samples | None = None  # what is left of a tail that began late in the last block
        self._last = np.zeros(_TAIL, np.float32)  # the newest voice samples, for the tail of a cut
        self._fall = (0.5 + 0.5 * np.cos(np.pi * (np.arange(_TAIL) + 1) / (_TAIL + 1))).astype(np.float32)
        self._rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(_RISE) + 1) / (_RISE + 1))).astype(np.float32)
        self.bad_blocks = 0  # voice blocks that were not finite, aired as silence

    def block(self, voice: Samples | None, cut: bool = False) -> Samples:
        """The next 1920 samples of the show, float32 [2, 1920], peak <= -1.5 dBFS.

        voice   the host's next samples, float32 [<= 1920] mono; None or shorter: the voice ends here
        cut     these samples do not go on from the last ones (another clause, an interruption): fade, do
                not click
        """
        mono = self._voice(voice, cut)
        out = self._take_room()
        if mono is not None:
            out += mono * np.float32(_PAN)
        return self._limiter.apply(out)

    def _voice(self, voice: Samples | None, cut: bool) -> Samples | None:
        """Mono [BLOCK] with every join smoothed, or None when there is nothing to hear."""
        if voice is not None and not np.isfinite(voice).all():
            self.bad_blocks += 1
            voice = None
        n = 0 if voice is None else min(len(voice), BLOCK)
        left, self._left = self._left, None
        if voice is not None and n and self._speaking:
            cut = cut or self._jumps(voice[:_TAIL])
        if self._speaking and (cut or n == 0):
            left = self._tail()
        if n == 0 and left is None:
            self._speaking = False
            return None
        mono = np.zeros(BLOCK, np.float32)
        if voice is not None and n:
            mono[:n] = voice[:n]
            if cut or not self._speaking:
                k = min(n, _RISE)
                mono[:k] *= self._rise[:k]
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
        steps = np.abs(np.diff(np.concatenate([self._last, voice])))
        at = len(self._last) - 1
        natural = max(float(steps[:at].max()), float(steps[at + 1 :].max(initial=0.0)))
        return float(steps[at]) > 1.5 * natural + 0.01

    def _tail(self) -> Samples | None:
        """The newest samples backwards, fading: goes on from the last value and sounds like the voice."""
        if float(np.abs(self._last[-2:]).max()) < _EDGE:
            return None
        return self._last[::-1] * self._fall

    def _take_room(self) -> Samples:
        """The next BLOCK samples of room tone, [2, BLOCK], a copy."""
        n = self._room.shape[1]
        a, b = self._at, self._at + BLOCK
        self._at = b % n
        if b <= n:
            return self._room[:, a:b].copy()
        return np.concatenate([self._room[:, a:], self._room[:, : b - n]], axis=1)
