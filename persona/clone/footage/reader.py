"""Reads footage as telephones write it, in one pass with bounded memory: upright, at 25 frames a second.

H.264 and HEVC, 8 or 10 bits, any size, rotation flags, even or uneven times, 24 to 60 frames a second, one
or two channels. Frame n of what comes out is the picture that was on show at (n + 0.5) / 25 s.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from persona.clone.prepared import FPS, SOUND_RATE
from persona.clone.puppet import Planes
from products.errors import ContentError

THREADS = 2  # of the decoder: a show may be on the air beside it
LONGEST_SIDE = 1920  # of the frames that are kept
LONGEST_SECONDS = 600.0
BT709 = 1
_HDR = {16, 18}  # transfer characteristics of PQ and HLG (ITU-T H.273)
_FILMS = {
    "mov",
    "mp4",
    "3gp",
    "matroska",
    "webm",
    "avi",
    "mpeg",
    "mpegts",
    "asf",
}  # not texts, lists, pictures
_LARGE = 540  # short side from which untagged footage is taken for BT.709


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file holds. `width`, `height`: upright, as people see it; `kept`: of the frames that are kept.

    rate         frames a second on average; `uneven`: variable frame rate, by more than a tenth of a frame
    channels     of the sound; 0: there is none
    """

    codec: str
    width: int
    height: int
    rotation: int
    rate: float
    uneven: bool
    seconds: float
    hdr: bool
    channels: int
    sound_rate: int

    @property
    def kept(self) -> tuple[int, int]:
        """Even, no longer than LONGEST_SIDE, never enlarged."""
        part = min(1.0, LONGEST_SIDE / max(self.width, self.height))
        return max(64, 2 * round(self.width * part / 2)), max(64, 2 * round(self.height * part / 2))

    @property
    def landscape(self) -> bool:
        return self.width > self.height


def probe(path: Path) -> Facts:
    """Looks at the head of the file and its first frame, and at the times of all its packets.

    Raises ContentError in plain words: no film, no picture, damaged, too long.
    """
    if not path.is_file():
        raise ContentError(f"There is no file {path}.", remedy="Check the name.")
    try:
        with av.open(str(path)) as source:
            if not _FILMS & set(str(source.format.name).split(",")) or not source.streams.video:
                raise ContentError(f"{path} is no film.", remedy="Send what the telephone recorded.")
            picture = source.streams.video[0]
            times = sorted(
                float(p.pts * p.time_base)
                for p in source.demux(picture)
                if p.pts is not None and p.time_base is not None
            )
            if len(times) < 2:
                raise ContentError(f"{path} holds a single picture, no film.", remedy="Send a film.")
            sounds = source.streams.audio
            channels = int(sounds[0].channels) if sounds else 0
            sound_rate = int(sounds[0].rate or 0) if sounds else 0
        with av.open(str(path)) as source:
            first = next(source.decode(video=0))
    except (av.FFmpegError, StopIteration) as error:
        raise damaged(path, error) from None
    steps = np.diff(times)
    rate = 1 / float(np.median(steps)) if float(np.median(steps)) > 0 else 0.0
    rotation = int(first.rotation) % 360
    turned = rotation in (90, 270)
    seconds = times[-1] - times[0] + float(np.median(steps))
    if seconds > LONGEST_SECONDS:
        raise ContentError(
            f"{path} lasts {seconds / 60:.0f} minutes; a clone needs one, and ten are the most.",
            remedy="Cut it to the minute in which the person reads.",
        )
    return Facts(
        codec=str(first.format.name if picture.codec_context is None else picture.codec_context.name),
        width=first.height if turned else first.width,
        height=first.width if turned else first.height,
        rotation=rotation,
        rate=len(steps) / (times[-1] - times[0]),
        uneven=bool(np.abs(steps * rate - 1).max() > 0.1),
        seconds=seconds,
        hdr=int(first.color_trc or 0) in _HDR,
        channels=channels,
        sound_rate=sound_rate,
    )


def damaged(path: Path, error: Exception) -> ContentError:
    """What to say of a file that no decoder understands."""
    why = getattr(error, "strerror", None) or "it ends before its first picture"
    return ContentError(
        f"{path} cannot be read as a film: {why}. The file is damaged or was not copied whole.",
        remedy="Copy it again from the telephone, and play it to its end before you send it.",
    )


def frames(path: Path, facts: Facts) -> Iterator[tuple[int, Planes]]:
    """(index of the source frame, picture) for frame 0, 1, ... at 25 a second: yuv420p, BT.709, limited
    range, upright, `facts.kept` large. Raises ContentError when the file breaks off.
    """
    wanted = max(1, floor(facts.seconds * FPS + 1e-6))
    given = 0
    held: tuple[int, Any] | None = None
    start = 0.0
    try:
        with av.open(str(path)) as source:
            picture = source.streams.video[0]
            picture.thread_type = "AUTO"
            picture.codec_context.thread_count = THREADS
            for index, frame in enumerate(source.decode(picture)):
                start = float(frame.time or 0.0) if held is None else start
                at = float(frame.time or 0.0) - start
                due = given
                while held is not None and given < wanted and (given + 0.5) / FPS < at:
                    given += 1
                if held is not None and given > due:
                    drawn = upright(held[1], facts)
                    for _ in range(given - due):
                        yield held[0], drawn
                held = index, frame
            if held is not None and given < wanted:
                drawn = upright(held[1], facts)
                for _ in range(min(wanted - given, FPS)):
                    yield held[0], drawn
    except av.FFmpegError as error:
        raise ContentError(
            f"{path} breaks off after {given / FPS:.1f} s: {error.strerror}. The file is damaged.",
            remedy="Copy it again from the telephone.",
        ) from None


def upright(frame: Any, facts: Facts) -> Planes:
    """A decoded frame as people see it, scaled to `facts.kept`."""
    w, h = facts.kept
    if facts.rotation in (90, 270):
        w, h = h, w
    space = int(frame.colorspace)
    if space not in (1, 5, 6, 9):
        space = BT709 if min(frame.width, frame.height) >= _LARGE else 5
    flat = frame.reformat(
        width=w, height=h, format="yuv420p", src_colorspace=space, dst_colorspace=BT709, dst_color_range=1
    ).to_ndarray()
    y = flat[:h]
    u, v = flat[h:].reshape(2, h // 2, w // 2)
    turns = {0: 0, 90: 1, 180: 2, 270: 3}.get(facts.rotation, 0)
    return Planes(*(np.ascontiguousarray(np.rot90(p, turns)) for p in (y, u, v)))


def sound(path: Path) -> NDArray[np.float32]:
    """The sound, mono, SOUND_RATE, float32 [n] from the time of the first picture on; empty when there is
    none. A minute takes 4 MB.
    """
    parts: list[NDArray[np.float32]] = []
    first: float | None = None
    try:
        with av.open(str(path)) as source:
            if not source.streams.audio:
                return np.zeros(0, np.float32)
            begin = _begin(path)
            resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE)
            for frame in source.decode(source.streams.audio[0]):
                first = float(frame.time or 0.0) if first is None else first
                frame.pts = None
                parts += [part.to_ndarray().reshape(-1) for part in resampler.resample(frame)]
            parts += [part.to_ndarray().reshape(-1) for part in resampler.resample(None)]
    except av.FFmpegError as error:
        raise damaged(path, error) from None
    pcm = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    shift = round(((first or 0.0) - begin) * SOUND_RATE)
    return pcm[-shift:] if shift < 0 else np.concatenate([np.zeros(shift, np.float32), pcm])


def _begin(path: Path) -> float:
    """Seconds of the first picture."""
    with av.open(str(path)) as source:
        return float(next(source.decode(video=0)).time or 0.0)
