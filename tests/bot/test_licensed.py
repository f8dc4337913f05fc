"""A show under a licence: the preflight's findings, and the look while on air that ends it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import yaml
from licences import AT, PLAIN, TO, licence
from typer.testing import CliRunner

from bot.cli import app
from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.packs import load_packs
from bot.compliance.preflight import Proofs, State, preflight
from bot.compliance.selection import Destination
from bot.licensed import EVERY_S, LicenceWatch, ShowLicence, open_licences, taken_by, weights_of
from bot.settings import Settings
from persona.licence import Use
from persona.persona import load_persona
from products.documents import DocumentError
from products.errors import CastmateError

PACKS = load_packs()


def persona_file(tmp_path, **changed):
    given = {
        "id": "ana",
        "name": {"en": "Ana"},
        "shop": {"en": "Corner Shop"},
        "languages": ["en"],
        "voice": {"en": {"engine": "kokoro", "voice": "af_heart"}},
        "look": "ana-clone",
        **changed,
    }
    path = tmp_path / "ana.yaml"
    path.write_text(yaml.safe_dump(given), "utf-8")
    return path


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path / "data")


def under(settings, tmp_path, given=None, **changed):
    path = open_licences(settings).add(given or licence())
    persona = load_persona(persona_file(tmp_path, licence=str(path), **changed))
    return ShowLicence(persona, "en", settings)


def decided(*platforms, audience=("US",)):
    facts = ShowFacts(cloned_person=True, virtual_scene=True, prerecorded=False)
    return decide(
        PACKS, [Destination(p) for p in platforms], audience, date(2026, 11, 22), facts, local_try=True
    )


class Shoes:
    category = "Shoes"


class Hats:
    category = "Hats"


def rules(found) -> list[str]:
    return [f.rule for f in found]


def test_within_its_scope_nothing_stands_against_it(settings, tmp_path) -> None:
    show = under(settings, tmp_path)
    assert rules(show.against(decided("youtube"), (Shoes(),), AT)) == []
    assert rules(show.against(decided("room"), (Shoes(),), AT)) == []
    assert rules(show.against(decided("youtube", audience=("DE",)), (Shoes(),), AT)) == [], (
        "DE lies in the EU"
    )


@pytest.mark.parametrize(
    ("platforms", "audience", "goods", "at", "rule"),
    [
        (("youtube", "twitch"), ("US",), (Shoes(),), AT, "LICENCE-PLATFORM"),
        (("youtube",), ("US", "IN"), (Shoes(),), AT, "LICENCE-TERRITORY"),
        (("youtube",), ("US",), (Shoes(), Hats()), AT, "LICENCE-CATEGORY"),
        (("youtube",), ("US",), (Shoes(),), TO, "LICENCE-TERM"),
    ],
)
def test_one_thing_outside_is_named_once(settings, tmp_path, platforms, audience, goods, at, rule) -> None:
    found = under(settings, tmp_path).against(decided(*platforms, audience=audience), goods, at)
    assert rules(found) == [rule]


def test_what_the_persona_takes_must_be_consented(settings, tmp_path) -> None:
    silent = under(settings, tmp_path, licence(voice=False))
    assert rules(silent.against(decided("youtube"), (Shoes(),), AT)) == [], "a stock voice is nobody's"
    persona = load_persona(persona_file(tmp_path, voice={"en": {"engine": "coqui", "voice": "ana"}}))
    assert taken_by(persona, "en").voice and taken_by(persona, "en").face
    drawn = load_persona(persona_file(tmp_path, look="mei"))
    assert not taken_by(drawn, "en").voice and not taken_by(drawn, "en").face


def test_a_measurement_licence_is_never_shown_not_even_in_the_room(settings, tmp_path) -> None:
    show = under(settings, tmp_path, licence(kind="measurement", uses=()))
    assert "LICENCE-KIND" in rules(show.against(decided("room"), (Shoes(),), AT))


def test_a_performer_without_a_licence_fails_the_preflight(settings, tmp_path) -> None:
    persona = load_persona(persona_file(tmp_path, performer={"en": "Ana Silva"}))
    show = ShowLicence(persona, "en", settings)
    assert show.cloned and show.consents() == {}
    decision = decided("room")
    for against in (show.against(decision, (Shoes(),), AT), None):
        items = {i.name: i for i in preflight(decision, Proofs(licence=against)).items}
        assert items["licence"].state is State.FAILED
    with pytest.raises(CastmateError, match="names no licence"):
        show.read()


def test_the_licence_is_the_consent_that_packs_ask_for(settings, tmp_path) -> None:
    own = {"en": {"engine": "coqui", "voice": "ana"}}
    got = under(settings, tmp_path, licence(voice=False), voice=own).consents()
    assert got["consent_likeness"] == date(2027, 10, 31) and "consent_voice" not in got


def test_who_said_the_phrase_is_alive(settings, tmp_path) -> None:
    assert under(settings, tmp_path).known() == {"person_is_deceased": False}
    assert under(settings, tmp_path, licence(id="bo", phrase=None)).known() == {}


def test_the_preflight_names_the_licence_before_the_papers_that_lack_with_it(settings, tmp_path) -> None:
    show = under(settings, tmp_path)
    open_licences(settings).withdraw("ana-2026", AT)
    decision = decided("room")
    against = show.against(decision, (Shoes(),), AT)
    item = next(i for i in preflight(decision, Proofs(licence=against)).items if i.name == "licence")
    assert "withdrew" in item.message and item.rules == ("LICENCE-WITHDRAWN",)


@pytest.mark.parametrize("how", ["withdrawn", "expired", "key gone", "file changed"])
def test_a_running_show_is_stopped_within_a_minute(settings, tmp_path, how) -> None:
    show, notes = under(settings, tmp_path), []
    decision = decided("youtube")
    watch = LicenceWatch(
        show,
        lambda now: show.against(decision, (Shoes(),), now),
        lambda kind, data: notes.append((kind, data)),
    )
    now = AT if how != "expired" else TO - timedelta(seconds=5)
    assert watch.look(0.0, now) == () and notes[0][0] == "licence"
    store = open_licences(settings)
    if how == "withdrawn":
        store.withdraw("ana-2026", AT + timedelta(days=1))  # the show's own clock may lie behind
    elif how == "key gone":
        (store.keys / "ana-2026.key").unlink()
    elif how == "file changed":
        path = store.path("ana-2026")
        path.write_text(path.read_text("utf-8").replace("Shoes", "Hats"), "utf-8")
    assert watch.look(EVERY_S - 0.1, now) == (), "not every second"
    assert watch.look(EVERY_S, now + timedelta(seconds=10)) != ()
    assert notes[-1][0] == "licence.stop" and len(notes) == 2
    assert watch.look(EVERY_S + 1, now) == tuple(notes[-1][1]["reasons"]), "a stop stands"
    assert EVERY_S <= 60


def test_the_commands(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    run = CliRunner()
    form, signed = tmp_path / "ana.yaml", tmp_path / "signed.pdf"
    form.write_text(run.invoke(app, ["licence", "form"]).output, "utf-8")
    signed.write_bytes(b"signed")
    said = run.invoke(app, ["licence", "new", str(form), "--document", str(signed)])
    assert said.exit_code == 0, said.output
    words = said.output.rstrip().splitlines()[-1].strip()
    asked = [
        "licence",
        "check",
        "ana-2026",
        "--platform",
        "youtube",
        "--category",
        "Bags",
        "--territory",
        "DE",
    ]
    asked += ["--at", "2026-12-24T20:00:00+00:00"]
    refused = run.invoke(app, asked)
    assert refused.exit_code == 2 and "LICENCE-PHRASE" in refused.output
    wrong = run.invoke(app, ["licence", "phrase", "ana-2026", "--heard", "something else", "--by", "Wei Lin"])
    assert "does not hold it" in str(wrong.exception)
    heard = f"Hello, I am Ana. {words.title()}!"
    unnamed = run.invoke(app, ["licence", "phrase", "ana-2026", "--heard", heard])
    assert "name them" in str(unnamed.exception)
    assert (
        run.invoke(app, ["licence", "phrase", "ana-2026", "--heard", heard, "--by", "Wei Lin"]).exit_code == 0
    )
    assert run.invoke(app, asked).exit_code == 0
    assert "Ana Silva" in run.invoke(app, ["licence", "show"]).output
    assert run.invoke(app, ["licence", "withdraw", "ana-2026", "--yes"]).exit_code == 0
    assert "withdrew" in run.invoke(app, [*asked[:-1], datetime.now(UTC).isoformat()]).output
    assert not list((tmp_path / "data-keys").glob("*.key"))
    assert PLAIN["id"] == "ana-2026"


def test_a_shop_s_own_weights_are_recorded_with_their_licence(tmp_path) -> None:
    note = {
        "name": "A voice",
        "licence": "MPL-2.0",
        "commercial": True,
        "source": "us",
        "read_by": "Ana Silva",
    }
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "weights.yaml").write_text(yaml.safe_dump(note), "utf-8")
    own = {"en": {"engine": "coqui", "voice": "default", "model": "own"}}
    recorded = weights_of(load_persona(persona_file(tmp_path, voice=own)), "en")
    assert recorded == {"engine": "embedded", "weights": {"voice": note}}
    assert weights_of(load_persona(persona_file(tmp_path)), "en") == {}


def test_a_recording_is_somebodys_and_takes_their_licence(tmp_path) -> None:
    own = {"en": {"engine": "coqui", "voice": "default", "model": "own", "reference": "ana.wav"}}
    with pytest.raises(DocumentError, match="copies a recording of somebody"):
        load_persona(persona_file(tmp_path, voice=own))
    path = tmp_path / "licence.yaml"
    licensed = load_persona(persona_file(tmp_path, voice=own, licence=str(path)))
    assert licensed.voice_in("en").reference == tmp_path / "ana.wav" and taken_by(licensed, "en").voice


def test_for_a_clip_a_file_is_a_platform_like_others(settings, tmp_path) -> None:
    show = under(settings, tmp_path)
    for platform in ("file", "room"):
        live = rules(show.against(decided(platform), (Shoes(),), AT))
        clip = rules(show.against(decided(platform), (Shoes(),), AT, use=Use.CLIP))
        assert live == [] and clip == ([] if platform == "room" else ["LICENCE-PLATFORM"])
    only = ShowLicence(
        load_persona(persona_file(tmp_path, licence=str(tmp_path / "none.yaml"))), "en", settings
    )
    assert rules(only.against(decided("file"), (), AT, use=Use.CLIP)) == ["LICENCE"]
