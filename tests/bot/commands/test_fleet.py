"""castmate fleet where no database is needed; the rest is in tests/e2e/test_fleet_commands.py."""

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.fleet import emptied
from bot.fleet.leases import NodeSeen
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
