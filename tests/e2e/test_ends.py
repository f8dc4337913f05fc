"""How a show ends that somebody ends: by a signal at an awkward moment, by the death of who started it, by
its own. Real processes; what they leave is looked at.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import wait_for
from shows import SHOW, Castmate, Process, entries, of_kind

from bot.stage.border import Border

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.timeout(400)]


@pytest.fixture
def castmate(home: Castmate, tmp_path: Path) -> Castmate:
    return Castmate(tmp_path / "data", home.cache)


@pytest.fixture
def demo(castmate: Castmate) -> Iterator[Process]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with castmate.running("demo", "--port", port, "--seed", 7) as process:
        yield process


def kinds(castmate: Castmate) -> list[str]:
    folders = castmate.shows() if (castmate.data / "shows").exists() else []
    logs = [f for f in folders if (f / "ledger.jsonl").exists()]
    return [e["kind"] for e in entries(logs[-1])] if logs else []


def children(number: int) -> list[int]:
    """All processes below `number`."""
    found, todo = [], [number]
    while todo:
        told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(todo.pop())], capture_output=True, text=True)
        below = [int(w) for w in told.stdout.split()]
        found += below
        todo += below
    return found


def over(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def verified(castmate: Castmate) -> bool:
    (folder,) = castmate.shows()
    done = castmate("ledger", "verify", folder / "ledger.jsonl")
    return done.returncode == 0 and "Closed." in done.stdout


def test_asked_to_end_while_it_opens_it_ends_in_order(castmate: Castmate) -> None:
    with castmate.running("air", SHOW, "--seed", 7) as process:
        wait_for(lambda: "ledger" in kinds(castmate), 90)
        process.child.send_signal(signal.SIGTERM)
        assert process.child.wait(30) == 0, process.output
    assert "The show is over: the operator ended the show" in process.output
    assert verified(castmate)


def test_with_the_demo_its_show_ends_and_closes_its_log(castmate: Castmate, demo: Process) -> None:
    wait_for(lambda: "line.aired" in kinds(castmate), 90)
    left = children(demo.child.pid)
    assert len(left) >= 2, "the show and its studio"
    os.kill(demo.child.pid, signal.SIGKILL)
    demo.child.wait(10)
    wait_for(lambda: all(over(n) for n in left), 30)
    (folder,) = castmate.shows()
    (ended,) = of_kind(entries(folder), "show.ended")
    assert ended["reason"] == "who started the show is gone"
    assert verified(castmate)


def test_a_show_that_is_killed_is_told_and_leaves_nothing_behind(castmate: Castmate, demo: Process) -> None:
    wait_for(lambda: [e["data"]["air"] for e in log(castmate) if e["kind"] == "session"][-1:] == ["live"], 90)
    all_of_it = children(demo.child.pid)
    show = next(n for n in all_of_it if b"\0air\0" in Path(f"/proc/{n}/cmdline").read_bytes())
    shared = next(w for w in Path(f"/proc/{show}/maps").read_text().split() if w.startswith("/dev/shm/psm_"))
    os.kill(show, signal.SIGKILL)
    assert demo.child.wait(30) == 1, demo.output
    assert "ended from outside (SIGKILL)" in demo.output
    wait_for(lambda: all(over(n) for n in all_of_it), 10)
    with pytest.raises(FileNotFoundError):
        Border.attach(Path(shared).name)


def log(castmate: Castmate) -> list[dict[str, object]]:
    return entries(castmate.shows()[-1]) if kinds(castmate) else []
