"""The SRT caller without a listener: addresses, and what is said when libsrt or a server is not there."""

import ctypes
import socket

import pytest

from bot.stage.senders import srt


def test_addresses_are_what_connect_takes() -> None:
    four, six = srt.address("127.0.0.1", 9000), srt.address("::1", 9000)
    assert len(four) == 16 and len(six) == 28
    assert four[2:8] == bytes([0x23, 0x28, 127, 0, 0, 1])
    assert int.from_bytes(six[:2], "little") == socket.AF_INET6
    assert six[2:4] == bytes([0x23, 0x28]) and six[8:24] == socket.inet_pton(socket.AF_INET6, "::1")


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(srt.SrtRefused, match="name is unknown"):
        srt.address("no-such-host.invalid", 9000)


def test_a_missing_library_names_its_package(monkeypatch) -> None:
    def none(name):
        raise OSError

    monkeypatch.setattr(ctypes, "CDLL", none)
    with pytest.raises(srt.SrtRefused, match=r"apt-get install libsrt1\.5-gnutls"):
        srt.load()


def test_nothing_is_claimed_before_there_is_a_connection(monkeypatch) -> None:
    monkeypatch.setattr(srt, "load", lambda: ctypes.PyDLL(None))
    monkeypatch.setattr(srt.Caller, "__init__", lambda self: None)
    caller = srt.Caller()
    caller._socket, caller.sent = -1, 0
    assert caller.status() == {"sent": 0, "acked": 0, "pending": 0}
