"""Mixes what a show sounds like, a block per video tick: host, co-host, music, jingles, room. No join clicks.

Voices come as mono blocks at 48 kHz, normalised to -16 LUFS beforehand (persona.speech.Speech). A voice goes
to both channels at equal power (-3.01 dB each), since ITU-R BS.1770 adds the channels' energies: -16 LUFS
stays -16 LUFS. What leaves is limited by true peak, `limiter.DELAY` samples (1.6 ms) after it went in.
"""

import math
import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

from bot.stage.bed import Bed
from bot.stage.limiter import Limiter
from bot.stage.microphone import Microphone
from bot.stage.strand import BLOCK, RATE, Strand

Samples = NDArray[np.float32]

ROOM_DBFS = -62.0  # RMS of each channel's room tone
CLONE_DUCK_DB = -10.0  # the clone under its co-host's voice
MAX_JINGLES = 4  # that sound at once; a further one is dropped and counted

_PAN = np.float32(math.sqrt(0.5))
_LOOP_S = 8  # the room repeats after this many seconds; long enough that nobody hears it
_HEARD = 10 ** (-42 / 20)  # peak of a co-host's block from which on the clone makes room
_HOLD = 10  # ticks (0.4 s) after which the clone comes back
_DUCK_S = 0.06


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


class Mixer:
    """One per show. `block` is called once per tick, in order; a bad voice block does not stop it.

    bed         music under everything, or None
    microphone  a live co-host, or None; music makes room for both voices
    clone_duck_db  how far the clone is turned down while the co-host speaks; 0 leaves it as it is
    """

    def __init__(
        self,
        seed: int = 0,
        room_dbfs: float = ROOM_DBFS,
        *,
        bed: Bed | None = None,
        microphone: Microphone | None = None,
        clone_duck_db: float = CLONE_DUCK_DB,
    ) -> None:
        self._room = room_tone(seed, dbfs=room_dbfs)
        self._room = np.concatenate([self._room, self._room[:, :BLOCK]], axis=1)  # so that no block wraps
        self._at = 0
        self._limiter = Limiter()
        self._clone, self._cohost = Strand(), Strand()
        self._bed, self._microphone = bed, microphone
        self._clone_ducked = 10 ** (clone_duck_db / 20)
        self._clone_gain = 1.0
        self._since_cohost = _HOLD
        self._step = math.exp(-BLOCK / (_DUCK_S * RATE))
        self._jingles: deque[Samples] = deque()
        self._laid: Samples | None = None  # of a filmed clip, for the next block
        self._lock = threading.Lock()
        self.jingles_dropped = 0

    @property
    def bad_blocks(self) -> int:
        """Voice blocks that were not finite, aired as silence."""
        return self._clone.bad_blocks + self._cohost.bad_blocks

    @property
    def sounding(self) -> bool:
        """Whether a jingle, or the audible label, has not been heard to its end."""
        return bool(self._jingles)

    def play(self, sound: Samples) -> bool:
        """Lets `sound`, float32 [n] or [2, n], both ends at rest, be heard from the next tick on; from any
        thread. False when as many sound already.
        """
        stereo = np.asarray(sound, np.float32)
        if stereo.ndim == 1:
            stereo = np.stack([stereo * _PAN] * 2)
        with self._lock:
            if len(self._jingles) >= MAX_JINGLES or not np.isfinite(stereo).all():
                self.jingles_dropped += 1
                return False
            self._jingles.append(stereo)
        return True

    def lay(self, sound: Samples) -> None:
        """What a filmed clip sounds like in the next block, float32 [2, 1920], joined to what came before;
        music makes room for it. From the air's own thread.
        """
        self._laid = sound

    def block(self, voice: Samples | None, cut: bool = False) -> Samples:
        """The next 1920 samples of the show, float32 [2, 1920], true peak <= -1.5 dBTP.

        voice   the host's next samples, float32 [<= 1920] mono; None or shorter: the voice ends here
        cut     these samples do not go on from the last ones (another clause, an interruption): fade, do
                not click
        """
        out = self._room[:, self._at : self._at + BLOCK].copy()
        self._at = (self._at + BLOCK) % (self._room.shape[1] - BLOCK)
        clone = self._clone.block(voice, cut)
        cohost = None if self._microphone is None else self._cohost.block(self._microphone.take())
        if cohost is not None:
            out += cohost * _PAN
        spoken = self._cohost_speaks(cohost)
        if clone is not None:
            out += self._made_room(clone, spoken)
        laid, self._laid = self._laid, None
        if laid is not None:
            out += laid
        if self._bed is not None:
            out += self._bed.block(clone is not None or spoken or laid is not None)
        if self._jingles:
            self._lay_jingles(out)
        return self._limiter.apply(out)

    def _cohost_speaks(self, cohost: Samples | None) -> bool:
        """Whether they speak, or did a moment ago."""
        loud = cohost is not None and max(float(cohost.max()), -float(cohost.min())) > _HEARD
        self._since_cohost = 0 if loud else self._since_cohost + 1
        return self._since_cohost < _HOLD

    def _made_room(self, clone: Samples, spoken: bool) -> Samples:
        """The clone, panned; turned down smoothly while its co-host speaks."""
        wanted = self._clone_ducked if spoken else 1.0
        before = self._clone_gain
        if before == wanted:
            return clone * np.float32(_PAN * wanted)
        self._clone_gain = wanted + (before - wanted) * self._step
        if abs(self._clone_gain - wanted) < 1e-3:
            self._clone_gain = wanted
        ramp: Samples = np.linspace(before, self._clone_gain, BLOCK, dtype=np.float32)
        return clone * ramp * _PAN

    def _lay_jingles(self, out: Samples) -> None:
        with self._lock:
            playing, self._jingles = self._jingles, deque()
        for sound in playing:
            n = min(BLOCK, sound.shape[1])
            out[:, :n] += sound[:, :n]
        with self._lock:
            self._jingles.extendleft(s[:, BLOCK:] for s in reversed(playing) if s.shape[1] > BLOCK)
