"""Rehearsals in processes of their own: in line, one at a time, cancelled, failed, taken up again."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.fleet import rehearsal_folder as folders
from bot.fleet import rehearsals as room
from bot.fleet.rehearsal_folder import RehearsalOrder, State
from bot.fleet.rehearsals import Rehearsals
from bot.locks import flocked
from products.errors import ContentError, SetupError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
# Stands for `castmate rehearse`: says how it goes by the name of its show file.
PROGRAM = """
import json, os, sys, time
from pathlib import Path
words = sys.argv[1:]
named = dict(zip(words[2::2], words[3::2]))
out, report, progress = (Path(named[name]) for name in ("--out", "--report", "--progress"))
said = Path(words[1]).parent / "said.jsonl"
with said.open("a") as file:
    file.write(json.dumps([os.getpid(), os.nice(0), words]) + chr(10))
if words[1].endswith("broken.yaml"):
    sys.exit("Not done. The show file is broken.")
progress.write_text(json.dumps({"stage": "rehearsing", "share": 0.5}))
while words[1].endswith("long.yaml") and not (said.parent / "go").exists():
    time.sleep(0.01)
out.write_bytes(b"film")
report.write_text(json.dumps({"report": 1, "lines": []}))
"""


class Stand:
    def __init__(self, folder):
        self.folder = folder
        (folder / "program.py").write_text(PROGRAM, "utf-8")
        self.at = NOW

    def now(self):
        return self.at

    def rehearsals(self, **more):
        program = (sys.executable, "-I", "-S", str(self.folder / "program.py"))
        given = {"program": program, "patience": 5.0, "spare": 0, "look_s": 0.01, **more}
        return Rehearsals(self.folder / "rehearsals", self.now, **given)

    def order(self, rehearsals, show="short", **more):
        self.at += timedelta(seconds=1)
        file = str(self.folder / f"{show}.yaml")
        given = {"language": "en", "minutes": 2, "by": "Ann", "asked_at": self.at, **more}
        return rehearsals.order(RehearsalOrder(show=show, file=file, **given))

    def said(self):
        path = self.folder / "said.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    async def until(self, true):
        end = time.monotonic() + 60
        while not true():
            assert time.monotonic() < end, "it never came true"
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def rendering(rehearsals):
    task = asyncio.ensure_future(rehearsals.run())
    yield task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def stand(tmp_path):
    return Stand(tmp_path)


async def test_they_are_rendered_in_their_order_one_at_a_time(stand):
    mine = stand.rehearsals()
    first = stand.order(mine, at="20:00")
    second = stand.order(mine, language="zh", minutes=0.5)
    assert [r.id for r in mine.all()] == [second.id, first.id]
    async with rendering(mine):
        await stand.until(lambda: all(r.over for r in mine.all()))
    assert [r.state for r in mine.all()] == [State.DONE, State.DONE]
    one, other = stand.said()
    assert one[2][:8] == ["rehearse", str(stand.folder / "short.yaml"), "--minutes", "2", "--lang", "en",
                          "--hour", "20"]  # fmt: skip
    assert other[2][2:6] == ["--minutes", "0.5", "--lang", "zh"] and "--hour" not in other[2]
    assert one[1] == min(19, os.nice(0) + 15), "shows on the air come first"
    found = mine.get(first.id)
    assert found.film.read_bytes() == b"film" and folders.report_of(found)["report"] == 1


async def test_a_script_alone(stand):
    mine = stand.rehearsals()
    ordered = stand.order(mine, script="tea/en/2")
    async with rendering(mine):
        await stand.until(lambda: mine.get(ordered.id).over)
    ((_, _, words),) = stand.said()
    assert words[2:6] == ["--script", "tea/en/2", "--lang", "en"] and mine.get(ordered.id).state is State.DONE


async def test_one_that_fails_says_why(stand):
    mine = stand.rehearsals()
    ordered = stand.order(mine, "broken")
    async with rendering(mine):
        await stand.until(lambda: mine.get(ordered.id).over)
    found = mine.get(ordered.id)
    assert found.state is State.FAILED
    assert found.why == "Not done. The show file is broken. (exit code 1)"


async def test_a_program_that_is_not_there_fails_the_rehearsal_alone(stand):
    mine = stand.rehearsals(program=("/no/such/program",))
    ordered = stand.order(mine)
    async with rendering(mine):
        await stand.until(lambda: mine.get(ordered.id).over)
    assert mine.get(ordered.id).state is State.FAILED and "/no/such/program" in mine.get(ordered.id).why


async def test_cancelled_while_it_waits_and_while_it_is_rendered(stand):
    mine = stand.rehearsals()
    running, waiting = stand.order(mine, "long"), stand.order(mine)
    async with rendering(mine):
        await stand.until(lambda: mine.get(running.id).share == 0.5)
        assert mine.get(running.id).state is State.RUNNING and mine.get(running.id).stage == "rehearsing"
        assert mine.cancel(waiting.id) and mine.cancel(running.id)
        lock = running.folder / "lock"

        def free():
            held = flocked(lock)
            if held is not None:
                os.close(held)
            return held is not None

        await stand.until(free)  # its process is gone
    assert [r.state for r in mine.all()] == [State.CANCELLED, State.CANCELLED]
    assert len(stand.said()) == 1, "the one that waited was never begun"
    assert not mine.cancel(running.id), "it is over"
    assert mine.remove(running.id) and not running.folder.exists() and mine.get(running.id) is None


async def test_a_restart_renders_again_what_it_interrupted(stand):
    before = stand.rehearsals()
    ordered = stand.order(before, "long")
    async with rendering(before):
        await stand.until(lambda: before.get(ordered.id).share == 0.5)
    assert before.get(ordered.id).state is State.WAITING
    (stand.folder / "go").touch()
    after = stand.rehearsals()
    async with rendering(after):
        await stand.until(lambda: after.get(ordered.id).over)
    assert after.get(ordered.id).state is State.DONE and len(stand.said()) == 2


HOLD = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print('held', flush=True); input()"


async def test_one_whose_console_was_killed_is_waited_for(stand):
    mine = stand.rehearsals()
    ordered = stand.order(mine, "long")
    folders.begin(ordered)
    command = [sys.executable, "-I", "-S", "-c", HOLD, str(ordered.folder / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        async with rendering(mine):
            await asyncio.sleep(0.1)
            assert mine.get(ordered.id).state is State.RUNNING and stand.said() == []
            ordered.film.write_bytes(b"film")
            ordered.report.write_text('{"report": 1}')
            other.communicate("\n")
            await stand.until(lambda: mine.get(ordered.id).over)
    assert mine.get(ordered.id).state is State.DONE


async def test_one_that_vanishes_twice_has_failed(stand):
    mine = stand.rehearsals()
    ordered = stand.order(mine)
    folders.begin(ordered)
    folders.begin(ordered)
    async with rendering(mine):
        await stand.until(lambda: mine.get(ordered.id).over)
    assert mine.get(ordered.id).state is State.FAILED and "twice" in mine.get(ordered.id).why


async def test_two_consoles_do_not_render_at_once(stand):
    one, other = stand.rehearsals(), stand.rehearsals()
    running, waiting = stand.order(one, "long"), stand.order(one)
    async with rendering(one):
        await stand.until(lambda: one.get(running.id).share == 0.5)
        async with rendering(other):
            await asyncio.sleep(0.1)
            assert other.get(waiting.id).state is State.WAITING
    assert len(stand.said()) == 1


def test_the_line_is_bounded_and_so_is_each(stand):
    mine = stand.rehearsals()
    for _ in range(room.WAITING):
        stand.order(mine)
    with pytest.raises(ContentError, match="6 rehearsals wait already"):
        stand.order(mine)
    for minutes in (0, 61, float("nan")):
        with pytest.raises(ContentError, match="is not made"):
            stand.order(stand.rehearsals(), minutes=minutes)
    with pytest.raises(SetupError, match="The disk has"):
        stand.order(Rehearsals(stand.folder / "other", stand.now, spare=1 << 60))


async def test_old_ones_go_with_their_films(stand, monkeypatch):
    monkeypatch.setattr(room, "KEPT", 2)
    mine = stand.rehearsals()
    made = [stand.order(mine) for _ in range(4)]
    async with rendering(mine):
        await stand.until(lambda: all(r.over for r in mine.all()) and len(mine.all()) == 2)
    assert [r.id for r in mine.all()] == [made[3].id, made[2].id] and not made[0].folder.exists()


@pytest.mark.parametrize("name", ["..", "../shows", "20261123-120000-ab12/..", "", "x" * 300, "keeper"])
def test_a_name_leads_nowhere_else(stand, name):
    mine = stand.rehearsals()
    stand.order(mine)
    (mine.folder / "keeper").touch()
    assert mine.get(name) is None and not mine.cancel(name) and not mine.remove(name)


def test_half_a_folder_is_no_rehearsal(stand):
    mine = stand.rehearsals()
    ordered = stand.order(mine)
    (ordered.folder / "order.json").write_text("{")
    assert mine.all() == [] and mine.get(ordered.id) is None
    (ordered.folder / "order.json").write_text(ordered.order.model_dump_json())
    folders.begin(ordered)
    for broken in ("", "[]", '{"share": "much"}', '{"share": 7}'):
        (ordered.folder / "progress.json").write_text(broken)
        found = mine.get(ordered.id)
        assert found.state is State.RUNNING and 0 <= found.share <= 1
