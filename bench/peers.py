"""The output path beside what others use, on the same composited frames, in turn in one run.

- LiveTalking's, emulated from its source (lipku/LiveTalking a5a77f4 streamout/rtmp.py, python_rtmpstream
  e0ba321 streamer/streamer.cpp): BGR frames turned to RGB, swscale (bilinear) to yuv420p, x264 `fast`
  zerolatency, 4 threads, a key frame a second, AAC mono 16 kHz 64 kb/s, FLV. Its C++ is not built; libav is
  the same. Its composing is left out, ours is in.
- the bare `ffmpeg` command, reading the frames from a file

CPU of all threads, in seconds a second of video.
"""

import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from bench import air
from bench.rows import Row, row
from bot.app import FPS
from bot.settings import Settings
from persona.clone.reel import build_reel, open_reel
from persona.clone.vector import VectorClone

TICKS = 250
ROUNDS = 3
KBPS = 2500
THEIRS_KBPS = 1000  # their default
Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


class _Null:
    def write(self, data: bytes, /) -> int:
        return len(data)


class TheirPath:
    """One run of LiveTalking's output path over BGR frames [h, w, 3]."""

    def __init__(self, width: int, height: int, kbps: int, preset: str, threads: int) -> None:
        self._out = av.open(_Null(), "w", format="flv")
        options = {"preset": preset, "tune": "zerolatency", "profile": "main"}
        self._video = self._out.add_stream("libx264", rate=FPS, options=options)
        cc = self._video.codec_context
        cc.width, cc.height, cc.pix_fmt, cc.bit_rate = width, height, "yuv420p", kbps * 1000
        cc.gop_size, cc.thread_count, cc.time_base = 25, threads, Fraction(1, FPS)
        self._audio = self._out.add_stream("aac", rate=16_000)
        ac = self._audio.codec_context
        ac.layout, ac.format, ac.bit_rate = "mono", "fltp", 64_000
        self._fifo = av.audio.fifo.AudioFifo()
        self._sample = 0

    def frame(self, n: int, bgr: NDArray[np.uint8], pcm: NDArray[np.float32]) -> None:
        """`pcm` float32 [640]: 40 ms at 16 kHz."""
        rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
        picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        picture = picture.reformat(format="yuv420p", interpolation="BILINEAR")
        picture.pts, picture.time_base = n, Fraction(1, FPS)
        self._out.mux(self._video.encode(picture))
        sound = av.AudioFrame.from_ndarray(pcm[None, :], format="fltp", layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = 16_000, self._sample, Fraction(1, 16_000)
        self._sample += pcm.size
        self._fifo.write(sound)
        while (block := self._fifo.read(1024)) is not None:
            self._out.mux(self._audio.encode(block))

    def close(self) -> None:
        self._out.mux(self._video.encode(None))
        self._out.mux(self._audio.encode(None))
        self._out.close()


def cpu_of(work: Callable[[], None]) -> float:
    """CPU seconds of this process and of the children that ended meanwhile."""
    before, children = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    return time.process_time() - before + ended


def theirs(frames: Sequence[NDArray[np.uint8]], kbps: int, preset: str, threads: int) -> float:
    height, width = frames[0].shape[:2]
    quiet = (np.random.default_rng(1).random(640, np.float32) - 0.5) * 0.1
    path = TheirPath(width, height, kbps, preset, threads)

    def work() -> None:
        for n, bgr in enumerate(frames):
            path.frame(n, bgr, quiet)
        path.close()

    return cpu_of(work)


def ffmpeg(y4m: Path) -> float:
    """The command line at our preset and rate; it also reads the frames from the file."""
    command = [
        "ffmpeg", "-v", "error", "-y", "-i", y4m, "-f", "lavfi", "-i", "anoisesrc=a=0.05:r=48000",
        "-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-threads", "1",
        "-b:v", f"{KBPS}k", "-maxrate", f"{KBPS}k", "-bufsize", f"{2 * KBPS}k", "-g", "50",
        "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-shortest",
        "-f", "flv", "/dev/null",
    ]  # fmt: skip
    return cpu_of(lambda: subprocess.run([str(w) for w in command], check=True) and None)


def write_y4m(path: Path, frames: Sequence[Planes]) -> None:
    height, width = frames[0][0].shape
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for planes in frames:
            file.write(b"FRAME\n")
            for plane in planes:
                file.write(plane.tobytes())


def to_bgr(planes: Planes) -> NDArray[np.uint8]:
    """As a stage that draws in BGR would hand it over (not measured)."""
    height, width = planes[0].shape
    i420 = np.concatenate([p.reshape(-1) for p in planes]).reshape(height * 3 // 2, width)
    return np.asarray(cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420), np.uint8)


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Settings().cache / "reels"
        reel = open_reel(build_reel("mei", 720, 1280, FPS, folder, lambda _: None))
        spoken = air.speeches()
        made = list(air.takes(VectorClone(reel), spoken, TICKS))
        frames = air.frames(reel, made, spoken)
        y4m = Path(temporary) / "show.y4m"
        write_y4m(y4m, frames)
        bgr = [to_bgr(planes) for planes in frames]
        del frames
        have = shutil.which("ffmpeg") is not None
        spent: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            measured = {
                "ours": air.air_cpu(reel, made, spoken),
                "livetalking": theirs(bgr, KBPS, "fast", 4),
                "livetalking_default_rate": theirs(bgr, THEIRS_KBPS, "fast", 4),
                "livetalking_our_preset": theirs(bgr, KBPS, "superfast", 1),
            }
            if have:
                measured["ffmpeg"] = ffmpeg(y4m)
            for name, seconds in measured.items():
                spent.setdefault(name, []).append(seconds)
    return rows_of(spent)


TOLD = {
    "livetalking": "its output path at its preset, 2.5 Mb/s, emulated",
    "livetalking_default_rate": "the same at its default 1 Mb/s",
    "livetalking_our_preset": "its output path at our preset and threads, 2.5 Mb/s",
    "ffmpeg": "the ffmpeg command, same frames from a file, preset, rate",
}


def rows_of(spent: dict[str, list[float]]) -> list[Row]:
    """CPU a second of each, and each as a multiple of ours: the median of the rounds' ratios."""
    seconds = TICKS / FPS
    ours = spent["ours"]
    command = "python -m bench peers"
    rows = [
        row("peers.ours", statistics.median(ours) / seconds, "CPU s / s", "", "composing included", command)
    ]
    for name, values in spent.items():
        if name != "ours":
            ratio = statistics.median(v / o for v, o in zip(values, ours, strict=True))
            rows.append(
                row(
                    f"peers.{name}", statistics.median(values) / seconds, "CPU s / s", "", TOLD[name], command
                )
            )
            rows.append(row(f"peers.{name}_ratio", ratio, "x ours", "", TOLD[name], command))
    return rows
