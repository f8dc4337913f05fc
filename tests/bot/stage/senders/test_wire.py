"""What a sender says: one JSON line a status, its failure without the address."""

import json
import subprocess
import sys

import certifi
import pytest

KEY = "live_SECRET-key_42"


def run(program: str, order: bytes) -> tuple[list[dict], int]:
    """A sender's lines and exit status for one order and no media."""
    code = f"from bot.stage.senders.{program} import main; main()"
    done = subprocess.run([sys.executable, "-c", code], input=order, capture_output=True, timeout=60)
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


def test_a_sender_that_was_never_needed_just_goes() -> None:
    assert run("rtmp", b"") == ([], 0)
