"""castmate fleet where no database is needed; the rest is in tests/e2e/test_fleet_commands.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.fleet import emptied
from bot.fleet.lease import Wish
from bot.fleet.leases import NodeSeen
from bot.fleet.placement import Needs, Refusal
from products.errors import SetupError


class Book:
    """Tells of one node, which holds so many shows at each look."""

    def __init__(self, *held: int) -> None:
        self._held = list(held)

    def nodes(self) -> tuple[NodeSeen, ...]:
        held = self._held.pop(0) if len(self._held) > 1 else self._held[0]
        return (NodeSeen("west-1", "west", 4, held, True, 0.01, 0.0),)


@pytest.mark.parametrize(("held", "left"), [((2, 1, 0), 0), ((2, 1), 1), ((0,), 0)])
def test_a_drain_waits_until_none_moves_any_more(held: tuple[int, ...], left: int) -> None:
    assert emptied(Book(*held), "west", look_s=0.001) == left  # type: ignore[arg-type]
    assert emptied(Book(*held), "east", look_s=0.001) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("words", [["fleet", "status"], ["fleet", "prepare"], ["fleet", "end", "evening"]])
def test_without_postgresql_it_says_what_to_set(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASTMATE_DATABASE", raising=False)
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, SetupError) and "CASTMATE_DATABASE" in done.exception.remedy


def test_the_roles_are_printed_ready_to_run() -> None:
    said = CliRunner().invoke(app, ["fleet", "roles", "--role", "airer"]).output
    assert "create role airer login password 'CHANGE ME';" in said.splitlines()[0]
    assert "on show_lease to airer;" in said


SHOW = str(Path(__file__).parents[3] / "sample" / "show.yaml")


class Full:
    """A fleet that refuses every show."""

    def __init__(self, refusal: Refusal) -> None:
        self._refusal, self.placed = refusal, []

    def admitted(self, needs: Needs) -> Refusal:
        return self._refusal

    def place(self, wish: Wish, note: str) -> bool:
        self.placed.append((wish.needs, note))
        return True


@pytest.mark.parametrize(
    ("never", "more", "waits"), [(True, (), False), (True, ("--wait",), True), (False, (), True)]
)
def test_a_show_that_fits_nowhere_is_refused_or_waits_with_the_reason(
    never: bool, more: tuple[str, ...], waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Full(Refusal("of 1 nodes 1 full", never))

    @contextmanager
    def opened() -> Iterator[Full]:
        yield book

    monkeypatch.setattr("bot.commands.fleet.open_book", opened)
    words = ["fleet", "place", SHOW, "--label", "region=eu", "--gpu", "0.25", "--shop", "corner", *more]
    done = CliRunner().invoke(app, words)
    if waits:
        needs = Needs(gpu=0.25, labels=frozenset({"region=eu"}), shop="corner")
        assert (
            book.placed == [(needs, "waits: of 1 nodes 1 full")]
            and "It waits: of 1 nodes 1 full" in done.output
        )
    else:
        assert isinstance(done.exception, SetupError) and "fits nowhere: of 1 nodes" in str(done.exception)
        assert book.placed == []


def test_what_a_file_needs_is_asked_for_and_an_option_goes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Full(Refusal("full", never=False))

    @contextmanager
    def opened() -> Iterator[Full]:
        yield book

    monkeypatch.setattr("bot.commands.fleet.open_book", opened)
    file = tmp_path / "show.yaml"
    needs = "needs: {labels: [region=eu], cores: 0.5, gpu: 0.25, shop: corner}\n"
    file.write_text(needs + Path(SHOW).read_text("utf-8"), "utf-8")
    for more in ((), ("--gpu", "0", "--label", "region=us")):
        assert CliRunner().invoke(app, ["fleet", "place", str(file), *more]).exit_code == 0
    assert [needs for needs, _ in book.placed] == [
        Needs(cores=0.5, gpu=0.25, labels=frozenset({"region=eu"}), shop="corner"),
        Needs(cores=0.5, gpu=0.0, labels=frozenset({"region=us"}), shop="corner"),
    ]


def test_a_label_is_a_name_and_a_value() -> None:
    for wrong in ("mars", "=mars", "region="):
        done = CliRunner().invoke(app, ["fleet", "place", SHOW, "--label", wrong])
        assert isinstance(done.exception, SetupError) and "no label" in str(done.exception)
