"""Engines by name: Castmate's own, those that packages bring, and what stops one before a host is opened."""

import json
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from persona.clone import engines
from persona.clone.engines import GROUP, OWN, choose, engine_named, find_engines, write_choice
from persona.weights import WeightsNote
from products.documents import DocumentError
from products.errors import ContentError, Refused, SetupError

WAV2LIP = next(engine for engine in OWN if engine.name == "wav2lip")
NOTE = {
    "name": "Wav2Lip 256", "licence": "research only", "commercial": True, "source": "its makers",
    "read_by": "Ana Silva",
}  # fmt: skip
DECLARED = 'title = "x"\n[engine]\nabout = "from a package"\nweights = true\n'


def point(name, value):
    return EntryPoint(name, value, GROUP)


def brought(*points):
    return find_engines(lambda: list(points))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with declarations, by name; its code says when it is imported."""
    folder = tmp_path / "their_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def declare(**files):
        for name, text in files.items():
            (folder / f"{name}.castmate.toml").write_text(text)
        return [point(name, "their_package.engine:ENGINE") for name in files]

    return declare


@pytest.fixture
def weights(tmp_path):
    folder = tmp_path / "weights"
    folder.mkdir()

    def write(**changed):
        (folder / "weights.yaml").write_text(yaml.safe_dump({**NOTE, **changed}), "utf-8")
        return folder

    return write


def test_castmate_s_own():
    assert set(brought().engines) == {"embedded", "vector", "wav2lip", "musetalk"} and not brought().broken
    assert engine_named("embedded").lacking == ""


def test_a_package_brings_one(package):
    engine = engine_named("brought", brought(*package(brought=DECLARED)))
    assert engine.weights and engine.plugin is not None
    assert engine.about == "from a package (by their_package)"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("missing", None, "is in no package"),
        ("strange", 'title = "x"', "declares no engine"),
        ("vector", DECLARED, "takes the name"),
        ("online", 'hosts = ["a.example"]\n' + DECLARED, "which no engine gets"),
        ("wrong", DECLARED + "more = 1", "cannot be read"),
    ],
)
def test_one_that_cannot_be_used_is_told_and_takes_nobody_s_place(package, name, text, why):
    nowhere = [point(name, "no_such_package.engine:ENGINE")]
    found = brought(*(nowhere if text is None else package(**{name: text})))
    assert why in found.broken[name]
    assert set(found.engines) == {e.name for e in OWN}
    with pytest.raises(SetupError, match=why):
        engine_named(name, found)


def test_an_unknown_name_is_told_with_those_that_are_known():
    with pytest.raises(ContentError, match=r"no engine 'lips'.*embedded, musetalk, vector, wav2lip"):
        engine_named("lips")


def test_what_is_not_installed_is_told_before_anything_is_opened(monkeypatch, weights):
    needs = replace(WAV2LIP, modules={"no_such_package": "pip install it"})
    monkeypatch.setattr(engines, "OWN", (needs,))
    with pytest.raises(SetupError, match="no_such_package is not installed: pip install it"):
        choose("wav2lip", weights())


class TestChoice:
    @pytest.fixture(autouse=True)
    def ready(self, monkeypatch):
        """As where torch is installed."""
        monkeypatch.setattr(engines, "OWN", tuple(replace(e, modules={}) for e in OWN))

    def test_the_note_is_what_is_recorded(self, weights):
        assert choose("wav2lip", weights()) == WeightsNote(**NOTE)
        assert choose("embedded", None) is None

    def test_non_commercial_weights_are_refused(self, weights):
        with pytest.raises(Refused, match=r"may not be used in a show that sells.*research only"):
            choose("wav2lip", weights(commercial=False))

    def test_weights_that_are_missing_or_say_nothing_are_told(self, weights, tmp_path):
        with pytest.raises(SetupError, match="weights of your own"):
            choose("wav2lip", None)
        with pytest.raises(SetupError, match="no folder"):
            choose("wav2lip", tmp_path / "nowhere")
        (tmp_path / "weights").mkdir(exist_ok=True)
        with pytest.raises(SetupError, match=r"weights\.yaml is missing"):
            choose("wav2lip", tmp_path / "weights")
        with pytest.raises(DocumentError, match="read_by"):
            choose("wav2lip", weights(read_by=""))

    def test_a_drawn_host_s_engine_does_not_speak_over_a_clone(self):
        with pytest.raises(ContentError, match="does not speak over"):
            choose("vector", None)

    def test_the_studio_s_process_opens_what_was_chosen(self, monkeypatch, tmp_path, weights):
        opened = []
        chosen = replace(WAV2LIP, modules={}, opens=lambda *given: opened.append(given))
        monkeypatch.setattr(engines, "OWN", (chosen,))
        write_choice(tmp_path, "wav2lip", weights())
        assert json.loads((tmp_path / engines.CHOICE).read_text("utf-8"))["engine"] == "wav2lip"
        engines.open_chosen(tmp_path / "loop.json", 2)
        assert opened == [(tmp_path / "loop.json", tmp_path / "weights", 2)]


def test_the_command_lists_them():
    shown = " ".join(CliRunner().invoke(app, ["clone", "engines"], env={"COLUMNS": "200"}).output.split())
    for words in ("embedded", "vector", "wav2lip", "musetalk", "with your own weights", "weights.yaml"):
        assert words in shown
