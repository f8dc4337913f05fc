"""Without a licence that holds, no command prepares, trains, judges or shows a clone: each is told why, and
makes nothing. And a performer who withdraws while the show is on ends it within a minute.
"""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from licences import AT, licence
from small_show import Rig
from typer.testing import CliRunner

from bot.cli import app
from bot.clone_packs import withdraw_licence
from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.packs import load_packs
from bot.compliance.selection import Destination
from bot.licensed import LicenceWatch, ShowLicence, open_licences
from bot.settings import Settings
from bot.show.session import Air
from persona.clone.neural.pack import FILES, PackHead, write_pack
from persona.clone.neural.recipe import Recipe
from persona.persona import load_persona
from products.errors import CastmateError

SHOW = Path(__file__).resolve().parents[2] / "sample" / "show.yaml"
HEAD = PackHead(
    licence="ana-2026", kind="drawn", made_at=AT, width=180, height=320, size=64, components=12,
    footage="a" * 64, prepared="b" * 64, recipe=Recipe(), steps=1, best=1.0, learnt=True,
)  # fmt: skip
STATES = {"missing": "There is no licence 'ana-2026'", "expired": "ended on", "withdrawn": "withdrew"}


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for name in ("data", "cache"):
        monkeypatch.setenv(f"CASTMATE_{name.upper()}", str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache")


def persona_file(folder: Path, path: Path) -> Path:
    told = {
        "id": "ana", "name": {"en": "Ana"}, "shop": {"en": "Shop"}, "languages": ["en"], "look": "mei",
        "voice": {"en": {"engine": "kokoro", "voice": "af_heart"}}, "clone": "pack", "licence": str(path),
        "performer": {"en": "Ana Silva"},
    }  # fmt: skip
    (folder / "ana.yaml").write_text(yaml.safe_dump(told), "utf-8")
    return folder / "ana.yaml"


@pytest.fixture
def clone(settings, tmp_path, request):
    """A clone that was made while its licence held; then that came to be as the test says."""
    store, state = open_licences(settings), request.param
    past = AT - timedelta(days=900)
    term = (
        {"valid_to": past + timedelta(days=1)}
        if state == "expired"
        else {"valid_to": AT + timedelta(days=36500)}
    )
    path = store.add(licence(valid_from=past, phrase=None, **term))
    write_pack(tmp_path / "pack", HEAD, dict.fromkeys(FILES, b"face"), store)
    if state == "withdrawn":
        store.withdraw("ana-2026", past)
    if state == "missing":
        path.unlink()
    persona_file(tmp_path, path)
    (tmp_path / "script.txt").write_text("Good morning.", "utf-8")
    return STATES[state]


COMMANDS = {
    "prepare": ("clone", "prepare", "film.mp4", "--licence", "ana-2026"),
    "train": ("clone", "train", "prepared", "--licence", "ana-2026", "--out", "made"),
    "evaluate": ("clone", "evaluate", "pack", "prepared"),
    "air": ("air", str(SHOW), "--persona", "ana.yaml", "--minutes", "0.1"),
    "rehearse": ("rehearse", str(SHOW), "--persona", "ana.yaml", "--out", "made.mp4"),
    "clip": ("clip", "script.txt", "--persona", "ana.yaml", "--out", "made.mp4"),
}


@pytest.mark.parametrize("clone", STATES, indirect=True)
@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_refused_and_nothing_is_made(clone, settings, tmp_path, command):
    done = CliRunner().invoke(app, COMMANDS[command])
    assert isinstance(done.exception, CastmateError), done.output
    assert clone in str(done.exception), done.exception
    assert not list(tmp_path.glob("made*")) and not list((settings.cache / "clones").glob("*/open-*"))
    assert not list(tmp_path.rglob("*.m4s")), "nothing was recorded: nothing aired"


class Shoes:
    category = "Shoes"


async def test_a_withdrawal_while_the_show_is_on_ends_it_within_a_minute(settings, tmp_path):
    """By the store of the licences, as the command and the performer's page withdraw."""
    path = open_licences(settings).add(licence())
    shown = ShowLicence(load_persona(persona_file(tmp_path, path)), "en", settings)
    facts = ShowFacts(cloned_person=True, virtual_scene=True, prerecorded=False)
    decision = decide(load_packs(), [Destination("room")], ("US",), AT.date(), facts, local_try=True)
    rig, notes = Rig(tmp_path, minutes=3), []
    watch = LicenceWatch(
        shown,
        lambda now: shown.against(decision, (Shoes(),), AT),
        lambda kind, data: notes.append((kind, data)),
    )
    rig.run._p.licence = watch.look
    withdrawn: list[float] = []

    def withdraw() -> None:
        withdrawn.append(rig.air.seconds)
        withdraw_licence(settings, "ana-2026", AT)

    rig.hooks[20] = withdraw
    await rig.play()
    assert rig.run.session.air is Air.ENDED and "withdrew" in rig.run.reason
    assert withdrawn and rig.air.seconds - withdrawn[0] < 60
    assert [kind for kind, _ in notes] == ["licence", "licence.stop"]
    assert not any("oodbye" in line for line in rig.said())
