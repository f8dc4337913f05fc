"""A small synthetic show: a flash and a tone on the same tick once a second, the rest dark and silent."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from bot.stage.encoder import Encoder, EncoderSettings, Packet
from bot.stage.picture import WorkFrame

WIDTH, HEIGHT, FPS = 96, 160, 25
SMALL = EncoderSettings(preset="ultrafast", video_kbps=200, audio_kbps=64)


def encoder(settings: EncoderSettings = SMALL) -> Encoder:
    return Encoder(WIDTH, HEIGHT, FPS, settings)


def ticks(enc: Encoder, frames: int, noise: bool = False) -> Iterator[list[Packet]]:
    """The packets of each tick. Frame n is white and its sound a 1 kHz tone where n % 25 == 10.

    noise: pictures that take all the bits the encoder may spend.
    """
    work = WorkFrame(enc.width, enc.height)
    work.u[:], work.v[:] = 128, 128
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(1920) / 48_000)).astype(np.float32)
    snow = np.random.default_rng(0).integers(16, 100, (8, *work.y.shape), dtype=np.uint8)
    for n in range(frames):
        on = n % 25 == 10
        work.y[:] = 235 if on else snow[n % 8] if noise else 20 + (n * 3) % 60
        yield enc.encode(n, work.frame, np.stack([tone, tone]) if on else np.zeros((2, 1920), np.float32))


def show(frames: int, enc: Encoder | None = None) -> tuple[Encoder, list[Packet]]:
    """A whole show, closed."""
    enc = enc or encoder()
    packets = [p for tick in ticks(enc, frames) for p in tick]
    return enc, packets + enc.close()


def offsets(path: str | Path) -> list[float]:
    """Seconds from each flash to its tone in a decoded file (positive: the sound is late)."""
    with av.open(str(path)) as c:
        flashes = [
            float(f.pts * f.time_base) for f in c.decode(video=0) if f.to_ndarray(format="gray").mean() > 150
        ]
    with av.open(str(path)) as c:
        chunks = [(float(f.pts * f.time_base), f.to_ndarray()) for f in c.decode(audio=0)]
    times = np.concatenate([at + np.arange(x.shape[1]) / 48_000 for at, x in chunks])
    loud = times[np.abs(np.concatenate([x for _, x in chunks], axis=1)[0]) > 0.2]
    tones = loud[np.diff(loud, prepend=-1.0) > 0.5]
    assert len(flashes) == len(tones) > 0, (flashes, tones)
    return [float(t - f) for f, t in zip(flashes, tones, strict=True)]
