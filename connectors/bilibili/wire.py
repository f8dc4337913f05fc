"""The packets on Bilibili's message socket.

A packet is 16 bytes of header, big endian (packet length, header length, version, operation, sequence),
and a body; a frame of the socket may hold several. Sources: open-live.bilibili.com, "长链数据协议"
(document/657d8e34-f926-a133-16c0-300c1afc6e6b): header, operations, version 0 and 2 (zlib, packets inside);
xfgryujk/blivedm 3bf17fe, clients/ws_base.py: version 1 and 3 (brotli, packets inside), the heartbeat reply
whose echoed body its length does not count.

Whatever comes, reading it takes bounded time and memory: a body unpacks to at most MOST_BYTES in all and
NESTED levels, a frame to MOST_PACKETS; what is beyond that, or cannot be read, raises Malformed after the
packets before it.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import brotli

HEADER = struct.Struct(">IHHII")
MOST_BYTES = 4_000_000  # unpacked, a frame; a full second of 5,000 messages is about 3 MB
MOST_PACKETS = 10_000
NESTED = 3
MOST_FRAME = 1 << 20  # bytes of a frame on the wire


class Op(IntEnum):
    HEARTBEAT = 2
    HEARTBEAT_REPLY = 3
    MESSAGE = 5
    AUTH = 7
    AUTH_REPLY = 8


class Body(IntEnum):
    """What the version field says of the body."""

    PLAIN = 0
    CONTROL = 1
    ZLIB = 2
    BROTLI = 3


class Malformed(ValueError):
    """A frame, or the rest of it, cannot be read. The text is for logs and holds none of the frame."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet, unpacked. `body` of a heartbeat reply: the 4 bytes of popularity alone."""

    op: int
    body: bytes


def packed(op: int, body: bytes = b"", version: int = Body.CONTROL, sequence: int = 1) -> bytes:
    """A packet for the wire."""
    return HEADER.pack(HEADER.size + len(body), HEADER.size, version, op, sequence) + body


def packets(frame: bytes) -> Iterator[Packet]:
    """The packets of a frame in their order, those inside compressed bodies too. Raises Malformed."""
    if len(frame) > MOST_FRAME:
        raise Malformed(f"a frame of {len(frame)} bytes")
    yield from _Reader().read(frame, 0)


class _Reader:
    """What one frame may still cost."""

    def __init__(self) -> None:
        self._bytes = MOST_BYTES
        self._packets = MOST_PACKETS

    def read(self, data: bytes, depth: int) -> Iterator[Packet]:
        view, at = memoryview(data), 0
        while at < len(data):
            if len(data) - at < HEADER.size:
                raise Malformed(f"{len(data) - at} bytes where a header should be")
            length, header, version, op, _ = HEADER.unpack_from(data, at)
            if header < HEADER.size or length < header or at + length > len(data):
                raise Malformed(
                    f"a packet of {length} bytes with a header of {header}, {len(data) - at} left"
                )
            self._packets -= 1
            if self._packets < 0:
                raise Malformed(f"more than {MOST_PACKETS} packets in a frame")
            body = bytes(view[at + header : at + length])
            if op == Op.HEARTBEAT_REPLY:  # what follows is our own heartbeat's body, not counted in `length`
                yield Packet(op, body[:4])
                return
            if version in (Body.ZLIB, Body.BROTLI) and op == Op.MESSAGE:
                if depth >= NESTED:
                    raise Malformed("packets nested too deep")
                yield from self.read(self._unpacked(body, version), depth + 1)
            else:
                yield Packet(op, body)
            at += length

    def _unpacked(self, body: bytes, version: int) -> bytes:
        try:
            data = inflated(body, self._bytes) if version == Body.ZLIB else unbrotlied(body, self._bytes)
        except (zlib.error, brotli.error) as error:
            raise Malformed("a compressed body that cannot be unpacked") from error
        self._bytes -= len(data)
        return data


def inflated(body: bytes, most: int) -> bytes:
    """`body` without its zlib compression; Malformed beyond `most` bytes or when it ends early."""
    inflater = zlib.decompressobj()
    data = inflater.decompress(body, most + 1)
    if len(data) > most:
        raise Malformed(f"a body that unpacks to more than {most} bytes")
    if not inflater.eof:
        raise Malformed("a compressed body that ends early")
    return data


def unbrotlied(body: bytes, most: int) -> bytes:
    """`body` without its brotli compression; Malformed beyond `most` bytes or when it ends early."""
    decoder = brotli.Decompressor()
    data: bytes = decoder.process(body, output_buffer_limit=most + 1)
    if len(data) > most:
        raise Malformed(f"a body that unpacks to more than {most} bytes")
    if not decoder.is_finished():
        raise Malformed("a compressed body that ends early")
    return data


def popularity(packet: Packet) -> int:
    """The number in a heartbeat reply; 0 where it is missing."""
    return int.from_bytes(packet.body[:4], "big")
