"""castmate compliance: what staff sign counts in `packs explain`, and lies in a ledger that proves whole."""

import json

import pytest
from typer.testing import CliRunner

from bot.cli import app
from products.errors import CastmateError

WORDS = {"CASTMATE_COMPLIANCE_PASSPHRASE": "a long passphrase"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path))
    runner = CliRunner()

    def invoke(*words: str):
        return runner.invoke(app, list(words), env=WORDS, catch_exceptions=True)

    assert invoke("compliance", "key", "Wei Lin").exit_code == 0
    return invoke


def explain(run) -> dict:
    return json.loads(
        run("packs", "explain", "--platform", "douyin", "--jurisdiction", "CN", "--drawn", "--json").output
    )


def test_a_confirmation_and_proofs_open_a_platform_step_by_step(run, tmp_path) -> None:
    text = tmp_path / "rules.txt"
    text.write_text("the rules of today")
    by = ("--by", "Wei Lin")
    assert explain(run)["outcome"] == "confirm"
    read = ("--address", "https://example.com/rules", "--text-date", "2026-11-20", "--capture", str(text))
    assert run("compliance", "confirm", "douyin", *read, "--adds", "nothing new", *by).exit_code == 0
    told = explain(run)
    assert told["outcome"] == "conditions" and told["mode"] == "duet"
    lacking = {f["rule"] for f in told["findings"] if f["severity"] == "block"}
    assert "DY-2023-VLIVE.reg" in lacking and not told["may_air"]
    for artefact in ("creator_centre_registration", "category_certificate", "avatar_filing"):
        assert run("compliance", "prove", artefact, "--document", str(text), *by).exit_code == 0
    assert "DY-2023-VLIVE.reg" not in {
        f["rule"] for f in explain(run)["findings"] if f["severity"] == "block"
    }
    papers = json.loads(run("compliance", "papers", "--json").output)
    assert [p["counts"] for p in papers] == ["yes"] * 4
    office = str(tmp_path / "compliance")
    assert run("ledger", "verify", office).exit_code == 0
    assert run("ledger", "show", office).output.count("proof.stored") == 3


def test_the_label_cannot_be_waived_and_a_waiver_needs_a_rule_a_day_and_a_reason(run) -> None:
    wrong = {
        "CN-117-37": ("--why", "we do not like labels", "--until", "2099-01-01"),
        "NO-SUCH": ("--why", "we do not like rules", "--until", "2099-01-01"),
        "CN-PIPL-55": ("--why", "we do not like rules", "--until", "2099-01-01"),
    }
    for rule, words in wrong.items():
        done = run("compliance", "waive", rule, *words, "--by", "Wei Lin")
        assert isinstance(done.exception, CastmateError) and done.exception.remedy
    assert json.loads(run("compliance", "papers", "--json").output) == []


def test_explain_gives_each_rule_with_its_source(run) -> None:
    told = explain(run)
    rule = next(r for r in told["rules"] if r["id"] == "CN-117-37")
    assert rule["source"]["doc"] and rule["source"]["url"].startswith("https://")
    assert rule["severity"] == "block" and rule["effective_from"] == "2026-02-01"
    assert any("117" in source for source in told["sources"])
    assert told["in_words"]["Label"][0]["text"]
