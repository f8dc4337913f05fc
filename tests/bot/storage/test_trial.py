"""castmate store: a trial in plain words, lists, push and pull; retention and export over what lies there."""

import os
import shutil
from pathlib import Path

import pytest
from stored_show import aired
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.settings import read_settings
from bot.storage.arriving import brought
from bot.storage.base import Cargo
from bot.storage.folder import FolderStore
from bot.storage.trial import try_out
from products.errors import CastmateError, ContentError, SetupError


def run(*words: object, code: int = 0) -> str:
    result: Result = CliRunner().invoke(app, [str(w) for w in words])
    if isinstance(result.exception, CastmateError):
        raise result.exception
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


@pytest.fixture
def store(tmp_path, monkeypatch) -> FolderStore:
    for name, value in (("DATA", "data"), ("STORE", "store"), ("CACHE", "cache")):
        monkeypatch.setenv(f"CASTMATE_{name}", str(tmp_path / value))
    monkeypatch.setenv("CASTMATE_COMPLIANCE_PASSPHRASE", "correct horse battery")
    monkeypatch.setenv("COLUMNS", "200")
    return FolderStore(tmp_path / "store")


class Odd(FolderStore):
    """A store with one fault."""

    def __init__(self, root: Path, fault: str) -> None:
        super().__init__(root)
        self.fault = fault

    def put(self, name, cargo):
        if self.fault == "put":
            raise SetupError("it refuses us", remedy="Mend the keys.")
        super().put(name, cargo)

    def get(self, name, into, sha256=""):
        if self.fault == "get":
            into.write_bytes(b"another")
            raise ContentError("it came back changed", remedy="Use another.")
        return super().get(name, into, sha256)

    def names(self, prefix):
        return iter(()) if self.fault == "list" else super().names(prefix)

    def delete(self, name):
        if self.fault != "delete":
            super().delete(name)


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("", []),
        ("put", ["written"]),
        ("get", ["read back, byte by byte"]),
        ("list", ["listed"]),
        ("delete", ["deleted"]),
    ],
)
def test_each_thing_is_tried_and_what_is_wrong_has_a_remedy(tmp_path, fault, wrong) -> None:
    steps = try_out(Odd(tmp_path / "store", fault))
    assert [s.what for s in steps if not s.ok] == wrong
    assert all(s.error.remedy for s in steps if s.error is not None)
    assert len(steps) == (1 if fault == "put" else 4)


def test_check_says_in_plain_words(store, tmp_path) -> None:
    said = run("store", "check")
    assert said.count("can be") == 4 and f"The store is {tmp_path / 'store'}" in said
    assert list(store.names("")) == [], "nothing of the trial stays"
    shutil.rmtree(store.root)
    store.root.write_text("in the way")
    said = run("store", "check", code=1)
    assert "cannot be written" in said and "What to do:" in said


def test_push_list_and_pull(store, tmp_path) -> None:
    assert "Nothing is in" in run("store", "list")
    folder = aired(tmp_path / "data")
    for path in (folder / "ledger.jsonl", *folder.glob("ledger*")):
        os.utime(path, (1, 1))
    assert "5 files were stored" in run("store", "push")
    assert "0 files were stored" in run("store", "push")
    assert "shows/evening-1: 0 MB, 5 files" in run("store", "list")
    assert "segment-00001.mp4" in run("store", "list", "shows/evening-1/recording", "--names")
    assert "0 files were fetched" in run("store", "pull")


def test_evidence_and_recording_find_what_is_only_in_the_store(store, tmp_path) -> None:
    folder = aired(tmp_path / "data")
    os.utime(folder / "ledger.jsonl", (1, 1))
    run("store", "push")
    shutil.rmtree(folder)
    with pytest.raises(ContentError, match="nowhere"):
        run("evidence", "nowhere")
    assert run("recording", "list", "evening-1").count("gone") == 3
    assert brought(read_settings(), Path("evening-1")) == folder  # as export, verify and a report do
    assert len(list((folder / "recording").glob("*.mp4"))) == 3


def test_the_disk_is_freed_of_what_the_store_holds_as_the_ledger_says(store, tmp_path) -> None:
    folder = aired(tmp_path / "data")
    os.utime(folder / "ledger.jsonl", (1, 1))
    run("store", "push")
    store.put("shows/evening-1/recording/segment-00000.mp4", Cargo.of(b"another film"))
    store.delete("shows/evening-1/recording/segment-00001.mp4")
    assert "0 files" in run("store", "free", "--days", "30000"), "it is younger"
    assert "1 files were deleted here" in run("store", "free")
    names = [p.name for p in sorted((folder / "recording").iterdir())]
    assert names == ["segment-00000.mp4", "segment-00001.mp4"], "what the store has not stays"
    assert brought(read_settings(), folder) == folder and len(list((folder / "recording").iterdir())) == 3


def test_retention_deletes_there_too_and_never_under_a_hold(store, tmp_path, monkeypatch) -> None:
    folder = aired(tmp_path / "data", keep_days=1)
    os.utime(folder / "ledger.jsonl", (1, 1))
    run("store", "push")
    run("compliance", "key", "Wei Lin")
    run("compliance", "hold", "--show", "evening-1", "--why", "a buyer went to court", "--by", "Wei Lin")
    run("store", "push")
    for machine in ("data", "data-of-another"):
        monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / machine))
        assert "held by Wei Lin" in run("ledger", "retention", "--apply", "--by", "Wei Lin")
        assert len(list(store.names("shows/evening-1/recording"))) == 3
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    for place in ("data/compliance/holds", "data-of-another/compliance/holds", "store/compliance/holds"):
        shutil.rmtree(tmp_path / place)
    shutil.rmtree(folder)
    said = run("ledger", "retention", "--apply", "--by", "Wei Lin")
    assert "In the store: 3 files" in said
    assert list(store.names("shows/evening-1/recording")) == []
    assert store.look("shows/evening-1/ledger.jsonl") is not None, "entries of a ledger are never deleted"
    assert "recording.deleted" in (tmp_path / "data" / "compliance" / "ledger.jsonl").read_text()


def test_retention_deletes_nothing_while_the_store_cannot_be_read(store, tmp_path) -> None:
    folder = aired(tmp_path / "data", keep_days=1)
    store.put("compliance/holds/1.json", Cargo.of(b"{}"))
    (store.root / "compliance" / "holds" / "1.json").write_bytes(b"{bent}")
    with pytest.raises(SetupError, match="Not all could be read"):
        run("ledger", "retention", "--apply", "--by", "Wei Lin")
    assert len(list((folder / "recording").iterdir())) == 3
