"""Sound as servers send it: WAV as it is met in streams (lengths that lie, extensible headers), and bare PCM.

RIFF WAVE after "Multiple Channel Audio Data and WAVE Files" (Microsoft, 2007).
"""

import struct

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

LEAST_RATE, MOST_RATE = 8_000, 192_000
MOST_CHANNELS = 8
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_HEAD = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")


def read_wav(data: bytes) -> tuple[Samples, int]:
    """Mono samples [n] within -1..1 and their rate. A data chunk that claims to be longer than the file, or
    to have no end (a stream's header), is taken as far as it goes.

    Raises ValueError saying what is wrong: no WAV, compressed, no sample, a rate or a depth that is none.
    """
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("it is no WAV file")
    layout: tuple[int, int, int, int] | None = None
    at = 12
    while at + _HEAD.size <= len(data):
        name, size = _HEAD.unpack_from(data, at)
        body = at + _HEAD.size
        if name == b"fmt ":
            layout = _layout(data[body : body + min(size, 64)])
        elif name == b"data":
            if layout is None:
                raise ValueError("its samples come before their format")
            kind, channels, rate, bits = layout
            return mono(_samples(data[body : body + size], kind, bits), channels), rate
        at = body + size + size % 2
    raise ValueError("it holds no samples")


def read_pcm(data: bytes, rate: int = 24_000) -> tuple[Samples, int]:
    """16 bit, little endian, mono: what /v1/audio/speech calls "pcm" (24 kHz). ValueError for nothing."""
    return mono(_samples(data, _PCM, 16), 1), rate


def mono(samples: Samples, channels: int) -> Samples:
    """The mean of the channels. ValueError without a sample, and for values that are no numbers."""
    whole = len(samples) // channels * channels
    if not whole:
        raise ValueError("it holds no samples")
    out = samples[:whole].reshape(-1, channels).mean(axis=1, dtype=np.float32)
    if not np.isfinite(out).all():
        raise ValueError("its samples are no numbers")
    return np.asarray(np.clip(out, -1.0, 1.0), np.float32)


def _layout(body: bytes) -> tuple[int, int, int, int]:
    """Kind, channels, rate, bits of a sample."""
    if len(body) < _FORMAT.size:
        raise ValueError("its format is cut off")
    kind, channels, rate, _, _, bits = _FORMAT.unpack_from(body)
    if kind == _EXTENSIBLE and len(body) >= 26:
        (kind,) = struct.unpack_from("<H", body, 24)
    if kind not in (_PCM, _FLOAT):
        raise ValueError(f"its samples are compressed (format {kind})")
    if not 1 <= channels <= MOST_CHANNELS:
        raise ValueError(f"it has {channels} channels")
    if not LEAST_RATE <= rate <= MOST_RATE:
        raise ValueError(f"it has {rate} samples a second")
    if (kind, bits) not in {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}:
        raise ValueError(f"its samples have {bits} bits")
    return kind, channels, rate, bits


def _samples(data: bytes, kind: int, bits: int) -> Samples:
    width = bits // 8
    data = data[: len(data) // width * width]
    if kind == _FLOAT:
        return np.frombuffer(data, f"<f{width}").astype(np.float32)
    if bits == 8:
        return np.asarray((np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128, np.float32)
    if bits == 24:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return np.asarray(wide.view("<i4")[:, 0] / 2**31, np.float32)
    whole = np.frombuffer(data, f"<i{width}").astype(np.float32)
    return np.asarray(whole / np.float32(2 ** (bits - 1)), np.float32)
