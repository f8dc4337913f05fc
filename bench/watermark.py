"""The watermark: found after our own encode and a platform's, never found by chance, and what it costs the
picture. `python -m bench watermark` (some minutes; needs the ffmpeg command).
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from bench.rows import Row, row
from bot.stage.picture import Plane, view_of
from bot.stage.video import EncoderSettings, VideoEncoder
from bot.stage.watermark import LONG, SHORT, Watermark
from bot.stage.watermark_reader import FOUND, WINDOW_S, blocks, turned
from bot.watermarked import find

SHOW = Path(__file__).parents[1] / "sample" / "show.yaml"
MINUTES = 4.0  # of each language's film
LANGUAGES = ("en", "zh")
COMMAND = "python -m bench watermark"
PATTERNS = 8_000  # tried on each window of film that none of them stands on
AGAIN = {
    "1500": ("720:1280", "1500k", ">= 0.95"),
    "1000_540": ("540:960", "1000k", ""),
    "600_360": ("360:640", "600k", ""),
}
FRAMES = 500  # of which the cost is measured


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        films = [_rehearsed(folder, language) for language in LANGUAGES]
        rows = [_found("watermark.sent_found", films, "our own encode, 2.5 Mb/s")]
        for name, (size, rate, goal) in AGAIN.items():
            again = [_again(film, folder / f"{name}-{film.name}", size, rate) for film in films]
            of = f"encoded again by x264 veryfast, {size.replace(':', 'x')}, {rate[:-1]} kb/s"
            rows.append(_found(f"watermark.again_{name}_found", again, of, goal))
        return [*rows, *_by_chance([folder / f"1500-{film.name}" for film in films]), *_cost(films[0])]


def _rehearsed(folder: Path, language: str) -> Path:
    environment = {**os.environ, "CASTMATE_DATA": str(folder / language), "CASTMATE_CACHE": str(folder / "c")}
    film = folder / f"{language}.mp4"
    command = [sys.executable, "-m", "bot.cli", "rehearse", str(SHOW), "--seed", "1", "--lang", language]
    subprocess.run(
        [*command, "--minutes", str(MINUTES), "--out", str(film)],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return film


def _again(film: Path, path: Path, size: str, rate: str) -> Path:
    quality = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", rate, "-maxrate", rate, "-bufsize", rate]
    command = ["ffmpeg", "-v", "error", "-i", str(film), "-vf", f"scale={size}", *quality, "-an", str(path)]
    subprocess.run(command, check=True)
    return path


def _found(name: str, films: Sequence[Path], of: str, goal: str = "") -> Row:
    """Share of windows in which watermark and code were read."""
    right = windows = 0
    for film in films:
        found = find(str(film), None, lambda _: None)
        windows += len(found.readings)
        right += sum(1 for r in found.readings if r.found and r.code == found.code)
    said = f"{windows} windows of {WINDOW_S:g} s, {of}"
    return row(name, right / windows, "share", goal, said, COMMAND)


def _by_chance(films: Sequence[Path]) -> list[Row]:
    """Random patterns looked for in film on which they do not stand."""
    told = [_patterns(film) for film in films]
    worst, false, tried = max(t[0] for t in told), sum(t[1] for t in told), sum(t[2] for t in told)
    of = f"{tried} looks for patterns that are not there, greatest score {worst:.2f}, found from {FOUND:g}"
    return [row("watermark.false_share", false / tried, "share", "<= 0.0001", of, COMMAND)]


def _patterns(film: Path) -> tuple[float, int, int]:
    """Greatest score, how many scored as a watermark does, how many were tried."""
    looks, times = [], []
    for n, luma in enumerate(_pictures(film)):
        if n % 3 == 0:
            looks.append(blocks(luma))
            times.append(n / 25)
    length = round(WINDOW_S / (3 / 25))
    worst, false, tried = 0.0, 0, 0
    for at in range(0, len(looks) - length + 1, length):
        sums = turned(np.array(times[at : at + length]), np.stack(looks[at : at + length]))
        sums /= np.sqrt((sums**2).sum(1, keepdims=True))
        draw = np.random.default_rng(at)
        for _ in range(PATTERNS // 1000):
            signs = np.where(
                draw.random((LONG * SHORT, 1000), np.float32) < 0.5, np.float32(1), np.float32(-1)
            )
            scores = np.abs(sums @ signs).max(0)
            worst, false, tried = (
                max(worst, float(scores.max())),
                false + int((scores >= FOUND).sum()),
                tried + 1000,
            )
    return worst, false, tried


def _cost(film: Path) -> list[Row]:
    """PSNR of what was encoded against the pictures as composed, without and with the veil; luma."""
    plain, veiled = _encoded(film, None), _encoded(film, Watermark(720, 1280, 25, 1))
    of = f"{FRAMES} pictures at 2.5 Mb/s, superfast; luma"
    return [
        row("watermark.psnr_without", plain, "dB", baseline=of, command=COMMAND),
        row("watermark.psnr_with", veiled, "dB", baseline=of, command=COMMAND),
    ]


def _encoded(film: Path, watermark: Watermark | None) -> float:
    """Mean PSNR of the decoded pictures against those before the veil."""
    encoder = VideoEncoder(720, 1280, 25, EncoderSettings())
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = encoder.extradata
    before: list[NDArray[np.uint8]] = []
    errors: list[float] = []

    def see(packets: list[av.Packet]) -> None:
        for packet in packets:
            for frame in decoder.decode(packet):
                errors.append(cv2.PSNR(before[len(errors)], np.ascontiguousarray(view_of(frame.planes[0]))))

    for n, luma in enumerate(_pictures(film)):
        if n == FRAMES:
            break
        before.append(np.ascontiguousarray(luma))
        shown = luma if watermark is None else cv2.add(before[-1], watermark.at(n).luma)
        frame = av.VideoFrame(720, 1280, "yuv420p")
        view_of(frame.planes[0])[:] = shown
        view_of(frame.planes[1])[:] = view_of(frame.planes[2])[:] = 128
        see([av.Packet(p.data) for p in encoder.encode(n, frame)])
    see([av.Packet(p.data) for p in encoder.flush()])
    return float(np.mean(errors))


def _pictures(film: Path) -> Iterator[Plane]:
    with av.open(film) as container:
        for frame in container.decode(video=0):
            yield view_of(frame.planes[0])
