"""Footage under a licence: who may prepare, which phrase must be heard, what is left behind, sealed."""

from datetime import timedelta

import pytest
from licences import AT, FROM, TO, licence

from bot.footage import (
    Wish,
    clone_folder,
    issue,
    issued,
    opened,
    phrase_to_hear,
    point_source,
    prepare_footage,
    prepared_folder,
)
from bot.licensed import open_licences
from bot.settings import Settings
from persona.clone.film import Shoot, film, truth_path
from persona.clone.footage import checks, transcript
from persona.clone.footage.prompt import prompt
from persona.clone.footage.reader import probe
from persona.clone.recital import babble
from persona.licence import Phrase
from products.errors import Refused, SetupError

WORDS = "amber canyon feather walnut"
MINUTE = timedelta(minutes=1)
MEASUREMENT = {
    "id": "test-1", "kind": "measurement", "uses": (), "platforms": (), "categories": (), "territories": (),
    "phrase": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    path = tmp_path_factory.mktemp("footage") / "ana.mp4"
    film(path, babble(0.1, seed=8), Shoot(width=360, height=640, idle=0.4))
    return path


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache")


@pytest.fixture
def heard(monkeypatch):
    """What the listener makes of every film; and three seconds are enough here."""
    said = [""]
    monkeypatch.setattr(checks, "ACCEPTED_S", 2.0)
    monkeypatch.setattr(transcript, "missing", lambda: "")
    monkeypatch.setattr(transcript, "transcribe", lambda pcm, language, folder: said[0])
    return said


def go(settings, footage, tmp_path, given, now=AT, **wish):
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    store = open_licences(settings)
    return prepare_footage(
        store, settings, Wish(footage, given, work=work, **wish), now, lambda stage, done: None
    )


def kept(settings, given):
    """The licence as it stands in the store."""
    store = open_licences(settings)
    return store.read(store.path(given.id))


@pytest.mark.parametrize(
    ("changed", "now", "words"),
    [
        ({}, TO + MINUTE, "ended on"),
        ({}, FROM - MINUTE, "begins on"),
        ({"withdrawn_at": AT - MINUTE}, AT, "withdrew"),
        ({"face": False}, AT, "not consented to the use of their face"),
    ],
)
def test_without_a_valid_licence_nothing_is_read(settings, tmp_path, changed, now, words):
    """The film does not even exist: the licence is asked first."""
    with pytest.raises(Refused, match=words):
        go(settings, tmp_path / "nowhere.mp4", tmp_path, licence(**changed), now)


def test_a_licence_for_measurement_prepares_and_asks_for_no_phrase(settings, footage, tmp_path, heard):
    given = licence(**MEASUREMENT)
    store = open_licences(settings)
    store.add(given)
    made = go(settings, footage, tmp_path, given, text="")
    assert made.stops == () and made.prepared is not None
    folder = prepared_folder(settings, given.id)
    assert all(p.name.endswith(".sealed") for p in folder.iterdir())
    with opened(store, settings, given.id) as prepared:
        assert prepared.head.licence == given.id and prepared.count == made.prepared.count
    store.withdraw(given.id, AT)
    with pytest.raises(Refused), opened(store, settings, given.id):
        pass


def test_the_phrase_that_is_heard_confirms_the_licence(settings, footage, tmp_path, heard):
    store = open_licences(settings)
    store.add(licence(phrase=None))
    script = issue(store, settings, licence(phrase=None), "en", WORDS, AT)
    given = kept(settings, licence())
    assert given.phrase.words == WORDS and given.phrase.confirmed_at is None
    assert issued(settings, given.id) == script and script.text == prompt("en", WORDS).text
    heard[0] = f"Amber canyon, feather walnut. {prompt('en').text}"
    made = go(settings, footage, tmp_path, given, AT + 5 * MINUTE)
    assert made.stops == () and made.measured.followed.share == 1
    phrase = kept(settings, given).phrase
    assert phrase.confirmed_at == AT + 5 * MINUTE and phrase.checked == ("transcript", "face")


def test_without_the_phrase_it_is_not_prepared(settings, footage, tmp_path, heard):
    store = open_licences(settings)
    given = licence(phrase=Phrase(words=WORDS, issued_at=AT))
    store.add(given)
    heard[0] = prompt("en").text
    made = go(settings, footage, tmp_path, given, AT + MINUTE, text=prompt("en").text)
    assert [c.id for c in made.stops] == ["phrase"]
    assert not prepared_folder(settings, given.id).exists()
    assert kept(settings, given).phrase.confirmed_at is None


def test_where_nobody_can_listen_a_person_does(settings, footage, tmp_path, heard, monkeypatch):
    monkeypatch.setattr(transcript, "missing", lambda: "speech recognition is not installed")
    store = open_licences(settings)
    given = licence(phrase=Phrase(words=WORDS, issued_at=AT))
    store.add(given)
    made = go(settings, footage, tmp_path, given, AT + MINUTE, text="")
    assert [c.id for c in made.stops] == ["phrase"] and "not installed" in made.stops[0].found
    assert "castmate licence phrase" in made.stops[0].remedy


def test_a_phrase_holds_for_thirty_minutes():
    fresh = licence(phrase=Phrase(words=WORDS, issued_at=AT))
    assert phrase_to_hear(fresh, AT + 30 * MINUTE) == WORDS
    with pytest.raises(Refused, match="31 minutes ago"):
        phrase_to_hear(fresh, AT + 31 * MINUTE)
    with pytest.raises(Refused, match="No one-time phrase"):
        phrase_to_hear(licence(phrase=None), AT)
    assert phrase_to_hear(licence(), AT) == "", "it was confirmed, by whomever"


def test_a_script_is_for_those_who_signed(settings):
    store = open_licences(settings)
    store.add(licence())
    with pytest.raises(Refused, match="ended"):
        issue(store, settings, licence(), "en", WORDS, TO)
    quiet = issue(store, settings, licence(**MEASUREMENT), "zh", WORDS, AT)
    assert quiet.phrase == "" and quiet.text == prompt("zh").text
    (clone_folder(settings, "test-1") / "script.json").write_text("{")
    with pytest.raises(SetupError, match="cannot be read"):
        issued(settings, "test-1")


def test_without_the_mesh_a_camera_film_is_checked_and_not_prepared(
    settings, footage, tmp_path, heard, monkeypatch
):
    camera = tmp_path / "camera.mp4"
    camera.write_bytes(footage.read_bytes())
    assert not truth_path(camera).exists()
    assert point_source(camera, probe(camera), tmp_path / "none") == (None, ())
    given = licence(**MEASUREMENT)
    open_licences(settings).add(given)
    made = go(settings, camera, tmp_path, given, text="")
    assert [c.id for c in made.stops] == ["points"] and "castmate clone setup" in made.stops[0].remedy
    assert {"light", "sharp", "noise"} <= {c.id for c in made.checks}


def test_nothing_prepared_is_told(settings):
    with (
        pytest.raises(SetupError, match="Nothing was prepared"),
        opened(open_licences(settings), settings, "ana-2026"),
    ):
        pass


def test_a_short_film_is_for_measuring_alone(settings, footage, tmp_path, heard, monkeypatch):
    monkeypatch.setattr(checks, "ACCEPTED_S", 15.0)
    given = licence(**MEASUREMENT)
    store = open_licences(settings)
    store.add(given)
    store.add(licence())
    with pytest.raises(Refused, match="for shows"):
        go(settings, footage, tmp_path, licence(), text="", short=True)
    assert [c.id for c in go(settings, footage, tmp_path, given, text="").stops] == ["length"]
    assert go(settings, footage, tmp_path, given, text="", short=True).prepared is not None
