"""Never two senders of one show: real processes, a real PostgreSQL, and what goes wrong with them.

Two nodes air light shows (tests/fleet_worker.py) to a receiver that notes who sent what. Each fault leaves
every show sending again, from where it stood, and not one packet of an owner after its successor's first.
CASTMATE_PROOF_MINUTES: twenty shows, the term of 4 s, every fault ten times.
"""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
from fleet_stand import NodeProcess, Stand, gone
from postgres import Postgres, migrated
from proxy import Proxy, proxy

PROOF = "CASTMATE_PROOF_MINUTES" in os.environ
ROUNDS, SHOWS, TTL_S = (10, 20, 4.0) if PROOF else (1, 6, 1.6)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


class Fleet(Stand):
    """Two nodes, each behind a proxy to the database."""

    lines: dict[str, Proxy]

    def grow(self, name: str) -> NodeProcess:
        node = self.node(name, port=self.lines[name].port)
        self.until(lambda: any(n.id == node.id and n.alive for n in self.book.nodes()))
        return node

    def victim(self) -> NodeProcess:
        """The living node with the most shows."""
        return max((n for n in self.nodes if n.process.poll() is None), key=lambda n: len(self.on(n)))

    def replace(self, node: NodeProcess) -> None:
        node.process.wait(30)
        self.nodes.remove(node)
        self.grow(node.name)

    def elsewhere(self, node: NodeProcess, shows: list[str]) -> bool:
        """Whether nobody of `shows` is owned by this node any more, and each by somebody."""
        seen = self.seen()
        return all(seen[s].in_force and seen[s].owner != node.id for s in shows)


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with migrated() as made:
        yield made


@pytest.fixture(scope="module")
def fleet(database: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with ExitStack() as open_things:
        made = Fleet(database, tmp_path_factory.mktemp("fleet"), TTL_S, SHOWS)
        made.lines = {name: open_things.enter_context(proxy(database.port)) for name in ("a", "b")}
        open_things.callback(made.close)
        made.begin()
        for name in ("a", "b"):
            made.grow(name)
        made.all_send()
        yield made


def worker_killed(fleet: Fleet) -> list[str]:
    """Of the show that crashed least: who crashes five times in a row is given up."""
    with fleet.database.connect() as connection:
        order = [r[0] for r in connection.execute("select show from show_lease order by crashes, show")]
    workers = {show: pid for node in fleet.nodes for show, pid in node.workers().items()}
    show = next(s for s in order if s in workers)
    os.kill(workers[show], signal.SIGKILL)
    return [show]


def node_killed(fleet: Fleet) -> list[str]:
    """Its workers live on, without a heartbeat: their own clocks end them."""
    node = fleet.victim()
    shows, workers = fleet.on(node), node.workers()
    node.process.kill()
    fleet.until(lambda: fleet.elsewhere(node, shows))
    fleet.until(lambda: all(gone(w) for w in workers.values()))
    fleet.replace(node)
    return shows


def machine_killed(fleet: Fleet) -> list[str]:
    node = fleet.victim()
    shows = fleet.on(node)
    node.signal_all(signal.SIGKILL)
    fleet.until(lambda: fleet.elsewhere(node, shows))
    fleet.replace(node)
    return shows


def machine_frozen(fleet: Fleet) -> list[str]:
    """It wakes after others took its shows, and does not send one more packet."""
    node = fleet.victim()
    shows, workers = fleet.on(node), node.workers()
    node.signal_all(signal.SIGSTOP)
    mark = fleet.mark()
    fleet.until(lambda: fleet.elsewhere(node, shows))
    fleet.all_send(mark)
    node.signal_all(signal.SIGCONT)
    fleet.until(lambda: all(gone(w) for w in workers.values()))
    fleet.until(lambda: any(n.id == node.id and n.alive for n in fleet.book.nodes()))
    return shows


def node_frozen(fleet: Fleet) -> list[str]:
    """The node alone stands still: nobody moves its shows' deadlines."""
    node = fleet.victim()
    shows = fleet.on(node)
    node.process.send_signal(signal.SIGSTOP)
    fleet.until(lambda: fleet.elsewhere(node, shows))
    node.process.send_signal(signal.SIGCONT)
    return shows


def database_restarted(fleet: Fleet) -> list[str]:
    fleet.database.stop()
    fleet.database.start()
    return []


def database_gone(fleet: Fleet) -> list[str]:
    """Longer than the term: everybody falls silent, and all go on once it is back."""
    fleet.database.stop(signal.SIGQUIT)
    fleet.until(lambda: not any(node.workers() for node in fleet.nodes))
    fleet.database.start()
    return fleet.names


def network_cut(fleet: Fleet) -> list[str]:
    node = fleet.victim()
    shows = fleet.on(node)
    line = fleet.lines[node.name]
    line.frozen = True
    fleet.until(lambda: fleet.elsewhere(node, shows))
    line.frozen = False
    line.reset()
    return shows


def node_drained(fleet: Fleet) -> list[str]:
    node = fleet.victim()
    shows = fleet.on(node)
    assert fleet.book.drain(node.name)
    fleet.until(lambda: fleet.elsewhere(node, shows) and not fleet.on(node))
    assert fleet.book.drain(node.name, wanted=False)
    return shows


FAULTS = (
    worker_killed,
    node_killed,
    machine_frozen,
    database_restarted,
    database_gone,
    network_cut,
    node_drained,
    *((machine_killed, node_frozen) if PROOF else ()),
)


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
def test_every_show_goes_on_and_nobody_sends_twice(fleet: Fleet, fault, number: int) -> None:
    fleet.all_send()
    before, mark = fleet.seen(), fleet.mark()
    hit = fault(fleet)

    def epochs_grew() -> bool:
        seen = fleet.seen()
        return all(seen[s].epoch > before[s].epoch for s in hit)

    fleet.until(epochs_grew)
    now = fleet.all_send(mark)
    assert fleet.receiver.double() == []
    for show in hit:
        sent = [p for p in fleet.receiver.packets if p.show == show]
        first = next(p for p in sent if p.epoch > before[show].epoch)
        last = [p for p in sent if p.epoch <= before[show].epoch][-1]
        stood = int((before[show].position or "0.0-").partition(".")[2].partition("-")[0])
        assert stood <= first.line <= last.line, (first, last, before[show], now[show])


def test_a_show_that_ends_is_let_go_and_not_taken_up_again(fleet: Fleet) -> None:
    fleet.all_send()
    show = fleet.names[0]
    assert fleet.book.end(show)
    ended = fleet.until(lambda: fleet.seen()[show] if fleet.seen()[show].state == "ended" else None)
    assert ended.owner == ""
    fleet.begin_one(show)
    fleet.all_send()
    assert fleet.receiver.double() == []


def test_no_line_of_a_ledger_is_lost_or_doubled(fleet: Fleet) -> None:
    """The copies in the database are the beginnings of the files on the nodes' disks, without a gap."""
    fleet.all_send()
    with fleet.database.connect() as connection:
        rows = connection.execute("select show, epoch, n, line from ledger_copy order by show, epoch, n")
        copied = rows.fetchall()
    on_disk = {}
    for file in fleet.folder.glob("*/shows/*/ledger.jsonl"):
        show, _, epoch = file.parent.name.rsplit("-", 2)
        on_disk[show, int(epoch)] = file.read_text().splitlines()
    copies: dict[tuple[str, int], list[str]] = {}
    for show, epoch, n, line in copied:
        kept = copies.setdefault((show, epoch), [])
        assert n == len(kept)
        kept.append(line)
    assert {show for show, _ in copies} == set(fleet.names)
    for key, kept in copies.items():
        assert kept == on_disk[key][: len(kept)]
        assert json.loads(kept[0])["entry"]["kind"] == "ledger"


def test_the_database_itself_refuses_who_is_late(fleet: Fleet) -> None:
    fleet.all_send()
    seen = fleet.seen()[fleet.names[0]]
    show, epoch, owner = seen.show, seen.epoch, seen.owner
    for statement in (
        "update show_lease set owner = 'thief', epoch = epoch + 1 where show = %(show)s",
        "update show_lease set owner = 'thief' where show = %(show)s",
        "update show_lease set epoch = epoch - 1 where show = %(show)s",
        "insert into ledger_copy values (%(show)s, %(epoch)s - 1, 999999, %(owner)s, 'late')",
        "insert into ledger_copy values (%(show)s, %(epoch)s, 999999, 'thief', 'forged')",
    ):
        with fleet.database.connect() as connection, pytest.raises(psycopg.DatabaseError) as refused:
            connection.execute(statement, {"show": show, "epoch": epoch, "owner": owner})
        assert refused.value.sqlstate == "CM001", statement
