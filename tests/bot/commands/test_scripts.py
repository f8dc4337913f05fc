"""castmate scripts: draft, look, approve in a name, retire; what is left out is told."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app

SAMPLE = Path(__file__).parents[3] / "sample"


@pytest.fixture
def show(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CASTMATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "200")
    shutil.copytree(SAMPLE, tmp_path / "sample")
    return tmp_path / "sample" / "show.yaml"


@pytest.fixture
def run(show):
    return lambda *words: CliRunner().invoke(app, ["scripts", *map(str, words), "--show", str(show)])


def test_the_sample_lists_its_approved_scripts_and_withholds_nothing(run):
    done = run("list")
    assert done.exit_code == 0 and "orchard-tea/zh/1" in done.stdout and "Lin Hao" in done.stdout
    assert "Not pitched" not in done.stdout


def test_a_script_is_drafted_read_compared_approved_and_retired(run, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("This is the Dawn Stoneware Mug, link 2.\nThe price is $18.50.\n", "utf-8")
    assert "Drafted dawn-mug/en/1" in run("draft", "dawn-mug", "--file", words, "--by", "Ann Lee").stdout
    words.write_text("This is the Dawn Stoneware Mug, link 2.\nYou pay $18.50.\n", "utf-8")
    assert run("draft", "dawn-mug", "--file", words).exit_code == 0
    changed = run("diff", "dawn-mug/en/2").stdout
    assert "dawn-mug/en/1 (draft)" in changed and "~ " in changed and "$18.50" in changed
    assert (
        "approved by Ann Lee" in run("approve", "dawn-mug/en/1", "--by", "Ann Lee", "--note", "fine").stdout
    )
    assert (
        "dawn-mug/en/1 is retired" in run("approve", "dawn-mug/en/2", "--by", "Lin Hao", "--replace").stdout
    )
    shown = run("show", "dawn-mug/en/1").stdout
    assert "approved by Ann Lee (fine)" in shown and "retired by Lin Hao" in shown


@pytest.mark.parametrize("by", ["AI", "", "admin"])
def test_nobody_cannot_approve(run, by):
    assert run("draft", "maple-board").exit_code == 0
    done = run("approve", "maple-board/en/1", "--by", by)
    assert done.exit_code == 2 and "not the name of a person" in done.output


def test_what_is_not_true_cannot_be_approved(run, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("The Dawn Stoneware Mug for only $9.\n", "utf-8")
    assert "facts.price" in run("draft", "dawn-mug", "--file", words).stdout
    done = run("approve", "dawn-mug/en/1", "--by", "Ann Lee")
    assert done.exit_code == 2 and "may not be said" in done.output
    assert run("show", "dawn-mug/en/1").exit_code == 2


def test_retiring_the_last_one_tells_that_it_will_not_be_pitched(run):
    for number in (1, 2, 3, 4):
        done = run("retire", f"orchard-tea/en/{number}", "--by", "Lin Hao")
    assert "Not pitched: orchard-tea (food, en)" in done.stdout and "castmate scripts approve" in done.stdout
    assert "Not pitched: orchard-tea (food, en)" in run("list").stdout
    assert "Not pitched" not in run("list", "--lang", "zh").stdout


def test_mistakes_are_told(run, tmp_path):
    assert "no product 'nothing'" in run("draft", "nothing").output
    assert "first version" in run("diff", "orchard-tea/en/1").output
    assert "cannot be read" in run("draft", "dawn-mug", "--file", tmp_path / "gone.txt").output
    for words in (("show", "orchard-tea/en/99"), ("approve", "orchard-tea/en/1", "--by", "Ann Lee")):
        assert run(*words).exit_code == 2


def test_a_verbatim_brand_is_withheld_until_it_has_words(show, run):
    show.write_text(show.read_text("utf-8") + "verbatim: {products: [willow-tote]}\n", "utf-8")
    assert "Not pitched: willow-tote (verbatim, en)" in run("list").stdout
    bad = show.read_text("utf-8").replace("approved_by", "approved_by")
    show.write_text(bad.replace("verbatim: {products", "verbatim: {goods"), "utf-8")
    done = run("list")
    assert done.exit_code == 2 and "goods" in done.output
