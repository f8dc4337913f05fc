"""A shop's data backed up in use and restored elsewhere: every ledger verifies, no key is in it."""

import io
import json
import sqlite3
import tarfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.archive import MANIFEST, back_up, restore
from bot.cli import app
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Checkpoint, Entry, Ledger, verify
from products.errors import SetupError

EIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)


class Shop:
    """A data folder in use: a database with open transactions behind it, a ledger that is being written."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.key = signing_key(data / "keys" / "ledger.pem")
        self.show = data / "shows" / "evening-1" / "ledger.jsonl"
        self.ledger = Ledger.open(self.show, self.key, "evening", EIGHT, roll_bytes=4000)
        self.database = sqlite3.connect(data / "castmate.db")
        self.database.execute("pragma journal_mode=wal")
        self.database.execute("create table t (x)")
        self.database.execute("insert into t values (1)")
        self.database.commit()
        for name, text in {
            "clones/anna/pack.sealed": "sealed",
            "shows/evening-1/recording/0001.m4s": "film",
            "shows/evening-1/notes.jsonl": "torn",
            "compliance/keys/office.pem": "SECRET office",
            "compliance/papers.json": "{}",
            "keys/persons.db": "SECRET persons",
            "locks/evening": "7",
        }.items():
            (data / name).parent.mkdir(parents=True, exist_ok=True)
            (data / name).write_text(text)
        (data / "link").symlink_to("/etc/passwd")

    async def air(self, lines: int = 20) -> None:
        for n in range(lines):
            await self.ledger.append(Entry(kind="line.aired", at=EIGHT, data={"line": f"0.{n}-pitch.1.0"}))


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    made = Shop(tmp_path / "data")
    await made.air()
    await made.ledger.checkpoint(EIGHT)
    yield made
    made.database.close()
    await made.ledger.leave(EIGHT)


def names(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        return set(tar.getnames())


async def test_what_was_backed_up_on_air_verifies_where_it_is_restored(shop: Shop, tmp_path: Path) -> None:
    shop.database.execute("insert into t values (2)")  # not committed: it is no part of it
    with shop.show.open("ab") as live:
        live.write(b"")
    held = back_up(shop.data, tmp_path / "shop.tar.gz", EIGHT)
    await shop.air()  # what comes later is not in it
    assert held.ledgers == 1 and held.vanished == 0
    assert (tmp_path / "shop.tar.gz").stat().st_mode & 0o777 == 0o600

    other = tmp_path / "other"
    assert restore(tmp_path / "shop.tar.gz", other).files == held.files
    file = other / "shows" / "evening-1" / "ledger.jsonl"
    assert file.with_name("ledger.0002.jsonl").exists()
    beside = Checkpoint.model_validate_json(file.with_name("ledger.jsonl.checkpoint").read_text())
    report = verify(file, shop.key.public_key(), beside)
    assert report.ok and report.entries > 20, report.troubles
    with sqlite3.connect(other / "castmate.db") as database:
        assert database.execute("select x from t").fetchall() == [(1,)]
    assert (other / "clones" / "anna" / "pack.sealed").read_text() == "sealed"
    assert (other / "shows" / "evening-1" / "notes.jsonl").read_text() == ""  # no whole line yet


async def test_no_key_no_link_nothing_of_this_machine_alone(shop: Shop, tmp_path: Path) -> None:
    archive = tmp_path / "shop.tar.gz"
    back_up(shop.data, archive, EIGHT)
    found = names(archive)
    assert "keys/ledger.pem.pub" in found and "compliance/papers.json" in found
    assert not {n for n in found if "keys" in n.split("/") and not n.endswith(".pub")}
    assert not {n for n in found if n.startswith(("locks", "link")) or n.endswith(("-wal", "-shm"))}
    with tarfile.open(archive) as tar:
        for entry in tar:
            data = tar.extractfile(entry)
            assert data is not None and b"SECRET" not in data.read() and b"PRIVATE" not in data.read()
    assert "shows/evening-1/recording/0001.m4s" not in found
    back_up(shop.data, tmp_path / "all.tar.gz", EIGHT, recordings=True)
    assert "shows/evening-1/recording/0001.m4s" in names(tmp_path / "all.tar.gz")


async def test_the_commands(shop: Shop, tmp_path: Path) -> None:
    archive = str(tmp_path / "shop.tar.gz")
    done = CliRunner(env={"CASTMATE_DATA": str(shop.data)}).invoke(app, ["backup", archive])
    assert done.exit_code == 0 and "1 ledgers" in done.output, done.output
    other = CliRunner(env={"CASTMATE_DATA": str(tmp_path / "other")})
    done = other.invoke(app, ["restore", archive])
    assert done.exit_code == 0 and "1 of 1 ledgers verified" in done.output, done.output
    done = other.invoke(app, ["ledger", "verify", str(tmp_path / "other" / "shows" / "evening-1")])
    assert done.exit_code == 0 and "Whole." in done.output, done.output


async def test_a_ledger_that_was_changed_before_the_backup_is_told(shop: Shop, tmp_path: Path) -> None:
    copy = tmp_path / "changed"
    back_up(shop.data, tmp_path / "a.tar.gz", EIGHT)
    restore(tmp_path / "a.tar.gz", copy)
    file = copy / "shows" / "evening-1" / "ledger.jsonl"
    file.write_text(file.read_text().replace("0.3-pitch", "0.9-pitch"))
    back_up(copy, tmp_path / "b.tar.gz", EIGHT)
    done = CliRunner(env={"CASTMATE_DATA": str(tmp_path / "there")}).invoke(
        app, ["restore", str(tmp_path / "b.tar.gz")]
    )
    assert done.exit_code == 1 and "Not whole" in done.output


def repacked(source: Path, to: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive with its files changed."""
    with tarfile.open(source) as tar:
        files = {e.name: tar.extractfile(e).read() for e in tar}  # type: ignore[union-attr]
    change(files)
    with tarfile.open(to, "w:gz") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return to


def _flip(files: dict[str, bytes]) -> None:
    files["clones/anna/pack.sealed"] = b"forged"


def _remove(files: dict[str, bytes]) -> None:
    del files["castmate.db"]


def _unlist(files: dict[str, bytes]) -> None:
    del files[MANIFEST]


def _escape(files: dict[str, bytes]) -> None:
    manifest = files.pop(MANIFEST)
    files["../escaped"] = b"out"
    files[MANIFEST] = manifest


def _older(files: dict[str, bytes]) -> None:
    files[MANIFEST] = json.dumps({**json.loads(files[MANIFEST]), "format": 99}).encode()


@pytest.mark.parametrize("change", [_flip, _remove, _unlist, _escape, _older])
async def test_what_is_not_as_it_was_is_not_restored(shop: Shop, tmp_path: Path, change) -> None:
    back_up(shop.data, tmp_path / "a.tar.gz", EIGHT)
    other = tmp_path / "other"
    with pytest.raises(SetupError, match="cannot be restored"):
        restore(repacked(tmp_path / "a.tar.gz", tmp_path / "b.tar.gz", change), other)
    assert not other.exists() and not (tmp_path / "other.restoring").exists()
    assert not (tmp_path / "escaped").exists()


async def test_half_a_backup_is_not_restored(shop: Shop, tmp_path: Path) -> None:
    back_up(shop.data, tmp_path / "a.tar.gz", EIGHT)
    data = (tmp_path / "a.tar.gz").read_bytes()
    (tmp_path / "a.tar.gz").write_bytes(data[: len(data) // 2])
    with pytest.raises(SetupError, match="cannot be restored"):
        restore(tmp_path / "a.tar.gz", tmp_path / "other")


async def test_nothing_is_written_over(shop: Shop, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    back_up(shop.data, archive, EIGHT)
    with pytest.raises(SetupError, match="cannot be written"):
        back_up(shop.data, archive, EIGHT)
    with pytest.raises(SetupError, match="holds data already"):
        restore(archive, shop.data)
    with pytest.raises(SetupError, match="no data folder"):
        back_up(tmp_path / "nowhere", tmp_path / "c.tar.gz", EIGHT)


async def test_a_backup_into_the_data_folder_leaves_itself_out(shop: Shop) -> None:
    back_up(shop.data, shop.data / "a.tar.gz", EIGHT)
    assert "a.tar.gz" not in names(shop.data / "a.tar.gz")
