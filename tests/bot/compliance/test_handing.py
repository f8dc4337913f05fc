"""The last checkpoint in the hands of compliance staff: kept apart, never replaced, and what it finds."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.air import hand_checkpoint
from bot.compliance.handing import hand_over, handed
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.settings import Settings
from products.errors import SetupError

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)


def show(data: Path, texts: tuple[str, ...] = ("one", "two", "three")) -> Path:
    """A closed ledger of a show, signed with this machine's key; its folder."""

    async def write() -> Path:
        folder = data / "shows" / "show-1"
        key = signing_key(data / "keys" / "ledger.pem")
        ledger = Ledger.open(folder / "ledger.jsonl", key, "show-1", NOW)
        for text in texts:
            await ledger.append(Entry(kind="line", at=NOW, data={"text": text}))
        await ledger.close(NOW)
        return folder

    return asyncio.run(write())


def verified(folder: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["ledger", "verify", str(folder)])
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CASTMATE_CHECKPOINTS", str(tmp_path / "staff"))
    return tmp_path / "data"


def test_an_end_that_was_cut_off_with_the_checkpoint_beside_it_is_found(data: Path) -> None:
    folder = show(data)
    kept = hand_over(folder / "ledger.jsonl", data.parent / "staff")
    assert kept == data.parent / "staff" / "show-1.checkpoint" and kept.stat().st_mode & 0o222 == 0
    code, said = verified(folder)
    assert code == 0 and "staff/show-1.checkpoint" in said
    ledger = folder / "ledger.jsonl"
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[:3]))
    (folder / "ledger.jsonl.checkpoint").unlink()
    code, said = verified(folder)
    assert code == 1 and "cut" in said.lower()


def test_a_ledger_written_anew_with_the_machines_own_key_is_found(data: Path) -> None:
    first = show(data)
    hand_over(first / "ledger.jsonl", data.parent / "staff")
    for file in first.iterdir():
        file.unlink()
    again = show(data, ("one", "two", "other"))
    assert again == first and verified(again)[0] == 1
    with pytest.raises(SetupError, match="Another checkpoint of this show"):
        hand_over(again / "ledger.jsonl", data.parent / "staff")


def test_handing_over_twice_is_once_and_a_show_without_a_checkpoint_has_none(data: Path) -> None:
    folder, staff = show(data), data.parent / "staff"
    assert hand_over(folder / "ledger.jsonl", staff) == hand_over(folder / "ledger.jsonl", staff)
    (folder / "ledger.jsonl.checkpoint").unlink()
    assert hand_over(folder / "ledger.jsonl", data.parent / "other") is None
    assert not (data.parent / "other").exists()
    assert handed(folder / "ledger.jsonl", staff).name == "show-1.checkpoint"


def test_a_folder_that_cannot_be_written_is_told_and_stops_nothing(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, staff = show(data), data.parent / "staff"
    staff.write_text("a file, no folder")
    assert hand_checkpoint(folder, Settings(data=data, checkpoints=staff)) is None
    assert "was not handed over" in "".join(capsys.readouterr())


def test_without_a_folder_of_their_own_it_lies_with_the_office(tmp_path: Path) -> None:
    assert Settings(data=tmp_path).handed_over == tmp_path / "compliance" / "checkpoints"
