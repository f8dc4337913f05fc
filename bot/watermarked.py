"""Looks for the watermark in a film or a stream: where it stands, and which of this shop's shows it names."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av

from bot.stage.picture import Plane, view_of
from bot.stage.watermark import code_of
from bot.stage.watermark_reader import Reading, WatermarkReader
from products.errors import ContentError

EVERY_S = 0.12  # of the film, between looks


@dataclass(frozen=True, slots=True)
class Findings:
    """What was read, window by window. `code`: that of most windows; None where none could be read."""

    readings: tuple[Reading, ...]
    code: int | None

    @property
    def found(self) -> tuple[Reading, ...]:
        return tuple(r for r in self.readings if r.found)


def find(source: str, seconds: float | None, progress: Callable[[float], None]) -> Findings:
    """Reads `source` (a file, or an address that FFmpeg opens) up to `seconds` of it.

    `progress` is told the share that was read, where the length is known. Raises ContentError for what holds
    no readable picture, or too few to tell.
    """
    reader, readings = WatermarkReader(), list[Reading]()
    try:
        for luma, at, share in _pictures(source, seconds):
            progress(share)
            if (reading := reader.look(luma, at)) is not None:
                readings.append(reading)
    except av.error.FFmpegError as wrong:
        raise ContentError(
            f"{source} cannot be read: {wrong.strerror or wrong}.",
            remedy="Give a film or a stream's address.",
        ) from wrong
    if (last := reader.read()) is not None:
        readings.append(last)
    if not readings:
        raise ContentError(
            f"{source} is too short to tell: less than four seconds of pictures.",
            remedy="Give at least four seconds; twelve are better.",
        )
    codes = Counter(r.code for r in readings if r.code is not None)
    return Findings(tuple(readings), codes.most_common(1)[0][0] if codes else None)


def shows_with(code: int, shows: Path) -> tuple[str, ...]:
    """The folders of this shop's shows whose streams carry `code`."""
    if not shows.is_dir():
        return ()
    return tuple(sorted(f.name for f in shows.iterdir() if f.is_dir() and code_of(f.name) == code))


def _pictures(source: str, seconds: float | None) -> Iterator[tuple[Plane, float, float]]:
    """(luma, second from the beginning, share of the whole) of every picture that is to be looked at."""
    with av.open(source, timeout=(20.0, 20.0)) as film:
        if not film.streams.video:
            raise ContentError(f"{source} has no picture.", remedy="Give a film or a stream's address.")
        whole = film.duration / 1e6 if film.duration else 0.0
        first: float | None = None
        seen = -EVERY_S
        for frame in film.decode(video=0):
            if frame.time is None:
                continue
            first = frame.time if first is None else first
            at = frame.time - first
            if seconds is not None and at > seconds:
                return
            if at - seen < EVERY_S - 1e-3:
                continue
            seen = at
            luma = frame.reformat(format="gray8") if frame.format.name[:3] != "yuv" else frame
            yield view_of(luma.planes[0]), at, min(1.0, at / whole) if whole else 0.0
