"""Real processes: a short program stands for bot.fleet.warm, and writes down what it is told."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.fleet import warm_pool
from bot.fleet.local import LocalLauncher
from bot.fleet.warm_pool import WarmPool
from schedules.tables import RunState, ShowRunRow

WAITS = """\
import json, os, pathlib, signal, socket, sys, time
line = socket.socket(fileno=int(sys.argv[1]))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
line.send(b"ready")
order, kept, _, _ = socket.recv_fds(line, 65536, 8)
if not order:
    sys.exit(0)
told = json.loads(order)
os.write(kept[0], b"on the air\\n")
at = pathlib.Path(told["arguments"][1]).parent
(at / "told").write_text(json.dumps({**told, "pid": os.getpid(), "kept": len(kept)}))
while not (at / "over").exists():
    time.sleep(0.02)
"""
COLD = "import pathlib, sys\npathlib.Path(sys.argv[2]).with_name('cold').write_text('yes')\n"


class Stand:
    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        (folder / "waits.py").write_text(WAITS)
        (folder / "cold.py").write_text(COLD)
        program = (sys.executable, "-S", str(folder / "waits.py"))
        self.pool = WarmPool(count, folder / "logs" / "warm.log", program=program, refill_s=0.05)
        self.told: list[tuple[RunState, str]] = []

    def run(self) -> ShowRunRow:
        start = datetime(2026, 12, 1, 20, tzinfo=UTC)
        file = str(self.folder / "show.yaml")
        return ShowRunRow(id=1, show="evening", file=file, occurrence_key="k", start_utc=start)

    @asynccontextmanager
    async def launcher(self) -> AsyncIterator[LocalLauncher]:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.pool.run())
            cold = (sys.executable, "-S", str(self.folder / "cold.py"))
            made = LocalLauncher(group, "", "secret", self.folder, program=cold, warm=self.pool)
            try:
                yield made
            finally:
                await made.close()
                running.cancel()

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not true():
                await asyncio.sleep(0.02)

    def tell(self, state: RunState, why: str) -> None:
        self.told.append((state, why))


async def test_a_show_is_aired_by_one_that_waits(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 1)
    async with stand.launcher() as launcher:
        await stand.until(lambda: stand.pool.ready == 1)
        lease = tmp_path / "leases" / "evening.1"
        await launcher.start(stand.run(), stand.tell, lease=lease)
        await stand.until((tmp_path / "told").exists)
        await stand.until(lambda: stand.pool.ready == 1)  # another waits in its place
        text = (tmp_path / "told").read_text()
        for word in (
            '["air", "' + str(tmp_path / "show.yaml"),
            '"CASTMATE_LINK_TOKEN": "secret"',
            f'"CASTMATE_LEASE": "{lease}"',
            '"kept": 2',
            (tmp_path / "locks" / "evening").read_text().strip(),
        ):
            assert word in text
        assert launcher.running("evening")
        (tmp_path / "over").touch()
        await stand.until(lambda: stand.told)
    assert stand.told == [(RunState.ENDED, "")]
    assert "on the air" in (tmp_path / "logs" / "evening-20261201-200000.log").read_text()
    assert not (tmp_path / "cold").exists()


async def test_the_lock_of_a_show_is_held_by_the_process_that_waited(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 1)
    async with stand.launcher() as launcher, asyncio.TaskGroup() as group:
        await stand.until(lambda: stand.pool.ready == 1)
        await launcher.start(stand.run(), stand.tell)
        await stand.until((tmp_path / "told").exists)
        other = LocalLauncher(group, "", "", tmp_path)
        assert other.running("evening")
        os.kill(int((tmp_path / "locks" / "evening").read_text()), signal.SIGKILL)
        await stand.until(lambda: not other.running("evening"))
        await stand.until(lambda: stand.told)  # before anybody is asked to end
    assert stand.told[0][0] is RunState.CRASHED


async def test_when_none_waits_a_process_is_started(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 0)
    async with stand.launcher() as launcher:
        await launcher.start(stand.run(), stand.tell)
        await stand.until(lambda: stand.told)
    assert (tmp_path / "cold").exists()


async def test_one_that_dies_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_pool, "AGAIN_S", 0.05)
    stand = Stand(tmp_path, 1)
    async with stand.launcher():
        await stand.until(lambda: stand.pool.ready == 1)
        first = stand.pool._waiting[0].process.pid
        os.kill(first, signal.SIGKILL)
        await stand.until(lambda: stand.pool.ready == 0)
        await stand.until(lambda: stand.pool.ready == 1)
        assert stand.pool._waiting[0].process.pid != first


async def test_who_waits_ends_with_the_node(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 2)
    async with stand.launcher():
        await stand.until(lambda: stand.pool.ready == 2)
        waiting = [warm.process.pid for warm in stand.pool._waiting]
    for process in waiting:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
