"""A show's process that must be ended takes its children with it and leaves no shared memory behind."""

import asyncio
import os
import signal
import sys
from multiprocessing import shared_memory
from pathlib import Path

import pytest

from bot.fleet.process import ShowProcess, inherited_from

# a show that owns shared memory and has two children, one of which stands still
SHOW = """
import os, signal, subprocess, sys, time
from multiprocessing import shared_memory
if {deaf}:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
memory = shared_memory.SharedMemory(create=True, size=4096)
sleep = "import time; time.sleep(600)"
still = subprocess.Popen([sys.executable, "-c", sleep])
other = subprocess.Popen([sys.executable, "-c", sleep])
time.sleep(1)
still.send_signal(signal.SIGSTOP)
with open(sys.argv[1] + ".new", "w") as told:
    told.write(f"{{memory.name}} {{still.pid}} {{other.pid}}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""


def gone(number: int) -> bool:
    """Ended: no such process, or one that only waits for its parent to look."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def until(true) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.02)


async def begun(tmp_path: Path, *, deaf: bool) -> tuple[ShowProcess, str, list[int]]:
    told = tmp_path / "told"
    process = await ShowProcess.make((sys.executable, "-c", SHOW.format(deaf=deaf), str(told)), "token")
    await until(told.exists)
    name, *children = told.read_text().split()
    return process, name, [int(c) for c in children]


@pytest.mark.parametrize("how", ["killed from outside", "deaf"])
async def test_what_a_dead_show_leaves_is_swept(tmp_path: Path, how: str) -> None:
    process, name, children = await begun(tmp_path, deaf=how == "deaf")
    if how == "deaf":
        process.end(patience=0.2)
    else:
        os.kill(process.number, signal.SIGKILL)
    async with asyncio.timeout(30):
        assert await process.wait() == -signal.SIGKILL
    assert process.killed is (how == "deaf")
    await until(lambda: all(gone(c) for c in children))
    with pytest.raises(FileNotFoundError):
        shared_memory.SharedMemory(name=name)


async def test_a_child_that_will_not_be_asked_is_ended_all_the_same(tmp_path: Path) -> None:
    told = tmp_path / "told"
    child = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    show = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "open(sys.argv[1], 'w').write(str(child.pid))\n"
        "sys.exit(3)\n"
    )
    process = await ShowProcess.make((sys.executable, "-c", show, str(told)), "token")
    async with asyncio.timeout(30):
        assert await process.wait() == 3
    number = int(told.read_text())
    await until(lambda: gone(number))


def test_a_process_that_is_given_the_links_token_is_told_no_second_place_of_it() -> None:
    ours = {"PATH": "/bin", "CASTMATE_LINK_TOKEN_FILE": "/run/x", "CASTMATE_LLM_KEY_FILE": "/run/y"}
    assert inherited_from(ours) == {"PATH": "/bin", "CASTMATE_LLM_KEY_FILE": "/run/y"}
