"""Ray keeps a fleet stocked and decides nothing: a real Ray and PostgreSQL, and what goes wrong with them.

Two nodes on two of three machines air light shows (tests/fleet_worker.py). Each fault leaves every show
sending and two nodes standing again, and not one packet of an owner after its successor's first.
CASTMATE_PROOF_MINUTES: twenty shows, the term of 4 s, every fault ten times.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from fleet_stand import gone
from postgres import Postgres, migrated
from ray_stand import ROOT, RayStand, signal_all

PROOF = "CASTMATE_PROOF_MINUTES" in os.environ
ROUNDS, SHOWS, TTL_S = (10, 20, 4.0) if PROOF else (1, 6, 1.6)
SLOTS = ["ray-1", "ray-2"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with migrated() as made:
        yield made


@pytest.fixture(scope="module")
def fleet(database: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayStand]:
    made = RayStand(database, tmp_path_factory.mktemp("fleet"), TTL_S, SHOWS)
    try:
        made.begin()
        made.up(SLOTS)
        made.until(lambda: all(made.where(slot) for slot in SLOTS))
        made.all_send()
        yield made
    finally:
        made.close()


def shows_of(fleet: RayStand, slot: str) -> list[str]:
    process = fleet.node_of(fleet.where(slot), slot)
    return [s.show for s in fleet.seen().values() if s.owner == f"{slot}-{process}" and s.in_force]


def fullest(fleet: RayStand, slots: list[str]) -> str:
    return max(slots, key=lambda slot: len(shows_of(fleet, slot)))


def elsewhere(fleet: RayStand, shows: list[str], node: str) -> bool:
    """Whether nobody of `shows` is owned by this node any more, and each by somebody."""
    seen = fleet.seen()
    return all(seen[s].in_force and seen[s].owner != node for s in shows)


def actor_killed(fleet: RayStand) -> list[str]:
    """The next actor finds the node where it is, and starts none."""
    slot = fullest(fleet, SLOTS)
    machine = fleet.where(slot)
    node, actor = fleet.node_of(machine, slot), fleet.keeper_of(machine, slot)
    os.kill(actor, signal.SIGKILL)
    fleet.until(lambda: fleet.keeper_of(machine, slot) not in (0, actor))
    fleet.until(lambda: fleet.ask("kept")[slot]["process"] == node)
    assert fleet.ask("kept")[slot]["starts"] == 0
    return []


def node_killed(fleet: RayStand) -> list[str]:
    """Its workers live on until their own clocks end them; the actor starts another node."""
    slot = fullest(fleet, SLOTS)
    machine = fleet.where(slot)
    node, shows, workers = fleet.node_of(machine, slot), shows_of(fleet, slot), fleet.workers_of(machine)
    os.kill(node, signal.SIGKILL)
    fleet.until(lambda: all(gone(w) for w in workers.values()))
    fleet.until(lambda: fleet.node_of(machine, slot) not in (0, node))
    fleet.until(lambda: elsewhere(fleet, shows, f"{slot}-{node}"))
    return shows


def machine_killed(fleet: RayStand) -> list[str]:
    """A whole machine with Ray's own processes: Ray starts the actor on the one that is free."""
    slot = fullest(fleet, [slot for slot in SLOTS if fleet.where(slot) != "a"])
    machine = fleet.where(slot)
    node, shows = fleet.node_of(machine, slot), shows_of(fleet, slot)
    signal_all(fleet.whole(machine), signal.SIGKILL)
    fleet.until(lambda: elsewhere(fleet, shows, f"{slot}-{node}"))
    fleet.until(lambda: fleet.where(slot) not in ("", machine))
    fleet.join()
    return shows


def machine_frozen(fleet: RayStand) -> list[str]:
    """It wakes after Ray started its actor elsewhere, and nothing of it goes on beside its successor."""
    slot = fullest(fleet, [slot for slot in SLOTS if fleet.where(slot) != "a"])
    machine = fleet.where(slot)
    node, shows, frozen = fleet.node_of(machine, slot), shows_of(fleet, slot), fleet.whole(machine)
    mark = fleet.mark()
    signal_all(frozen, signal.SIGSTOP)
    fleet.until(lambda: elsewhere(fleet, shows, f"{slot}-{node}"))
    fleet.until(lambda: any(fleet.node_of(m, slot) for m in fleet.machines() if m != machine))
    fleet.all_send(mark)
    (fleet.place / machine / "hurry").touch()  # a node that nobody keeps leaves soon
    signal_all(frozen, signal.SIGCONT)
    fleet.until(lambda: all(gone(process) for process in frozen))
    fleet.join()
    return shows


def node_drained(fleet: RayStand) -> list[str]:
    slot = fullest(fleet, SLOTS)
    node, shows = fleet.node_of(fleet.where(slot), slot), shows_of(fleet, slot)
    assert fleet.book.drain(slot)
    fleet.until(lambda: elsewhere(fleet, shows, f"{slot}-{node}"))
    assert fleet.book.drain(slot, wanted=False)
    return shows


FAULTS = (actor_killed, node_killed, node_drained, machine_frozen, machine_killed)


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
def test_ray_keeps_it_stocked_and_nobody_sends_twice(fleet: RayStand, fault, number: int) -> None:
    fleet.until(lambda: all(fleet.where(slot) for slot in SLOTS))
    fleet.all_send()
    before, mark = fleet.seen(), fleet.mark()
    hit = fault(fleet)
    fleet.until(lambda: all(fleet.seen()[s].epoch > before[s].epoch for s in hit))
    fleet.until(lambda: all(fleet.where(slot) for slot in SLOTS))
    fleet.all_send(mark)
    assert fleet.receiver.double() == []


def test_a_show_has_no_lower_priority_than_ray_itself(fleet: RayStand) -> None:
    """Ray's workers are nicer than Ray: a node that one of them starts must not be."""
    machine = fleet.until(lambda: fleet.where("ray-1"))
    at = {
        n: os.getpriority(os.PRIO_PROCESS, n)
        for n in (fleet.raylet_of(machine), fleet.node_of(machine, "ray-1"))
    }
    assert len(set(at.values())) == 1, at


def castmate(fleet: RayStand, *words: str) -> str:
    """`castmate fleet ...` on a machine that reaches this Ray; without the imports of the other commands."""
    program = (sys.executable, "-c", "from bot.commands.fleet import app; app()")
    done = subprocess.run(
        ["nsenter", "-t", str(fleet.host.pid), "-n", *program, *words],
        cwd=ROOT,
        env={**fleet.environment, "CASTMATE_DATABASE": fleet.database.url(), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + fleet.logs()
    return done.stdout


def test_the_commands(fleet: RayStand) -> None:
    """A third node, of the real program; after the faults, since it airs no light shows."""
    fleet.until(lambda: fleet.ask("alive")["machines"] == 3)
    for show in fleet.names:
        fleet.book.end(show)
    fleet.until(lambda: all(s.state == "ended" for s in fleet.seen().values()))
    said = castmate(
        fleet,
        "up",
        "--ray",
        fleet.address,
        "--nodes",
        "1",
        "--name",
        "real",
        "--cores",
        "1",
        "--label",
        "region=eu",
    )
    assert "real-1" in said
    fleet.until(lambda: any(n.name == "real-1" and n.alive for n in fleet.book.nodes()))
    if PROOF:
        first = next(n.id for n in fleet.book.nodes() if n.name == "real-1" and n.alive)
        assert "real-1 is new." in castmate(fleet, "renew", "--ray", fleet.address)
        assert first not in [n.id for n in fleet.book.nodes() if n.alive]
    assert "real-1 is down." in castmate(fleet, "down", "real-1", "--ray", fleet.address)
    assert not fleet.where("real-1")
