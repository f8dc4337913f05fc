"""A clone hosts only under the licence that it was made under, and only while that stands."""

from datetime import UTC, datetime, timedelta

import pytest
import yaml
from licences import AT, TO, licence
from typer.testing import CliRunner

from bot.cli import app
from bot.clone_packs import open_host
from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.packs import load_packs
from bot.compliance.selection import Destination
from bot.licensed import ShowLicence, open_licences, taken_by
from bot.settings import Settings
from persona.clone.neural.pack import FILES, PackHead, write_pack
from persona.clone.neural.recipe import Recipe
from persona.persona import load_persona
from products.documents import DocumentError
from products.errors import Refused, SetupError

HEAD = PackHead(
    licence="ana-2026", kind="drawn", made_at=AT, width=180, height=320, size=64, components=12,
    footage="a" * 64, prepared="b" * 64, recipe=Recipe(), steps=1, best=1.0, learnt=True,
)  # fmt: skip


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache")


@pytest.fixture
def file(tmp_path, settings):
    """A persona whose clone is sealed; what is in it is never reached by what is refused."""
    store = open_licences(settings)
    path = store.add(licence())
    write_pack(tmp_path / "pack", HEAD, dict.fromkeys(FILES, b"face"), store)
    return persona_file(tmp_path, licence=str(path))


def persona_file(tmp_path, **changed):
    given = {
        "id": "ana",
        "name": {"en": "Ana"},
        "shop": {"en": "Corner Shop"},
        "languages": ["en"],
        "voice": {"en": {"engine": "kokoro", "voice": "af_heart"}},
        "look": "mei",
        "clone": "pack",
        **changed,
    }
    path = tmp_path / "ana.yaml"
    path.write_text(yaml.safe_dump(given), "utf-8")
    return path


def opened(file, settings, now=AT):
    return open_host(load_persona(file), settings, 180, 320, now, lambda done: None)


def test_a_clone_without_a_licence_is_no_persona(tmp_path):
    with pytest.raises(DocumentError, match="clone needs a licence"):
        load_persona(persona_file(tmp_path))


def test_a_clone_is_somebodys_face_whatever_look_is_named(file, settings):
    persona = load_persona(file)
    assert taken_by(persona, "en").face
    assert ShowLicence(persona, "en", settings).cloned


def test_a_face_that_speaks_with_a_stock_voice_needs_no_consent_to_the_voice(tmp_path, settings):
    path = open_licences(settings).add(licence(voice=False))
    consents = ShowLicence(load_persona(persona_file(tmp_path, licence=str(path))), "en", settings).consents()
    assert {"consent_likeness", "consent_voice"} <= consents.keys()
    own = {"en": {"engine": "coqui", "voice": "ana"}}
    cloned = load_persona(persona_file(tmp_path, licence=str(path), voice=own))
    assert "consent_voice" not in ShowLicence(cloned, "en", settings).consents()


@pytest.mark.parametrize("at", [AT - timedelta(days=60), TO])
def test_refused_before_its_term_and_after(file, settings, at):
    with pytest.raises(Refused, match=r"begins on|ended on"):
        opened(file, settings, at)


def test_refused_once_withdrawn(file, settings):
    open_licences(settings).withdraw("ana-2026", AT)
    with pytest.raises(Refused, match="withdrew"):
        opened(file, settings, AT + timedelta(seconds=1))


def test_refused_without_consent_to_the_face(tmp_path, settings):
    store = open_licences(settings)
    path = store.add(licence(face=False))
    write_pack(tmp_path / "pack", HEAD, dict.fromkeys(FILES, b"face"), store)
    with pytest.raises(Refused, match="face"):
        opened(persona_file(tmp_path, licence=str(path)), settings)


def test_refused_under_another_licence(tmp_path, file, settings):
    other = open_licences(settings).add(licence(id="bo-2026"))
    with pytest.raises(Refused, match="made under the licence ana-2026"):
        opened(persona_file(tmp_path, licence=str(other)), settings)


def test_a_pack_that_is_not_there_is_told(tmp_path, file, settings):
    (tmp_path / "pack" / "pack.json").unlink()
    with pytest.raises(SetupError, match="holds no clone"):
        opened(file, settings)


def test_what_is_no_pack_inside_is_told_and_nothing_stays(file, settings):
    with pytest.raises(SetupError, match="cannot be used"):
        opened(file, settings)
    assert not list((settings.cache / "clones").glob("*/open-*"))


def test_a_clone_for_measurement_is_rehearsed_and_never_aired(tmp_path, settings):
    path = open_licences(settings).add(licence(kind="measurement", uses=(), phrase=None))
    show = ShowLicence(load_persona(persona_file(tmp_path, licence=str(path))), "en", settings)
    facts = ShowFacts(cloned_person=True, virtual_scene=True, prerecorded=False)
    place = [Destination("room")]
    decision = decide(load_packs(), place, ("US",), AT.date(), facts, local_try=True)
    assert show.against(decision, (), AT, rehearsed=True) == ()
    assert "LICENCE-KIND" in {f.rule for f in show.against(decision, (), AT)}
    assert {f.rule for f in show.against(decision, (), TO, rehearsed=True)} == {"LICENCE-TERM"}


class TestCommands:
    @pytest.fixture
    def run(self, tmp_path, monkeypatch):
        for name in ("data", "cache"):
            monkeypatch.setenv(f"CASTMATE_{name.upper()}", str(tmp_path / name))
        return lambda *words: CliRunner().invoke(app, ["clone", *map(str, words)])

    @pytest.mark.parametrize("use", ["train", "evaluate"])
    def test_without_a_licence_nothing_is_made(self, run, tmp_path, use):
        (tmp_path / "pack").mkdir()
        (tmp_path / "pack" / "pack.json").write_text(HEAD.model_dump_json(), "utf-8")
        words = (
            (tmp_path / "prepared", "--licence", "ana-2026")
            if use == "train"
            else (tmp_path / "pack", tmp_path)
        )
        found = run(use, *words)
        assert found.exit_code != 0 and found.exception is not None
        assert "licence" in str(found.exception)

    def test_a_withdrawal_removes_what_lies_open(self, run, settings):
        open_licences(settings).add(licence())
        lying = settings.cache / "clones" / "ana-2026" / "open-1-ana-720x1280" / "loop.planes"
        other = settings.cache / "clones" / "bo-2026" / "open-1-bo-720x1280" / "loop.planes"
        for path in (lying, other):
            path.parent.mkdir(parents=True)
            path.write_bytes(b"face")
        found = CliRunner().invoke(app, ["licence", "withdraw", "ana-2026", "--yes"])
        assert found.exit_code == 0, found.output
        assert not lying.exists() and other.exists()

    @pytest.mark.parametrize("state", ["expired", "withdrawn"])
    def test_with_one_that_ended_nothing_is_made(self, run, tmp_path, settings, state):
        store = open_licences(settings)
        past = datetime(2020, 1, 1, tzinfo=UTC)
        if state == "expired":
            store.add(licence(valid_from=past - timedelta(days=9), valid_to=past, phrase=None))
        else:
            store.add(licence(valid_from=past))
            store.withdraw("ana-2026", past)
        found = run("train", tmp_path / "prepared", "--licence", "ana-2026", "--out", tmp_path / "made")
        assert isinstance(found.exception, Refused), found.output
        assert not (tmp_path / "made").exists()
