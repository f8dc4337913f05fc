"""RTMP and RTMPS: FLV from standard input to a server, through FFmpeg (connectors.md 3.3 to 3.5).

FFmpeg's network output can block for ever, and its close holds the interpreter lock, so it never runs in
the process that encodes. Order: {"url", "ca_file", "kbps"}.
"""

import fcntl
import os
import socket
import stat
import struct
import termios
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av

from bot.stage.senders.wire import OVER, end, fail, read_order, report_from, sending_right

RW_TIMEOUT_US = 3_000_000  # a write that takes longer means a dead peer
SEND_BUFFER = 131_072  # bytes; the kernel's own 4 MB would hide a dead peer for 25 s
QUEUE = 48  # packets, 0.7 s: what is more waits, and is dropped by whole GOPs, in the outbox
_BYTES_ACKED = 120  # offset of tcpi_bytes_acked in Linux's struct tcp_info
_TCP_INFO_SIZE = 136
_SO_MAX_PACING_RATE = 47  # Linux, since 3.13; the socket module has no name for it before Python 3.14
PACE = 2.0  # times the stream's rate: what waited is caught up with, and nothing is sent in bursts


def fifo_options(url: str, ca_file: str) -> dict[str, str]:
    """The fifo muxer as a shield: no recovery and no dropping inside; every fault surfaces in `mux`.

    FFmpeg does not verify TLS unless told to, and looks for roots where Debian has none: `ca_file` is
    always given.
    """
    inner = f"rw_timeout={RW_TIMEOUT_US}:send_buffer_size={SEND_BUFFER}:flvflags=no_duration_filesize"
    if url.lower().startswith("rtmps:"):
        inner += f":tls_verify=1:ca_file={ca_file}"
    return {
        "fifo_format": "flv",
        "attempt_recovery": "0",
        "drop_pkts_on_overflow": "0",
        "queue_size": str(QUEUE),
        "format_opts": inner,
    }


def tcp_state(pace: int = 0) -> dict[str, int | None]:
    """acked: bytes that the peer's kernel has confirmed on our connection; pending: bytes in ours that it has
    not. acked is None where it cannot be known.

    pace    bytes a second that the kernel may send at most, 0 = as it likes. Bursts make the server's kernel
            enlarge its receive buffer, behind which a frozen server hides for seconds.

    It tells a server that takes the stream from one that is only connected: the fifo accepts packets
    either way.
    """
    tcp_info = getattr(socket, "TCP_INFO", None)
    folder = Path("/proc/self/fd")
    if tcp_info is None or not folder.is_dir():
        return {"acked": None, "pending": 0}
    for name in os.listdir(folder):  # noqa: PTH208 (numbers, not paths)
        fd = int(name)
        try:
            if fd <= 2 or not stat.S_ISSOCK(os.fstat(fd).st_mode):
                continue
            with socket.socket(fileno=os.dup(fd)) as s:
                if s.type != socket.SOCK_STREAM or s.family not in (socket.AF_INET, socket.AF_INET6):
                    continue
                info = s.getsockopt(socket.IPPROTO_TCP, tcp_info, _TCP_INFO_SIZE)
                if pace:
                    s.setsockopt(socket.SOL_SOCKET, _SO_MAX_PACING_RATE, pace)
                pending = struct.unpack("i", fcntl.ioctl(s.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0]
        except OSError:
            continue  # a descriptor that closed meanwhile
        if len(info) == _TCP_INFO_SIZE:
            return {"acked": int(struct.unpack_from("=Q", info, _BYTES_ACKED)[0]), "pending": int(pending)}
    return {"acked": 0, "pending": 0}  # not connected yet, or no more


class Copier:
    """Copies FLV from standard input to an address. `sent`: packets so far; `may_send`: asked before each."""

    def __init__(self, url: str, ca_file: str, kbps: int, may_send: Callable[[], bool]) -> None:
        self._url, self._options, self.sent = url, fifo_options(url, ca_file), 0
        self._may_send = may_send
        self._pace = round(PACE * kbps * 125)

    def status(self) -> dict[str, object]:
        return {"sent": self.sent, **tcp_state(self._pace)}

    def pace_soon(self) -> None:
        """Looks for the connection until it is there, so that not even the first picture is a burst."""

        def run() -> None:
            still = threading.Event()
            while not tcp_state(self._pace)["acked"] and not still.wait(0.01):
                pass

        threading.Thread(target=run, daemon=True).start()

    def run(self) -> None:
        """Until standard input ends; then closes the stream properly. Raises what FFmpeg raises."""
        source = av.open("pipe:0", format="flv", options={"probesize": "65536", "analyzeduration": "500000"})
        out = av.open(self._url, "w", format="fifo", options=self._options)
        out.metadata.update({k: v for k, v in source.metadata.items() if k == "AIGC"})
        streams: dict[int, Any] = {s.index: out.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.dts is None:
                continue
            packet.stream = streams[packet.stream_index]
            if not self._may_send():
                fail(OVER, self.sent)
            out.mux_one(packet)
            self.sent += 1
        out.close()


def main() -> None:
    av.logging.set_level(None)  # FFmpeg's lines hold the key, and its log callback deadlocks with close
    order = read_order()
    copier = Copier(order["url"], order["ca_file"], order["kbps"], sending_right())
    copier.pace_soon()
    report_from(copier.status)
    try:
        copier.run()
    except Exception as e:  # noqa: BLE001 (whatever it is becomes one status line; the parent decides)
        fail(e, copier.sent)
    end(copier.sent)
