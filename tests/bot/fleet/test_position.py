"""Where a show stood, from ledgers as they are after a crash."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.fleet.position import last_position

EIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)
FILE = Path("/somewhere/evening.yaml")


def entry(kind: str, at: datetime, **data: object) -> str:
    return json.dumps({"entry": {"at": at.isoformat(), "kind": kind, "data": data}, "i": 0})


def ledger(shows: Path, begun: datetime, *lines: str, show: str = "evening", name: str = "") -> Path:
    folder = shows / (name or f"evening-{begun:%Y%m%d-%H%M%S}")
    folder.mkdir(parents=True)
    text = "\n".join([entry("ledger", begun, show=show), *lines])
    (folder / "ledger.jsonl").write_text(text, "utf-8")
    return folder


def aired(line: str, kind: str = "line.aired") -> str:
    return entry(kind, EIGHT, line=line, text="Hello")


def test_the_last_line_of_the_rundown_that_aired(tmp_path: Path) -> None:
    ledger(
        tmp_path,
        EIGHT,
        aired("0.1-welcome.3.0"),
        aired("2.3-harbor-sneakers.31.1"),
        aired("answer-17"),
        entry("studio.restarted", EIGHT),
        '{"entry": {"at": "2026-12-01T20:00:09Z", "kind": "line.aired", "da',
    )
    assert last_position(tmp_path, FILE, "evening", EIGHT) == "2.3-harbor-sneakers"


@pytest.mark.parametrize(
    "text", ["", "nonsense\n", "[1, 2]\n", '{"entry": 5}\n', '{"entry": {"kind": "x"}}\n']
)
def test_a_ledger_that_says_nothing(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "evening-20261201-200000"
    folder.mkdir()
    (folder / "ledger.jsonl").write_text(text)
    assert last_position(tmp_path, FILE, "evening", EIGHT) == ""
    assert last_position(tmp_path / "none", FILE, "evening", EIGHT) == ""


def test_other_shows_and_earlier_runs_do_not_count(tmp_path: Path) -> None:
    ledger(tmp_path, EIGHT - timedelta(days=1), aired("5.5-lamp.1.0"))
    ledger(tmp_path, EIGHT, aired("6.6-cup.1.0"), show="evening-two", name="evening-two-20261201-200000")
    assert last_position(tmp_path, FILE, "evening", EIGHT) == ""
    ledger(tmp_path, EIGHT + timedelta(seconds=4), aired("1.2-cup.9.0", "line.cut"))
    assert last_position(tmp_path, FILE, "evening", EIGHT) == "1.2-cup"


def test_a_long_show_is_read_from_its_last_part(tmp_path: Path) -> None:
    folder = ledger(tmp_path, EIGHT, aired("0.2-cup.1.0"))
    (folder / "ledger.0002.jsonl").write_text(
        entry("ledger.continued", EIGHT) + "\n" + aired("9.3-lamp.4.2+")
    )
    assert last_position(tmp_path, FILE, "evening", EIGHT) == "9.3-lamp"
    (folder / "ledger.0003.jsonl").write_text(entry("ledger.continued", EIGHT))
    assert last_position(tmp_path, FILE, "evening", EIGHT) == "9.3-lamp"
