"""An hour of picture and sound in one go through the show's encoder and FLV muxer, read back by libav."""

import tempfile
from pathlib import Path

import av
import numpy as np

from bench.rows import Row, row
from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.mux import FlvMuxer
from bot.stage.picture import WorkFrame

TICKS = 90_000
BLOCK = 1920
WINDOW_S = 60.0


class _File:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, data: bytes, /) -> int:
        return self._file.write(data)

    def close(self) -> None:
        self._file.close()


def make(path: Path, ticks: int = TICKS) -> None:
    """A small picture, real AAC."""
    encoder, work = Encoder(64, 64, 25, EncoderSettings("ultrafast", 300)), WorkFrame(64, 64)
    rng = np.random.default_rng(1)
    sound = (rng.random((2, BLOCK), np.float32) - 0.5) * 0.2
    out = _File(path)
    muxer = FlvMuxer(encoder.template(), out, {})
    for n in range(ticks):
        work.y[:] = n % 200
        muxer.write(encoder.encode(n, work.frame, sound))
    muxer.write(encoder.close())
    muxer.close()
    out.close()


def offsets(path: Path) -> list[tuple[float, float]]:
    """(second, picture less sound in ms) at each picture, by the file's own time stamps."""
    told, sound = [], 0.0
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.pts is None:
                continue
            at = float(packet.pts * packet.time_base)
            if packet.stream.type == "audio":
                sound = at
            else:
                told.append((at, 1000 * (at - sound)))
    return told


def drift_ms(told: list[tuple[float, float]]) -> float:
    """Mean offset of the last minute less that of the first, leaving out the very start."""
    begin, end = told[0][0] + 1.0, told[-1][0]
    first = [ms for at, ms in told if begin <= at < begin + WINDOW_S]
    last = [ms for at, ms in told if at >= end - WINDOW_S]
    return float(np.mean(last) - np.mean(first))


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "hour.flv"
        make(path)
        told = offsets(path)
    return [
        row(
            "air.drift_ms_per_hour",
            abs(drift_ms(told)),
            "ms",
            "<= 1",
            "one generated hour, first and last minute",
            "python -m bench drift",
        ),
    ]
