"""The painter's process: kept alive, with licences looked at; live shows are given to the one with room."""

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from licences import AT, FROM, licence
from prometheus_client import CollectorRegistry, generate_latest
from typer.testing import CliRunner

from bot import painter
from bot.cli import app
from bot.licensed import open_licences
from bot.painter import PainterCollector, PainterKeeper, licence_against, share_painter
from bot.settings import Settings
from persona.clone.engines import CHOICE
from persona.clone.painter.wire import Status
from persona.persona import load_persona
from products.errors import Refused, SetupError

PATIENT_S = 90.0


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache", painter=str(tmp_path / "p.sock"))


def test_one_that_cannot_begin_says_why(tmp_path, settings):
    keeper = PainterKeeper(settings, tmp_path / "p.sock", "gpu7")
    keeper.start(time.monotonic())
    end = time.monotonic() + PATIENT_S
    with pytest.raises(SetupError, match="no device"):
        while time.monotonic() < end:
            keeper.check(time.monotonic())
            time.sleep(0.02)
    keeper.close()


def test_the_air_of_a_show_takes_no_network_into_its_memory():
    """What asks for a painter is light; what paints is the painter's."""
    asked = "import sys, bot.commands.air; print('onnxruntime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"kind": "measurement", "uses": ()}, ""),
        ({"valid_to": FROM + timedelta(seconds=1)}, "ended on"),
        ({"face": False}, "face"),
        ({"withdrawn": True}, "withdrew"),
        ({"unknown": True}, "ana-2026"),
    ],
    ids=["holds", "measurement", "ended", "no-face", "withdrawn", "unknown"],
)
def test_licences_are_read_as_shows_read_them(settings, changed, why):
    withdrawn, unknown = changed.pop("withdrawn", False), changed.pop("unknown", False)
    store = open_licences(settings)
    if not unknown:
        store.add(licence(**{"valid_to": AT + timedelta(days=36500), **changed}))
    if withdrawn:
        store.withdraw("ana-2026", AT)
    found = licence_against(settings)("ana-2026")
    assert why in found and bool(found) == bool(why)


class TestShow:
    @pytest.fixture
    def persona(self, tmp_path):
        def made(**changed):
            told = {
                "id": "ana", "name": {"en": "Ana"}, "shop": {"en": "Shop"}, "languages": ["en"],
                "look": "mei", "voice": {"en": {"engine": "kokoro", "voice": "af_heart"}}, "clone": "pack",
                "licence": "licence.yaml", **changed,
            }  # fmt: skip
            (tmp_path / "ana.yaml").write_text(yaml.safe_dump(told), "utf-8")
            return load_persona(tmp_path / "ana.yaml")

        return made

    def test_a_live_show_is_given_to_the_one_with_room(self, settings, persona, tmp_path, monkeypatch):
        monkeypatch.setattr(painter, "with_room", lambda paths, rate: paths[0])
        reel = tmp_path / "loop.json"
        assert share_painter(persona(), settings, reel, 25) == settings.painters[0]
        assert str(settings.painters[0]) in (tmp_path / CHOICE).read_text("utf-8")

    def test_others_paint_their_own(self, settings, persona, tmp_path):
        """Another engine, a drawn host, or no painter set."""
        reel = tmp_path / "loop.json"
        assert share_painter(persona(engine="wav2lip", weights="w"), settings, reel, 25) is None
        assert share_painter(persona(clone=None, licence=None), settings, reel, 25) is None
        assert share_painter(persona(), settings.model_copy(update={"painter": ""}), reel, 25) is None
        assert not (tmp_path / CHOICE).exists()

    def test_no_painter_and_no_room_are_told_before_the_show(self, settings, persona, tmp_path, monkeypatch):
        reel = tmp_path / "loop.json"
        with pytest.raises(SetupError, match="No painter answers") as told:
            share_painter(persona(), settings, reel, 25)
        assert "castmate clone painter" in told.value.remedy
        full = Status(room="This painter has no room: 31 shows.", device="cpu", figures={})
        monkeypatch.setattr("persona.clone.painter.wire.ask_status", lambda path, rate: full)
        with pytest.raises(Refused, match="31 shows"):
            share_painter(persona(), settings, reel, 25)
        assert not (tmp_path / CHOICE).exists()

    def test_several_are_named_by_commas(self):
        assert Settings(painter=" /run/a, /run/b ,").painters == (Path("/run/a"), Path("/run/b"))


def test_the_command_asks_and_says_by_its_exit_code(settings, monkeypatch):
    monkeypatch.setenv("CASTMATE_PAINTER", settings.painter)
    run = lambda: CliRunner().invoke(app, ["clone", "painter", "--ask"])  # noqa: E731
    assert isinstance(run().exception, SetupError), "nobody is there"
    for room, code in (("", 0), ("This painter has no room.", 1)):
        status = Status(room=room, device="cuda:0", figures={"shows": 3.0})
        monkeypatch.setattr("bot.commands.painter.ask_status", lambda path, s=status: s)
        said = run()
        assert said.exit_code == code and '"cuda:0"' in said.output


def test_its_figures_are_there_for_prometheus(tmp_path, monkeypatch):
    def read(collector):
        registry = CollectorRegistry()
        registry.register(collector)
        return generate_latest(registry).decode()

    down = read(PainterCollector(tmp_path / "nobody", lambda: 2))
    assert "castmate_painter_up 0.0" in down and "castmate_painter_restarts_total 2.0" in down
    assert "castmate_painter_load" not in down, "what is not known is left out"
    status = Status(room="", device="cpu", figures={"load": 0.25, "pictures": 7.0})
    monkeypatch.setattr(painter, "ask_status", lambda path, wait_s: status)
    up = read(PainterCollector(tmp_path / "p", lambda: 0))
    for line in (
        "castmate_painter_up 1.0",
        "castmate_painter_load 0.25",
        "castmate_painter_pictures_total 7.0",
    ):
        assert line in up
