"""Segments, one after the other, into one file: nothing is encoded again, and the AIGC record stays."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from bot.stage.aigc import KEY, require_aigc
from products.errors import ContentError

RATE = 25  # pictures a second, where a file does not say


@dataclass(frozen=True, slots=True)
class Cut:
    """A segment, or the part of it from `start` to `end` (seconds of the segment; None: as far as it goes).
    It begins at the last keyframe that is not after `start`.
    """

    path: Path
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """What came out. `seconds`: by the pictures; `starts`: where each cut really begins in its segment."""

    seconds: float
    starts: tuple[float, ...]


def join(segments: Sequence[Path | Cut], out: Path) -> Joined:
    """Puts segments one after the other into `out` (.mp4, .flv), AIGC record kept.

    A segment that a crash left open is taken as far as it goes. Raises ContentError for none or unreadable
    ones, OSError when the disk refuses.
    """
    if not segments:
        raise ContentError("There is no segment to join.", remedy="Name the files of a recording, in order.")
    mp4 = out.suffix.lower() != ".flv"
    options = {"movflags": "use_metadata_tags+faststart"} if mp4 else {}
    record: str | None = None
    starts, at = [], Fraction(0)
    with av.open(str(out), "w", format="mp4" if mp4 else "flv", options=options) as target:
        streams: dict[str, Any] = {}
        for cut in (Cut(s) if isinstance(s, Path) else s for s in segments):
            with _opened(cut.path) as source:
                if not streams:
                    record = source.metadata.get(KEY)
                    target.metadata.update({KEY: record} if record else {})
                    streams = {s.type: target.add_stream_from_template(s) for s in source.streams}
                start, length = _append(source, cut, streams, target, at)
                starts.append(float(start))
                at += length
    if record:
        require_aigc(out, record)
    return Joined(float(at), tuple(starts))


def _opened(path: Path) -> Any:
    try:
        return av.open(str(path))
    except (av.FFmpegError, OSError) as e:
        raise ContentError(f"{path.name} cannot be read as a recording.", remedy="Leave it out.") from e


def _append(
    source: Any, cut: Cut, streams: Mapping[str, Any], target: Any, at: Fraction
) -> tuple[Fraction, Fraction]:
    """Copies a cut to `at` seconds of the target; where it begins in its segment, and its length by the
    pictures.
    """
    video = source.streams.video[0]
    step = 1 / Fraction(video.average_rate or RATE)
    if cut.start > 0:
        source.seek(int(cut.start * av.time_base), backward=True)
    begin: Fraction | None = None if cut.start > 0 else Fraction(0)
    end = begin or Fraction(0)
    with suppress(av.error.EOFError, av.error.InvalidDataError):  # a torn end is the end
        for packet in source.demux():
            if packet.pts is None or packet.dts is None or packet.stream.type not in streams:
                continue
            base, kind = Fraction(packet.time_base), packet.stream.type
            seconds = packet.pts * base
            if begin is None and kind == "video" and packet.is_keyframe:
                begin = end = seconds
            if begin is None or seconds < begin or (cut.end is not None and seconds >= cut.end):
                continue
            if kind == "video":
                end = max(end, seconds + step)
            moved = round((at - begin) / base)
            packet.pts, packet.dts, packet.stream = packet.pts + moved, packet.dts + moved, streams[kind]
            target.mux_one(packet)
    return begin or Fraction(0), end - (begin or Fraction(0))
