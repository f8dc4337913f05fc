"""Small pictures of the co-host: sealed, erased with their key, deleted in time, never changed unseen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.compliance.account import account
from bot.compliance.holds import Holds
from bot.compliance.ledger import Entry, Ledger, read_ledger, verify
from bot.compliance.personal import opened_entries, seal
from bot.compliance.persons import PersonKeys
from bot.compliance.retention import THREE_YEARS, dues
from bot.compliance.snapshots import FOLDER, KIND, MOST, Snapshots, damages, opened, there
from products.errors import ContentError

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
JPEG = b"\xff\xd8\xff" + b"a small picture" * 40


@pytest.fixture
def keys(tmp_path: Path) -> PersonKeys:
    return PersonKeys(tmp_path / "keys" / "persons.db")


async def show(tmp_path: Path, keys: PersonKeys) -> tuple[Path, str]:
    """A show with one picture of Wei Lin: its folder and the file's name."""
    folder = tmp_path / "shows" / "evening-1"
    folder.mkdir(parents=True)
    kept = Snapshots(folder, keys).keep("Wei Lin", JPEG)
    ledger = Ledger.open(folder / "ledger.jsonl", KEY, "evening", NOW)
    data = {"name": "Wei Lin", "seen": "a face in a moving picture", **kept}
    await ledger.append(Entry(kind="session", at=NOW, data={"air": "live", "reasons": []}))
    await ledger.append(Entry(kind=KIND, at=NOW, data=seal(keys, folder.name, KIND, data)))
    await ledger.close(NOW)
    return folder, kept["file"]


async def test_a_picture_is_sealed_told_and_opened(tmp_path: Path, keys: PersonKeys) -> None:
    folder, file = await show(tmp_path, keys)
    assert JPEG[3:40] not in (folder / FOLDER / file).read_bytes()
    assert b"Wei" not in (folder / "ledger.jsonl").read_bytes() and "Wei" not in file
    told = account(opened_entries(read_ledger(folder / "ledger.jsonl"), keys), {})
    assert [(p.file, p.seen) for p in told.pictures] == [(file, "a face in a moving picture")]
    assert there(folder, file, keys) and opened(folder, file, keys) == JPEG
    assert list(damages(folder)) == []


async def test_erasing_the_person_erases_the_picture_and_the_ledger_stands(
    tmp_path: Path, keys: PersonKeys
) -> None:
    folder, file = await show(tmp_path, keys)
    keys.destroy([alias for alias, _ in keys.aliases(person="cohost/Wei Lin")])
    assert not there(folder, file, keys)
    with pytest.raises(ContentError, match="erased"):
        opened(folder, file, keys)
    assert verify(folder / "ledger.jsonl", KEY.public_key()).ok
    assert list(damages(folder)) == []  # sealed as it is, it is still the one that was written


async def test_a_changed_picture_is_named_and_a_deleted_one_is_not(tmp_path: Path, keys: PersonKeys) -> None:
    folder, file = await show(tmp_path, keys)
    path = folder / FOLDER / file
    raw = bytearray(path.read_bytes())
    raw[50] ^= 1
    path.write_bytes(raw)
    assert [d for d in damages(folder) if file in d]
    with pytest.raises(ContentError, match="was changed"):
        opened(folder, file, keys)
    path.unlink()
    assert list(damages(folder)) == [] and not there(folder, file, keys)


@pytest.mark.parametrize("name", ["../ledger.jsonl", "x", "00001-" + "g" * 32 + ".sealed", ""])
async def test_no_other_file_is_opened(tmp_path: Path, keys: PersonKeys, name: str) -> None:
    folder, _ = await show(tmp_path, keys)
    with pytest.raises(ContentError, match="There is no picture"):
        opened(folder, name, keys)


def test_a_show_that_is_taken_up_again_overwrites_nothing(tmp_path: Path, keys: PersonKeys) -> None:
    first, again = Snapshots(tmp_path / "s", keys), None
    files = [first.keep("Wei", JPEG)["file"] for _ in range(2)]
    again = Snapshots(tmp_path / "s", keys)
    files.append(again.keep("Wei", JPEG)["file"])
    assert len(set(files)) == 3 == len(list((tmp_path / "s" / FOLDER).iterdir()))


def test_there_is_an_end(tmp_path: Path, keys: PersonKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.compliance.snapshots.MOST", 2)
    snapshots = Snapshots(tmp_path / "s", keys)
    assert [bool(snapshots.keep("Wei", JPEG)) for _ in range(4)] == [True, True, False, False]
    assert MOST == 2000


async def test_they_are_kept_as_long_as_the_packs_ask_for_the_presence_log(
    tmp_path: Path, keys: PersonKeys
) -> None:
    """A show whose packs said nothing keeps them for three years."""
    folder, file = await show(tmp_path, keys)
    found = {due.what: due for due in dues(folder.parent, keys, Holds(), NOW)}
    due = found["pictures of the co-host"]
    assert [path.name for path in due.files] == [file]
    assert due.until == NOW + timedelta(days=THREE_YEARS)
    assert not due.may_go(due.until) and due.may_go(due.until + timedelta(milliseconds=1))
