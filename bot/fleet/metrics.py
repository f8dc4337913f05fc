"""What Prometheus reads of a fleet: its nodes and shows as the database tells them, and a node's own counts.

Labels hold names of nodes and shows and states; never a file, a key or a person.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.fleet.leases import NodeSeen, ShowSeen
from bot.fleet.node import NodeStats
from products.errors import CastmateError, SetupError

STATES = ("on_air", "nowhere", "ending", "ended", "failed")


@dataclass(frozen=True, slots=True)
class FleetSeen:
    """One look at the database."""

    nodes: tuple[NodeSeen, ...]
    shows: tuple[ShowSeen, ...]

    def state(self, show: ShowSeen) -> str:
        """One of STATES; "nowhere": it is wanted, and no lease is in force."""
        if show.state != "wanted":
            return show.state
        if not show.in_force:
            return "nowhere"
        return "ending" if show.ending else "on_air"

    def held(self, node: NodeSeen) -> int:
        """Shows whose lease it holds now; what it said of itself is a heartbeat old."""
        return sum(s.owner == node.id and s.in_force for s in self.shows)

    @property
    def free(self) -> int:
        """Places for shows on nodes that live and do not drain."""
        return sum(max(0, n.capacity - self.held(n)) for n in self.nodes if n.alive and not n.draining)


class FleetCollector(Collector):
    """Asks `look` at each reading. While the database does not answer, that alone is told."""

    def __init__(self, look: Callable[[], FleetSeen]) -> None:
        self._look = look

    def collect(self) -> Iterator[Metric]:
        answers = GaugeMetricFamily("castmate_fleet_database_up", "1 while the fleet's database answers.")
        try:
            seen = self._look()
        except CastmateError:
            answers.add_metric((), 0.0)
            yield answers
            return
        answers.add_metric((), 1.0)
        yield answers
        yield from _of_nodes(seen)
        yield from _of_shows(seen)


def _of_nodes(seen: FleetSeen) -> Iterator[Metric]:
    figures: tuple[tuple[str, str, Callable[[NodeSeen], float]], ...] = (
        ("up", "1 while the node is heard of within its term.", lambda n: float(n.alive)),
        ("draining", "1 while the node is to be emptied.", lambda n: float(n.draining)),
        ("capacity", "Shows that the node airs at once.", lambda n: float(n.capacity)),
        ("shows", "Shows that the node holds.", lambda n: float(seen.held(n))),
        ("heartbeat_age_seconds", "Time since the node's last heartbeat.", lambda n: n.age_s),
    )
    for name, text, value in figures:
        family = GaugeMetricFamily(f"castmate_fleet_node_{name}", text, labels=("node",))
        # a name may come back with a new process: the one that was heard last speaks for it
        for node in {n.name: n for n in sorted(seen.nodes, key=lambda n: -n.age_s)}.values():
            family.add_metric((node.name,), value(node))
        yield family
    free = GaugeMetricFamily("castmate_fleet_free_places", "Places for shows on nodes that take some.")
    free.add_metric((), float(seen.free))
    yield free


def _of_shows(seen: FleetSeen) -> Iterator[Metric]:
    counted = Counter(seen.state(show) for show in seen.shows)
    shows = GaugeMetricFamily("castmate_fleet_shows", "Shows by state; nowhere: wanted, and no node has it.",
                              labels=("state",))  # fmt: skip
    for state in STATES:
        shows.add_metric((state,), float(counted[state]))
    yield shows
    epoch = CounterMetricFamily("castmate_fleet_show_claims", "Times a show was claimed: its lease's epoch.",
                                labels=("show",))  # fmt: skip
    held = GaugeMetricFamily("castmate_fleet_show_held", "1 while a node holds the show.", labels=("show",))
    for show in seen.shows:
        epoch.add_metric((show.show,), float(show.epoch))
        if show.state == "wanted":
            held.add_metric((show.show,), float(show.in_force))
    yield epoch
    yield held


class NodeCollector(Collector):
    """A node's counts since its start."""

    def __init__(self, node: str, stats: Callable[[], NodeStats]) -> None:
        self._node, self._stats = node, stats

    def collect(self) -> Iterator[Metric]:
        stats = self._stats()
        counts = (
            ("beats", "Heartbeats.", stats.beats),
            ("beats_unanswered", "Heartbeats that the database did not answer.", stats.unanswered),
            ("shows_begun", "Shows that this node began.", stats.begun),
            ("shows_lost", "Shows whose lease this node lost.", stats.lost),
            (
                "ledger_copies_delayed",
                "Copies of ledgers that the database did not take at once.",
                stats.uncopied,
            ),
        )
        for name, text, value in counts:
            family = CounterMetricFamily(f"castmate_node_{name}", text, labels=("node",))
            family.add_metric((self._node,), float(value))
            yield family
        slowest = GaugeMetricFamily("castmate_node_slowest_beat_seconds", "Longest that a heartbeat took.",
                                    labels=("node",))  # fmt: skip
        slowest.add_metric((self._node,), stats.slowest_s)
        yield slowest


class MetricsServer:
    """/metrics of one collector, on `host`. Port 0: any free one. Raises SetupError when it is taken."""

    def __init__(self, collector: Collector, port: int, host: str = "127.0.0.1") -> None:
        registry = CollectorRegistry()
        registry.register(collector)
        try:
            served: tuple[WSGIServer, Thread] = start_http_server(port, host, registry)
        except OSError as error:
            raise SetupError(
                f"The metrics cannot be served on {host}:{port}: {error.strerror}.",
                remedy="Choose another port or address.",
            ) from error
        self._server, self._thread = served
        self.port = int(self._server.server_port)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=2)
