"""A clone that a painter paints for: the same pictures as alone, a mouth at rest where none come, and never
speech that waits.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from persona.clone.engines import open_chosen, write_choice
from persona.clone.neural.clone import NeuralClone
from persona.clone.neural.reel import open_neural_reel
from persona.clone.opening import open_clone
from persona.clone.painter import brush, shared
from persona.clone.painter.serving import Painter
from persona.clone.painter.shared import FIRST_S, MOST_S, Patience, SharedClone
from persona.clone.painter.wire import SLOTS
from persona.speech import SPEECH_RATE, Phone, Speech
from products.errors import Refused

PATIENT_S = 60.0


@pytest.fixture
def patient(monkeypatch):
    """A machine of any speed: pictures are waited for as long as it takes."""
    monkeypatch.setattr(shared, "FIRST_S", PATIENT_S)
    monkeypatch.setattr(shared, "MOST_S", PATIENT_S)


@pytest.fixture(autouse=True)
def roomy(request, monkeypatch):
    """And one that is busy elsewhere has room, but where a test is about that."""
    if "room" not in request.node.name:
        monkeypatch.setattr("persona.clone.painter.room.FULL", 1e9)


def speech(symbols: str, each: float = 0.12) -> Speech:
    given = symbols.split()
    phones = tuple(Phone("sil" if s == "_" else s, k * each, (k + 1) * each) for k, s in enumerate(given))
    tone = 0.1 * np.sin(2 * np.pi * 150 * np.arange(round(len(given) * each * SPEECH_RATE)) / SPEECH_RATE)
    return Speech("", 0, True, "", "en", 0, 0, tone.astype(np.float32), (), phones)


@contextmanager
def painting(path: Path, root: Path, holds: Callable[[str], str] = lambda licence: "") -> Iterator[Painter]:
    painter, stop = Painter(path, root, holds, "cpu"), threading.Event()
    thread = threading.Thread(target=painter.serve, args=(stop.is_set,))
    thread.start()
    try:
        yield painter
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def root(opened):
    return opened.parent.parent.parent


def shares(opened: Path, path: Path) -> SharedClone:
    return SharedClone(open_neural_reel(opened.parent), opened.parent, path)


def test_a_painter_paints_what_the_show_would(opened, root, tmp_path, patient):
    said = speech("h a l oʊ _ _ _ _ m a m a b l uː")
    with painting(tmp_path / "p", root) as painter:
        clone = shares(opened, tmp_path / "p")
        found = list(clone.render(said, 5))
        clone.close()
        batches, pictures = (painter.counts[name] for name in ("batches", "pictures"))
    alone = list(NeuralClone(open_neural_reel(opened.parent), opened.parent).render(said, 5))
    assert clone.missed == 0 and 0 < batches < pictures
    assert [(p.base, p.opening, len(p.rects)) for p in found] == [
        (p.base, p.opening, len(p.rects)) for p in alone
    ]
    parts = [(a, b) for p, q in zip(found, alone, strict=True) for a, b in zip(p.rects, q.rects, strict=True)]
    assert len(parts) == pictures
    for ours, theirs in parts:
        assert ours.rect == theirs.rect
        for a, b in zip((ours.y, ours.u, ours.v), (theirs.y, theirs.u, theirs.v), strict=True):
            assert np.abs(a.astype(int) - b).max() <= 1


def test_without_a_painter_the_mouth_rests_and_what_is_missed_is_counted(opened, tmp_path):
    said = speech("h a l oʊ m a m a")
    clone = shares(opened, tmp_path / "nobody")
    patches = list(clone.render(said, 3))
    assert [p.base for p in patches] == [(3 + k) % clone.reel.length for k in range(len(patches))]
    assert all(p.rects == () and p.opening == 0 for p in patches)
    assert len(patches) // 2 < clone.missed <= len(patches)


def test_a_painter_that_comes_later_is_met(opened, root, tmp_path):
    clone = shares(opened, tmp_path / "p")
    assert not any(p.rects for p in clone.render(speech("h a l oʊ"), 0))
    with painting(tmp_path / "p", root):
        end = time.monotonic() + PATIENT_S
        while not any(p.rects for p in clone.render(speech("h a l oʊ"), 0)):
            assert time.monotonic() < end
    assert not any(p.rects for p in list(clone.render(speech("h a l oʊ m a l oʊ"), 0))[-10:])
    with painting(tmp_path / "p", root):
        while not any(p.rects for p in clone.render(speech("h a l oʊ"), 0)):
            assert time.monotonic() < end
        clone.close()


def test_speech_that_is_broken_off_leaves_no_slot_behind(opened, root, tmp_path, patient):
    with painting(tmp_path / "p", root):
        clone = shares(opened, tmp_path / "p")
        for _ in range(3):
            patches = clone.render(speech("h a l oʊ m a m a"), 0)
            for _ in range(3):
                next(patches)
            patches.close()
        end = time.monotonic() + PATIENT_S
        while len(clone.brush._free) < SLOTS:
            clone.brush.rest(0.05)
            assert time.monotonic() < end
        clone.close()


def test_a_painter_that_refuses_says_why_when_the_show_opens(opened, root, tmp_path):
    with painting(tmp_path / "p", root, lambda licence: f"The licence {licence} ended."):
        with pytest.raises(Refused, match="The licence ana-2026 ended"):
            shares(opened, tmp_path / "p")


def test_a_running_show_is_not_ended_for_want_of_room(opened, root, tmp_path):
    """Whether there is room is asked before a show; a studio that is started again in mid-show meets one that
    was taken meanwhile: the mouth rests, and it asks again.
    """
    with painting(tmp_path / "p", root) as painter:
        first = shares(opened, tmp_path / "p")
        next(iter(painter._models.values())).meter.seconds = 0.02
        second = shares(opened, tmp_path / "p")
        assert first.brush.welcome and not second.brush.welcome and "no room" in second.brush.why
        assert not any(p.rects for p in second.render(speech("h a l oʊ"), 0))
        for clone in (first, second):
            clone.close()


def test_one_that_sends_a_show_away_is_not_asked_again_at_once(opened, root, tmp_path, monkeypatch):
    against: dict[str, str] = {}
    monkeypatch.setattr("persona.clone.painter.serving.LOOK_S", 0.05)
    with painting(tmp_path / "p", root, lambda licence: against.get(licence, "")) as painter:
        clone = shares(opened, tmp_path / "p")
        against["ana-2026"] = "Ana Silva withdrew the licence."
        end = time.monotonic() + PATIENT_S
        while clone.brush.welcome:
            clone.brush.rest(0.05)
            assert time.monotonic() < end
        assert "withdrew" in clone.brush.why and clone.brush._again > time.monotonic() + brush.AGAIN_S
        assert not any(p.rects for p in clone.render(speech("h a l oʊ"), 0))
        assert painter.counts["refused"] == 0
        clone.close()


def test_the_studio_s_process_opens_what_was_chosen(opened, root, tmp_path, patient):
    with painting(tmp_path / "p", root):
        write_choice(opened.parent, "embedded", None, tmp_path / "p")
        try:
            clone = open_clone(opened)
        finally:
            (opened.parent / "engine.json").unlink()
        assert isinstance(clone, SharedClone) and clone.brush.welcome
        clone.close()
    assert isinstance(open_chosen(opened), NeuralClone)


class TestPatience:
    def test_speech_is_made_faster_than_it_airs_even_if_no_picture_comes(self):
        patience, spent = Patience(25), 0.0
        for k in range(250):
            spent += patience.left  # each is waited for to the end, in vain
            patience.spend(patience.left)
            patience.earn()
            assert spent <= FIRST_S + 0.8 * (k + 1) / 25
        assert patience.left < 0.04

    def test_what_was_made_ahead_may_be_waited_for_but_not_so_long_that_a_studio_seems_dead(self):
        patience = Patience(25)
        for _ in range(1000):
            patience.spend(0.002)
            patience.earn()
        assert patience.left == MOST_S < 3.0

    def test_the_first_picture_has_to_be_there_soon(self):
        assert Patience(25).left <= 0.15
