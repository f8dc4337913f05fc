"""Sound in the place of speech, for voices in tests: a tone for each syllable's worth of text, breaths at
marks.
"""

import struct

import numpy as np

RATE = 24_000
LETTER = 0.066  # s
PAUSE = 0.2  # s, at a comma or an end within the text


def sung(text: str, rate: int = RATE) -> np.ndarray:
    """Float32 [n] in -0.5..0.5: letters sound, marks inside are silent for PAUSE."""
    parts = [np.zeros(rate // 10, np.float32)]
    inner = text.rstrip(" .!?。！？")
    for char in inner:
        if char in ",.;:!?，。；：！？—":
            parts.append(np.zeros(int(PAUSE * rate), np.float32))
            continue
        seconds = 0.2 if "\u4e00" <= char <= "\u9fff" else LETTER
        t = np.arange(int(seconds * rate)) / rate
        hertz = 140 + 9 * (ord(char) % 13)
        parts.append(0.4 * np.sin(2 * np.pi * hertz * t).astype(np.float32))
    parts.append(np.zeros(rate // 10, np.float32))
    return np.concatenate(parts)


def wav(samples: np.ndarray, rate: int = RATE, *, channels: int = 1, bits: int = 16, size: int | None = None):
    """A WAV file of float samples. `size`: what the data chunk claims to hold."""
    many = np.repeat(samples[:, None], channels, axis=1).reshape(-1)
    if bits == 16:
        body, kind = (many * 32767).round().astype("<i2").tobytes(), 1
    elif bits == 24:
        body = b"".join(int(v * (2**23 - 1)).to_bytes(3, "little", signed=True) for v in many)
        kind = 1
    else:
        body, kind = many.astype("<f4").tobytes(), 3
    width = bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * channels * width, channels * width, bits)
    claimed = len(body) if size is None else size
    head = b"RIFF" + struct.pack("<I", 0xFFFFFFFF if size else 36 + len(body)) + b"WAVE"
    return head + b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", claimed) + body
