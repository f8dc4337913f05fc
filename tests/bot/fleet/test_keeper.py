"""Real processes: a short program stands for `castmate fleet node` and does as it is told."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from servers import wait_for

from bot.fleet import keeper as keeper_module
from bot.fleet.keeper import Keeper, pause_s, until_orphaned
from bot.fleet.stock import Kind
from bot.locks import held, locked
from products.errors import SetupError

NODE = """\
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[0]).parent
with (folder / "began").open("a") as file:
    file.write(f"{os.getpid()} {os.getsid(0)} {' '.join(sys.argv[1:])}\\n")
if (folder / "broken").exists():
    print("Not done. There is no database.")
    sys.exit(2)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if (folder / "deaf").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    time.sleep(0.02)
"""


class Stand:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "node.py").write_text(NODE)
        self.kind = Kind(
            3, labels=frozenset({"region=eu"}), program=(sys.executable, "-S", str(folder / "node.py"))
        )
        self.threads: list[tuple[Keeper, threading.Thread]] = []

    def keep(self) -> Keeper:
        made = Keeper("eu-1", self.kind, self.folder, "here")
        thread = threading.Thread(target=made.run, daemon=True)
        thread.start()
        self.threads.append((made, thread))
        return made

    @property
    def began(self) -> list[list[str]]:
        path = self.folder / "began"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def runs(self, keeper: Keeper, *, other_than: int = 0) -> int:
        """Its number once it has begun."""

        def number() -> int:
            process = keeper.kept().process
            begun = any(line[0] == str(process) for line in self.began)
            return process if begun and process != other_than else 0

        return wait_for(number, 30)

    def close(self) -> None:
        for made, thread in self.threads:
            made.leave()
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path)
    yield made
    made.close()


def test_a_node_is_started_and_told_what_it_is(stand: Stand) -> None:
    keeper = stand.keep()
    process = stand.runs(keeper)
    told = f"fleet node --name eu-1 --capacity 3 --keeper {stand.folder}/nodes/eu-1.keeper --label region=eu"
    assert stand.began == [[str(process), str(process), *told.split()]]  # a session of its own
    assert (keeper.kept().starts, keeper.kept().words) == (1, "")
    assert Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1] != str(os.getpid())


def test_one_that_dies_is_started_again(stand: Stand) -> None:
    keeper = stand.keep()
    first = stand.runs(keeper)
    os.kill(first, signal.SIGKILL)
    stand.runs(keeper, other_than=first)
    assert keeper.kept().starts == 2


def test_one_that_its_keeper_left_is_found_again(stand: Stand) -> None:
    """As when Ray's actor is killed: its process is gone with its lock, the node is not."""
    lock = locked(stand.folder / "nodes" / "eu-1.node")
    assert lock is not None
    other = keeper_module.subprocess.Popen(
        [sys.executable, "-S", str(stand.folder / "node.py"), "left"],
        pass_fds=(lock,),
        start_new_session=True,
    )
    os.pwrite(lock, b"%-10d" % other.pid, 0)
    os.close(lock)
    keeper = stand.keep()
    assert stand.runs(keeper) == other.pid
    keeper.leave()
    assert other.wait(30) == 0
    assert len(stand.began) == 1 and keeper.kept().starts == 0


def test_a_second_keeper_waits_until_the_first_is_gone(stand: Stand) -> None:
    first = stand.keep()
    process = stand.runs(first)
    second = stand.keep()
    wait_for(lambda: "another keeper" in second._words)
    first.leave()
    assert stand.runs(second, other_than=process) != process


def test_a_new_one_takes_the_place_of_one_that_is_renewed(stand: Stand) -> None:
    keeper = stand.keep()
    first = stand.runs(keeper)
    keeper.renew()
    assert stand.runs(keeper, other_than=first) == keeper.process != first


def test_why_it_does_not_run_is_told(stand: Stand) -> None:
    (stand.folder / "broken").touch()
    keeper = stand.keep()
    wait_for(lambda: len(stand.began) == 2 and keeper.kept().process == 0, 30)
    assert "There is no database." in keeper.kept().words
    (stand.folder / "broken").unlink()
    stand.runs(keeper)


def test_one_that_does_not_leave_is_ended(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "LEAVE_S", 0.3)
    (stand.folder / "deaf").touch()
    keeper = stand.keep()
    process = stand.runs(keeper)
    keeper.leave()
    wait_for(lambda: not held(stand.folder / "nodes" / "eu-1.node"))
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        assert Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_locks_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "nodes").write_text("a file")
    with pytest.raises(SetupError, match="cannot be written"):
        locked(tmp_path / "nodes" / "eu-1.node")


def test_falls_in_a_row_make_it_wait_longer() -> None:
    waits = [pause_s(n) for n in range(10)]
    assert waits[0] == 0 and waits == sorted(waits) and waits[-1] == 60


async def test_a_node_without_a_keeper_leaves(tmp_path: Path) -> None:
    lock = locked(tmp_path / "eu-1.keeper")
    assert lock is not None
    left = asyncio.Event()
    watching = asyncio.ensure_future(until_orphaned(tmp_path / "eu-1.keeper", left.set, 0.2))
    await asyncio.sleep(0.6)
    assert not left.is_set()
    os.close(lock)
    await asyncio.wait_for(left.wait(), 30)
    await watching
