"""A long show's ledger rolls on to the next file, and is one log all the same."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.compliance.ledger import Entry, Ledger, read_ledger, verify
from bot.compliance.ledger_file import Report
from bot.compliance.ledger_parts import part, parts
from bot.compliance.proofs import Grown
from products.errors import SetupError

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()


def line(n: int) -> Entry:
    return Entry(kind="line", at=NOW + timedelta(seconds=n), data={"n": n})


async def long_show(path: Path, count: int = 40, **limits: float) -> Ledger:
    ledger = Ledger.open(path, KEY, "show-1", NOW, **limits)  # type: ignore[arg-type]
    for n in range(count):
        await ledger.append(line(n))
    return ledger


def look(path: Path, ledger: Ledger | None = None) -> Report:
    return verify(path, KEY.public_key(), None if ledger is None else ledger.latest_checkpoint)


@pytest.mark.parametrize("limits", [{"roll_bytes": 3000}, {"roll_s": 10.0}])
async def test_the_log_goes_on_across_files_by_length_or_by_age(tmp_path: Path, limits) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = await long_show(path, **limits)
    final = await ledger.close(NOW + timedelta(minutes=2))
    files = parts(path)
    assert [f.name for f in files[:2]] == ["ledger.jsonl", "ledger.0002.jsonl"] and len(files) >= 4
    entries = list(read_ledger(path))
    assert [r.index for r in entries] == list(range(len(entries)))
    assert [r.entry.data["n"] for r in entries if r.entry.kind == "line"] == list(range(40))
    report = verify(path, KEY.public_key(), final)
    assert report.ok and report.closed and report.entries == report.signed == len(entries)
    log = Grown(path)
    assert all(log.inclusion(n).trouble(KEY.public_key()) is None for n in range(final.size))
    opening = [r for r in entries if r.entry.kind == "ledger.continued"]
    before = [entries[r.index - 1].entry for r in opening]
    assert {e.kind for e in before} == {"checkpoint"}
    assert [r.entry.data["checkpoint"]["root"] for r in opening] == [e.data["root"] for e in before]


async def test_what_is_missing_or_changed_in_any_file_is_found_and_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = await long_show(path, roll_bytes=3000)
    await ledger.close(NOW + timedelta(minutes=2))
    third, last = part(path, 3), parts(path)[-1]
    whole, end = third.read_bytes(), last.read_bytes()
    lines = whole.splitlines(keepends=True)
    third.unlink()
    assert look(path, ledger).troubles[0].kind == "removed"
    third.write_bytes(whole.replace(b'"n":2', b'"n":3', 1))
    trouble = look(path, ledger).troubles[0]
    assert (trouble.kind, trouble.file) == ("changed", third.name)
    third.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    trouble = look(path, ledger).troubles[0]
    assert (trouble.kind, trouble.file, trouble.line) == ("removed", third.name, 3)
    third.write_bytes(whole)
    last.unlink()
    assert look(path, ledger).troubles[0].kind == "cut"
    last.write_bytes(end)
    assert look(path, ledger).ok
    joined = part(path, 2).read_bytes() + whole
    part(path, 2).write_bytes(joined)
    third.unlink()
    assert "does not go on" in str(look(path, ledger).troubles[0])


async def test_a_crash_leaves_a_ledger_that_goes_on_in_its_last_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    await (await long_show(path, roll_bytes=3000)).leave(NOW)
    last = parts(path)[-1]
    last.write_bytes(last.read_bytes() + b'{"entry":')
    with_more = Ledger.open(path, KEY, "show-1", NOW, roll_bytes=3000)
    assert with_more.recovery is not None and with_more.recovery.torn == 9
    with pytest.raises(SetupError, match="another process"):
        Ledger.open(path, KEY, "show-1", NOW)
    for n in range(40, 60):
        await with_more.append(line(n))
    await with_more.close(NOW + timedelta(minutes=2))
    assert look(path, with_more).ok
    assert [r.entry.data["n"] for r in read_ledger(path) if r.entry.kind == "line"] == list(range(60))


async def test_where_no_new_file_can_be_made_the_old_one_goes_on(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = await long_show(path, 5)
    ledger._roll = type(ledger._roll)(100, 1e9)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        await asyncio.gather(*[ledger.append(line(n)) for n in range(5, 9)])
        await ledger.append(line(9))
    assert parts(path) == (path,)
    await ledger.append(line(10))
    await ledger.append(line(11))
    await ledger.close(NOW + timedelta(minutes=2))
    assert len(parts(path)) >= 2
    assert look(path, ledger).ok
    assert [r.entry.data["n"] for r in read_ledger(path) if r.entry.kind == "line"] == list(range(12))


def refuse(descriptor: int) -> None:
    raise OSError(28, "No space left on device")
