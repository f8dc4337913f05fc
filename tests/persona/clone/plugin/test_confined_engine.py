"""An engine of another package in its cell: it paints over the host that it was given, and no more."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from persona.clone import engines
from persona.clone.base import Rect
from persona.clone.engines import GROUP, OWN, find_engines, write_choice
from persona.clone.plugin import clone as module
from persona.clone.plugin.clone import ConfinedClone
from persona.speech import SPEECH_RATE, Phone, Speech, Word
from products.confined import cell
from products.confined.found import plugin_of
from products.errors import Refused, RemoteError, SetupError

PLUGINS = Path(__file__).parents[3] / "plugins"
PLACE = "hostile_sample.engine:opens"
REEL = SimpleNamespace(fps=25, length=8, region=Rect(0, 0, 16, 16))


def said(text, seconds=0.2):
    pcm = np.full(round(seconds * SPEECH_RATE), 0.5, np.float32)
    return Speech("l1", 0, True, text, "en", 0, 4, pcm, (Word("w", 0.0, 0.1, 0, 1),), (Phone("a", 0.0, 0.2),))


@pytest.fixture(autouse=True)
def found(monkeypatch):
    monkeypatch.syspath_prepend(str(PLUGINS))
    monkeypatch.setattr(module, "open_reel", lambda path: REEL)
    monkeypatch.setattr(module, "PATIENCE_S", 30.0)


@pytest.fixture
def reel(tmp_path):
    path = tmp_path / "opened" / "loop.json"
    path.parent.mkdir()
    path.write_text("{}")
    return path


@pytest.fixture
def opened(reel, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    made = []

    def make():
        made.append(ConfinedClone(plugin_of("lips", PLACE), reel, None, 1, home))
        return made[-1]

    yield make
    for clone in made:
        clone.close()


def test_it_paints_and_reaches_nothing_else(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_LLM_KEY", "SECRET")
    key = tmp_path / "ledger.pem"
    key.write_text("KEY")
    clone = opened()
    patches = list(clone.render(said("well"), 3))
    assert [p.base for p in patches] == [3, 4, 5, 6, 7]
    assert patches[0].rects[0].rect == Rect(4, 4, 4, 4)
    assert int(patches[0].rects[0].y[0, 0]) == 50, "it heard the sound"
    tried = next(iter(list(clone.render(said(f"tries {key}"), 0)))).rects[0].y[0, 0]
    assert int(tried) & 0b10000 == 0, "no variable of ours"
    if not cell.lacking(network=False):
        assert int(tried) == 64 + 128, "the opened host and its own folder, nothing else"
    assert clone.rest(9).base == 1


def test_who_stops_listening_hears_the_next_clause_from_its_start(opened):
    clone = opened()
    half = clone.render(said("well"), 0)
    next(half)
    half.close()
    assert [p.base for p in clone.render(said("well"), 1)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("dies", "it ended"),
        ("outside", "outside of the host"),
        ("more", "more than was said"),
        ("hangs", "did nothing"),
    ],
)
def test_what_it_does_ill_is_told_and_ends_it(opened, monkeypatch, word, why):
    clone = opened()
    clone._pipe.patience = 1.0 if word == "hangs" else 30.0
    with pytest.raises(RemoteError, match=why):
        list(clone.render(said(word), 0))
    assert clone._process.returncode is not None


def test_one_that_does_not_open_is_told(reel):
    with pytest.raises(SetupError, match="does not open: AttributeError"):
        ConfinedClone(plugin_of("lips", "hostile_sample.engine:nothing"), reel, None, 1, None)


def test_it_opens_only_as_far_as_was_agreed(reel, tmp_path):
    plugin = plugin_of("lips", PLACE)
    point = SimpleNamespace(name="lips", value=PLACE, dist=None, group=GROUP)
    found = find_engines(lambda: [point])
    assert set(found.engines) == {"lips", *(e.name for e in OWN)}
    engine = found.engines["lips"]
    write_choice(reel.parent, "lips", None)
    with pytest.raises(Refused, match="agreed"):
        engine.opens(reel, None, 1)
    (tmp_path / "home").mkdir(exist_ok=True)
    powers = {**plugin.powers(), "folder": False}
    write_choice(reel.parent, "lips", None, leave={"powers": powers, "home": None})
    with pytest.raises(Refused, match="agreed"):
        engine.opens(reel, None, 1)
    leave = {"powers": plugin.powers(), "home": str(tmp_path / "home")}
    write_choice(reel.parent, "lips", None, leave=leave)
    clone = engine.opens(reel, None, 1)
    clone.close()
    assert json.loads((reel.parent / engines.CHOICE).read_text())["leave"]["home"]
