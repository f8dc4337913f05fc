"""aiortc as a WHIP receiver decodes what we pass on, hears it, and is found again after a freeze."""

import contextlib
import importlib.util
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import synthetic
from sending import KEY, Air, Diary, goes_on, live
from servers import free_port, wait_for

MISSING = "" if importlib.util.find_spec("aiortc") else "aiortc is missing: pip install 'castmate[whip]'"
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(bool(MISSING), reason=MISSING or "-")]
SERVER = Path(__file__).parents[1] / "whip_server.py"


class Endpoint:
    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        folder.mkdir(exist_ok=True)
        self.process = subprocess.Popen([sys.executable, str(SERVER), str(port), str(folder), KEY])

    def seen(self):
        with contextlib.suppress(OSError, ValueError):
            return json.loads((self.folder / "seen.json").read_text())
        return {"video": 0, "audio": 0, "closed": 0}

    def answers(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def endpoint(folder, port):
    server = Endpoint(folder, port)
    try:
        yield server
    finally:
        server.stop()


def test_aiortc_receives_the_show_by_whip_and_finds_it_again(tmp_path, capsys):
    port = free_port()
    with endpoint(tmp_path / "1", port) as server:
        with Air(f"whip+http://127.0.0.1:{port}/whip/live#{KEY}") as air, Diary(air.outlets) as diary:
            wait_for(live(air.outlets[0]), 60)
            pid = air.outlets[0]._lines.current.pid
            for name in ("cmdline", "environ"):
                assert KEY.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
            wait_for(lambda: server.seen()["video"] >= 100, 30)
            seen = server.seen()
            assert seen["size"] == [synthetic.WIDTH, synthetic.HEIGHT]
            assert seen["audio"] >= 100
            assert seen["pts"] == sorted(seen["pts"])
            offsets = [min((t - f for t in seen["tones"]), key=abs) for f in seen["flashes"][1:-1]]
            at = time.monotonic()
            server.process.send_signal(signal.SIGSTOP)
            noticed = wait_for(lambda: diary.until(0, at, False), 20)
            wait_for(lambda: air.outlets[0].stats().last_error, 20)
            server.stop()
            with endpoint(tmp_path / "2", port) as again:
                wait_for(again.answers, 60)
                back = time.monotonic()
                recovered = wait_for(lambda: diary.until(0, back, True), 40)
                wait_for(lambda: again.seen()["video"] >= 25, 30)
                goes_on(air, 13)
                assert air.stop() == [True]
                wait_for(lambda: again.seen()["closed"] == 1)
            stats = air.outlets[0].stats()
            assert KEY not in repr(stats)
    with capsys.disabled():
        print(
            f"\n  frozen    WHIP endpoint  noticed {noticed:.2f} s, back {recovered:.2f} s, -{stats.dropped}"
        )
        print(f"  sound after picture, s: {[round(o, 3) for o in offsets]}")
    assert offsets


def test_a_token_that_is_not_taken_is_said(tmp_path):
    port = free_port()
    with endpoint(tmp_path / "1", port), Air(f"whip+http://127.0.0.1:{port}/whip/live#wrong") as air:
        wait_for(lambda: "401" in air.outlets[0].stats().last_error, 40)
        assert "wrong" not in air.outlets[0].stats().last_error
