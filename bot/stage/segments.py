"""Segments of a recording: fMP4 files that play by themselves, carry the AIGC record, signed and hashed."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av

from bot.durable import keep_names
from bot.stage.aigc import KEY, require_aigc
from bot.stage.encoder import Packet, Template
from bot.stage.mux import FragmentMuxer, Piece

SEGMENT_S = 60
FRAGMENT_MS = 1000  # a crash loses at most this much of the open segment
PATTERN = "segment-?????.mp4"

Seal = Callable[[Path, int, int], None]  # signs a closed segment in place: its file, first frame, frames


@dataclass(frozen=True, slots=True)
class Segment:
    """A closed part of a recording. `first_frame`: index in the show; `sha256`: of the bytes, in hex. `torn`:
    the disk refused its end; it plays as far as it goes.
    """

    path: Path
    index: int
    first_frame: int
    frames: int
    size: int
    sha256: str
    torn: bool = False


class _Part:
    """The segment that is being written."""

    def __init__(self, path: Path, index: int, template: Template, metadata: Mapping[str, str]) -> None:
        self.path, self.index, self.frames, self.size = path, index, 0, 0
        self._muxer = FragmentMuxer(template, metadata, FRAGMENT_MS)
        self._hash = hashlib.sha256()
        self._file = path.open("xb", buffering=0)

    @property
    def first_frame(self) -> int:
        return self._muxer.rebase.first_frame or 0

    def begin(self) -> None:
        """What a player needs first. Raises OSError, as `write` and `close` do."""
        self._append([self._muxer.init])

    def write(self, packet: Packet) -> None:
        self.frames += packet.kind == "video"
        self._append(self._muxer.write([packet]))

    def close(self) -> Segment:
        self._append(self._muxer.close())
        os.fsync(self._file.fileno())
        self._file.close()
        return Segment(
            self.path, self.index, self.first_frame, self.frames, self.size, self._hash.hexdigest()
        )

    def abandon(self) -> Segment | None:
        """The disk refused it: what is there, as it is; None where not even one picture is."""
        self._file.close()
        with suppress(OSError, av.FFmpegError):
            if frames := pictures(self.path):
                size, digest = self.path.stat().st_size, sha256_of(self.path)
                return Segment(self.path, self.index, self.first_frame, frames, size, digest, torn=True)
        self.path.unlink(missing_ok=True)
        return None

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
        seal: Seal | None = None,
    ) -> None:
        self._seal = seal
        self._folder, self._template, self._metadata = folder, template, dict(metadata)
        self._on_segment, self._seconds = on_segment, seconds
        self._part: _Part | None = None
        self._start: Fraction | None = None
        self._held: list[Packet] = []  # video from a cut on, while the old segment waits for its sound
        self._index = 1 + max((int(p.stem[-5:]) for p in folder.glob(PATTERN)), default=-1)

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
        self._part.begin()
        for packet in held:
            self._part.write(packet)

    def _close_part(self) -> None:
        if self._part is None:
            return
        part, self._part = self._part, None
        segment = part.close()
        keep_names(self._folder)
        if KEY in self._metadata:
            require_aigc(segment.path, self._metadata[KEY])
        self._on_segment(segment if self._seal is None else self._sealed(segment, self._seal))

    def _sealed(self, segment: Segment, seal: Seal) -> Segment:
        """The segment as it is after signing, which changes its bytes."""
        seal(segment.path, segment.first_frame, segment.frames)
        keep_names(self._folder)
        if KEY in self._metadata:
            require_aigc(segment.path, self._metadata[KEY])
        return replace(segment, size=segment.path.stat().st_size, sha256=sha256_of(segment.path))

    def abandon(self) -> None:
        """After the disk refused: gives up the open segment as far as it got. The next packet that can begins
        a new one.
        """
        part, self._part, self._held, self._start = self._part, None, [], None
        if part is not None and (torn := part.abandon()) is not None:
            self._on_segment(torn)

    def close(self) -> None:
        """Closes the open segment; a keyframe that is written later begins the next."""
        if self._held:
            self._cut()
        self._close_part()
        self._start = None


def sha256_of(path: Path) -> str:
    """In hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pictures(path: Path) -> int:
    """How many pictures a file holds, as far as it can be read. Raises av.FFmpegError for none at all."""
    count = 0
    with av.open(str(path)) as container, suppress(av.FFmpegError):
        for packet in container.demux(video=0):
            count += packet.pts is not None
    return count
