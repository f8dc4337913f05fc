"""What the preflight measures: on a real rehearsed second, real files, a real folder."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.compliance.label import LabelSpec
from bot.preflight import prove_clock, prove_label, prove_metadata, prove_space, rehearsed_second
from bot.settings import Settings
from bot.stage.encoder import EncoderSettings
from persona.clone.reel import build_reel, open_reel

SPEC = LabelSpec("AI-generated host")


@pytest.fixture(scope="module")
def reel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reel")
    return open_reel(build_reel("mei", 360, 640, 25, folder, lambda _: None, seconds=2.0))


@pytest.fixture(scope="module")
def second(reel):
    return rehearsed_second(reel, SPEC, EncoderSettings(video_kbps=800))


def test_the_label_is_found_in_the_decoded_second(reel, second) -> None:
    proof = prove_label(reel, SPEC, *second)
    assert proof.looks >= 4 and proof.least_score > 0.9 and proof.misses == ()


def test_another_label_than_the_one_on_air_is_not_found(reel, second) -> None:
    assert prove_label(reel, LabelSpec("数字人主播 · AI生成"), *second).least_score < 0.8


def test_a_picture_that_asks_for_more_than_was_drawn_is_named(reel, second) -> None:
    proof = prove_label(reel, replace(SPEC, placement=(("bottom_right",),)), *second)
    assert proof.misses and "bottom_right" in proof.misses[0]


def test_the_record_is_read_back_once_from_each_container(second) -> None:
    assert prove_metadata(*second, "castmate", "demo") == {"mp4": "", "flv": ""}


def test_a_producer_that_the_standard_does_not_allow_is_named(second) -> None:
    wrong = prove_metadata(*second, "two words", "demo")
    assert all("two words" in why for why in wrong.values())


def test_room_is_asked_for_and_given_back(tmp_path) -> None:
    settings = Settings(data=tmp_path)
    rates = EncoderSettings()
    assert prove_space(tmp_path / "shows" / "a" / "recording", settings, 1, rates) == ""
    assert not list(tmp_path.rglob("reserved.json"))
    assert "has room for" in prove_space(tmp_path / "shows" / "a" / "recording", settings, 10**9, rates)


def test_a_clock_that_jumps_and_a_record_from_the_future_are_seen(tmp_path) -> None:
    begin = datetime(2026, 11, 22, tzinfo=UTC)
    walls = iter([begin, begin + timedelta(seconds=3.2), begin])
    steadies = iter([0.0, 0.2])
    ledger = tmp_path / "a" / "ledger.jsonl"
    ledger.parent.mkdir()
    ledger.touch()
    proof = prove_clock(tmp_path, lambda: next(walls), lambda: next(steadies), lambda _: None)
    assert proof.step_s == pytest.approx(3.0)
    assert proof.ahead_s == pytest.approx(max(0.0, ledger.stat().st_mtime - begin.timestamp()))


def test_the_command_tells_every_item(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path))
    done = CliRunner().invoke(app, ["preflight", "sample/show.yaml", "--minutes", "2", "--json"])
    told = json.loads(done.stdout)
    assert done.exit_code == 0 and told["ok"] and len(told["items"]) == 11
