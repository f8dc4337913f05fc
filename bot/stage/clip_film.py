"""A filmed clip made ready for the air: upright, the show's size and rate, its sound at the show's loudness.

    film.mp4     H.264 without B-frames, at most MOST_KBPS: 75 MB a minute; cheap to decode from its start
    sound.npy    int16 [n, 2] at 48 kHz: 11.5 MB a minute; only of a clip with its own sound
    facts.json   how many ticks it has

The folder is made aside and moved into place whole: what is there is complete.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pyloudnorm
from numpy.typing import NDArray

from bot.stage.blend import Planes
from bot.stage.limiter import DELAY, Limiter
from bot.stage.picture import view_of
from bot.stage.sounds import SPEECH_LUFS, read_sound, rested
from bot.stage.strand import BLOCK, RATE
from persona.clone.footage.reader import Facts, frames, probe
from products.errors import ContentError, SetupError

Samples = NDArray[np.float32]
Progress = Callable[[float], None]

FORM = 1  # of the prepared folder: another form gets another name
LEAST_S, MOST_S = 2.0, 60.0
LEAST_SIDE = 480  # pixels of its short side
MOST_KBPS = 10_000
QUIETEST_LUFS = -50.0  # below this there is nothing to hear
FPS = 25
_ALIKE = 0.8  # a picture whose shape is nearer than this to the show's is cropped, another stands whole
_BT709, _LIMITED = 1, 1


@dataclass(frozen=True, slots=True)
class ClipFilm:
    """A prepared clip: `ticks` pictures of `size` (width, height); `sound`: None where it is muted."""

    film: Path
    ticks: int
    size: tuple[int, int]
    sound: Path | None

    @property
    def seconds(self) -> float:
        return self.ticks / FPS


def prepared(folder: Path) -> ClipFilm | None:
    """What `prepare` made there; None when it did not, or what is there cannot be read."""
    try:
        facts = json.loads((folder / "facts.json").read_text("utf-8"))
        sound = folder / "sound.npy" if facts["sound"] else None
        film = ClipFilm(folder / "film.mp4", int(facts["ticks"]), (facts["width"], facts["height"]), sound)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    there = film.film.is_file() and (sound is None or sound.is_file())
    return film if there else None


def prepare(
    source: Path, folder: Path, width: int, height: int, *, own_sound: bool, progress: Progress
) -> ClipFilm:
    """Makes `folder` from the film `source`. `progress` is told the share done.

    Raises ContentError (no film, damaged, too small, too short, too long, nothing to hear), SetupError (no
    room).
    """
    facts = looked_at(source)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".clip-") as name:
            aside = Path(name) / "whole"
            aside.mkdir()
            ticks = _write_film(source, facts, aside / "film.mp4", width, height, progress)
            if ticks < LEAST_S * FPS:
                raise _short(source, ticks / FPS)
            if own_sound:
                np.save(aside / "sound.npy", _sound_of(source, ticks))
            told = {"ticks": ticks, "width": width, "height": height, "sound": own_sound}
            (aside / "facts.json").write_text(json.dumps(told), "utf-8")
            shutil.rmtree(folder, ignore_errors=True)
            aside.replace(folder)
    except OSError as error:
        raise SetupError(
            f"The clip {source.name} cannot be prepared in {folder.parent}: {error.strerror or error}.",
            remedy="Free some space, or set CASTMATE_CACHE to another folder.",
        ) from error
    made = prepared(folder)
    if made is None:
        raise SetupError(f"{folder} cannot be read back.", remedy="Look at the disk.")
    return made


def looked_at(source: Path) -> Facts:
    """What the file holds. Raises ContentError for what cannot be cut into a show: by its head and the times
    of its pictures, without decoding them.
    """
    if (length := _length(source)) > MOST_S + 1:
        raise _long(source, length)
    facts = probe(source)
    if facts.seconds < LEAST_S - 0.02:
        raise _short(source, facts.seconds)
    if facts.seconds > MOST_S + 0.02:
        raise _long(source, facts.seconds)
    if min(facts.width, facts.height) < LEAST_SIDE:
        raise ContentError(
            f"{source} is {facts.width}x{facts.height}; its short side needs {LEAST_SIDE} pixels.",
            remedy="Use the camera's own file, not one that a messenger made smaller.",
        )
    return facts


def _length(source: Path) -> float:
    """Seconds as the head of the file says; 0 where it does not."""
    try:
        with av.open(str(source)) as container:
            return 0.0 if container.duration is None else container.duration / 1_000_000
    except (OSError, av.FFmpegError):
        return 0.0  # `probe` says what is wrong


def _short(source: Path, seconds: float) -> ContentError:
    return ContentError(
        f"{source} lasts {seconds:.1f} s; a clip needs {LEAST_S:.0f}.", remedy="Film it longer."
    )


def _long(source: Path, seconds: float) -> ContentError:
    return ContentError(
        f"{source} lasts {seconds:.0f} s; a clip has {MOST_S:.0f} at most.",
        remedy="Cut it: a show with long recorded parts is no live show.",
    )


# ---- picture


def _write_film(source: Path, facts: Facts, to: Path, width: int, height: int, progress: Progress) -> int:
    """Every picture, placed and encoded. Returns how many; their times are their numbers."""
    count = 0
    with av.open(str(to), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        rate = {"crf": "17", "maxrate": f"{MOST_KBPS}k", "bufsize": f"{MOST_KBPS}k"}
        stream.options = {"preset": "superfast", "tune": "fastdecode", "bf": "0", **rate}
        context = stream.codec_context
        context.thread_count = 1
        context.colorspace, context.color_range = _BT709, _LIMITED
        context.time_base = Fraction(1, FPS)
        frame = av.VideoFrame(width, height, "yuv420p")
        views = Planes(*(view_of(p) for p in frame.planes))
        for index, picture in frames(source, facts):
            shown = placed(Planes(picture.y, picture.u, picture.v), width, height)
            for view, plane in zip(views, shown, strict=True):
                np.copyto(view, plane)
            frame.pts, frame.time_base = count, Fraction(1, FPS)
            out.mux(stream.encode(frame))
            count += 1
            if index % FPS == 0:
                progress(min(1.0, count / (facts.seconds * FPS)))
        out.mux(stream.encode(None))
    return count


def placed(picture: Planes, width: int, height: int) -> Planes:
    """`picture` in a frame of `width` x `height`: cropped where the shapes are nearly alike, else whole over
    its own enlarged and blurred copy, so that nothing of the goods is cut off.
    """
    h, w = picture.y.shape
    shape, wanted = w / h, width / height
    full = cover(picture, width, height)
    if min(shape / wanted, wanted / shape) >= _ALIKE:
        return full
    part = min(width / w, height / h)
    inner_w, inner_h = (2 * max(1, round(n * part / 2)) for n in (w, h))
    x, y = (width - inner_w) // 4 * 2, (height - inner_h) // 4 * 2
    sharp = _resized(picture, inner_w, inner_h)
    back = _out_of_focus(full)
    for k, (under, plane) in enumerate(zip(back, sharp, strict=True)):
        half = 1 if k == 0 else 2
        rows = slice(y // half, (y + inner_h) // half)
        under[rows, x // half : (x + inner_w) // half] = plane
    return back


def cover(picture: Planes, width: int, height: int) -> Planes:
    """The middle of `picture` that has the shape of `width` x `height`, scaled to it. Even numbers."""
    h, w = picture.y.shape
    if (w, h) == (width, height):
        return picture
    part = min(w / width, h / height)
    cut_w, cut_h = (min(most, 2 * max(1, round(n * part / 2))) for most, n in ((w, width), (h, height)))
    x, y = (w - cut_w) // 4 * 2, (h - cut_h) // 4 * 2
    middle = Planes(
        picture.y[y : y + cut_h, x : x + cut_w],
        picture.u[y // 2 : (y + cut_h) // 2, x // 2 : (x + cut_w) // 2],
        picture.v[y // 2 : (y + cut_h) // 2, x // 2 : (x + cut_w) // 2],
    )
    return _resized(middle, width, height)


def _resized(picture: Planes, width: int, height: int) -> Planes:
    way = cv2.INTER_AREA if picture.y.shape[1] > width else cv2.INTER_LINEAR
    sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    y, u, v = (cv2.resize(p, size, interpolation=way) for p, size in zip(picture, sizes, strict=True))
    return Planes(np.asarray(y, np.uint8), np.asarray(u, np.uint8), np.asarray(v, np.uint8))


def _out_of_focus(picture: Planes) -> Planes:
    """Blurred, by way of a small copy: a large blur for little; and darker, so that it stays behind."""
    blurred = []
    for plane in picture:
        h, w = plane.shape
        small = cv2.resize(plane, (max(2, w // 16), max(2, h // 16)), interpolation=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(small, (0, 0), 1.6)
        blurred.append(np.asarray(cv2.resize(soft, (w, h), interpolation=cv2.INTER_CUBIC), np.uint8))
    y, u, v = blurred
    dark = cv2.convertScaleAbs(y, alpha=0.72, beta=16 * 0.28)
    return Planes(np.asarray(dark, np.uint8), u, v)


# ---- sound


def _sound_of(source: Path, ticks: int) -> NDArray[np.int16]:
    """int16 [ticks * BLOCK, 2], in step with the pictures. Raises ContentError: none, or nothing to hear."""
    whole = read_sound(source, MOST_S + 2)
    late = round(_sound_begins(source) * RATE)
    whole = whole[:, -late:] if late < 0 else np.pad(whole, ((0, 0), (late, 0)))
    n = ticks * BLOCK
    whole = np.pad(whole[:, :n], ((0, 0), (0, max(0, n - whole.shape[1]))))
    loud = at_show_loudness(whole, source.name)
    return np.ascontiguousarray(np.round(loud * 32767).astype(np.int16).T)


def _sound_begins(source: Path) -> float:
    """Seconds from the first picture to the first sound; negative where the sound begins before it."""
    with av.open(str(source)) as container:
        starts = [s.start_time for s in (container.streams.video[0], container.streams.audio[0])]
        bases = [s.time_base for s in (container.streams.video[0], container.streams.audio[0])]
    if None in starts or None in bases:
        return 0.0
    picture, sound = (float(start * base) for start, base in zip(starts, bases, strict=True))
    return sound - picture


def at_show_loudness(sound: Samples, name: str) -> Samples:
    """`sound` [2, n] at SPEECH_LUFS (ITU-R BS.1770-4), true peaks at most -1.5 dBTP, its ends at rest.

    Raises ContentError where there is nothing to hear: what is nearly silent would be raised to noise.
    """
    long = np.tile(sound, -(-int(1.6 * RATE) // sound.shape[1])) if sound.shape[1] < 1.6 * RATE else sound
    found = float(pyloudnorm.Meter(RATE).integrated_loudness(long.T.astype(np.float64)))
    if not found > QUIETEST_LUFS:  # also NaN
        raise ContentError(
            f"{name} has its own sound, and there is next to nothing to hear.", remedy="Write `sound: muted`."
        )
    gained = rested(sound * np.float32(10 ** ((SPEECH_LUFS - found) / 20)))
    limiter, out = Limiter(), []
    ahead = np.pad(gained, ((0, 0), (0, RATE)))
    for at in range(0, ahead.shape[1] - RATE + 1, RATE):
        out.append(limiter.apply(ahead[:, at : at + RATE]))
    limited: Samples = np.concatenate(out, axis=1)[:, DELAY : DELAY + sound.shape[1]]
    short = sound.shape[1] - limited.shape[1]
    return np.pad(limited, ((0, 0), (0, short))) if short > 0 else limited
