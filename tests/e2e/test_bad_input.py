"""Bad input and bad luck at the command line: each gets a message that names what to mend, never a
traceback."""

import json
import shutil
import socket
from pathlib import Path

import pytest
from shows import ROOT, SHOW, Castmate, entries, of_kind

SAMPLE = ROOT / "sample"


@pytest.fixture
def castmate(home: Castmate, tmp_path: Path) -> Castmate:
    """A data folder of its own for each test."""
    return Castmate(tmp_path / "home" / "data", home.cache)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A copy of the sample show, to be spoilt."""
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE, folder)
    return folder


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def refused(castmate: Castmate, *words: object, code: int = 2, names: tuple[str, ...]) -> str:
    """Runs a command that cannot work: exit code, words of the message, no traceback."""
    done = castmate(*words, seconds=100)
    said = " ".join(done.stdout.split())
    assert "Traceback" not in said, done.stdout
    assert done.returncode == code, done.stdout
    for name in names:
        assert name in said, (name, done.stdout)
    return said


def test_a_show_file_with_a_wrong_field_names_file_line_and_field(castmate: Castmate, sample: Path) -> None:
    spoil(sample / "show.yaml", "platform: room", "platfrom: room")
    refused(castmate, "air", sample / "show.yaml", names=("show.yaml", "10, platfrom", "Remove it"))


def test_a_cue_that_does_not_exist_is_named_with_those_that_do(castmate: Castmate, sample: Path) -> None:
    spoil(sample / "show.yaml", "- notice\n", "- jingle\n")
    refused(castmate, "rehearse", sample / "show.yaml", names=("show.yaml", "rundown", "welcome", "pitch"))


def test_a_file_that_is_no_show(castmate: Castmate, tmp_path: Path) -> None:
    path = tmp_path / "show.yaml"
    path.write_bytes(b"\x00\xff\xfe: [")
    refused(castmate, "air", path, names=("show.yaml", "UTF-8"))
    refused(castmate, "air", tmp_path / "nowhere.yaml", names=("nowhere.yaml", "Check the path"))


def test_a_product_that_the_catalogue_does_not_hold(castmate: Castmate, sample: Path) -> None:
    spoil(sample / "show.yaml", "pitch: fjord-bottle", "pitch: flying-carpet")
    refused(castmate, "rehearse", sample / "show.yaml", names=("flying-carpet", "harbor-sneakers"))


def test_an_unknown_platform_is_refused_with_the_known_ones(castmate: Castmate) -> None:
    refused(castmate, "air", SHOW, "--platform", "myspace", names=("myspace", "douyin", "room", "What to do"))


def test_a_language_that_the_persona_does_not_speak(castmate: Castmate) -> None:
    refused(castmate, "rehearse", SHOW, "--lang", "fr", names=("fr", "en, zh"))


def test_a_missing_persona_is_named(castmate: Castmate, tmp_path: Path) -> None:
    gone = tmp_path / "nobody.yaml"
    refused(castmate, "air", SHOW, "--persona", gone, names=("nobody.yaml", "Check the path"))


@pytest.mark.parametrize("command", ["air", "rehearse"])
def test_an_unknown_voice_is_told_before_anything_airs(
    castmate: Castmate, sample: Path, tmp_path: Path, command: str
) -> None:
    spoil(sample / "personas" / "mei.yaml", "voice: af_heart", "voice: af_nobody")
    more = ("--out", tmp_path / "film.mp4") if command == "rehearse" else ()
    words = (command, sample / "show.yaml", "--minutes", "0.2", *more)
    refused(castmate, *words, names=("af_nobody", "af_heart"))


def test_a_look_that_nobody_has_drawn(castmate: Castmate, sample: Path) -> None:
    spoil(sample / "personas" / "mei.yaml", "look: mei", "look: zoe")
    refused(castmate, "air", sample / "show.yaml", "--minutes", "0.2", names=("zoe", "mei"))


@pytest.mark.parametrize("harm", ["binary", "empty", "gone", "no price"])
def test_a_broken_catalogue_is_named(castmate: Castmate, sample: Path, harm: str) -> None:
    products = sample / "shop" / "products.csv"
    if harm == "gone":
        products.unlink()
    elif harm == "no price":
        products.write_text("Handle,Title\nharbor-sneakers,Harbor Canvas Sneakers\n", "utf-8")
    else:
        products.write_bytes(b"" if harm == "empty" else bytes(range(256)) * 40)
    refused(castmate, "air", sample / "show.yaml", "--minutes", "0.2", names=("products.csv", "What to do"))


def test_an_address_that_nobody_knows_is_refused_and_its_key_not_repeated(castmate: Castmate) -> None:
    address = "rtmp://example.com/live/S3CRET"
    told = refused(castmate, "air", SHOW, "--to", address, names=("example.com", "What to do"))
    assert "S3CRET" not in told
    assert not castmate.data.exists() or castmate.shows() == []


def test_a_port_that_is_taken(castmate: Castmate) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused(castmate, "demo", "--port", port, "--minutes", "0.2", names=(str(port), "--port"))


@pytest.mark.parametrize("command", ["air", "demo", "rehearse"])
def test_a_data_folder_that_cannot_be_written(castmate: Castmate, tmp_path: Path, command: str) -> None:
    """Under root as well: what stands where the folder should be is a file."""
    (tmp_path / "taken").write_text("")
    blocked = Castmate(tmp_path / "taken" / "data", castmate.cache)
    words = (command,) if command == "demo" else (command, SHOW)
    refused(blocked, *words, "--minutes", "0.2", names=(str(tmp_path / "taken"), "CASTMATE_DATA"))


def test_a_film_that_cannot_be_written(castmate: Castmate, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    film = tmp_path / "taken" / "film.mp4"
    refused(castmate, "rehearse", SHOW, "--minutes", "0.1", "--out", film, names=("taken", "What to do"))


def test_settings_that_make_no_sense(castmate: Castmate) -> None:
    wrong = castmate.with_(CASTMATE_PORT="eighty")
    refused(wrong, "demo", "--minutes", "0.2", names=("CASTMATE_PORT", "eighty"))


@pytest.mark.e2e
@pytest.mark.timeout(400)
def test_a_dead_language_model_leaves_the_template_writer(home: Castmate, tmp_path: Path) -> None:
    dead = {"CASTMATE_LLM_URL": "http://127.0.0.1:9/v1", "CASTMATE_LLM_KEY": "sk-S3CRET"}
    castmate = Castmate(tmp_path / "data", home.cache, dead)
    film, report = tmp_path / "film.mp4", tmp_path / "report.json"
    words = ("rehearse", SHOW, "--minutes", "0.3", "--seed", "7", "--out", film, "--report", report)
    done = castmate(*words, seconds=300)
    assert done.returncode == 0, done.stdout
    assert "Traceback" not in done.stdout
    lines = json.loads(report.read_text("utf-8"))["lines"]
    assert len(lines) >= 2
    assert {line["writer"] for line in lines} == {"template"}
    assert all(line["cleared"] for line in lines)
    (folder,) = castmate.shows()
    assert "language model failed" in done.stdout  # the operator is told
    assert {x["writer"] for x in of_kind(entries(folder), "line.aired")} == {"template"}
    assert "S3CRET" not in done.stdout + json.dumps(entries(folder))
