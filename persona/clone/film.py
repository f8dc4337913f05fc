"""Writes a film of the drawn host as a telephone would record it, and its truth beside it.

FILM              H.264 or HEVC with AAC, any size, rate, rotation flag, even or uneven times
FILM.truth.npz    what is true of every frame (persona.clone.filming.Seen), the phones, the offset, and
                  the film's sha256: with it, and only for that very film, `prepare` need not look for
                  the points
"""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from persona.clone.filming import Seen, Studio
from persona.clone.prepared import digest
from persona.clone.puppet import Planes
from persona.clone.recital import Recital, between, mouths_at
from persona.speech import SPEECH_RATE, Phone
from products.errors import SetupError

Floats = NDArray[np.float32]
Retouch = Callable[[Planes, float], Planes]  # the picture at a time, and what becomes of it
_ROWS = ("times", "points", "rigid", "oval", "eyes", "controls")
ENDINGS = (".mp4", ".mov", ".mkv")
TICKS = 90_000  # a second, as telephones count


@dataclass(frozen=True, slots=True)
class Shoot:
    """How it is filmed.

    width, height   of the picture as people see it (upright), even
    rate            frames a second
    codec           "libx264" or "libx265"
    rotation        the picture is stored turned by 0, 90, 180 or 270 degrees, with the flag that says so
    jitter          seconds by which a frame may come early or late: variable frame rate
    channels, sound_rate   of the sound; 0 channels: none
    idle            seconds of silence with the mouth at rest, before and after
    offset          seconds by which the sound comes after the picture
    room            level of the room's noise, RMS of full scale
    liveliness, drift   see mouths_at and Studio
    """

    look: str = "mei"
    width: int = 720
    height: int = 1280
    rate: Fraction = Fraction(25)
    codec: str = "libx264"
    rotation: int = 0
    jitter: float = 0.0
    channels: int = 1
    sound_rate: int = 48_000
    idle: float = 2.0
    offset: float = 0.0
    room: float = 0.001
    liveliness: float = 1.0
    drift: float = 1.0
    crf: int = 18
    seed: int = 0


@dataclass(frozen=True)
class Truth:
    """What is true of a film: rows as in Seen, one for each frame.

    times    float64 [N] seconds of the frames
    phones   in seconds of the picture (the sound comes `offset` later)
    """

    times: NDArray[np.float64]
    points: Floats
    rigid: Floats
    oval: Floats
    eyes: Floats
    controls: Floats
    phones: tuple[Phone, ...]
    text: str
    language: str
    offset: float


def film(path: Path, recital: Recital, shoot: Shoot = Shoot(), retouch: Retouch | None = None) -> Truth:
    """Film the recital into `path` (.mp4, .mov or .mkv) and write its truth beside it. Deterministic for one
    build of the encoder.

    Raises SetupError when it cannot be written.
    """
    whole = between(recital, shoot.idle, shoot.idle) if shoot.idle else recital
    times = frame_times(whole.seconds, shoot)
    mouths = mouths_at(whole, times, shoot.seed, shoot.liveliness)
    studio = Studio(shoot.look, shoot.width, shoot.height, whole.seconds, shoot.seed, shoot.drift)
    seen: list[Seen] = []

    def pictures() -> Iterator[tuple[float, Planes]]:
        for t, mouth in zip(times, mouths, strict=True):
            drawn, known = studio.shoot(float(t), mouth)
            seen.append(known)
            yield float(t), retouch(drawn, float(t)) if retouch else drawn

    write_film(path, pictures(), heard(whole, shoot), shoot)
    truth = Truth(
        times=times,
        points=np.stack([s.points for s in seen]),
        rigid=np.stack([s.rigid for s in seen]),
        oval=np.stack([s.oval for s in seen]),
        eyes=np.array([s.eyes for s in seen], np.float32),
        controls=np.stack([s.controls for s in seen]),
        phones=whole.phones,
        text=whole.text,
        language=whole.language,
        offset=shoot.offset,
    )
    save_truth(path, truth)
    return truth


def frame_times(seconds: float, shoot: Shoot) -> NDArray[np.float64]:
    """Seconds of the frames: even, or each early or late by up to `jitter`, never out of order."""
    n = max(1, math.floor(seconds * float(shoot.rate)))
    times = np.arange(n) / float(shoot.rate)
    if shoot.jitter:
        rng = np.random.default_rng(shoot.seed)
        reach = min(shoot.jitter, 0.45 / float(shoot.rate))
        times[1:] += rng.uniform(-reach, reach, n - 1)
    return np.asarray(np.round(times * TICKS) / TICKS)


def heard(recital: Recital, shoot: Shoot) -> Floats:
    """The film's sound, float32 [n] at SPEECH_RATE: the recital, late by the offset, in a room."""
    shift = round(shoot.offset * SPEECH_RATE)
    pcm = np.zeros(len(recital.pcm), np.float32)
    kept = recital.pcm[max(0, -shift) : len(pcm) - max(0, shift)]
    pcm[max(0, shift) : max(0, shift) + len(kept)] = kept
    rng = np.random.default_rng(shoot.seed)
    return np.clip(pcm + shoot.room * rng.standard_normal(len(pcm)).astype(np.float32), -1, 1)


def write_film(
    path: Path, pictures: Iterator[tuple[float, Planes]], sound: Floats | None, shoot: Shoot
) -> None:
    """Pictures with their times, and the sound (SPEECH_RATE), as a file."""
    if path.suffix not in ENDINGS:
        raise SetupError(
            f"The film {path} cannot be written: nothing ends like that.",
            remedy=f"End its name in {', '.join(ENDINGS)}.",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w") as out:
            turned = shoot.rotation in (90, 270)
            picture = out.add_stream(shoot.codec, rate=shoot.rate)
            picture.width, picture.height = (
                (shoot.height, shoot.width) if turned else (shoot.width, shoot.height)
            )
            picture.pix_fmt = "yuv420p"
            picture.options = {"crf": str(shoot.crf), "preset": "veryfast", **_QUIET.get(shoot.codec, {})}
            picture.codec_context.colorspace, picture.codec_context.color_range = 1, 1  # BT.709, limited
            picture.codec_context.time_base = Fraction(1, TICKS)
            picture.time_base = Fraction(1, TICKS)
            if shoot.codec == "libx265":
                picture.codec_context.codec_tag = "hvc1"
            if shoot.rotation:
                picture.set_display_rotation(shoot.rotation)
            voice = None
            if sound is not None and shoot.channels:
                voice = out.add_stream("aac", rate=shoot.sound_rate)
                voice.layout = "mono" if shoot.channels == 1 else "stereo"
            for t, planes in pictures:
                frame = _frame(planes, shoot.rotation)
                frame.pts, frame.time_base = round(t * TICKS), Fraction(1, TICKS)
                out.mux(picture.encode(frame))
            out.mux(picture.encode(None))
            if voice is not None and sound is not None:
                for audio in _audio(sound, shoot):
                    out.mux(voice.encode(audio))
                out.mux(voice.encode(None))
    except OSError as error:
        raise SetupError(
            f"The film {path} cannot be written: {error.strerror or error}.",
            remedy="Check folder and disk.",
        ) from error


_QUIET = {"libx265": {"x265-params": "log-level=none"}}


def _frame(planes: Planes, rotation: int) -> av.VideoFrame:
    """Turned so that the flag turns it back."""
    turns = {0: 0, 90: 3, 180: 2, 270: 1}[rotation]
    rows = [np.ascontiguousarray(np.rot90(p, turns)) for p in (planes.y, planes.u, planes.v)]
    h, w = rows[0].shape
    flat = np.concatenate([r.reshape(-1) for r in rows]).reshape(h * 3 // 2, w)
    return av.VideoFrame.from_ndarray(flat, format="yuv420p")


def _audio(sound: Floats, shoot: Shoot) -> Iterator[av.AudioFrame]:
    samples = np.asarray(soxr.resample(sound, SPEECH_RATE, shoot.sound_rate), np.float32)
    for at in range(0, len(samples), 1024):
        part = np.tile(samples[at : at + 1024], (shoot.channels, 1))
        frame = av.AudioFrame.from_ndarray(
            part, format="fltp", layout="mono" if shoot.channels == 1 else "stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = shoot.sound_rate, at, Fraction(1, shoot.sound_rate)
        yield frame


def truth_path(film: Path) -> Path:
    """Where a film's truth lies."""
    return film.with_name(film.name + ".truth.npz")


def save_truth(film: Path, truth: Truth) -> None:
    """Beside the film, bound to it by its sha256."""
    about = {
        "film": digest(film), "text": truth.text, "language": truth.language, "offset": truth.offset,
        "phones": [[p.symbol, p.start, p.end] for p in truth.phones],
    }  # fmt: skip
    arrays = {name: getattr(truth, name) for name in _ROWS}
    np.savez(truth_path(film), about=np.array(json.dumps(about, ensure_ascii=False)), **arrays)


def load_truth(film: Path) -> Truth | None:
    """The truth of a film, or None when there is none. Raises SetupError when it belongs to another film or
    cannot be read.
    """
    path = truth_path(film)
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as held:
            about = json.loads(str(held["about"]))
            phones = tuple(Phone(str(s), float(a), float(b)) for s, a, b in about["phones"])
            if about["film"] != digest(film):
                raise ValueError("it belongs to another film")
            times, points, rigid, oval, opened, controls = (np.asarray(held[name]) for name in _ROWS)
            return Truth(
                times, points, rigid, oval, opened, controls, phones,
                str(about["text"]), str(about["language"]), float(about["offset"]),
            )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"{path} cannot be used: {error}.", remedy="Remove it, or film the host again."
        ) from None
