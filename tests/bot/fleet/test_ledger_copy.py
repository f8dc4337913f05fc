"""A ledger followed while it grows and rolls on to further files."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.fleet.ledger_copy import LedgerTail

EIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)


def line(kind: str, **data: object) -> str:
    return json.dumps({"entry": {"at": EIGHT.isoformat(), "kind": kind, "data": data}, "i": 0}) + "\n"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    folder = tmp_path / "evening-1"
    folder.mkdir()
    (folder / "ledger.jsonl").write_text(line("ledger", show="evening"))
    return folder / "ledger.jsonl"


def tail(tmp_path: Path, since: datetime = EIGHT) -> LedgerTail:
    return LedgerTail(tmp_path, Path("/shows/evening.yaml"), "evening", since)


def test_what_is_new_comes_until_it_is_kept(tmp_path: Path, ledger: Path) -> None:
    following = tail(tmp_path)
    first = line("ledger", show="evening")[:-1]
    assert following.read() == following.read() == ((0, first),)
    following.kept()
    assert following.read() == ()
    with ledger.open("a") as file:
        file.write(line("line.aired", line="2.3-shoes.31.1") + '{"entry": {"kind": "tor')
    ((number, text),) = following.read()
    assert number == 1 and "line.aired" in text
    assert following.position == "2.3-shoes"
    with ledger.open("a") as file:
        file.write('n"}}\n')
    assert [n for n, _ in following.read()] == [1, 2]
    following.kept()
    assert following.read() == ()


def test_it_goes_on_in_the_next_file(tmp_path: Path, ledger: Path) -> None:
    following = tail(tmp_path)
    following.read()
    following.kept()
    ledger.with_name("ledger.0002.jsonl").write_text(
        line("ledger.continued") + line("line.cut", line="0.1-a.1.0")
    )
    assert [n for n, _ in following.read()] == [1, 2]
    following.kept()
    assert following.read() == () and following.position == "0.1-a"


def test_an_earlier_run_is_not_taken_for_this_one(tmp_path: Path, ledger: Path) -> None:
    assert tail(tmp_path, EIGHT + timedelta(seconds=1)).read() == ()
