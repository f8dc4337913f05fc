"""A fleet backed up and restored: each node what lies on it, the console the database, in it copies of the
nodes' ledgers; every ledger verifies afterwards, also of a machine that is gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy, rmtree

import pytest
from postgres import Postgres, postgres
from typer.testing import CliRunner

from bot.cli import app
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.fleet.lease import Wish
from bot.fleet.leases import Holding, LeaseBook
from bot.fleet.ledger_copy import LedgerTail
from products.errors import RemoteError, SetupError

EIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)
NODE = "castmate_node"

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as made:
        runner = CliRunner(env={"CASTMATE_DATABASE": made.url()})
        assert runner.invoke(app, ["fleet", "prepare"]).exit_code == 0
        with made.connect() as connection:
            connection.execute(runner.invoke(app, ["fleet", "roles"]).output)
        yield made


@dataclass
class Machine:
    """A data folder and what somebody types there. `url`: of the database, by the rights of its role."""

    url: str
    data: Path

    def run(self, *words: str, code: int = 0) -> str:
        env = {"CASTMATE_DATABASE": self.url, "CASTMATE_DATA": str(self.data), "COLUMNS": "250"}
        done = CliRunner(env=env).invoke(app, list(words))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return " ".join(done.output.split())

    @property
    def key(self) -> Path:
        return self.data / "keys" / "ledger.pem.pub"

    def knows(self, node: Path) -> None:
        """A node's public key, put where it counts."""
        (self.data / "keys" / "nodes").mkdir(parents=True)
        copy(node, self.data / "keys" / "nodes" / "west.pub")


@pytest.fixture
async def node(server: Postgres, tmp_path: Path) -> Machine:
    """It aired a show whose ledger rolled on to a second file, and copied it into the database."""
    with server.connect() as connection:
        connection.execute("truncate fleet_node, show_lease, ledger_copy")
    made, owner = Machine(server.url(NODE), tmp_path / "west"), LeaseBook(server.url())
    key = signing_key(made.data / "keys" / "ledger.pem")
    file = made.data / "shows" / "evening-1" / "ledger.jsonl"
    ledger = Ledger.open(file, key, "evening", EIGHT, roll_bytes=4000)
    for n in range(20):
        await ledger.append(Entry(kind="line.aired", at=EIGHT, data={"line": f"0.{n}-größe 鞋.1.0"}))
    await ledger.close(EIGHT)
    assert file.with_name("ledger.0002.jsonl").exists()
    assert owner.place(Wish("evening", "evening.yaml", "evening/1", EIGHT))
    book = LeaseBook(made.url)
    (claim,) = book.beat("west-1", "west", 1, 3600.0, [], 1).claimed
    tail = LedgerTail(made.data / "shows", Path("evening.yaml"), "evening", EIGHT)
    while lines := tail.read():
        book.copy("west-1", [(Holding("evening", claim.epoch), n, line) for n, line in lines])
        tail.kept()
    for each in (owner, book):
        each.close()
    return made


@pytest.fixture
def console(server: Postgres, tmp_path: Path) -> Machine:
    made = Machine(server.url(), tmp_path / "console")
    signing_key(made.data / "keys" / "ledger.pem")
    return made


@pytest.fixture
def empty(server: Postgres, tmp_path: Path) -> Iterator[Machine]:
    """Another machine with an empty database, where a backup of the console is restored."""
    with server.connect() as connection:
        connection.execute("create database restored")
    yield Machine(server.url().replace("/castmate?", "/restored?"), tmp_path / "there")
    with server.connect() as connection:
        connection.execute("drop database restored with (force)")


def test_a_node_backs_up_what_lies_on_it(node: Machine, tmp_path: Path) -> None:
    """Its role may not read accounts: the database is the console's to back up, and it says so."""
    file = str(tmp_path / "west.tar.gz")
    said = node.run("backup", file)
    assert "1 ledgers" in said
    assert "The database is not in it: castmate_node may not read all of it" in said
    there = Machine(node.url, tmp_path / "west-again")
    said = there.run("restore", file)
    assert "1 of 1 ledgers verified" in said and "comes with the console's backup" in said
    assert "Whole." in there.run("ledger", "verify", str(there.data / "shows" / "evening-1"))


def test_a_node_whose_database_is_away_is_told_how(server: Postgres, node: Machine, tmp_path: Path) -> None:
    away = Machine("postgresql+psycopg://castmate_node@127.0.0.1:1/castmate", node.data)
    with pytest.raises(RemoteError) as told:
        away.run("backup", str(tmp_path / "a.tar.gz"))
    assert "--no-database" in told.value.remedy and not (tmp_path / "a.tar.gz").exists()
    assert "The database is not in it" in away.run("backup", str(tmp_path / "a.tar.gz"), "--no-database")


def test_after_the_consoles_backup_the_ledger_of_a_lost_machine_verifies(
    node: Machine, console: Machine, empty: Machine, tmp_path: Path
) -> None:
    console.knows(node.key)
    file, again = str(tmp_path / "console.tar.gz"), tmp_path / "ledgers"
    assert "is not in it" not in console.run("backup", file)
    rmtree(node.data)
    assert "1 of 1 copies of nodes' ledgers verified" in empty.run("restore", file)
    said = empty.run("fleet", "ledgers", str(again))
    assert "evening" in said and "west" in said and "1 of 1" in said
    said = empty.run("ledger", "verify", str(again / "evening.1"))
    assert "Whole." in said and "Signed up to" in said and "Closed." in said
    with pytest.raises(SetupError, match="there already"):
        empty.run("fleet", "ledgers", str(again))


def test_a_copy_that_was_changed_is_told(
    server: Postgres, node: Machine, console: Machine, empty: Machine, tmp_path: Path
) -> None:
    console.knows(node.key)
    with server.connect() as connection:
        connection.execute("update ledger_copy set line = replace(line, '0.3-', '0.9-') where n = 4")
    assert "entry 4 (line.aired) was changed" in console.run("fleet", "ledgers", code=1)
    console.run("backup", str(tmp_path / "console.tar.gz"))
    said = empty.run("restore", str(tmp_path / "console.tar.gz"), code=1)
    assert "Not whole" in said and "0 of 1 copies" in said


def test_a_copy_by_an_unknown_key_does_not_count(node: Machine, console: Machine) -> None:
    """Who writes to the database must not say whose signature counts."""
    said = console.run("fleet", "ledgers", code=1)
    assert "0 of 1" in said and "keys/nodes" in said
    console.knows(node.key)
    assert "1 of 1" in console.run("fleet", "ledgers")


def test_a_nodes_ledger_that_lies_at_the_console_verifies_by_the_nodes_key(
    node: Machine, console: Machine, empty: Machine, tmp_path: Path
) -> None:
    """As it does when it was fetched from the store."""
    show = console.data / "shows" / "evening-1"
    show.mkdir(parents=True)
    for path in (node.data / "shows" / "evening-1").iterdir():
        copy(path, show)
    said = console.run("ledger", "verify", str(show), code=1)
    assert "not signed by this key" in said and "keys/nodes" in said
    console.knows(node.key)
    assert "Whole." in console.run("ledger", "verify", str(show))
    console.run("backup", str(tmp_path / "console.tar.gz"))
    said = empty.run("restore", str(tmp_path / "console.tar.gz"))
    assert "1 of 1 ledgers verified" in said and "1 of 1 copies" in said
