"""A process that waited airs a real show: it is the one that was there before, and so is its studio."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from shows import SHOW, Castmate

from bot.fleet.local import LocalLauncher
from bot.fleet.warm_pool import WarmPool
from schedules.tables import RunState, ShowRunRow

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
PATIENCE_S = 120.0


def children(process: int) -> dict[int, str]:
    """Those that live, and their command lines."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == process:
                found[int(path.name)] = (path / "cmdline").read_text().replace("\0", " ")
        except (OSError, ValueError):
            continue
    return found


async def until(true) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.1)


async def test_a_show_begins_in_the_process_that_waited(
    home: Castmate, monkeypatch: pytest.MonkeyPatch
) -> None:
    castmate = Castmate(home.data / "warm", home.cache)
    for name, value in castmate.environment.items():
        monkeypatch.setenv(name, value)
    told: list[tuple[RunState, str]] = []
    run = ShowRunRow(
        id=1, show="corner-evening", file=str(SHOW), occurrence_key="k", start_utc=datetime.now(UTC)
    )
    async with asyncio.TaskGroup() as group:
        pool = WarmPool(1, castmate.data / "logs" / "warm.log", refill_s=1000)
        keeping = group.create_task(pool.run())
        launcher = LocalLauncher(group, "", "", castmate.data, warm=pool)
        try:
            await until(lambda: pool.ready)
            warm = pool._waiting[0].process.pid
            (spare,) = (n for n, words in children(warm).items() if "spawn_main" in words)
            await launcher.start(run, lambda state, why: told.append((state, why)))
            log_file = next((castmate.data / "logs").glob("corner-evening-*.log"))
            assert (castmate.data / "locks" / "corner-evening").read_text().split() == [str(warm)]
            output = Path(f"/proc/{spare}/fd/2")
            await until(lambda: told or output.resolve() == log_file.resolve())  # the studio is the show's
            await until(lambda: told or list(castmate.data.glob("shows/*/recording/*")))
            assert not told, log_file.read_text()
            assert spare in children(warm)
            launcher.end("corner-evening")
            await until(lambda: told)
        finally:
            await launcher.close()
            keeping.cancel()
    assert [state for state, _ in told] == [RunState.ENDED], log_file.read_text()
    assert not Path(f"/proc/{warm}").exists()
