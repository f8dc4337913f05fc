"""What a show on the air holds in memory: private pages of its own process and of its studio's."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.rows import Row, row

SHOW = Path(__file__).parents[1] / "sample" / "show.yaml"
AFTER_S = 40.0


def private_mb(pid: int) -> float:
    """RssAnon: without the base reel, which all shows on a machine share as one mapped file."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0.0


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as temporary:
        environment = {**os.environ, "CASTMATE_DATA": str(Path(temporary) / "d")}
        command = [sys.executable, "-m", "bot.cli", "air", str(SHOW), "--minutes", "2", "--seed", "1"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, env=environment, **quiet) as show:  # type: ignore[call-overload]
            time.sleep(AFTER_S)
            mine = private_mb(show.pid)
            studio = max((private_mb(p) for p in children(show.pid)), default=0.0)
            show.send_signal(signal.SIGTERM)
    return [
        row("air.show_private_mb", mine, "MB", baseline="show's process, recording on"),
        row("air.studio_private_mb", studio, "MB", baseline="voice in two languages and drawn host"),
    ]
