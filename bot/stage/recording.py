"""The show on disk: fMP4 segments that play by themselves, carry the AIGC record and are hashed."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from bot.stage.aigc import KEY, require_aigc
from bot.stage.encoder import Encoder, Packet, Template
from bot.stage.mux import FileMuxer, FragmentMuxer, Piece
from bot.stage.outbox import Outbox
from products.errors import Bug, CastmateError, ContentError, SetupError

SEGMENT_S = 60
FRAGMENT_MS = 1000  # a crash loses at most this much of the open segment


@dataclass(frozen=True, slots=True)
class Segment:
    """A closed part of a recording. `first_frame`: index in the show; `sha256`: of the bytes, in hex."""

    path: Path
    index: int
    first_frame: int
    frames: int
    size: int
    sha256: str


class _Part:
    """The segment that is being written."""

    def __init__(self, path: Path, index: int, template: Template, metadata: Mapping[str, str]) -> None:
        self.path, self.index, self.frames, self.size = path, index, 0, 0
        self._muxer = FragmentMuxer(template, metadata, FRAGMENT_MS)
        self._hash = hashlib.sha256()
        self._file = path.open("xb", buffering=0)
        self._append([self._muxer.init])

    def write(self, packet: Packet) -> None:
        self.frames += packet.kind == "video"
        self._append(self._muxer.write([packet]))

    def close(self) -> Segment:
        self._append(self._muxer.close())
        os.fsync(self._file.fileno())
        self._file.close()
        first = self._muxer.rebase.first_frame or 0
        return Segment(self.path, self.index, first, self.frames, self.size, self._hash.hexdigest())

    def _append(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            rest = memoryview(piece.data)
            while rest:
                rest = rest[self._file.write(rest) :]
            self._hash.update(piece.data)
            self.size += len(piece.data)


class SegmentWriter:
    """Cuts packets into segments at keyframes. Single-threaded; Recorder runs it on a thread.

    A cut is made at the first keyframe that is `seconds` or more after the segment's own. Sound of before
    the cut that comes after the keyframe (the encoder is a frame behind) still goes into the old segment.
    """

    def __init__(
        self,
        folder: Path,
        template: Template,
        metadata: Mapping[str, str],
        on_segment: Callable[[Segment], None],
        seconds: int = SEGMENT_S,
    ) -> None:
        self._folder, self._template, self._metadata = folder, template, dict(metadata)
        self._on_segment, self._seconds = on_segment, seconds
        self._part: _Part | None = None
        self._start: Fraction | None = None
        self._held: list[Packet] = []  # video from a cut on, while the old segment waits for its sound
        self._index = 1 + max((int(p.stem[-5:]) for p in folder.glob("segment-?????.mp4")), default=-1)

    def write(self, packet: Packet) -> None:
        """Raises OSError when the disk fails."""
        if self._held:
            if packet.kind == "audio" and packet.seconds < self._held[0].seconds:
                self._into_part(packet)
                return
            self._held.append(packet)
            if packet.kind == "audio":
                self._cut()
            return
        if packet.kind == "video" and packet.is_key:
            if self._start is None:
                self._held.append(packet)
                self._cut()
                return
            if packet.seconds - self._start >= self._seconds:
                self._held.append(packet)
                return
        self._into_part(packet)

    def _into_part(self, packet: Packet) -> None:
        if self._part is not None:
            self._part.write(packet)

    def _cut(self) -> None:
        """Closes the open segment, opens the next and gives it what was held."""
        self._close_part()
        held, self._held = self._held, []
        self._start = held[0].seconds
        path = self._folder / f"segment-{self._index:05d}.mp4"
        self._part = _Part(path, self._index, self._template, self._metadata)
        self._index += 1
        for packet in held:
            self._part.write(packet)

    def _close_part(self) -> None:
        if self._part is None:
            return
        part, self._part = self._part, None
        segment = part.close()
        _sync_folder(self._folder)
        if KEY in self._metadata:
            require_aigc(segment.path, self._metadata[KEY])
        self._on_segment(segment)

    def close(self) -> None:
        if self._held:
            self._cut()
        self._close_part()


class Recorder:
    """Records a show into `folder` without ever making the air wait.

    `write` only queues; a thread muxes, writes, fsyncs and hashes. `on_segment` is called on that thread for
    every closed segment, in order. When the disk fails the recording stops, `failure` says why (SetupError),
    and the show decides: what cannot be recorded must not air. When the disk cannot keep up, whole groups of
    pictures are dropped and counted in `dropped`.

    live   False in a rehearsal: `write` then waits for the disk instead of dropping.
    """

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        metadata: Mapping[str, str],
        on_segment: Callable[[Segment], None],
        *,
        seconds: int = SEGMENT_S,
        live: bool = True,
    ) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise _disk(folder, e) from e
        self._folder = folder
        self._outbox = Outbox(max_frames=30 * encoder.fps if live else 2 * encoder.fps, wait=not live)
        self._writer = SegmentWriter(folder, encoder.template(), metadata, on_segment, seconds)
        self.failure: CastmateError | None = None
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        return self._outbox.dropped

    def write(self, packets: Iterable[Packet]) -> None:
        self._outbox.put(packets)

    def finish(self) -> None:
        """No more packets will come. Returns at once."""
        self._outbox.finish()

    def close(self, timeout: float = 10.0) -> bool:
        """Writes what waits, closes the last segment. False when that takes longer than `timeout` seconds."""
        self.finish()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._outbox.finished:
                if (packet := self._outbox.get(0.5)) is not None:
                    self._writer.write(packet)
            self._writer.close()
        except OSError as e:
            self.failure = _disk(self._folder, e)
        except CastmateError as e:
            self.failure = e
        except Exception as e:  # noqa: BLE001 (nobody else would see it: the show asks for `failure`)
            self.failure = Bug(f"The recording failed: {type(e).__name__}: {e}.")
        finally:
            self._outbox.hold()


class FileRecorder:
    """One file for a rehearsal (.mp4 or .flv). Raises SetupError when the file cannot be written."""

    def __init__(self, path: Path, encoder: Encoder, metadata: Mapping[str, str]) -> None:
        if path.suffix.lower() not in (".mp4", ".flv"):
            raise SetupError(f"{path.name}: only .mp4 and .flv can be written.", remedy="Choose such a name.")
        self.path, self._record = path, metadata.get(KEY)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._muxer = FileMuxer(encoder.template(), path, metadata)
        except OSError as e:
            raise _disk(path, e) from e

    def write(self, packets: Iterable[Packet]) -> None:
        try:
            self._muxer.write(packets)
        except OSError as e:
            raise _disk(self.path, e) from e

    def close(self) -> None:
        """Finishes the file and checks that it carries the AIGC record."""
        try:
            self._muxer.close()
        except OSError as e:
            raise _disk(self.path, e) from e
        if self._record is not None:
            require_aigc(self.path, self._record)


def join(segments: Sequence[Path], out: Path) -> None:
    """Puts segments one after the other into `out` (.mp4, .flv), not encoded again, AIGC record kept.

    A segment that a crash left open is taken as far as it goes. Raises ContentError for no or unreadable
    segments.
    """
    if not segments:
        raise ContentError("There is no segment to join.", remedy="Name the files of a recording, in order.")
    mp4 = out.suffix.lower() != ".flv"
    options = {"movflags": "use_metadata_tags+faststart"} if mp4 else {}
    record: str | None = None
    with av.open(str(out), "w", format="mp4" if mp4 else "flv", options=options) as target:
        streams: dict[str, Any] = {}
        start = Fraction(0)
        for path in segments:
            try:
                source = av.open(str(path))
            except av.FFmpegError as e:
                raise ContentError(
                    f"{path.name} cannot be read as a recording.", remedy="Leave it out."
                ) from e
            with source:
                if not streams:
                    record = source.metadata.get(KEY)
                    target.metadata.update({KEY: record} if record else {})
                    streams = {s.type: target.add_stream_from_template(s) for s in source.streams}
                start += _append(source, streams, target, start)
    if record:
        require_aigc(out, record)


def _append(source: Any, streams: Mapping[str, Any], target: Any, at: Fraction) -> Fraction:
    """Copies one segment to `at` seconds of the target; its length by the pictures."""
    video = source.streams.video[0]
    step, end = 1 / Fraction(video.average_rate or 25), Fraction(0)
    for packet in source.demux():
        if packet.pts is None or packet.dts is None or packet.stream.type not in streams:
            continue
        base = Fraction(packet.time_base)
        if packet.stream.type == "video":
            end = max(end, packet.pts * base + step)
        packet.pts, packet.dts = packet.pts + round(at / base), packet.dts + round(at / base)
        packet.stream = streams[packet.stream.type]
        target.mux_one(packet)
    return end


def _sync_folder(folder: Path) -> None:
    """Makes a new file's name durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _disk(path: Path, e: OSError) -> SetupError:
    return SetupError(
        f"{path} cannot be written: {e.strerror or e}.", remedy="Free space or choose another folder."
    )
