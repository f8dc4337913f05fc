"""castmate clips: what it says of each file, and the line that pins one."""

import re

import pytest
import yaml
from clip_films import entry, film_clip
from typer.testing import CliRunner

from bot.cli import app
from products.errors import ContentError
from schedules.clips import ClipEntry
from schedules.showfile import load_show

HEAD = {
    "show": "s",
    "title": {"en": "A show"},
    "persona": "p.yaml",
    "size": "540x960",
    "rundown": ["welcome"],
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return film_clip(tmp_path_factory.mktemp("film") / "pour.mp4", 2.0, sound=False)


@pytest.fixture
def castmate(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CASTMATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "300")
    return lambda *words: CliRunner().invoke(app, ["clips", *map(str, words)])


def show(tmp_path, *clips):
    path = tmp_path / "show.yaml"
    path.write_text(yaml.safe_dump({**HEAD, "clips": list(clips)}), "utf-8")
    return path


def test_what_was_approved_is_told_from_what_was_not(tmp_path, source, castmate) -> None:
    well = show(tmp_path, entry(source))
    assert castmate(well).exit_code == 0
    new = show(
        tmp_path, entry(source), entry(source, "new", approved=None), entry(tmp_path / "gone.mp4", "gone")
    )
    told = castmate(new)
    assert told.exit_code == 2
    assert "approved by Lin Hao" in told.output and "not approved" in told.output
    assert "gone.mp4 cannot be read" in told.output
    assert "no clips" in castmate(show(tmp_path)).output


def test_the_line_that_it_prints_pins_the_file(tmp_path, source, castmate) -> None:
    path = show(tmp_path, entry(source, approved=None))
    told = castmate(path, "--approve", "pour", "--by", "Mo Li")
    assert told.exit_code == 0, told.output
    line = re.search(r"approved: \{.*\}", told.output)
    assert line is not None
    pinned = ClipEntry.model_validate({**entry(source), **yaml.safe_load(line.group())})
    assert pinned.approved is not None and pinned.approved.by == "Mo Li"
    assert pinned.approved.sha256 == entry(source)["approved"]["sha256"]
    assert list((tmp_path / "cache").iterdir()) == []  # the trial is gone
    assert load_show(path).clips[0].approved is None  # the file is the operator's to write
    assert castmate(show(tmp_path, pinned.model_dump(mode="json"))).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--approve", "pour"), "names who gives it"), (("--approve", "cup", "--by", "Mo Li"), "It has: pour")],
)
def test_an_approval_names_a_clip_and_a_person(tmp_path, source, castmate, words, said) -> None:
    told = castmate(show(tmp_path, entry(source)), *words)
    assert isinstance(told.exception, ContentError) and said in str(told.exception)
