"""A fleet on a real PostgreSQL: how soon others have a dead node's shows, and what a heartbeat takes; and the
same deaths in simulated time (bot/fleet/simulation.py), which must come out alike.
"""

import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.rows import Row, row

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fleet_stand import Stand
from postgres import Postgres, postgres

from bot.fleet.lease import Wish
from bot.fleet.leases import Holding, LeaseBook
from bot.fleet.placement import Needs, Offer
from bot.fleet.simulation import Fault, Kind, World, simulate
from bot.store import migrate, open_engine

TTL_S, SHOWS, DEATHS = 4.0, 20, 5
LEASES, BEATS = 300, 100
RUNS = 200


def run() -> list[Row]:
    with postgres() as database:
        engine = open_engine(database.url())
        migrate(engine)
        engine.dispose()
        beats = heartbeats(database)
        with database.connect() as connection:
            connection.execute("truncate fleet_node, show_lease, ledger_copy")
        with tempfile.TemporaryDirectory() as temporary:
            gaps, starts, double = take_overs(database, Path(temporary))
    p95 = statistics.quantiles(gaps, n=20)[-1]
    command, typical = "python -m bench fleet", statistics.median(beats)
    start = statistics.median(starts)
    imagined = simulated(start, typical / 1000)
    p50, p95_too = statistics.median(imagined), statistics.quantiles(imagined, n=20)[-1]
    apart = max(abs(p50 / statistics.median(gaps) - 1), abs(p95_too / p95 - 1))
    kills = f"{DEATHS} nodes killed, {SHOWS} light shows, term {TTL_S:.0f} s"
    return [
        row(
            "fleet.beat_300_ms",
            typical,
            "ms",
            "<= 20",
            "300 leases renewed, median",
            command,
        ),
        row("fleet.beat_300_p95_ms", statistics.quantiles(beats, n=20)[-1], "ms", "", "the same", command),
        row("fleet.takeover_p95_s", p95, "s", "<= 6", kills + ", last packet to first", command),
        row("fleet.takeover_p50_s", statistics.median(gaps), "s", "", kills, command),
        row("fleet.double_sends", double, "packets", "<= 0", kills, command),
        row("fleet.start_s", start, "s", "", "light show: claim to first packet, median", command),
        row("fleet.simulated_takeover_p50_s", p50, "s", "", f"{RUNS} deaths in simulated time", command),
        row("fleet.simulated_takeover_p95_s", p95_too, "s", "", f"{RUNS} deaths in simulated time", command),
        row(
            "fleet.simulated_apart",
            apart,
            "share",
            "<= 0.2",
            "simulated against measured, the worse",
            command,
        ),
    ]


def heartbeats(database: Postgres) -> list[float]:
    """Milliseconds of one heartbeat that renews all leases of a node; the tables vacuum themselves."""
    book = LeaseBook(database.url())
    now = datetime.now(UTC)
    for n in range(LEASES):
        book.place(Wish(f"show-{n}", "/show.yaml", f"show-{n}/1", now))
    held: list[Holding] = []
    while len(held) < LEASES:
        answer = book.beat("bench-1", "bench", LEASES, 60.0, held, LEASES - len(held))
        held += [Holding(c.wish.show, c.epoch, "3.1-shoes") for c in answer.claimed]
    took = []
    for _ in range(BEATS):
        begun = time.perf_counter()
        assert len(book.beat("bench-1", "bench", LEASES, 60.0, held, 0).renewed) == LEASES
        took.append((time.perf_counter() - begun) * 1000)
    book.close()
    return took


def simulated(start_s: float, beat_took_s: float) -> list[float]:
    """The same seconds as `take_overs`, of the same two nodes in simulated time."""
    world, gaps = World(TTL_S, start_s, beat_took_s), []
    shows = {f"show-{n}": Needs() for n in range(SHOWS)}
    for seed in range(RUNS):
        death = Fault(10 * TTL_S + random.Random(seed).uniform(0, TTL_S), Kind.DEATH, "a")
        nodes = [Offer("a", SHOWS), Offer("b", SHOWS, gpus=1)]  # all begin on a
        gaps += simulate(nodes, shows, [death], world=world, seed=seed, over_s=TTL_S).gaps[Kind.DEATH]
    return gaps


def take_overs(database: Postgres, folder: Path) -> tuple[list[float], list[float], int]:
    """Seconds for each show from the last packet of the node that was killed to the first of the next one; of
    that, those from the claim on; and packets that should not have been.
    """
    stand = Stand(database, folder, TTL_S, SHOWS)
    gaps: list[float] = []
    starts: list[float] = []
    try:
        stand.begin()
        stand.node("a")
        stand.all_send()
        for death in range(DEATHS):
            victim = stand.nodes[0]
            stand.node(f"n{death}")
            time.sleep(TTL_S)
            before, mark = stand.seen(), stand.mark()
            victim.close()
            stand.nodes.remove(victim)
            stand.until(lambda: all(s.epoch > before[s.show].epoch for s in stand.seen().values()))  # noqa: B023
            first = stand.all_send(mark)
            with database.connect() as connection:
                claimed = dict(
                    connection.execute("select show, extract(epoch from taken)::float8 from show_lease")
                )
            from_then = time.time() - time.monotonic()
            starts += [packet.at + from_then - claimed[show] for show, packet in first.items()]
            for show, packet in first.items():
                sent = [p.at for p in stand.receiver.packets if p.show == show and p.epoch < packet.epoch]
                gaps.append(packet.at - sent[-1])
        return gaps, starts, len(stand.receiver.double())
    finally:
        stand.close()
