"""castmate ledger erase, retention and castmate keys, as people use them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.commands import compliance, keys, ledger
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.compliance.personal import seal
from bot.compliance.persons import PersonKeys
from products.errors import CastmateError, Refused, SetupError

OLD = datetime(2020, 1, 1, tzinfo=UTC)
WORDS = "correct horse battery"


def run(app: object, *words: object) -> Result:
    result = CliRunner().invoke(app, [str(w) for w in words])  # type: ignore[arg-type]
    if isinstance(result.exception, CastmateError):
        raise result.exception
    assert result.exception is None, result.output
    return result


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An old show in which two viewers wrote, with a recording."""
    import asyncio

    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CASTMATE_KEYS", str(tmp_path / "apart"))
    monkeypatch.setenv("CASTMATE_COMPLIANCE_PASSPHRASE", WORDS)
    monkeypatch.setenv("CASTMATE_BACKUP_PASSPHRASE", WORDS)
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / "data" / "shows" / "show-1"

    async def write() -> None:
        store = PersonKeys(tmp_path / "apart" / "persons.db")
        book = Ledger.open(folder / "ledger.jsonl", signing_key(tmp_path / "data/keys/ledger.pem"), "s", OLD)
        for viewer, text in (("p/wang", "我叫小王"), ("p/li", "多少钱")):
            said = seal(store, folder.name, "chat.in", {"viewer": viewer, "text": text})
            await book.append(Entry(kind="chat.in", at=OLD, data=said))
        await book.close(OLD)
        store.close()

    asyncio.run(write())
    (folder / "recording").mkdir()
    (folder / "recording" / "0001.mp4").write_bytes(b"x")
    return folder


def test_a_person_is_erased_and_no_backup_brings_them_back(show: Path, tmp_path: Path) -> None:
    assert "我叫小王" in run(ledger.app, "show", show).stdout
    run(keys.app, "backup", tmp_path / "b")
    words = ("--by", "Wei Lin", "--why", "she asked on 2026-11-20")
    assert "1 keys destroyed" in run(ledger.app, "erase", "--person", "p/wang", *words).stdout
    said = run(ledger.app, "show", show).stdout
    assert "小王" not in said and "(erased)" in said and "多少钱" in said
    assert run(ledger.app, "verify", show).exit_code == 0
    (tmp_path / "apart" / "persons.db").unlink()
    assert "1 keys of persons were erased since" in run(keys.app, "restore", tmp_path / "b").stdout
    said = run(ledger.app, "show", show).stdout
    assert "小王" not in said and "多少钱" in said
    with pytest.raises(SetupError, match="Nothing is kept"):
        run(ledger.app, "erase", "--person", "p/wang", *words)


def test_what_is_over_goes_unless_it_is_held(show: Path) -> None:
    clip = show / "recording" / "0001.mp4"
    run(compliance.app, "key", "Wei Lin")
    hold = ("--show", "show-1", "--why", "a buyer went to court", "--by", "Wei Lin")
    run(compliance.app, "hold", *hold)
    assert "held by Wei Lin" in run(ledger.app, "retention", "--apply", "--by", "Wei Lin").stdout
    assert clip.exists()
    with pytest.raises(Refused, match="legal hold"):
        run(ledger.app, "erase", "--person", "p/li", "--by", "x", "--why", "asked")
    for paper in (show.parents[1] / "compliance" / "holds").iterdir():
        paper.unlink()
    assert "may go" in run(ledger.app, "retention").stdout and clip.exists()
    with pytest.raises(SetupError, match="who deletes"):
        run(ledger.app, "retention", "--apply")
    said = run(ledger.app, "retention", "--apply", "--by", "Wei Lin").stdout
    assert "1 files of recordings and pictures, 2 keys" in said and not clip.exists()
    assert "多少钱" not in run(ledger.app, "show", show).stdout
    assert run(ledger.app, "verify", show).exit_code == 0
    assert run(ledger.app, "verify", show.parents[1] / "compliance").exit_code == 0
