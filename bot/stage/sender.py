"""A channel's sender: a process of its own that lives as long as one connection (connectors.md 3.5).

FFmpeg's network output can block for ever, and its close holds the interpreter lock, so it never runs in
the process that encodes. Standard input: one line of JSON {"url", "ca_file"}, then FLV. Standard output: a
line of JSON each 25 pictures {"sent", "acked"}, and a last one with {"error"} or {"ended"}. Nothing
printed here holds the address, which carries the stream key. It is run as a file, alone, and imports
nothing of Castmate.
"""

import json
import os
import socket
import stat
import struct
import sys
from pathlib import Path
from typing import Any, NoReturn

import av

RW_TIMEOUT_US = 3_000_000  # a write that takes longer means a dead peer
SEND_BUFFER = 131_072  # bytes; the kernel's own 4 MB would hide a dead peer for 25 s
QUEUE = 250  # packets, about 3.5 s
FAILED = 3  # exit status
_BYTES_ACKED = 120  # offset of tcpi_bytes_acked in Linux's struct tcp_info
_TCP_INFO_SIZE = 136


def fifo_options(url: str, ca_file: str) -> dict[str, str]:
    """The fifo muxer as a shield: no recovery inside, so that every fault surfaces in `mux`.

    FFmpeg does not verify TLS unless told to, and looks for roots where Debian has none: `ca_file` is
    always given.
    """
    inner = f"rw_timeout={RW_TIMEOUT_US}:send_buffer_size={SEND_BUFFER}:flvflags=no_duration_filesize"
    if url.startswith("rtmps:"):
        inner += f":tls_verify=1:ca_file={ca_file}"
    return {
        "fifo_format": "flv",
        "attempt_recovery": "0",
        "drop_pkts_on_overflow": "1",
        "queue_size": str(QUEUE),
        "restart_with_keyframe": "1",
        "format_opts": inner,
    }


def acked_bytes() -> int | None:
    """Bytes that the peer's kernel has confirmed on our TCP connection, None where it cannot be known.

    It tells a server that takes the stream from one that is only connected: the fifo accepts packets
    either way.
    """
    tcp_info = getattr(socket, "TCP_INFO", None)
    folder = Path("/proc/self/fd")
    if tcp_info is None or not folder.is_dir():
        return None
    for name in os.listdir(folder):  # noqa: PTH208 (numbers, not paths)
        fd = int(name)
        try:
            if fd <= 2 or not stat.S_ISSOCK(os.fstat(fd).st_mode):
                continue
            with socket.socket(fileno=os.dup(fd)) as s:
                if s.type != socket.SOCK_STREAM or s.family not in (socket.AF_INET, socket.AF_INET6):
                    continue
                info = s.getsockopt(socket.IPPROTO_TCP, tcp_info, _TCP_INFO_SIZE)
        except OSError:
            continue  # a descriptor that closed meanwhile
        if len(info) == _TCP_INFO_SIZE:
            return int(struct.unpack_from("=Q", info, _BYTES_ACKED)[0])
    return None


def tell(**status: object) -> None:
    os.write(1, json.dumps(status).encode() + b"\n")


def fail(error: BaseException, sent: int) -> NoReturn:
    """Says what happened, without the address, and ends at once: nobody waits for a dying socket's close."""
    try:
        tell(error=type(error).__name__, errno=getattr(error, "errno", None), sent=sent)
    finally:
        os._exit(FAILED)


def read_line() -> bytes:
    """The first line of standard input and not a byte more: FLV follows."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            break
        line += byte
    return line


def send(url: str, ca_file: str) -> None:
    """Copies FLV from standard input to `url` until it ends, then closes the stream properly."""
    sent = 0
    try:
        source = av.open("pipe:0", format="flv", options={"probesize": "65536", "analyzeduration": "500000"})
        out = av.open(url, "w", format="fifo", options=fifo_options(url, ca_file))
        out.metadata.update({k: v for k, v in source.metadata.items() if k == "AIGC"})
        streams: dict[int, Any] = {s.index: out.add_stream_from_template(s) for s in source.streams}
        pictures = 0
        for packet in source.demux():
            if packet.dts is None:
                continue
            pictures += packet.stream.type == "video"
            report = packet.stream.type == "video" and pictures % 25 == 0
            packet.stream = streams[packet.stream_index]
            out.mux_one(packet)
            sent += 1
            if report:
                tell(sent=sent, acked=acked_bytes())
        out.close()
    except Exception as e:  # noqa: BLE001 (whatever it is becomes one status line; the parent decides)
        fail(e, sent)
    tell(ended=True, sent=sent)


def main() -> None:
    av.logging.set_level(None)  # FFmpeg's lines hold the key, and its log callback deadlocks with close
    order = json.loads(read_line())
    send(order["url"], order["ca_file"])
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
