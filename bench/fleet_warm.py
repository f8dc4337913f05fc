"""What a process saves that waits for its show: from a claim until the sample show is live, which is when its
channels get their first packet; in a process of its own, and in one that waited.
"""

import asyncio
import os
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.rows import Row, row
from bot.fleet.fence import boottime_ns
from bot.fleet.local import LocalLauncher
from bot.fleet.warm_pool import WarmPool
from schedules.tables import ShowRunRow

SHOW = Path(__file__).parents[1] / "sample" / "show.yaml"
TIMES = 3
LOOK_S = 0.02
COMMAND = "python -m bench fleet_warm"


class Measured:
    """Seconds and seconds of processor from a claim until it is live, of each start; memory of those that
    waited, MB.
    """

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.processor: list[float] = []
        self.waiting_mb: list[float] = []


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as temporary:
        os.environ |= {"CASTMATE_DATA": f"{temporary}/data", "CASTMATE_CACHE": f"{temporary}/cache"}
        cold, warm = asyncio.run(_measure(Path(temporary, "data")))
    told = f"the sample show, claim to live, median of {TIMES}"
    alike = statistics.median(warm.seconds) / statistics.median(cold.seconds)
    return [
        row("fleet.cold_start_s", statistics.median(cold.seconds), "s", "", told, COMMAND),
        row("fleet.warm_start_s", statistics.median(warm.seconds), "s", "", told + ", --warm", COMMAND),
        row("fleet.warm_start_share", alike, "of cold", "", "the same", COMMAND),
        row("fleet.cold_start_cpu_s", statistics.median(cold.processor), "s", "", told, COMMAND),
        row("fleet.warm_start_cpu_s", statistics.median(warm.processor), "s", "", told + ", --warm", COMMAND),
        row(
            "fleet.warm_waiting_mb",
            max(warm.waiting_mb),
            "MB",
            "",
            "of one that waits, shared parts once",
            COMMAND,
        ),
    ]


async def _measure(data: Path) -> tuple[Measured, Measured]:
    cold, warm = Measured(), Measured()
    async with asyncio.TaskGroup() as group:
        pool = WarmPool(1, data / "logs" / "warm.log", refill_s=0.1)
        plain = LocalLauncher(group, "", "", data)
        quick = LocalLauncher(group, "", "", data, warm=pool)
        await _start(plain, data, Measured(), 0)  # the host is drawn
        for _ in range(TIMES):
            await _start(plain, data, cold, 0)
        keeping = group.create_task(pool.run())
        for _ in range(TIMES):
            while not pool.ready:  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(LOOK_S)
            waiting = next(w for w in pool._waiting if w.ready).process.pid
            warm.waiting_mb.append(_memory_mb(waiting))
            await _start(quick, data, warm, waiting)
        keeping.cancel()
    return cold, warm


async def _start(launcher: LocalLauncher, data: Path, into: Measured, waiting: int) -> None:
    over = asyncio.Event()
    before = _ledgers(data)
    run = ShowRunRow(id=1, show="bench", file=str(SHOW), occurrence_key="k", start_utc=datetime.now(UTC))
    used, begun = _processor_s(waiting), boottime_ns()
    await launcher.start(run, lambda state, why: over.set())
    while not any('"air":"live"' in file.read_text("utf-8") for file in _ledgers(data) - before):
        assert not over.is_set(), "the show ended before it began"
        await asyncio.sleep(LOOK_S)
    into.seconds.append((boottime_ns() - begun) / 10**9)
    into.processor.append(_processor_s(int((data / "locks" / "bench").read_text())) - used)
    launcher.end("bench")
    await over.wait()
    while launcher.running("bench"):  # noqa: ASYNC110  nobody tells
        await asyncio.sleep(LOOK_S)


def _ledgers(data: Path) -> set[Path]:
    return set(data.glob("shows/*/ledger.jsonl"))


def _session(leader: int) -> list[tuple[Path, list[str]]]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if leader and int(fields[3]) == leader:
            found.append((path, fields))
    return found


def _processor_s(leader: int) -> float:
    """Of all processes of a session, and their children that are gone."""
    ticks = os.sysconf("SC_CLK_TCK")
    return sum(sum(map(int, fields[11:15])) for _, fields in _session(leader)) / ticks


def _memory_mb(leader: int) -> float:
    """Proportional: what processes share is counted once."""
    kilobytes = 0
    for path, _ in _session(leader):
        told = (path / "smaps_rollup").read_text().splitlines()
        kilobytes += sum(int(line.split()[1]) for line in told if line.startswith("Pss:"))
    return kilobytes / 1024
