"""The fleet's figures as Prometheus reads them."""

import urllib.request

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from bot.fleet.leases import NodeSeen, ShowSeen
from bot.fleet.metrics import FleetCollector, FleetSeen, MetricsServer, NodeCollector
from bot.fleet.node import NodeStats
from products.errors import RemoteError

SEEN = FleetSeen(
    (
        NodeSeen("a-old", "a", 4, 4, False, 10.0, 4000.0),
        NodeSeen("a-1", "a", 4, 1, False, 10.0, 1.0),
        NodeSeen("b-1", "b", 4, 2, True, 10.0, 2.0),
        NodeSeen("c-1", "c", 4, 2, False, 10.0, 12.0),
    ),
    (
        ShowSeen("evening", "wanted", False, "a-1", "a", 3, 7, "1.2-a", "", True),
        ShowSeen("late", "wanted", True, "b-1", "b", 1, None, "", "", True),
        ShowSeen("gone", "wanted", False, "c-1", "c", 9, None, "", "waits: of 2 nodes 2 full", False),
        ShowSeen("over", "failed", False, "", "", 2, None, "", "it said nothing", False),
    ),
)


def figures(collector: Collector) -> dict[tuple[str, tuple[str, ...]], float]:
    registry = CollectorRegistry()
    registry.register(collector)
    text = generate_latest(registry).decode()
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_nodes_shows_and_places() -> None:
    told = figures(FleetCollector(lambda: SEEN))
    assert told["castmate_fleet_database_up", ()] == 1
    assert [told["castmate_fleet_node_up", (n,)] for n in "abc"] == [1, 1, 0]
    assert told["castmate_fleet_node_shows", ("a",)] == 1, "the process that was heard last"
    assert told["castmate_fleet_free_places", ()] == 3, "a silent node and one that drains have none"
    states = {
        s: told["castmate_fleet_shows", (s,)] for s in ("on_air", "nowhere", "ending", "ended", "failed")
    }
    assert states == {"on_air": 1, "nowhere": 1, "ending": 1, "ended": 0, "failed": 1}
    assert told["castmate_fleet_show_claims_total", ("evening",)] == 3
    assert told["castmate_fleet_show_held", ("gone",)] == 0


def test_a_database_that_is_away_is_told_and_nothing_else() -> None:
    def away() -> FleetSeen:
        raise RemoteError("away")

    assert figures(FleetCollector(away)) == {("castmate_fleet_database_up", ()): 0}


def test_a_nodes_own_counts_over_http() -> None:
    stats = NodeStats(beats=9, unanswered=2, lost=1, slowest_s=0.5)
    server = MetricsServer(NodeCollector("west", lambda: stats), 0)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=30) as answer:
            text = answer.read().decode()
    finally:
        server.close()
    assert 'castmate_node_beats_unanswered_total{node="west"} 2.0' in text
    assert 'castmate_node_slowest_beat_seconds{node="west"} 0.5' in text
