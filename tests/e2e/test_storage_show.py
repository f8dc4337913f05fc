"""A show with a bucket of others: recorded, stored, the node lost, the recording exported elsewhere."""

import asyncio
import hashlib
import logging
import os
import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import synthetic
from licences import licence
from s3_server import BUCKET, faulty_line, s3_server
from typer.testing import CliRunner

from bot.accounts import account_keeper
from bot.cli import app
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger, read_ledger
from bot.licensed import open_licences
from bot.settings import read_settings
from bot.stage.aigc import aigc_record
from bot.stage.recording import Recorder
from bot.storage.opening import the_store
from bot.storage.shared import Shared
from bot.storage.shows import ShowCopy

pytestmark = pytest.mark.e2e
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRETS = ("CASTMATE_STORE_KEY_ID", "CASTMATE_STORE_KEY")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("bucket")) as found:
        yield found


@pytest.fixture
def line(server):
    with faulty_line(server.port) as found:
        yield found


@pytest.fixture
def machine(server, line, tmp_path, monkeypatch):
    """Says on which machine commands run; the first is "one"."""

    def be(name: str) -> Path:
        monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / name))
        monkeypatch.setenv("CASTMATE_CACHE", str(tmp_path / f"{name}-cache"))
        return tmp_path / name

    monkeypatch.setenv("CASTMATE_STORE", f"s3://{BUCKET}/{uuid.uuid4().hex}")
    monkeypatch.setenv("CASTMATE_STORE_ENDPOINT", line.url)
    for name, secret in zip(SECRETS, server.owner, strict=True):
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("COLUMNS", "200")
    be("one")
    return be


def run(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(w) for w in words])
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


def air(data: Path, patience: float = 30) -> tuple[Path, ShowCopy]:
    """A short film in two segments, each handed on as it is closed, and its ledger, closed at the end."""
    folder = data / "shows" / "evening-1"
    ledger = Ledger.open(folder / "ledger.jsonl", signing_key(data / "keys" / "ledger.pem"), "tea", NOW)

    def note(kind: str, told: dict) -> None:
        ledger.append_soon(Entry(kind=kind, at=NOW, data=told))

    copy = ShowCopy(the_store(read_settings()), folder, note, Random(1))

    def closed(s) -> None:
        times = {"from_ms": s.first_frame * 40, "to_ms": (s.first_frame + s.frames) * 40}
        told = {"file": s.path.name, "sha256": s.sha256, "first_frame": s.first_frame, "frames": s.frames}
        note("recording.segment", told | times)
        copy.segment(s.path, s.size, s.sha256)

    encoder = synthetic.encoder()
    record = aigc_record("castmate", "show-7")
    recorder = Recorder(folder / "recording", encoder, {"AIGC": record}, closed, seconds=1, live=False)
    for packets in synthetic.ticks(encoder, 70):
        recorder.write(packets)
    recorder.write(encoder.close())
    assert recorder.close(30) and recorder.failure is None
    copy.settle(patience)
    asyncio.run(ledger.close(NOW))
    return folder, copy


def kinds(folder: Path) -> list[str]:
    return [r.entry.kind for r in read_ledger(folder / "ledger.jsonl")]


def test_the_recording_outlives_its_machine(machine, tmp_path) -> None:
    folder, copy = air(tmp_path / "one")
    assert copy.finish(30) == ()
    assert kinds(folder).count("store.kept") == kinds(folder).count("recording.segment") == 2
    segments = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("recording/*.mp4")}
    public = tmp_path / "ledger.pub"
    shutil.copy(tmp_path / "one" / "keys" / "ledger.pem.pub", public)
    shutil.rmtree(tmp_path / "one")
    there = machine("two") / "shows" / "evening-1"
    said = run("recording", "export", "evening-1", "--out", tmp_path / "part.mp4", "--to", "0.5")
    assert "from 1 segment." in said
    assert [p.name for p in there.glob("recording/*.mp4")] == ["segment-00000.mp4"], "what is needed"
    said = run("recording", "export", "evening-1", "--out", tmp_path / "film.mp4")
    assert "2.8 s from 2 segments" in said and (tmp_path / "film.mp4").stat().st_size > 10_000
    assert {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in there.glob("recording/*.mp4")
    } == segments
    run("ledger", "verify", there, "--key", public)
    assert "Whole" in run("recording", "verify", "evening-1", "--key", public, code=0)


def test_the_bucket_is_away_for_the_whole_show(machine, line, tmp_path) -> None:
    line.faults.extend(["* 503"] * 1000)
    folder, copy = air(tmp_path / "one", 0.01)
    assert copy.state().waiting == 2 and len(copy.finish(0.1)) >= 2
    assert kinds(folder)[-2:] == ["store.over", "checkpoint"] and "store.kept" not in kinds(folder)
    line.faults.clear()
    os.utime(folder / "ledger.jsonl", (1, 1))
    run("store", "push")
    assert "4 files" in run("store", "list")


def test_no_plain_byte_and_no_secret_leaves_the_machine(machine, server, line, tmp_path, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    settings = read_settings()
    licences = open_licences(settings)
    licences.add(licence())
    account_keeper(settings).write("twitch", "main", {"token": "first-token"})
    assert len(Shared(settings, the_store(settings)).push().names) == 2
    sent = b"\n".join(line.sent)
    assert b"castmate sealed 1" in sent and b"castmate account 1" in sent
    keys = [p.read_bytes() for p in settings.licence_key_folder.rglob("*.key")]
    keys += [(settings.data / "keys" / "accounts.key").read_bytes(), server.owner[1].encode()]
    for secret in (b"Ana Silva", b"seven green kettles", b"first-token", *keys):
        assert secret not in sent
    assert server.owner[1] not in caplog.text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, "can be deleted"),
        ({"CASTMATE_STORE_KEY": "not-the-key-at-all"}, "CASTMATE_STORE_KEY"),
        ({"CASTMATE_STORE": "s3://elsewhere"}, "There is no bucket 'elsewhere'"),
        ({"CASTMATE_STORE_ENDPOINT": "http://127.0.0.1:9"}, "whether the service is up"),
    ],
)
def test_check_says_what_to_do(machine, monkeypatch, changed, says) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    said = run("store", "check", code=1 if changed else 0)
    assert says in said and "not-the-key-at-all" not in said
    assert ("What to do:" in said) == bool(changed)


def test_who_may_only_read_is_told_so(machine, server, monkeypatch) -> None:
    for name, secret in zip(SECRETS, server.reader, strict=True):
        monkeypatch.setenv(name, secret)
    said = run("store", "check", code=1)
    assert "cannot be written" in said and "refuses us" in said and server.reader[1] not in said
