"""What the console asks of the fleet for a planned show; its launcher runs against a real database in
tests/e2e/test_fleet_commands.py.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.fleet.lease import Wish
from bot.fleet.needs import needs_of_file
from bot.fleet.placement import ANYWHERE, Needs, Refusal
from bot.fleet.placing import FleetLauncher
from products.documents import DocumentError
from schedules.planner import Busy
from schedules.tables import ShowRunRow

SAMPLE = Path(__file__).parents[3] / "sample" / "show.yaml"
NOW = datetime(2026, 12, 1, 20, tzinfo=UTC)


class Book:
    """A fleet that knows two shops' worth of labels and takes each show once."""

    def __init__(self, refused: Refusal | None = None) -> None:
        self._refused = refused
        self.placed: list[tuple[Wish, str]] = []

    def cut(self) -> None:
        raise AssertionError("it answered")

    def admitted(self, needs: Needs) -> Refusal | None:
        return None if needs == ANYWHERE else self._refused

    def place(self, wish: Wish, note: str = "") -> bool:
        if wish.show in [w.show for w, _ in self.placed]:
            return False
        self.placed.append((wish, note))
        return True


def run_of(file: Path) -> ShowRunRow:
    return ShowRunRow(show="evening", file=str(file), occurrence_key="evening/1", start_utc=NOW)


async def start(book: Book, *files: Path) -> None:
    async with asyncio.TaskGroup() as group:
        launcher = FleetLauncher(group, book, None, needs_of_file)  # type: ignore[arg-type]
        for file in files:
            await launcher.start(run_of(file), lambda state, why: None)


def test_the_sample_show_needs_nothing() -> None:
    assert needs_of_file(SAMPLE) == ANYWHERE


@pytest.mark.parametrize("never", [False, True])
async def test_a_planned_show_asks_for_what_its_file_says_and_waits_with_the_reason(
    tmp_path: Path, never: bool
) -> None:
    file = tmp_path / "show.yaml"
    said = "needs: {labels: [region=eu, platform=youtube], memory_mb: 900, egress_mbps: 2.5, shop: corner}\n"
    file.write_text(said + SAMPLE.read_text("utf-8"), "utf-8")
    book = Book(Refusal("of 1 nodes 1 without its labels", never))
    await start(book, file)
    ((wish, note),) = book.placed
    labels = frozenset({"region=eu", "platform=youtube"})
    assert wish.needs == Needs(memory_mb=900, egress_mbps=2.5, labels=labels, shop="corner")
    assert note == "waits: of 1 nodes 1 without its labels"
    with pytest.raises(ExceptionGroup) as told:
        await start(book, file)
    assert isinstance(told.value.exceptions[0], Busy)


async def test_one_that_says_nothing_goes_anywhere_and_one_that_cannot_be_read_nowhere(
    tmp_path: Path,
) -> None:
    book = Book()
    await start(book, SAMPLE)
    assert [(wish.needs, note) for wish, note in book.placed] == [(ANYWHERE, "")]
    with pytest.raises(ExceptionGroup) as told:
        await start(Book(), tmp_path / "gone.yaml")
    assert isinstance(told.value.exceptions[0], DocumentError)
