"""SRT: MPEG-TS from standard input to a listener, through libsrt, called by its C interface (srt.h).

FFmpeg would need the address, with the stream id, on its command line, and gives a frozen listener five
seconds and more. Order: {"url"}, srt://HOST:PORT?streamid=ID[&passphrase=WORDS][&latency=MS][&pbkeylen=N].
"""

import ctypes
import ctypes.util
import os
import socket
import struct
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from bot.stage.senders.wire import OVER, end, fail, read_order, report_from, sending_right
from connectors.srt.address import query_of

LIBRARIES = ("libsrt-gnutls.so.1.5", "libsrt-openssl.so.1.5", "libsrt.so.1.5", "libsrt.so.1")
PACKAGE = "libsrt1.5-gnutls"
PAYLOAD = 1316  # bytes: seven packets of MPEG-TS, what live mode sends at a time
CONNECT_MS, LATENCY_MS = 3000, 200
SEND_BUFFER = 1_500_000  # bytes
# enum SRT_SOCKOPT of srt.h 1.5
_SNDBUF, _SNDDATA, _PASSPHRASE, _PBKEYLEN, _SNDDROPDELAY = 5, 19, 26, 27, 32
_CONNTIMEO, _PEERLATENCY, _STREAMID = 36, 44, 46
_TIMEOUT = 16  # SRT_REJ_TIMEOUT


class SrtRefused(Exception):
    """Why there is no connection, in words that hold no address."""


def load() -> ctypes.CDLL:
    """libsrt. Raises SrtRefused where it is not installed."""
    for name in (*LIBRARIES, ctypes.util.find_library("srt")):
        if name is None:
            continue
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise SrtRefused(f"SRT needs libsrt: apt-get install {PACKAGE}")


def address(host: str, port: int) -> bytes:
    """A struct sockaddr of Linux. Raises SrtRefused for a name that nobody knows."""
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    except OSError:
        raise SrtRefused("the server's name is unknown") from None
    raw = socket.inet_pton(family, str(where[0]))
    if family == socket.AF_INET:
        return struct.pack("=H", family) + struct.pack("!H", port) + raw + bytes(8)
    return struct.pack("=H", family) + struct.pack("!HI", port, 0) + raw + bytes(4)


class Caller:
    """One SRT connection that we open. `sent`: bytes handed to libsrt."""

    def __init__(self, url: str) -> None:
        self._srt, self._socket, self.sent = load(), -1, 0
        self._srt.srt_rejectreason_str.restype = ctypes.c_char_p
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._query = query_of(url)
        self._latency_ms = int(self._query.get("latency", LATENCY_MS))

    def _set(self, option: int, value: int | str) -> None:
        raw = value.encode() if isinstance(value, str) else struct.pack("i", value)
        if self._srt.srt_setsockflag(self._socket, option, raw, len(raw)) != 0:
            raise SrtRefused("a setting in the SRT address is not one that libsrt takes")

    def connect(self) -> None:
        """Raises SrtRefused."""
        self._srt.srt_startup()
        self._srt.srt_setloglevel(0)  # its lines would quote the stream id
        self._socket = self._srt.srt_create_socket()
        for option, number in (
            (_CONNTIMEO, CONNECT_MS),
            (_SNDBUF, SEND_BUFFER),
            (_SNDDROPDELAY, -1),  # what is late is dropped by groups of pictures, in the outbox
            (_PEERLATENCY, self._latency_ms),
        ):
            self._set(option, number)
        if "pbkeylen" in self._query:
            self._set(_PBKEYLEN, int(self._query["pbkeylen"]))
        for option, key in ((_STREAMID, "streamid"), (_PASSPHRASE, "passphrase")):
            if key in self._query:
                self._set(option, self._query[key])
        where = address(self._host, self._port)
        if self._srt.srt_connect(self._socket, where, len(where)) != 0:
            reason = self._srt.srt_getrejectreason(self._socket)
            words = self._srt.srt_rejectreason_str(reason).decode("ascii", "replace")
            silent = reason in (0, _TIMEOUT)
            raise SrtRefused("the server does not answer" if silent else f"the server refuses: {words}")

    def send(self, data: bytes) -> None:
        """One payload; waits while libsrt's buffer is full. BrokenPipeError when the server is gone."""
        if self._srt.srt_send(self._socket, data, len(data)) < 0:
            raise BrokenPipeError
        self.sent += len(data)

    def status(self) -> dict[str, object]:
        """Bytes that the listener confirmed, and those it has not."""
        if self._socket < 0:
            return {"sent": 0, "acked": 0, "pending": 0}
        waiting, size = ctypes.c_int(0), ctypes.c_int(4)
        sent = self.sent
        self._srt.srt_getsockflag(self._socket, _SNDDATA, ctypes.byref(waiting), ctypes.byref(size))
        pending = waiting.value * PAYLOAD
        return {"sent": sent, "acked": max(0, sent - pending), "pending": pending}

    def close(self) -> None:
        """After what waits was confirmed, at most two seconds, and after the listener's latency: closing by
        itself makes both ends throw away what they hold."""
        done = threading.Event()
        for _ in range(100):
            if self.status()["pending"] == 0:
                break
            done.wait(0.02)
        done.wait(self._latency_ms / 1000 + 0.1)
        self._srt.srt_close(self._socket)
        self._srt.srt_cleanup()


def copy(caller: Caller, may_send: Callable[[], bool]) -> None:
    """Standard input to the listener, in whole payloads of MPEG-TS packets, until it ends. `may_send`: asked
    before each; SrtRefused when it may no longer.
    """
    rest = b""
    while data := os.read(0, 65_536):
        rest += data
        whole = len(rest) // 188 * 188
        for at in range(0, whole, PAYLOAD):
            if not may_send():
                raise SrtRefused(OVER)
            caller.send(rest[at : min(at + PAYLOAD, whole)])
        rest = rest[whole:]


def main() -> None:
    order = read_order()
    may_send = sending_right()
    try:
        caller = Caller(order["url"])
        report_from(caller.status)
        caller.connect()
        copy(caller, may_send)
        caller.close()
    except SrtRefused as e:
        fail(str(e))
    except Exception as e:  # noqa: BLE001 (whatever it is becomes one status line; the parent decides)
        fail(e)
    end(caller.sent)
