"""A studio's process that was there before its show."""

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from acting import TICKS, eventually, line, open_players

from bot.show.spare_studio import SpareStudio
from bot.show.studio import ClauseReady, Report
from bot.show.studio_process import StudioProcess
from bot.stage.border import Border

WAIT = 60.0


QUICK = gc.collect  # in the place of seconds of imports


@pytest.fixture
def spare() -> Iterator[SpareStudio]:
    made = SpareStudio(QUICK)
    yield made
    made.close()


@pytest.fixture
def border() -> Iterator[Border]:
    made = Border.create(slots=40)
    yield made
    made.close()


def speaks(studio: StudioProcess, border: Border) -> None:
    heard: list[Report] = []

    def until(kind: type) -> None:
        eventually(lambda: heard.extend(studio.reports()) or any(isinstance(r, kind) for r in heard), WAIT)

    eventually(lambda: heard.extend(studio.reports()) or studio.ready, WAIT)
    studio.say(1, line(1, "one"), 0)
    until(ClauseReady)
    eventually(lambda: border.waiting >= TICKS, WAIT)


def test_a_show_takes_it_and_another_follows_when_it_dies(spare: SpareStudio, border: Border) -> None:
    assert spare.ready(WAIT)
    studio = StudioProcess(open_players, border, slots=40, spare=spare)
    studio.start()
    try:
        first = studio.pid
        assert first == spare.pid
        speaks(studio, border)
        spare.close()  # it is the show's now
        os.kill(first, signal.SIGKILL)
        eventually(lambda: studio.check(0.0) or studio.restarts == 1, WAIT)
        assert studio.pid != first
    finally:
        studio.close()


def test_its_output_is_the_shows_from_then_on(
    spare: SpareStudio, border: Border, capfd: pytest.CaptureFixture[str]
) -> None:
    assert spare.ready(WAIT)
    own = Path("/proc/self/fd/2").readlink()
    studio = StudioProcess(open_players, border, slots=40, spare=spare)
    studio.start()
    try:
        speaks(studio, border)
        assert Path(f"/proc/{studio.pid}/fd/2").readlink() == own
    finally:
        studio.close()


def test_one_that_is_dead_is_not_taken(spare: SpareStudio, border: Border) -> None:
    assert spare.ready(WAIT)
    os.kill(spare.pid, signal.SIGKILL)
    eventually(lambda: spare.take(("", 0, open_players, None)) is None, WAIT)
    studio = StudioProcess(open_players, border, slots=40, spare=spare)
    studio.start()
    try:
        assert studio.pid != spare.pid
    finally:
        studio.close()


def test_one_that_does_not_stand_yet_is_not_taken(border: Border) -> None:
    spare = SpareStudio(QUICK)
    try:
        assert spare.take(("", 0, open_players, None)) is None  # nobody has heard that it is ready
    finally:
        spare.close()


def test_who_nobody_took_ends() -> None:
    spare = SpareStudio(QUICK)
    assert spare.ready(WAIT)
    spare.close()
    assert not Path(f"/proc/{spare.pid}").exists()
