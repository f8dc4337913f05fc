"""Packets into containers: fragmented MP4 in memory, FLV for RTMP, whole files.

Muxers share the encoder's packets (each makes its own av.Packet from them) and its stream parameters (a
Template). The AIGC record goes into each; MP4 drops unknown metadata silently unless `use_metadata_tags`
is set (rules.md 7.1).
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import av

from bot.show.messages import Media
from bot.stage.encoder import Kind, Packet, Template

FRAGMENT_MS = 200
_VIDEO_TRACK, _AUDIO_TRACK = 1, 2  # track ids count the streams from 1, and video is added first
_NOT_SYNC = 0x10000  # ISO/IEC 14496-12, 8.8.3.1: sample_is_non_sync_sample


class Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...


class Rebase:
    """Starts a stream at a video keyframe and moves both kinds by the same time, so that it begins at 0.

    Sound that begins before the keyframe is left out. Call it for each packet in order.
    """

    def __init__(self) -> None:
        self._base: Packet | None = None
        self._shifts: dict[Kind, int] = {}  # in the kind's own time base

    @property
    def first_frame(self) -> int | None:
        """The encoder's index of the frame that became 0."""
        return None if self._base is None else self._base.pts

    def __call__(self, packet: Packet) -> Packet | None:
        if self._base is None:
            if packet.kind != "video" or not packet.is_key:
                return None
            self._base = packet
        shift = self._shifts.get(packet.kind)
        if shift is None:
            shift = self._shifts[packet.kind] = round(self._base.seconds / packet.time_base)
        if packet.pts < shift:
            return None
        return replace(packet, pts=packet.pts - shift, dts=packet.dts - shift) if shift else packet


def _native(packet: Packet, streams: Mapping[Kind, Any]) -> av.Packet:
    out = av.Packet(packet.data)
    out.pts, out.dts, out.duration, out.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    out.is_keyframe, out.stream = packet.is_key, streams[packet.kind]
    return out


class _Sink:
    """What libav writes into. Bytes are taken after each call, so that errors stay in Python."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a fragmented MP4 that stands for itself: INIT once, then KEY and DELTA fragments."""

    media: Media
    data: bytes


class FragmentMuxer:
    """Fragmented MP4 in memory. The pieces, joined, are a file that plays; so is INIT + any KEY onwards.

    init     the INIT piece, known from the start
    write    packets in; whole pieces out (a fragment about every `fragment_ms`, and at each keyframe)
    close    what is left
    """

    def __init__(
        self, template: Template, metadata: Mapping[str, str], fragment_ms: int = FRAGMENT_MS
    ) -> None:
        self._sink = _Sink()
        self._container = av.open(
            self._sink, "w", format="mp4",
            options={"movflags": "frag_keyframe+empty_moov+default_base_moof+skip_trailer+use_metadata_tags",
                     "frag_duration": str(fragment_ms * 1000)},
            container_options={"flush_packets": "1"},
        )  # fmt: skip
        self._container.metadata.update(metadata)
        self._streams = template.add_to(self._container)
        self._container.start_encoding()
        self.rebase = Rebase()
        self._heard, self._delay = False, 0  # samples from the first picture to the first sound
        self._rest = b""
        self.init = Piece(Media.INIT, self._sink.take())

    def write(self, packets: Iterable[Packet]) -> list[Piece]:
        for packet in packets:
            if (moved := self.rebase(packet)) is not None:
                if moved.kind == "audio" and not self._heard:
                    self._heard, self._delay = True, moved.pts
                self._container.mux_one(_native(moved, self._streams))
        return self._pieces()

    def close(self) -> list[Piece]:
        self._container.close()
        return self._pieces()

    def _pieces(self) -> list[Piece]:
        """Cuts the new bytes into moof + mdat pairs; what is not whole yet waits in `_rest`."""
        data, start, pieces, moof = self._rest + self._sink.take(), 0, [], b""
        for kind, a, b in boxes(data):
            if kind == b"moof":
                moof = data[a:b]
                if self._delay and (fixed := delayed(moof, _AUDIO_TRACK, self._delay)) != moof:
                    moof, self._delay = fixed, 0  # a first fragment may hold no sound yet
            elif kind == b"mdat":
                pieces.append(Piece(Media.KEY if starts_with_key(moof) else Media.DELTA, moof + data[a:b]))
                start = b
        self._rest = data[start:]
        return pieces


def boxes(data: bytes, start: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """(type, start, end) of each whole box of an ISO base media file (ISO/IEC 14496-12, 4.2) from `start`."""
    while start + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, start)
        if size == 1 and start + 16 <= len(data):
            size = struct.unpack_from(">Q", data, start + 8)[0]
        if size < 8 or start + size > len(data):
            return
        yield kind, start, start + size
        start += size


def starts_with_key(moof: bytes) -> bool:
    """Whether a moof's first video sample is a sync sample (ISO/IEC 14496-12, 8.8.7, 8.8.8)."""
    for kind, a, b in boxes(moof, 8):
        if kind != b"traf":
            continue
        traf, default = moof[a:b], _NOT_SYNC
        for inner, start, _ in boxes(traf, 8):
            flags, first = struct.unpack_from(">I", traf, start + 8)[0] & 0xFFFFFF, start + 12
            if inner == b"tfhd":
                if struct.unpack_from(">I", traf, first)[0] != _VIDEO_TRACK:
                    break
                at = first + 4 + 8 * bool(flags & 0x1) + 4 * sum(bool(flags & f) for f in (0x2, 0x8, 0x10))
                default = struct.unpack_from(">I", traf, at)[0] if flags & 0x20 else default
            elif inner == b"trun":
                at = first + 4 + 4 * bool(flags & 0x1)
                if flags & 0x4:
                    default = struct.unpack_from(">I", traf, at)[0]
                elif flags & 0x400:
                    at += 4 * sum(bool(flags & f) for f in (0x100, 0x200))
                    default = struct.unpack_from(">I", traf, at)[0]
                return not default & _NOT_SYNC
    return False


def delayed(moof: bytes, track: int, by: int) -> bytes:
    """The first moof box with the first sample of `track` `by` units later, and as much shorter.

    After an empty moov libav puts each track's first sample at 0 and stretches it to the second. Sound begins
    up to 21 ms after the first keyframe, so its first frame would be early. (8.8.12 tfdt version 1, 8.8.7
    tfhd, 8.8.8 trun)
    """
    out = bytearray(moof)

    def add(form: str, at: int, what: int) -> None:
        struct.pack_into(form, out, at, struct.unpack_from(form, moof, at)[0] + what)

    for kind, a, b in boxes(moof, 8):
        inner = {name: a + start for name, start, _ in boxes(moof[a:b], 8)} if kind == b"traf" else {}
        if not inner or struct.unpack_from(">I", moof, inner[b"tfhd"] + 12)[0] != track:
            continue
        add(">Q", inner[b"tfdt"] + 12, by)
        trun, tfhd = (struct.unpack_from(">I", moof, inner[name] + 8)[0] for name in (b"trun", b"tfhd"))
        if trun & 0x100:  # a duration for each sample, after the sample count and the optional fields
            add(">I", inner[b"trun"] + 16 + 4 * bool(trun & 0x1) + 4 * bool(trun & 0x4), -by)
        elif tfhd & 0x8:  # one for all: the fragment has this sample only
            add(">I", inner[b"tfhd"] + 16 + 8 * bool(tfhd & 0x1) + 4 * bool(tfhd & 0x2), -by)
    return bytes(out)


class StreamMuxer:
    """A live stream into anything with `write(bytes)`: "flv" as RTMP carries it, with the record in its
    onMetaData, or "mpegts", which has no room for it.

    The stream begins at the first video keyframe that is written. Errors of the writable pass through as
    they are.
    """

    def __init__(self, template: Template, target: Writable, metadata: Mapping[str, str], form: str) -> None:
        self._target, self._sink, self.rebase = target, _Sink(), Rebase()
        # mpegts: a picture is its own packet at once, and so is each piece of sound
        options = {"flvflags": "no_duration_filesize"} if form == "flv" else {"pes_payload_size": "0"}
        self._container = av.open(
            self._sink, "w", format=form, options=options, container_options={"flush_packets": "1"}
        )
        if form == "flv":
            self._container.metadata.update(metadata)
        self._streams = template.add_to(self._container)

    def write(self, packets: Iterable[Packet]) -> int:
        """The number of packets that went in; those before the first keyframe do not."""
        n = 0
        for packet in packets:
            if (moved := self.rebase(packet)) is not None:
                self._container.mux_one(_native(moved, self._streams))
                n += 1
        self._forward()
        return n

    def close(self) -> None:
        """Writes what was held back for interleaving. The target stays open."""
        self._container.close()
        self._forward()

    def _forward(self) -> None:
        if data := self._sink.take():
            self._target.write(data)


class FlvMuxer(StreamMuxer):
    """FLV."""

    def __init__(self, template: Template, target: Writable, metadata: Mapping[str, str]) -> None:
        super().__init__(template, target, metadata, "flv")


class FileMuxer:
    """A whole .mp4 or .flv file. MP4 goes out in fragments and becomes plain at close, so that what a crash
    leaves plays.
    """

    def __init__(self, template: Template, path: Path, metadata: Mapping[str, str]) -> None:
        mp4 = path.suffix.lower() == ".mp4"
        options = {"movflags": "hybrid_fragmented+delay_moov+use_metadata_tags"} if mp4 else {}
        self._container = av.open(
            str(path),
            "w",
            format="mp4" if mp4 else "flv",
            options=options,
            container_options={"flush_packets": "1"},
        )
        self._container.metadata.update(metadata)
        self._streams, self.rebase = template.add_to(self._container), Rebase()

    def write(self, packets: Iterable[Packet]) -> int:
        """The number of packets that went in. Raises OSError when the disk fails."""
        n = 0
        for packet in packets:
            if (moved := self.rebase(packet)) is not None:
                self._container.mux_one(_native(moved, self._streams))
                n += 1
        return n

    def close(self) -> None:
        self._container.close()
