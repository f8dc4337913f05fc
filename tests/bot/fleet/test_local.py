"""Real processes: a short program stands for `castmate air` and does as it is told."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.fleet.local import LocalLauncher, link_token
from products.errors import SetupError
from schedules.planner import Busy
from schedules.tables import RunState, ShowRunRow

WORKER = """\
import os, pathlib, signal, sys, time
out = pathlib.Path(sys.argv[2]).parent
print("Rules of the room")
with (out / "started").open("a") as f:
    f.write(" ".join(sys.argv[1:]) + " " + os.environ["CASTMATE_LINK_TOKEN"] + "\\n")
plan = pathlib.Path(sys.argv[2]).read_text().split()
def end(*_):
    (out / "asked").write_text("yes")
    if "stubborn" not in plan:
        sys.exit(0)
signal.signal(signal.SIGTERM, end)
if "child" in plan:
    if os.fork() == 0:
        (out / "child").write_text(str(os.getpid()))
        time.sleep(60)
(out / "ready").write_text(str(os.getpid()))
if "fails" in plan:
    print("Not done. The voice is missing.\\nWhat to do: Run make setup.")
    os._exit(2)
if "crash" in plan:
    os.kill(os.getpid(), signal.SIGSEGV)
while "short" not in plan:
    time.sleep(0.02)
"""


class Stand:
    """A folder, the worker program in it, and what was told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = (sys.executable, str(folder / "worker.py"))
        (folder / "worker.py").write_text(WORKER)
        self.told: list[tuple[RunState, str]] = []
        self.over = asyncio.Event()

    def tell(self, state: RunState, why: str) -> None:
        self.told.append((state, why))
        self.over.set()

    def run(self, plan: str) -> ShowRunRow:
        file = self.folder / "show.yaml"
        file.write_text(plan)
        start = datetime(2026, 12, 1, 20, tzinfo=UTC)
        return ShowRunRow(id=1, show="evening", file=str(file), occurrence_key="k", start_utc=start)

    @asynccontextmanager
    async def launcher(self, patience: float = 20.0) -> AsyncIterator[LocalLauncher]:
        async with asyncio.TaskGroup() as group:
            made = LocalLauncher(
                group, "ws://h:1/link", "secret", self.folder, program=self.program, patience=patience
            )
            try:
                yield made
            finally:
                await made.close()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not true():
                await asyncio.sleep(0.02)

    async def ready(self) -> int:
        await self.until(lambda: self.text("ready") != "")
        return int(self.text("ready"))

    def text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""


@pytest.fixture
async def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"


async def test_it_is_started_once_and_its_end_is_told(stand: Stand) -> None:
    async with stand.launcher() as launcher:
        await launcher.start(stand.run("short"), stand.tell)
        assert launcher.running("evening")
        await asyncio.wait_for(stand.over.wait(), 30)
        await stand.until(lambda: not launcher.running("evening"))
    assert stand.told == [(RunState.ENDED, "")]
    file = stand.folder / "show.yaml"
    assert stand.text("started") == f"air {file} --link ws://h:1/link/evening --seed 662621 secret\n"
    assert stand.text("logs/evening-20261201-200000.log") == "Rules of the room\n"


async def test_never_two_for_one_show(stand: Stand) -> None:
    async with stand.launcher() as launcher, stand.launcher() as other:
        run = stand.run("")
        first = await asyncio.gather(
            launcher.start(run, stand.tell), launcher.start(run, stand.tell), return_exceptions=True
        )
        assert [type(x) for x in first] == [type(None), Busy]
        await stand.ready()
        with pytest.raises(Busy, match="already"):
            await launcher.start(run, stand.tell)
        with pytest.raises(Busy, match="another process"):
            await other.start(run, stand.tell)
        assert other.running("evening") and not other.running("morning")
        async with stand.launcher() as third:
            assert third.running("evening")
        assert stand.text("asked") == ""  # closing it leaves alone what another one keeps
        await launcher.close()
        assert not other.running("evening")
        await other.start(stand.run("short"), stand.tell)
        await stand.until(lambda: len(stand.told) == 2)
    assert stand.text("started").count("\n") == 2


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("fails", ["The voice is missing. What to do: Run make setup.", "exit code 2", "evening-2026"]),
        ("crash", ["Rules of the room", "SIGSEGV"]),
    ],
)
async def test_a_failure_is_told_with_its_last_words(stand: Stand, plan: str, words: list[str]) -> None:
    async with stand.launcher() as launcher:
        await launcher.start(stand.run(plan), stand.tell)
        await asyncio.wait_for(stand.over.wait(), 30)
    ((state, why),) = stand.told
    assert state is (RunState.CRASHED if plan == "crash" else RunState.FAILED), why
    assert all(w in why for w in words), why


async def test_who_crashes_leaves_no_children_behind(stand: Stand) -> None:
    async with stand.launcher() as launcher:
        await launcher.start(stand.run("child crash"), stand.tell)
        await asyncio.wait_for(stand.over.wait(), 30)
        await stand.until(lambda: stand.text("child") == "" or not alive(int(stand.text("child"))))
        await stand.until(lambda: not launcher.running("evening"))


async def test_close_asks_with_sigterm_and_waits(stand: Stand) -> None:
    async with stand.launcher() as launcher:
        await launcher.start(stand.run(""), stand.tell)
        process = await stand.ready()
        await launcher.close()
        assert not alive(process)
        with pytest.raises(Busy, match="ending"):
            await launcher.start(stand.run(""), stand.tell)
    assert stand.text("asked") == "yes"
    assert stand.told == [(RunState.ENDED, "Castmate was ended")]


async def test_close_ends_a_show_that_is_being_made(stand: Stand) -> None:
    async with stand.launcher() as launcher, asyncio.TaskGroup() as group:
        starting = group.create_task(launcher.start(stand.run("short"), stand.tell))
        await asyncio.sleep(0)
        await launcher.close()
        assert starting.done() and len(stand.told) == 1
        assert not launcher.running("evening")


async def test_who_does_not_end_is_ended_with_all_it_started(stand: Stand) -> None:
    async with stand.launcher(patience=0.3) as launcher:
        await launcher.start(stand.run("stubborn child"), stand.tell)
        process = await stand.ready()
        await stand.until(lambda: stand.text("child") != "")
        await launcher.close()
        assert not alive(process)
        await stand.until(lambda: not alive(int(stand.text("child"))))
    assert stand.text("asked") == "yes"
    ((state, why),) = stand.told
    assert state is RunState.FAILED and "did not end when asked" in why


@pytest.mark.parametrize("plan", ["", "stubborn"])
async def test_a_show_that_outlived_its_launcher_keeps_its_lock(stand: Stand, plan: str) -> None:
    """The launcher's process dies without a word; the show lives on, and the next launcher can end it."""
    run = stand.run(plan)
    first = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DYING, str(stand.folder), run.file, *stand.program)
    )
    assert await first.wait() == 9
    process = await stand.ready()
    try:
        async with stand.launcher(patience=0.5 if plan else 20.0) as launcher:
            assert launcher.running("evening")
            with pytest.raises(Busy):
                await launcher.start(run, stand.tell)
            assert alive(process)
        await stand.until(lambda: not alive(process))
        await stand.until(lambda: not launcher.running("evening"))
    finally:
        if alive(process):
            os.kill(process, signal.SIGKILL)
    assert stand.text("asked") == "yes"


DYING = """\
import asyncio, os, pathlib, sys
from datetime import UTC, datetime
from bot.fleet.local import LocalLauncher
from schedules.tables import ShowRunRow
folder, file, *program = sys.argv[1:]
async def main():
    async with asyncio.TaskGroup() as group:
        launcher = LocalLauncher(group, "ws://h:1/link", "s", pathlib.Path(folder), program=program)
        start = datetime(2026, 12, 1, tzinfo=UTC)
        run = ShowRunRow(id=1, show="evening", file=file, occurrence_key="k", start_utc=start)
        await launcher.start(run, print)
        os._exit(9)
asyncio.run(main())
"""


async def test_a_folder_that_cannot_be_written(stand: Stand) -> None:
    (stand.folder / "locks").write_text("in the way")
    async with stand.launcher() as launcher:
        with pytest.raises(SetupError, match="locks"):
            await launcher.start(stand.run("short"), stand.tell)


def test_the_link_token_is_kept_and_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "link.token"
    token = link_token(path)
    assert link_token(path) == token and len(token) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("")
    with pytest.raises(SetupError, match="no token"):
        link_token(path)
