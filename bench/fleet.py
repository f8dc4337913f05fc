"""A fleet on a real PostgreSQL: how soon others have a dead node's shows, and what a heartbeat takes."""

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
from bot.store import migrate, open_engine

TTL_S, SHOWS, DEATHS = 4.0, 20, 5
LEASES, BEATS = 300, 100


def run() -> list[Row]:
    with postgres() as database:
        engine = open_engine(database.url())
        migrate(engine)
        engine.dispose()
        beats = heartbeats(database)
        with database.connect() as connection:
            connection.execute("truncate fleet_node, show_lease, ledger_copy")
        with tempfile.TemporaryDirectory() as temporary:
            gaps, double = take_overs(database, Path(temporary))
    p95 = statistics.quantiles(gaps, n=20)[-1]
    command, typical = "python -m bench fleet", statistics.median(beats)
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


def take_overs(database: Postgres, folder: Path) -> tuple[list[float], int]:
    """Seconds for each show from the last packet of the node that was killed to the first of the next one."""
    stand = Stand(database, folder, TTL_S, SHOWS)
    gaps: list[float] = []
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
            for show, packet in first.items():
                sent = [p.at for p in stand.receiver.packets if p.show == show and p.epoch < packet.epoch]
                gaps.append(packet.at - sent[-1])
        return gaps, len(stand.receiver.double())
    finally:
        stand.close()
