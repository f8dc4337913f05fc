"""A process that allocates and frees large blocks on many threads gives them back."""

import platform
import subprocess
import sys

import pytest

from bot.flat import SETTINGS, keep_flat

# Eight threads hold small blocks between large ones, as overlays are drawn; then all but the small ones go.
PROGRAM = """
import sys, threading
from pathlib import Path
from bot.flat import keep_flat
if sys.argv[1] == "flat":
    assert keep_flat()
def work(keep):
    for k in range(40):
        large = [bytearray(300_000 + 1000 * n) for n in range(10)]
        keep.append(bytearray(2000))
        del large
kept = [[] for _ in range(8)]
threads = [threading.Thread(target=work, args=(k,)) for k in kept]
[t.start() for t in threads]; [t.join() for t in threads]
print(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0])
"""


def test_every_setting_is_made_even_if_one_is_not_known() -> None:
    made = []
    assert not keep_flat(lambda name, value: made.append((name, value)) or len(made) != 1)
    assert made == list(SETTINGS)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="not glibc")
def test_freed_blocks_go_back_to_the_system() -> None:
    def kilobytes(how: str) -> int:
        command = [sys.executable, "-c", PROGRAM, how]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert kilobytes("flat") < kilobytes("usual") - 2000
