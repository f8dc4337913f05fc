"""An `ffmpeg` that listens for SRT gets the show; frozen, it is noticed; gone and back, it is found again."""

import contextlib
import ctypes
import json
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
import synthetic
from sending import FULL, KEY, Air, Diary, goes_on, live
from servers import wait_for

from bot.stage.senders import srt

MISSING = "" if shutil.which("ffmpeg") else "ffmpeg is missing: apt-get install ffmpeg"
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(bool(MISSING), reason=MISSING or "-")]


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextlib.contextmanager
def listener(port, path, more=""):
    """ffmpeg as the receiver. It ends when the caller goes, or when it is told to."""
    url = f"srt://127.0.0.1:{port}?mode=listener&latency=200000{more}"
    soon = ["-probesize", "200000", "-analyzeduration", "500000"]
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        *soon,
        "-i",
        url,
        "-c",
        "copy",
        "-flush_packets",
        "1",
        str(path),
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        process.wait(10)


def test_ffmpeg_as_listener_gets_the_encrypted_show_and_ffprobe_reads_it(tmp_path):
    port, path, words = free_udp_port(), tmp_path / "rx.ts", "correct-horse-battery"
    with listener(port, path, f"&passphrase={words}") as process:
        url = f"srt://127.0.0.1:{port}?streamid=publish:{KEY}&passphrase={words}"
        with Air(url) as air:
            wait_for(live(air.outlets[0]))
            pid = air.outlets[0]._lines.current.pid
            for name in ("cmdline", "environ"):
                told = Path(f"/proc/{pid}/{name}").read_bytes()
                assert KEY.encode() not in told and words.encode() not in told
            wait_for(lambda: air.ticks >= 25 * 6)
            assert air.stop() == [True]
        process.wait(10)
    assert air.outlets[0].stats().dropped == 0
    told = json.loads(subprocess.check_output(
        ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-count_packets", str(path)]
    ))  # fmt: skip
    streams = {s["codec_type"]: s for s in told["streams"]}
    assert (streams["video"]["codec_name"], streams["audio"]["codec_name"]) == ("h264", "aac")
    assert int(streams["video"]["nb_read_packets"]) >= air.ticks - 2
    assert max(map(abs, synthetic.offsets(path))) <= 0.005


def test_a_frozen_listener_is_noticed_and_a_new_one_is_found(tmp_path, capsys):
    port = free_udp_port()
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(listener(port, tmp_path / "1.ts"))
        air = stack.enter_context(Air(f"srt://127.0.0.1:{port}?streamid={KEY}", settings=FULL))
        diary = stack.enter_context(Diary(air.outlets))
        wait_for(live(air.outlets[0]))
        goes_on(air)
        at = time.monotonic()
        first.send_signal(signal.SIGSTOP)
        noticed = wait_for(lambda: diary.until(0, at, False), 20)
        wait_for(lambda: air.outlets[0].stats().last_error, 20)
        first.kill()
        first.wait()
        back = time.monotonic()
        stack.enter_context(listener(port, tmp_path / "2.ts"))
        recovered = wait_for(lambda: diary.until(0, back, True), 30)
        goes_on(air, 50)
        stats = air.outlets[0].stats()
        assert KEY not in repr(stats)
        assert stats.reconnects >= 1
    with capsys.disabled():
        print(
            f"\n  frozen     SRT listener  noticed {noticed:.2f} s, back {recovered:.2f} s, -{stats.dropped}"
        )
    assert max(map(abs, synthetic.offsets(tmp_path / "2.ts"))) <= 0.02


class Door:
    """libsrt's own listener: takes one caller and reads by which stream id it came."""

    def __init__(self):
        self.srt, self.port, self.came_by = srt.load(), free_udp_port(), ""
        self.srt.srt_startup()
        self._socket = self.srt.srt_create_socket()
        where = srt.address("127.0.0.1", self.port)
        assert self.srt.srt_bind(self._socket, where, len(where)) == 0
        assert self.srt.srt_listen(self._socket, 1) == 0
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self):
        caller = self.srt.srt_accept(self._socket, None, None)
        words, size = ctypes.create_string_buffer(513), ctypes.c_int(513)
        if caller >= 0 and self.srt.srt_getsockflag(caller, srt._STREAMID, words, ctypes.byref(size)) == 0:
            self.came_by = words.raw[: size.value].decode()

    def close(self):
        self.srt.srt_close(self._socket)
        self._thread.join(10)
        self.srt.srt_cleanup()


@pytest.mark.parametrize("name", [f"publish:{KEY}", f"#!::r=live/{KEY},m=publish"], ids=["plain", "access"])
def test_a_listener_gets_the_stream_id_as_it_was_typed(name):
    door = Door()
    try:
        with Air(f"srt://127.0.0.1:{door.port}?streamid={name}"):
            wait_for(lambda: door.came_by, 30)
    finally:
        door.close()
    assert door.came_by == name


def test_nobody_listens(tmp_path):
    with Air(f"srt://127.0.0.1:{free_udp_port()}?streamid={KEY}") as air:
        wait_for(lambda: air.outlets[0].stats().last_error, 15)
        assert "does not answer" in air.outlets[0].stats().last_error
