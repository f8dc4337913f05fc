"""castmate claims check."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands.catalogue import app as catalogue
from bot.commands.claims import app

SHOP = Path(__file__).parents[3] / "sample" / "shop"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_DATABASE", str(tmp_path / "castmate.db"))
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(catalogue, ["import", str(SHOP / "products.csv")]).exit_code == 0
    return lambda *arguments: CliRunner().invoke(app, ["check", *arguments])


def test_a_true_price_names_its_fact(run):
    done = run("--product", "harbor-sneakers", "--text", "Only 59 dollars.", "--json")
    verdict = json.loads(done.stdout)
    assert done.exit_code == 0 and verdict["cleared"] and verdict["findings"] == []
    assert verdict["statements"][0]["fact"] == "harbor-sneakers/price"


def test_a_wrong_price_exits_with_2_and_says_the_right_one(run):
    done = run("--product", "harbor-sneakers", "--text", "只要九块九", "--lang", "zh")
    assert done.exit_code == 2
    assert "facts.price" in done.stdout and "59.00 USD" in done.stdout


def test_an_unknown_product(run):
    done = run("--product", "nothing", "--text", "Hello")
    assert done.exit_code == 2 and "no product 'nothing'" in done.output
