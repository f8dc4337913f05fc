"""Memory of a show's processes, read from /proc."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.show.processes import family, memory, usage

STATUS = "Name:\tx\nVmRSS:\t  {rss} kB\nRssAnon:\t  {anon} kB\n"
STAT = "7 (a (b) c) S 1 1 1 0 -1 4194304 0 0 0 0 {user} {system} 0 0 20 0 4 0 0 0 0\n"


def process(proc: Path, pid: int, command: str, children: tuple[int, ...] = (), mb: int = 10) -> None:
    folder = proc / str(pid) / "task" / str(pid)
    folder.mkdir(parents=True)
    (folder / "children").write_text(" ".join(map(str, children)), "ascii")
    (proc / str(pid) / "status").write_text(STATUS.format(rss=1024 * mb, anon=512 * mb), "ascii")
    (proc / str(pid) / "cmdline").write_bytes(command.replace(" ", "\0").encode() + b"\0")
    (proc / str(pid) / "stat").write_text(STAT.format(user=300, system=100), "ascii")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    process(tmp_path, 1, "python -m bot.cli air show.yaml --to rtmp://host/app/key", (2, 3, 4, 5), mb=200)
    process(tmp_path, 2, "python -c from multiprocessing.resource_tracker import main")
    process(tmp_path, 3, "python -c from multiprocessing.spawn import spawn_main", (6,), mb=600)
    process(tmp_path, 4, "python -I /x/bot/stage/sender.py", mb=15)
    process(tmp_path, 5, "python -I /x/bot/stage/senders/srt.py", mb=20)
    process(tmp_path, 6, "piper", mb=99)
    return tmp_path


def test_memory_is_told_by_kind_and_senders_are_summed(proc: Path) -> None:
    assert family(1, proc) == [1, 2, 3, 4, 5, 6]
    assert memory(1, proc) == {
        "rss_mb.air": 200, "private_mb.air": 100, "rss_mb.studio": 600, "private_mb.studio": 300,
        "rss_mb.sender": 35, "private_mb.sender": 17.5,
    }  # fmt: skip


def test_a_process_that_went_meanwhile_is_left_out(proc: Path) -> None:
    (proc / "3" / "status").unlink()
    assert usage(3, proc) is None
    assert "rss_mb.studio" not in memory(1, proc)


def test_where_there_is_no_proc_nothing_is_told(tmp_path: Path) -> None:
    assert memory(1, tmp_path / "none") == {}


@pytest.mark.skipif(sys.platform != "linux", reason="no /proc here")
def test_a_real_child_is_found_with_its_memory() -> None:
    command = [sys.executable, "-c", "b = b'x' * 40_000_000; input()", "sender"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        try:
            for _ in range(200):
                figures = memory(os.getpid())
                if figures.get("private_mb.sender", 0.0) > 38:
                    break
                subprocess.run(["sleep", "0.05"], check=True)
            assert 38 < figures["private_mb.sender"] < 60
            assert figures["rss_mb.air"] >= figures["private_mb.air"] > 5
        finally:
            child.kill()
