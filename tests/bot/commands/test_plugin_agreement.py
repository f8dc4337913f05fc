"""castmate connectors list and agree, with a plug-in of another package."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import cli
from bot.commands import plugin_agreement
from connectors import registry
from connectors.registry import with_plugins
from products.confined.found import plugin_of
from products.errors import CastmateError, SetupError

PLUGINS = Path(__file__).parents[2] / "plugins"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.syspath_prepend(str(PLUGINS))
    both = with_plugins(registry.listing(), [plugin_of("sample", "hostile_sample.entry:make")])
    for place in ("bot.commands.connectors", "bot.commands.plugin_agreement", "bot.addresses"):
        monkeypatch.setattr(f"{place}.listing", lambda: both)

    def call(*words, answers=""):
        result = CliRunner().invoke(cli.app, ["connectors", *words], input=answers)
        if isinstance(result.exception, CastmateError):
            raise result.exception
        return result

    return call


def test_the_list_shows_what_it_declares(run):
    told = {c["name"]: c for c in json.loads(run("list", "--json").output)["connectors"]}
    assert "plugin" not in told["twitch"]
    plugin = told["sample"]["plugin"]
    assert plugin["hosts"] == ["127.0.0.1:9", "ingest.sample.example:1935"]
    assert plugin["fields"] == ["mode", "token"]
    assert plugin["to_agree"]
    shown = run("list").output
    assert "talks to: 127.0.0.1:9, ingest.sample.example:1935" in shown
    assert "castmate connectors agree sample" in shown


def test_a_no_is_a_no_and_a_yes_is_asked_for_once(run):
    with pytest.raises(SetupError, match="stays unused"):
        run("agree", "sample", "--by", "Wei Lin", answers="n\n")
    assert "Agreed" in run("agree", "sample", "--by", "Wei Lin", answers="y\n").output
    assert "declares nothing new" in run("agree", "sample", "--by", "Wei Lin").output
    told = {c["name"]: c for c in json.loads(run("list", "--json").output)["connectors"]}
    assert told["sample"]["plugin"]["to_agree"] == []
    assert run("agree", "sample", "--by", "Wei Lin", "--take-back").exit_code == 0
    with pytest.raises(SetupError, match="Nobody agreed"):
        run("agree", "sample", "--by", "Wei Lin", "--take-back")


def test_what_is_ours_needs_no_yes(run):
    for name in ("twitch", "nowhere"):
        with pytest.raises(SetupError):
            run("agree", name, "--by", "Wei Lin")
    assert plugin_agreement.plugin_named("sample").name == "sample"


def test_an_account_of_it_is_checked_only_after_a_yes(run):
    run("login", "sample", "--set", "mode=well", "--set", "token=T")
    refused = json.loads(run("check", "sample", "--json").output)
    assert "Nobody has agreed" in str(refused)
