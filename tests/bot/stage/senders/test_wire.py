"""What a sender says: one JSON line a status, its failure without the address."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import certifi
import pytest

from bot.fleet.fence import VARIABLE, Post, boottime_ns

KEY = "live_SECRET-key_42"


def run(program: str, order: bytes, **environment: str) -> tuple[list[dict], int]:
    """A sender's lines and exit status for one order and no media."""
    code = f"from bot.stage.senders.{program} import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=order,
        capture_output=True,
        timeout=60,
        env={**os.environ, **environment},
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


@pytest.mark.parametrize("program", ["rtmp", "srt", "whip"])
def test_a_failure_is_told_without_the_address(program: str) -> None:
    url = {
        "rtmp": f"rtmp://127.0.0.1:1/live/{KEY}",
        "srt": f"srt://no-such-host.invalid:9?streamid={KEY}",
        "whip": f"whip+http://127.0.0.1:1/whip#{KEY}",
    }[program]
    order = {"url": url, "ca_file": certifi.where(), "kbps": 9}
    lines, code = run(program, json.dumps(order).encode() + b"\n")
    assert code == 3
    assert lines[-1]["error"]
    assert KEY not in json.dumps(lines)


@pytest.mark.parametrize("program", ["rtmp", "srt"])
def test_whose_lease_is_over_does_not_even_connect(program: str, tmp_path: Path) -> None:
    """In a fleet: another machine has the show by now."""
    post = Post(tmp_path / "evening.3", 3, boottime_ns() + 10**12)
    post.take_back()
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"{program}://127.0.0.1:{server.getsockname()[1]}/live/{KEY}"
        order = json.dumps({"url": url, "ca_file": certifi.where(), "kbps": 9}).encode() + b"\n"
        assert run(program, order, **{VARIABLE: str(post.path)}) == ([], -signal.SIGKILL)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_sender_that_was_never_needed_just_goes() -> None:
    assert run("rtmp", b"") == ([], 0)
