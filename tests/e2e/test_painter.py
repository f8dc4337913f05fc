"""SIGKILL and SIGSTOP of the painter of many shows while a show speaks: what its air sees.

The voice goes on, tick for tick; the mouth rests while nobody paints it, and moves again when the painter is
back, by itself. A show under a licence that is withdrawn meanwhile is painted for no longer.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from acting import line
from licences import AT, licence

from bot.clone_packs import withdraw_licence
from bot.licensed import open_licences
from bot.painter import PainterKeeper, opened_clones
from bot.settings import Settings
from bot.show.studio import Say, SayFailed, Stop, Studio
from bot.stage.border import BLOCK, Border, Flag, Head
from persona.clone.neural.reel import open_neural_reel
from persona.clone.painter.shared import SharedClone
from persona.clone.painter.wire import ask_status
from persona.script import Line
from persona.speech import Phone, Speech

sys.path.insert(0, str(Path(__file__).parents[1] / "persona" / "clone" / "painter"))
from tiny_clone import opened

pytestmark = pytest.mark.e2e

PATIENT_S = 90.0
TICKS, TICK_S = 15, 0.01  # quicker than a real air, so that the test is
SLOTS = 20


class Voice:
    """Says every line as so many ticks of a tone, over vowels."""

    languages = frozenset({"en"})

    def say(self, line: Line) -> Iterator[Speech]:
        tone = 0.1 * np.sin(np.arange(TICKS * BLOCK) / 50).astype(np.float32)
        phones = tuple(Phone(s, 0.06 * k, 0.06 * (k + 1)) for k, s in enumerate("aouiaouiao"))
        yield Speech(line.id, 0, True, line.text, "en", 0, len(line.text), tone, (), phones)

    def close(self) -> None:
        """Nothing is held."""


class Show:
    """A studio whose mouth a painter paints, and an air that takes a tick every 10 ms, whatever there is."""

    def __init__(self, reel: Path, painter: Path) -> None:
        self.clone = SharedClone(open_neural_reel(reel), reel, painter)
        self.border = Border.create(SLOTS)
        self.failed: list[SayFailed] = []
        self.studio = Studio(self.border, Voice(), self.clone, self._report)
        self.sounded: dict[int, int] = {}  # line -> ticks of its voice that aired
        self.moved: dict[int, int] = {}  # line -> those with a painted mouth
        self.said = 0
        self._base, self._stop = 0, threading.Event()
        self._threads = [threading.Thread(target=t, daemon=True) for t in (self.studio.run, self._air)]
        for thread in self._threads:
            thread.start()

    def say(self) -> int:
        self.said += 1
        self.studio.order(Say(self.said, line(self.said, "aou"), 0))
        return self.said

    def aired(self, number: int) -> bool:
        return self.sounded.get(number, 0) == TICKS

    def close(self) -> None:
        self.studio.order(Stop())
        self._stop.set()
        for thread in self._threads:
            thread.join(10)
        self.clone.close()
        self.border.close()

    def _report(self, report: object) -> None:
        if isinstance(report, SayFailed):
            self.failed.append(report)

    def _air(self) -> None:
        while not self._stop.wait(TICK_S):
            take = self.border.next()
            self._base = self._base + 1 if take is None else take.patch.base
            if take is not None and not take.has(Flag.PAUSE):
                self.sounded[take.line] = self.sounded.get(take.line, 0) + 1
                self.moved[take.line] = self.moved.get(take.line, 0) + bool(take.patch.rects)
            self.border.shown(take, self._base)


def until(keeper: PainterKeeper, what: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENT_S
    while not what():
        assert time.monotonic() < end, "it never came"
        keeper.check(time.monotonic())
        time.sleep(0.02)


def spoken(keeper: PainterKeeper, show: Show) -> int:
    """One more line, aired to its end; the number of its ticks with a painted mouth."""
    number = show.say()
    until(keeper, lambda: show.aired(number))
    return show.moved[number]


@pytest.fixture
def settings(tmp_path):
    settings = Settings(data=tmp_path / "data", cache=tmp_path / "cache", painter=str(tmp_path / "p.sock"))
    store = open_licences(settings)
    for name in ("ana-2026", "bo-2026"):
        store.add(licence(id=name, valid_to=AT + timedelta(days=36500)))
    return settings


@pytest.fixture
def keeper(settings, monkeypatch):
    monkeypatch.setattr("bot.painter.SILENT_S", 1.5)
    keeper = PainterKeeper(settings, settings.painters[0], "cpu")
    keeper.start(time.monotonic())
    yield keeper
    keeper.close()


def test_a_show_goes_on_while_its_painter_is_killed_or_stopped(settings, keeper):
    """And one of two shows is sent away when its performer withdraws."""
    until(keeper, lambda: keeper.ready)
    reels = [opened(opened_clones(settings), name) for name in ("ana-2026", "bo-2026")]
    show, other = (Show(reel, settings.painters[0]) for reel in reels)
    try:
        for one in (show, other):
            until(keeper, lambda o=one: spoken(keeper, o) == TICKS)
        withdraw_licence(settings, "bo-2026", AT)
        for restarts, number in enumerate((signal.SIGKILL, signal.SIGSTOP), 1):
            pid = keeper.pid
            assert pid is not None
            missed = show.clone.missed
            os.kill(pid, number)
            until(keeper, lambda m=missed: spoken(keeper, show) < TICKS and show.clone.missed > m)
            until(keeper, lambda: spoken(keeper, show) == TICKS)
            assert keeper.restarts >= restarts and keeper.pid != pid
        assert int(show.border.head[Head.MISSED]) == show.clone.missed
        until(keeper, lambda: spoken(keeper, other) == 0 and not other.clone.brush.welcome)
        until(keeper, lambda: ask_status(settings.painters[0]).figures["clones"] == 1)
        assert show.failed == other.failed == [], "no line was lost"
    finally:
        show.close()
        other.close()
