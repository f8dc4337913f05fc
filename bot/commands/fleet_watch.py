"""castmate fleet top | metrics: the fleet as it is now, for a person and for Prometheus."""

import threading
from contextlib import closing, suppress
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from bot.commands.fleet_book import open_book
from bot.fleet.leases import NodeSeen
from bot.fleet.metrics import FleetCollector, FleetSeen, MetricsServer
from products.errors import RemoteError

console = Console(highlight=False)
BAR = 20
TOLD = 15  # shows with trouble that are listed


def top(
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
) -> None:
    """Watch the fleet: how full each node is, what runs nowhere, who was not heard. Ctrl-C ends it."""
    with suppress(KeyboardInterrupt), open_book() as book:
        if once:
            console.print(picture(FleetSeen(book.nodes(), book.shows())))
            return
        with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
            pause = threading.Event()
            while True:
                try:
                    live.update(picture(FleetSeen(book.nodes(), book.shows())), refresh=True)
                except RemoteError as error:
                    live.update(f"[red]{escape(error.message)}[/red]", refresh=True)
                pause.wait(every)


def metrics(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of /metrics.")] = 9109,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's: a firewall.")
    ] = "127.0.0.1",
) -> None:
    """Serve the fleet's figures for Prometheus: nodes, shows, free places. One in a fleet is enough.

    Ctrl-C ends it.
    """
    one_at_a_time = threading.Lock()

    def look() -> FleetSeen:
        with one_at_a_time:
            return FleetSeen(book.nodes(), book.shows())

    with suppress(KeyboardInterrupt), open_book() as book:
        with closing(MetricsServer(FleetCollector(look), port, host)) as server:
            console.print(f"Metrics on http://{host}:{server.port}/metrics")
            threading.Event().wait()


def picture(seen: FleetSeen) -> Group:
    """Nodes with a bar each, and the shows that want somebody's eyes."""
    states = [seen.state(show) for show in seen.shows]
    head = (
        f"{sum(n.alive for n in seen.nodes)} of {len(seen.nodes)} nodes alive, "
        f"{states.count('on_air')} shows on the air, {seen.free} places free"
    )
    nodes = Table("node", "shows", "", "heartbeat", "state", show_edge=False)
    for node in sorted(seen.nodes, key=lambda n: (n.alive, n.name)):
        nodes.add_row(
            escape(node.name),
            f"{seen.held(node)} of {node.capacity}",
            _bar(seen.held(node), node.capacity),
            f"{node.age_s:.1f} s ago",
            _state(node),
        )
    troubled = [
        s for s in seen.shows if seen.state(s) in ("nowhere", "failed") or (s.note and s.state == "wanted")
    ]
    shows = Table("show", "state", "node", "epoch", "note", show_edge=False)
    for show in troubled[:TOLD]:
        shows.add_row(
            escape(show.show), seen.state(show), escape(show.node), str(show.epoch), escape(show.note)
        )
    more = f"and {len(troubled) - TOLD} more: castmate fleet status" if len(troubled) > TOLD else ""
    return Group(head, "", nodes, "", *((shows, more) if troubled else ("Nothing asks for attention.",)))


def _bar(held: int, capacity: int) -> str:
    full = min(BAR, round(BAR * held / capacity)) if capacity else BAR
    colour = "yellow" if held >= capacity else "green"
    return f"[{colour}]{'█' * full}[/{colour}][dim]{'░' * (BAR - full)}[/dim]"


def _state(node: NodeSeen) -> str:
    if not node.alive:
        return "[red]silent[/red]"
    return "[yellow]draining[/yellow]" if node.draining else "alive"
