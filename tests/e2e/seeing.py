"""Eyes for the tests: what a viewer can see in a film. Only decoded pixels and samples are looked at.

look(film, language)   one pass over all frames: their times, the label every 0.2 s, the mouth in every frame
picture(film, at)      one whole frame as RGB
sound(film)            the samples and the second at which they begin
read(...)              what tesseract makes of a part of a picture
"""

import functools
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from bot.compliance.label import LabelSpec, draw_label, label_lines, label_text
from bot.stage.layout import Layout, layout
from bot.stage.picture import Overlay
from bot.stage.watch import LabelWatch, Sight
from persona.clone.art import host_text
from persona.clone.base import Rect
from persona.clone.lips import WIDEST
from persona.clone.mouth import style_of

WIDTH, HEIGHT, FPS = 720, 1280, 25
LABEL_EVERY = 5  # frames: 0.2 s
MOUTH = Rect(316, 512, 44, 96)  # around the middle of the lips, with room for the head's sway
DARK, LIGHT = 88, 150  # luma: darker is the inside of the mouth, lighter (and grey) the teeth
GREY = 18  # Cr - 128 of teeth stays below; skin 22 and more, lips 35 and more


@dataclass(frozen=True)
class Seen:
    """`times`: of each frame, seconds; `opening`: of the mouth in each frame, picture pixels between the
    lips."""

    times: NDArray[np.float64]
    opening: NDArray[np.float64]
    label: tuple[Sight, ...]


def label_of(language: str) -> tuple[str, Overlay, Layout]:
    """The words of the AI label in a plain room, how it is drawn, and the layout that it stands in."""
    text = label_text([language], ())
    plan = layout(WIDTH, HEIGHT, label_lines(text))
    return text, draw_label(LabelSpec(text), plan).overlay, plan


@functools.cache
def look(film: Path, language: str) -> Seen:
    watch = LabelWatch(label_of(language)[1])
    times, opening, sights = [], [], []
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for n, frame in enumerate(container.decode(stream)):
            assert (frame.width, frame.height, frame.format.name) == (WIDTH, HEIGHT, "yuv420p")
            y, _, v = planes(frame)
            at = float(frame.pts * frame.time_base)
            times.append(at)
            opening.append(mouth_opening(y, v))
            if n % LABEL_EVERY == 0:
                sights.append(watch.look(np.ascontiguousarray(y), at))
    return Seen(np.array(times), np.array(opening), tuple(sights))


def planes(frame: Any) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Y [h, w], U and V [h/2, w/2] of a yuv420p frame."""
    flat = frame.to_ndarray()
    h, w = frame.height, frame.width
    u, v = flat[h : h + h // 4].reshape(h // 2, w // 2), flat[h + h // 4 :].reshape(h // 2, w // 2)
    return flat[:h], u, v


def mouth_opening(y: NDArray[np.uint8], v: NDArray[np.uint8]) -> float:
    """Pixels from the upper to the lower edge of what is not lip (dark, or teeth), mean over the columns.

    The line between closed lips counts as well: two or three pixels.
    """
    m = MOUTH
    luma = y[m.y : m.y + m.h, m.x : m.x + m.w].astype(np.float32)
    half = np.s_[m.y // 2 : (m.y + m.h) // 2, m.x // 2 : (m.x + m.w) // 2]
    cr = cv2.resize(v[half], (m.w, m.h), interpolation=cv2.INTER_LINEAR).astype(np.float32) - 128
    inner = (luma < DARK) | ((luma > LIGHT) & (cr < GREY))
    some = inner.any(axis=0)
    first, last = inner.argmax(axis=0), m.h - 1 - inner[::-1].argmax(axis=0)
    return float(np.where(some, last - first + 1, 0).mean())


@functools.cache
def mouth_size(look: str) -> float:
    """Pixels between the lips of that look at its widest opening."""
    return WIDEST * style_of(host_text(look)).place.half


def picture(film: Path, at: float) -> NDArray[np.uint8]:
    """RGB [h, w, 3] of the frame that stands at `at` seconds."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        container.seek(int(at / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            if float(frame.pts * frame.time_base) >= at - 0.5 / FPS:
                return np.asarray(frame.to_ndarray(format="rgb24"))
    raise AssertionError(f"{film.name} has no frame at {at} s")


def sound(film: Path) -> tuple[NDArray[np.float32], float]:
    """Samples float32 [2, n] at 48 kHz, and the time of the first one."""
    blocks, start = [], 0.0
    with av.open(str(film)) as container:
        stream = container.streams.audio[0]
        assert stream.rate == 48_000
        for frame in container.decode(stream):
            if not blocks:
                start = float(frame.pts * frame.time_base)
            blocks.append(frame.to_ndarray())
    return np.concatenate(blocks, axis=1), start


def probe(path: Path) -> dict[str, Any]:
    """ffprobe's streams and format."""
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", str(path)]
    return dict(json.loads(subprocess.check_output(command)))


def keyframes(path: Path) -> list[float]:
    """Seconds at which keyframes stand, by ffprobe."""
    command = "ffprobe -v error -of json -select_streams v -skip_frame nokey -show_entries frame=pts_time"
    read = json.loads(subprocess.check_output([*command.split(), str(path)]))
    return [float(frame["pts_time"]) for frame in read["frames"]]


def reader_missing() -> str:
    """Why there is no reader here, or ""."""
    if shutil.which("tesseract") is None:
        return "tesseract is not installed: apt install tesseract-ocr tesseract-ocr-chi-sim"
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True).stdout
    missing = {"eng", "chi_sim"} - set(listed.split())
    return f"tesseract lacks {missing}: apt install tesseract-ocr-chi-sim" if missing else ""


def read(image: NDArray[np.uint8], r: Rect, language: str, path: Path, *, dark: bool = False) -> str:
    """What stands in `r`, without white space. `dark`: light words on a dark ground.

    The letters l and I are one stroke in this face: both are given as I; compare with `same`.
    """
    part = Image.fromarray(image[r.y : r.y + r.h, r.x : r.x + r.w]).convert("L")
    if dark:
        part = ImageOps.autocontrast(ImageOps.invert(part), cutoff=1)
    ImageOps.expand(part, 20, int(np.median(np.asarray(part)))).save(path / "part.png")
    tongue = {"en": "eng", "zh": "chi_sim"}[language]
    command = ["tesseract", str(path / "part.png"), "-", "-l", tongue, "--psm", "6", "--dpi", "150"]
    return same(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def same(words: str) -> str:
    """Words as `read` gives them."""
    return "".join(words.split()).replace("l", "I")


def beside_the_picture(plan: Layout) -> Rect:
    """The words of the product card."""
    return Rect(plan.card.x + 220, plan.card.y + 8, plan.card.w - 232, plan.card.h - 16)
