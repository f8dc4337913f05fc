"""Notes go to the ledger in order; a ledger that refuses is known at once, and nothing that fits is lost."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.compliance.keys import signing_key
from bot.compliance.ledger import Ledger
from bot.show import record as module
from bot.show.record import Recording
from products.errors import Bug, SetupError

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Disk:
    """A ledger whose disk may be full."""

    def __init__(self, path) -> None:
        self.path, self.full, self.kinds, self.tries = path, False, [], 0

    async def append(self, entry):
        self.tries += 1
        if self.full:
            raise SetupError("no space", remedy="Make room.")
        if entry.kind == "odd":
            raise Bug("no canonical form")
        self.kinds.append(entry.kind)

    async def close(self, now):
        if self.full:
            raise SetupError("no space", remedy="Make room.")
        return "signed"


@pytest.fixture
def disk(tmp_path) -> Disk:
    return Disk(tmp_path / "ledger.jsonl")


async def until(true) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)


async def test_notes_are_appended_in_order_and_the_end_is_signed(tmp_path) -> None:
    ledger = Ledger.open(tmp_path / "l.jsonl", signing_key(tmp_path / "k.pem"), "s", NOW)
    record = Recording(ledger, lambda: NOW)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(record.run())
        for n in range(20):
            record.note("line", {"n": n})
        await until(lambda: record.recorded == 20)
        running.cancel()
    record.note("late", {})
    await record.close({"reason": "over"})
    assert (record.recorded, record.failure) == (22, None)
    assert record.checkpoint is not None and record.checkpoint.size == 23
    text = record.path.read_text()
    assert text.index('"n":19') < text.index('"late"') < text.index("show.ended")


async def test_a_ledger_that_refuses_sets_the_failure_until_it_takes_again(disk, monkeypatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.005)
    record = Recording(disk, lambda: NOW)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(record.run())
        disk.full = True
        for kind in ("a", "b", "c"):
            record.note(kind, {})
        await until(lambda: disk.tries >= 3)
        assert isinstance(record.failure, SetupError) and record.recorded == 0
        disk.full = False
        await until(lambda: record.recorded == 3)
        running.cancel()
    assert record.failure is None
    assert disk.kinds == ["a", "b", "c"], "what could not be written at first is written later, in order"


async def test_an_entry_that_can_never_be_written_does_not_stop_the_others(disk, monkeypatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.005)
    record = Recording(disk, lambda: NOW)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(record.run())
        record.note("odd", {})
        await until(lambda: record.failure is not None)
        record.note("a", {})
        await until(lambda: record.recorded == 1)
        running.cancel()
    assert disk.kinds == ["a"]


async def test_more_notes_than_may_wait_are_a_failure_and_note_does_not_raise(disk, monkeypatch) -> None:
    monkeypatch.setattr(module, "WAITING", 3)
    record = Recording(disk, lambda: NOW)
    for _ in range(5):
        record.note("a", {})
    assert isinstance(record.failure, SetupError) and "takes no more entries" in str(record.failure)


async def test_a_ledger_with_a_gap_is_not_signed_as_whole(disk) -> None:
    record = Recording(disk, lambda: NOW)
    plain = disk.append

    async def large_do_not_fit(entry):
        disk.full = bool(entry.data)
        try:
            await plain(entry)
        finally:
            disk.full = False

    disk.append = large_do_not_fit
    record.note("small", {})
    record.note("large", {"text": "x"})
    record.note("small", {})
    await record.close({})
    assert disk.kinds == ["small"] and record.checkpoint is None
    assert isinstance(record.failure, SetupError)


async def test_a_disk_that_does_not_answer_is_a_failure_and_the_end_does_not_wait_for_it(
    disk, monkeypatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.02)
    answers, plain = asyncio.Event(), disk.append

    async def stalls(entry):
        await answers.wait()
        await plain(entry)

    disk.append = stalls
    record = Recording(disk, lambda: NOW)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(record.run())
        record.note("a", {})
        await until(lambda: isinstance(record.failure, SetupError))
        assert "has not taken" in str(record.failure)
        answers.set()
        await until(lambda: record.recorded == 1)
        assert record.failure is None and disk.kinds == ["a"]
        answers.clear()
        record.note("b", {})
        async with asyncio.timeout(10):
            await record.close({})
        running.cancel()
    assert record.checkpoint is None and isinstance(record.failure, SetupError)


async def test_closing_on_a_full_disk_ends_and_keeps_the_failure(disk) -> None:
    record = Recording(disk, lambda: NOW)
    disk.full = True
    record.note("a", {})
    async with asyncio.timeout(10):
        await record.close({})
    assert record.checkpoint is None and isinstance(record.failure, SetupError)


async def test_the_note_that_was_being_written_at_the_end_is_not_lost(disk, monkeypatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 60.0)
    record = Recording(disk, lambda: NOW)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(record.run())
        disk.full = True
        record.note("a", {})
        await until(lambda: record.failure is not None)
        running.cancel()
    disk.full = False
    await record.close({})
    assert disk.kinds == ["a", "show.ended"]


async def test_closing_waits_for_the_entry_that_is_being_written_and_takes_what_waits(tmp_path) -> None:
    """An entry in flight used to meet a closed ledger, and a whole record counted as incomplete."""

    class Slow(Disk):
        closed = False

        async def append(self, entry):
            await asyncio.sleep(0.01)
            if self.closed:
                raise SetupError("closed", remedy="-")
            self.kinds.append(entry.kind)

        async def close(self, now):
            self.closed = True
            await asyncio.sleep(0.02)
            return "signed"

    slow = Slow(tmp_path / "ledger.jsonl")
    record = Recording(slow, lambda: NOW)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(record.run())
        for kind in ("a", "b", "c"):
            record.note(kind, {})
        await asyncio.sleep(0.005)
        closing = tasks.create_task(record.close({}))
        await asyncio.sleep(0.005)
        record.note("d", {})
        await closing
        record.note("too late", {})
        await asyncio.sleep(0.03)
        running.cancel()
    assert slow.kinds == ["a", "b", "c", "show.ended"], "what comes after the end is no part of the show"
    assert record.failure is None and record.checkpoint == "signed"
