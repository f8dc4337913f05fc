"""castmate clone script, film, prepare: what a person at the terminal sees."""

import re

import pytest
from licences import licence
from typer.testing import CliRunner

from bot.cli import app
from bot.footage import prepared_folder
from bot.licensed import open_licences
from bot.settings import read_settings
from persona.clone.film import load_truth, truth_path
from persona.clone.footage import transcript
from products.errors import CastmateError, Refused, SetupError


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CASTMATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(transcript, "missing", lambda: "nobody listens here")  # it takes its time elsewhere
    monkeypatch.chdir(tmp_path)


def run(*arguments):
    done = CliRunner().invoke(app, ["clone", *map(str, arguments)])
    if isinstance(done.exception, CastmateError):
        raise done.exception
    return done


def signed(**changed):
    """A licence that holds now, whenever the test runs."""
    given = licence(valid_to="2999-01-01T00:00:00+00:00", valid_from="2020-01-01T00:00:00+00:00", **changed)
    open_licences(read_settings()).add(given)
    return given


def test_the_script_is_printed_for_everybody():
    shown = run("script", "--lang", "zh")
    assert shown.exit_code == 0 and "大家早上好" in shown.output and "phrase" not in shown.output


def test_a_phrase_is_issued_with_a_licence_and_its_time():
    given = signed(phrase=None)
    shown = run("script", "--licence", given.id)
    words = re.search(r"Say this phrase: (\w+ \w+ \w+ \w+)", shown.output)[1]
    assert "film must be here by" in shown.output
    store = open_licences(read_settings())
    assert store.read(store.path(given.id)).phrase.words == words
    again = run("script", "--licence", given.id)
    assert words not in again.output, "each time another one"


def test_no_phrase_without_a_licence_that_holds():
    with pytest.raises(CastmateError):
        run("script", "--licence", "nobody")
    given = signed(phrase=None)
    from datetime import UTC, datetime

    open_licences(read_settings()).withdraw(given.id, datetime(2026, 11, 23, tzinfo=UTC))
    with pytest.raises(Refused, match="withdrew"):
        run("script", "--licence", given.id)
    with pytest.raises(Refused, match="withdrew"):
        run("prepare", "nowhere.mp4", "--licence", given.id)


def test_a_film_of_the_drawn_host_is_judged_and_the_report_written(tmp_path):
    made = run("film", "tom.mp4", "--seconds", 0.5, "--idle", 0.3,
               "--width", 360, "--height", 640)  # fmt: skip
    assert made.exit_code == 0, made.output
    assert load_truth(tmp_path / "tom.mp4") is not None and truth_path(tmp_path / "tom.mp4").is_file()
    given = signed()
    judged = run("prepare", "tom.mp4", "--licence", given.id, "--unscripted")
    assert judged.exit_code == 2, judged.output
    assert "must be mended  Length" in judged.output and "15 s are the least" in judged.output
    assert "Not prepared" in judged.output and not prepared_folder(read_settings(), given.id).exists()
    assert "data:image/jpeg" in (tmp_path / "tom.mp4.html").read_text("utf-8")


@pytest.mark.parametrize("wrong", [("--width", 361), ("--rotation", 45), ("--fps", "quick")])
def test_a_film_that_cannot_be_is_told(wrong):
    with pytest.raises(SetupError):
        run("film", "x.mp4", "--seconds", 0.5, *wrong)


def test_two_scripts_at_once_are_told(tmp_path):
    given = signed()
    with pytest.raises(CastmateError, match="exclude"):
        run("prepare", "x.mp4", "--licence", given.id, "--unscripted", "--script", tmp_path / "a.txt")
