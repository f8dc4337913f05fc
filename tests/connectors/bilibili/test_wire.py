"""Packets: what is read, and that nothing which comes costs more than its bound."""

import struct
import tracemalloc
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bilibili import wire
from connectors.bilibili.wire import Body, Malformed, Op, Packet, packed, packets


def message(text: bytes) -> bytes:
    return packed(Op.MESSAGE, text, Body.PLAIN)


def test_the_header_is_as_documented():
    assert packed(Op.AUTH, b"{}") == bytes.fromhex("00000012 0010 0001 00000007 00000001") + b"{}"
    assert packed(Op.HEARTBEAT) == bytes.fromhex("00000010 0010 0001 00000002 00000001")


def test_a_frame_may_hold_several_packets():
    frame = message(b"one") + message(b"") + packed(Op.AUTH_REPLY, b'{"code":0}')
    assert list(packets(frame)) == [
        Packet(Op.MESSAGE, b"one"), Packet(Op.MESSAGE, b""), Packet(Op.AUTH_REPLY, b'{"code":0}'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("version", "press"), [(Body.ZLIB, zlib.compress), (Body.BROTLI, brotli.compress)], ids=["zlib", "brotli"]
)
def test_compressed_bodies_hold_packets_again(version, press):
    inner = message(b"a") + packed(Op.MESSAGE, press(message(b"b") + message(b"c")), version)
    frame = packed(Op.MESSAGE, press(inner), version) + message(b"d")
    assert [p.body for p in packets(frame)] == [b"a", b"b", b"c", b"d"]


def test_the_echo_behind_a_heartbeat_reply_is_not_read():
    reply = struct.pack(">IHHIII", 20, 16, 1, 3, 1, 1234) + b"[object Object]"
    (packet,) = packets(reply)
    assert (packet.op, wire.popularity(packet)) == (Op.HEARTBEAT_REPLY, 1234)
    assert wire.popularity(Packet(Op.HEARTBEAT_REPLY, b"")) == 0


def broken(frame: bytes) -> tuple[list[Packet], str]:
    found: list[Packet] = []
    with pytest.raises(Malformed) as caught:
        for packet in packets(frame):
            found.append(packet)
    return found, str(caught.value)


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        (b"\0" * 15, "15 bytes where a header should be"),
        (struct.pack(">IHHII", 17, 16, 0, 5, 1), "a packet of 17 bytes"),
        (struct.pack(">IHHII", 0, 16, 0, 5, 1), "a packet of 0 bytes"),
        (struct.pack(">IHHII", 16, 0, 0, 5, 1), "a header of 0"),
        (struct.pack(">IHHII", 2**32 - 1, 16, 0, 5, 1), "a packet of 4294967295 bytes"),
        (packed(Op.MESSAGE, zlib.compress(message(b"x"))[:-5], Body.ZLIB), "ends early"),
        (packed(Op.MESSAGE, brotli.compress(message(b"x"))[:-3], Body.BROTLI), "compressed body"),
        (packed(Op.MESSAGE, b"no zlib", Body.ZLIB), "cannot be unpacked"),
        (packed(Op.MESSAGE, b"\xff\xff\xff", Body.BROTLI), "compressed body"),
    ],
)
def test_what_came_before_a_broken_packet_is_kept(rest, says):
    found, why = broken(message(b"good") + rest)
    assert [p.body for p in found] == [b"good"]
    assert says in why


def bombs():
    zeros = b"\0" * 1_000_000
    deflate, stream = zlib.compressobj(9), brotli.Compressor(quality=3)
    z = b"".join([deflate.compress(zeros) for _ in range(30)]) + deflate.flush()
    b = b"".join([stream.process(zeros) for _ in range(30)]) + stream.finish()
    nested = message(b"x")
    for _ in range(20):
        nested = packed(Op.MESSAGE, zlib.compress(nested), Body.ZLIB)
    many = zlib.compress(message(b"") * 200_000)
    return {
        "zlib": (packed(Op.MESSAGE, z, Body.ZLIB), "unpacks to more"),
        "brotli": (packed(Op.MESSAGE, b, Body.BROTLI), "unpacks to more"),
        "twice": (packed(Op.MESSAGE, zlib.compress(packed(Op.MESSAGE, z, Body.ZLIB), 9), Body.ZLIB), "more"),
        "nested": (nested, "nested too deep"),
        "many packets": (packed(Op.MESSAGE, many, Body.ZLIB), "more than 10000 packets"),
        "long frame": (b"\0" * (wire.MOST_FRAME + 1), "a frame of 1048577 bytes"),
    }


BOMBS = bombs()


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_its_bound(name):
    frame, says = BOMBS[name]
    tracemalloc.start()
    try:
        _, why = broken(frame)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert says in why
    assert peak < 5 * wire.MOST_BYTES


def test_many_small_bombs_in_one_frame_share_one_bound():
    inner = zlib.compress(message(b"\0" * 1_000_000))
    frame = packed(Op.MESSAGE, inner, Body.ZLIB) * 8
    found, why = broken(frame)
    assert len(found) == 3
    assert "unpacks to more" in why


versions = st.one_of(st.sampled_from([0, 1, 2, 3]), st.integers(0, 2**16 - 1))
ops = st.one_of(st.sampled_from([2, 3, 5, 7, 8]), st.integers(0, 2**32 - 1))
bodies = st.one_of(
    st.binary(max_size=60),
    st.binary(max_size=60).map(zlib.compress),
    st.binary(max_size=60).map(brotli.compress),
)
well_formed = st.lists(
    st.builds(lambda op, body, version: packed(op, body, version), ops, bodies, versions), max_size=5
).map(b"".join)
frames = st.one_of(
    st.binary(max_size=300),
    well_formed,
    well_formed.map(lambda f: packed(Op.MESSAGE, zlib.compress(f), Body.ZLIB)),
    well_formed.map(lambda f: packed(Op.MESSAGE, brotli.compress(f), Body.BROTLI)),
    st.builds(
        lambda f, n, b: f[:n] + b + f[n + 1 :], well_formed, st.integers(0, 100), st.binary(max_size=3)
    ),
)


@given(frames)
def test_whatever_comes_is_read_or_malformed(frame):
    total = 0
    try:
        for packet in packets(frame):
            total += len(packet.body)
    except Malformed:
        pass
    assert total <= len(frame) + wire.MOST_BYTES


@given(st.lists(st.binary(max_size=40), max_size=6), st.sampled_from([Body.PLAIN, Body.ZLIB, Body.BROTLI]))
def test_what_is_packed_is_read_back(texts, version):
    inner = b"".join(map(message, texts))
    press = {Body.PLAIN: bytes, Body.ZLIB: zlib.compress, Body.BROTLI: brotli.compress}[version]
    frame = inner if version == Body.PLAIN else packed(Op.MESSAGE, press(inner), version)
    assert [p.body for p in packets(frame)] == texts
