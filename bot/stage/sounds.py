"""Music and jingles of a show: read from files, or made here (free of rights), at a known loudness."""

import math
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np
import pyloudnorm
from numpy.typing import NDArray

from bot.stage.bed import Bed, looped
from bot.stage.strand import RATE
from products.errors import ContentError

Samples = NDArray[np.float32]

SPEECH_LUFS = -16.0
JINGLE_LUFS = -19.0  # a short bright sound seems louder than speech of the same figure
MUSIC_S = 300.0  # at most so much of a file is kept: 58 MB as 16 bit
MUSIC_LEAST_S = 4.0
JINGLE_S = 10.0
HOUSE = "house"  # the music that is made here
CHIME = "chime"  # and the jingle
_EDGE_S = 0.008


@dataclass(frozen=True, slots=True)
class ShowSounds:
    """What a show plays beside its voices. `jingles`: float32 [2, n] at 48 kHz by occasion."""

    bed: Bed | None = None
    jingles: "MappingProxyType[str, Samples]" = field(default_factory=lambda: MappingProxyType({}))


def music_bed(source: Path | str, level_db: float) -> Bed:
    """A bed from a file, or HOUSE. `level_db`: how far under speech, negative; its voices duck it further.

    Raises ContentError for a file that cannot be read, is too short or holds silence.
    """
    music = house_music() if source == HOUSE else read_sound(Path(source), MUSIC_S)
    if music.shape[1] < MUSIC_LEAST_S * RATE:
        raise ContentError(
            f"{Path(source).name} is {music.shape[1] / RATE:.1f} s of music; a bed needs {MUSIC_LEAST_S:.0f}."
        )
    levelled = at_loudness(music, SPEECH_LUFS, str(source))
    return Bed(looped(levelled), 10 ** (level_db / 20))


def jingle(source: Path | str) -> Samples:
    """A short sound [2, n] from a file, or CHIME, at JINGLE_LUFS with its ends at rest.

    Raises ContentError for a file that cannot be read, is longer than JINGLE_S or holds silence.
    """
    if source == CHIME:
        return at_loudness(chime(), JINGLE_LUFS, CHIME)
    sound = read_sound(Path(source), JINGLE_S + 1)
    if sound.shape[1] > JINGLE_S * RATE:
        raise ContentError(f"{Path(source).name} lasts longer than {JINGLE_S:.0f} s.", remedy="Cut it.")
    return rested(at_loudness(sound, JINGLE_LUFS, Path(source).name))


def read_sound(path: Path, most_s: float) -> Samples:
    """[2, n] float32 at 48 kHz, at most `most_s` seconds of the first sound of any file that FFmpeg reads.

    Raises ContentError naming the file.
    """
    blocks, have = [], 0
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise ContentError(f"{path.name} holds no sound.")
            resampler = av.AudioResampler("fltp", "stereo", RATE)
            for frame in container.decode(audio=0):
                for out in resampler.resample(frame):
                    blocks.append(out.to_ndarray())
                    have += out.samples
                if have >= most_s * RATE:
                    break
            blocks += [out.to_ndarray() for out in resampler.resample(None)]
    except (OSError, av.error.FFmpegError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ContentError(
            f"{path} cannot be read as sound: {why}.", remedy="Use WAV, MP3, FLAC or M4A."
        ) from error
    if not have:
        raise ContentError(f"{path.name} holds no sound.")
    samples: Samples = np.concatenate(blocks, axis=1)[:, : int(most_s * RATE)].astype(np.float32)
    return samples


def at_loudness(sound: Samples, lufs: float, name: str) -> Samples:
    """`sound` [2, n] with that integrated loudness (ITU-R BS.1770-4), a short one as if heard over and over.

    Turned down where its peaks would pass -1 dBFS. Raises ContentError for silence.
    """
    long = np.tile(sound, -(-int(1.6 * RATE) // sound.shape[1])) if sound.shape[1] < 1.6 * RATE else sound
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyloudnorm warns of clipped input
        found = float(pyloudnorm.Meter(RATE).integrated_loudness(long.T.astype(np.float64)))
    if not math.isfinite(found):
        raise ContentError(f"{name} holds silence.")
    gain = min(10 ** ((lufs - found) / 20), 10 ** (-1 / 20) / float(np.abs(sound).max()))
    return sound * np.float32(gain)


def rested(sound: Samples) -> Samples:
    """With both ends brought to rest, so that it neither starts nor stops with a click."""
    out = sound.copy()
    n = min(int(_EDGE_S * RATE), out.shape[1] // 2)
    rise = (0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n)).astype(np.float32)
    out[:, :n] *= rise
    out[:, out.shape[1] - n :] *= rise[::-1]
    return out


def _tone(hz: float, seconds: float, decay_s: float, partials: tuple[float, ...]) -> NDArray[np.float64]:
    """A struck sound: harmonics that die away, the higher the sooner."""
    t = np.arange(int(seconds * RATE)) / RATE
    sound = np.zeros(len(t))
    for k, weight in enumerate(partials, 1):
        sound += weight * np.sin(2 * np.pi * hz * k * t) * np.exp(-t * k / decay_s)
    attack = np.minimum(1.0, t / 0.006)
    struck: NDArray[np.float64] = sound * attack * attack * (3 - 2 * attack)
    return struck


def chime() -> Samples:
    """Two soft struck notes, a fifth apart: "look here". [2, n]."""
    out = np.zeros((2, int(1.5 * RATE)))
    for at, midi, pan in ((0.0, 79, 0.42), (0.16, 86, 0.58)):
        note = _tone(440 * 2 ** ((midi - 69) / 12), 1.3, 0.38, (1.0, 0.22, 0.1, 0.03))
        first = int(at * RATE)
        for channel, share in ((0, 1 - pan), (1, pan)):
            out[channel, first : first + len(note)] += share * note
    return rested(out.astype(np.float32))


_CHORDS = (
    (48, 55, 64, 71),
    (45, 52, 60, 67),
    (41, 48, 57, 64),
    (43, 50, 59, 65),
)  # C maj7, A m7, F maj7, G 7
_BAR_S = 3.0
_BARS = 8


def house_music() -> Samples:
    """A calm bed of soft chords and sparse plucked notes, 24 s [2, n]; always the same. Made here: free."""
    n = int(_BAR_S * _BARS * RATE)
    out = np.zeros((2, n + 4 * RATE))
    rng = np.random.default_rng(7)
    for bar in range(_BARS):
        chord = _CHORDS[bar % len(_CHORDS)]
        for k, midi in enumerate(chord):
            _pad(out, bar * _BAR_S, 440 * 2 ** ((midi - 69) / 12), 0.16, 0.3 + 0.13 * k)
        for step in range(4):
            if rng.random() < 0.6:
                midi = int(rng.choice(chord[1:])) + 12
                note = 0.09 * _tone(440 * 2 ** ((midi - 69) / 12), 2.0, 0.5, (1.0, 0.3, 0.08))
                first = int((bar * _BAR_S + step * _BAR_S / 4) * RATE)
                pan = 0.3 + 0.4 * rng.random()
                out[0, first : first + len(note)] += (1 - pan) * note
                out[1, first : first + len(note)] += pan * note
    out[:, : 4 * RATE] += out[:, n:]  # what rings on past the end is heard at the beginning: it is a loop
    return out[:, :n].astype(np.float32)


def _pad(out: NDArray[np.float64], at: float, hz: float, level: float, pan: float) -> None:
    """A held note of a bar and a little more, swelling and fading, two voices slightly apart."""
    t = np.arange(int((_BAR_S + 0.9) * RATE)) / RATE
    swell = np.sin(np.pi * np.minimum(t / t[-1], 1.0)) ** 0.8
    first = int(at * RATE)
    for detune, share in ((0.9985, 1 - pan), (1.0015, pan)):
        note = np.sin(2 * np.pi * hz * detune * t) + 0.25 * np.sin(4 * np.pi * hz * detune * t)
        for channel in (0, 1):
            side = share if (channel == 0) == (detune < 1) else 0.6 * share
            out[channel, first : first + len(t)] += level * side * swell * note
