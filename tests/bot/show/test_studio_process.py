"""The studio as a real process: it is ready, it dies or hangs and comes again, it closes."""

import os
import signal
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from acting import TICKS, eventually, line, open_players

from bot.show.studio import ClauseReady, Report, StudioReady
from bot.show.studio_process import LOAD_S, SILENT_S, StudioProcess
from bot.stage.border import Border, Head

WAIT = 60.0


class Desk:
    """The show's end: reads reports as the show's loop does."""

    def __init__(self) -> None:
        self.border = Border.create(slots=40)
        self.studio = StudioProcess(open_players, self.border, slots=40)
        self.reports: list[Report] = []

    def hear(self) -> None:
        self.reports += self.studio.reports()

    def until(self, true: Callable[[], object]) -> None:
        def heard() -> object:
            self.hear()
            return true()

        eventually(heard, WAIT)

    def play(self) -> list[int]:
        """The line of each tick that is there now."""
        out = []
        while (take := self.border.next()) is not None:
            out.append(take.line)
            self.border.shown(take, take.patch.base)
        return out

    def close(self) -> None:
        self.studio.close()
        self.border.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    made.studio.start()
    yield made
    made.close()


def test_it_is_ready_speaks_and_closes(desk: Desk) -> None:
    woken: list[int] = []
    desk.studio.on_report(lambda: woken.append(1))
    assert not desk.studio.ready
    desk.until(lambda: desk.studio.ready)
    (ready,) = desk.reports
    assert isinstance(ready, StudioReady) and ready.languages == {"en"}
    desk.studio.say(1, line(1, "one"), 0)
    desk.until(lambda: len(desk.reports) == 2)
    assert isinstance(desk.reports[1], ClauseReady) and desk.reports[1].number == 1
    eventually(lambda: desk.border.waiting >= TICKS)
    assert woken and not desk.studio.lost
    pid = desk.studio.pid
    desk.studio.close()
    assert pid is not None and not alive(pid)


def test_killed_in_mid_sentence_it_is_started_again_and_says_once_that_lines_were_lost(desk: Desk) -> None:
    desk.until(lambda: desk.studio.ready)
    desk.studio.say(1, line(1, "|".join("abcdefghijkl")), 0)
    eventually(lambda: desk.border.full, WAIT)
    first = desk.studio.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    eventually(lambda: not alive(first), WAIT)
    eventually(lambda: desk.studio.check(100.0) or desk.studio.lost, WAIT)
    assert desk.studio.restarts == 1 and not desk.studio.ready
    assert desk.studio.pid != first
    desk.studio.lost = False
    assert set(desk.play()) == {1}, "what was made already may still air"
    desk.until(lambda: desk.studio.ready)
    desk.studio.check(101.0)
    assert not desk.studio.lost and desk.studio.restarts == 1
    desk.studio.say(2, line(2, "again"), 1)
    eventually(lambda: 2 in desk.play(), WAIT)


def test_one_that_stands_still_is_taken_for_dead(desk: Desk) -> None:
    desk.until(lambda: desk.studio.ready)
    first = desk.studio.pid
    assert first is not None
    now = 50.0
    desk.studio.check(now)
    os.kill(first, signal.SIGSTOP)
    eventually(lambda: stopped(first), WAIT)
    desk.studio.check(now)  # the last beat before it stood still
    desk.studio.check(now + SILENT_S)
    assert desk.studio.restarts == 0, "not before its time"
    desk.studio.check(now + SILENT_S + 0.1)
    assert desk.studio.restarts == 1 and desk.studio.lost
    eventually(lambda: not alive(first), WAIT)


def test_one_that_has_not_beaten_when_it_is_looked_at_first_is_given_its_time(desk: Desk) -> None:
    desk.until(lambda: desk.studio.ready)
    desk.border.head[Head.BEAT] = 0
    desk.studio.check(50.0)
    assert desk.studio.restarts == 0


def test_one_whose_models_never_load_is_started_again(desk: Desk) -> None:
    desk.studio.check(50.0)
    assert not desk.studio.ready
    desk.studio.check(50.0 + LOAD_S)
    assert desk.studio.restarts == 0, "not before its time"
    desk.studio.check(50.1 + LOAD_S)
    assert desk.studio.restarts == 1 and desk.studio.lost


def test_one_that_beats_is_left_alone(desk: Desk) -> None:
    desk.until(lambda: desk.studio.ready)
    now = 50.0
    for _ in range(3):
        beat = int(desk.border.head[Head.BEAT])
        eventually(lambda beat=beat: desk.border.head[Head.BEAT] > beat, WAIT)
        now += SILENT_S + 1
        desk.studio.check(now)
    assert desk.studio.restarts == 0


def test_orders_to_a_dead_studio_do_not_raise_and_are_known_to_be_lost(desk: Desk) -> None:
    desk.until(lambda: desk.studio.ready)
    pid = desk.studio.pid
    desk.studio.kill()
    assert pid is not None and not alive(pid)
    for number in range(1, 200):
        desk.studio.say(number, line(number, "one"), 0)
    desk.studio.prepare(line(2, "two"))
    desk.studio.cancel(1, 2)
    assert not desk.studio.lost, "a show that says lines again at once would never stop saying them"
    eventually(lambda: desk.studio.check(1.0) or desk.studio.restarts == 1, WAIT)
    assert desk.studio.lost


def test_one_that_dies_while_it_opens_is_started_again_less_and_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    border = Border.create(slots=4)
    studio = StudioProcess(open_players, border, slots=4)
    started: list[float] = []
    now = 0.0
    dead = SimpleNamespace(is_alive=lambda: False, pid=1)
    monkeypatch.setattr(studio, "start", lambda: started.append(now))
    monkeypatch.setattr(studio, "_process", dead)
    while now < 200:
        studio.check(now)
        now += 0.05
    gaps = [round(b - a) for a, b in pairwise(started)]
    assert gaps[:5] == [2, 4, 8, 16, 30] and set(gaps[5:]) == {30}
    monkeypatch.setattr(studio, "_process", None)
    border.close()


def test_closing_one_that_was_never_started_is_fine() -> None:
    border = Border.create(slots=4)
    studio = StudioProcess(open_players, border, slots=4)
    studio.say(1, line(1, "one"), 0)
    studio.check(0.0)
    studio.close()
    assert studio.pid is None and studio.restarts == 0
    border.close()


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def alive(pid: int) -> bool:
    return state(pid) not in ("X", "Z")


def stopped(pid: int) -> bool:
    return state(pid) == "T"
