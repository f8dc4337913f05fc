"""castmate catalogue, as the merch team calls it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands.catalogue import app
from bot.store import open_engine
from products.sales import Sale, SaleBook

SHOP = Path(__file__).parents[3] / "sample" / "shop"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_DATABASE", str(tmp_path / "castmate.db"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


def test_import_list_show(run):
    done = run("import", SHOP / "products.csv")
    assert done.exit_code == 0 and "12 new" in done.stdout and "cures insomnia" in done.stdout
    assert "12 changed" in run("import", SHOP / "products.zh.csv").stdout
    listed = run("list").stdout
    assert "harbor-sneakers" in listed and "sold out" in listed and "en, zh" in listed
    shown = run("show", "dawn-mug").stdout
    assert "18.50" in shown and "products.csv" in shown


def test_a_dry_run_leaves_the_catalogue_empty(run):
    assert "Would change: 12 new" in run("import", SHOP / "products.csv", "--dry-run").stdout
    assert "empty" in run("list").stdout


def test_bad_rows_are_shown_and_the_rest_is_in(run, tmp_path):
    (tmp_path / "s.csv").write_text("Name,Cost\nCup,9\nPlate,nine\n")
    done = run(
        "import", tmp_path / "s.csv", "--map", "title=Name", "--map", "price=Cost", "--currency", "eur"
    )
    assert done.exit_code == 0 and "s.csv, row 3, price: not an amount (got 'nine')" in done.stdout
    assert "9.00 EUR" in run("list").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "none.csv"), "no file none.csv"),
        (("import", SHOP / "products.csv", "--map", "title"), "FIELD=HEADING"),
        (("show", "mug"), "no product 'mug'"),
    ],
)
def test_mistakes_exit_with_2_and_say_what_to_do(run, arguments, said):
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_the_last_file_is_taken_back_once(run):
    assert run("import", SHOP / "products.csv").exit_code == 0
    done = run("undo")
    assert done.exit_code == 0 and "products.csv (en) is taken back: 12 new products are out" in done.stdout
    assert "empty" in run("list").stdout
    again = run("undo")
    assert again.exit_code == 2 and "cannot be taken back" in " ".join(again.output.split())


def test_which_words_sold(run, tmp_path):
    assert "No order of evening is known" in run("sold", "evening").stdout
    at = datetime(2026, 11, 23, tzinfo=UTC)
    tea = Sale(
        "evening",
        "webhook",
        "o1",
        "tea",
        "dawn-mug",
        2,
        True,
        at,
        "dawn-mug",
        "l1",
        "It holds half a litre.",
        at,
    )
    engine = open_engine(str(tmp_path / "castmate.db"))
    SaleBook(engine).enter([tea, replace(tea, order="o2", words="", product=None)])
    engine.dispose()
    told = run("sold", "evening").stdout
    assert "It holds half a litre." in told and "none about it before" in told and "not known" in told
