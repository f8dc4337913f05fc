"""castmate fleet: many machines, one database that says who may send which show."""

import asyncio
import logging
import secrets
import signal
import socket
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.table import Table

from bot.clock import SystemClock
from bot.commands import fleet_ledgers, fleet_plan, fleet_up, fleet_watch
from bot.commands.fleet_book import open_book
from bot.commands.fleet_options import Capacity, Cores, Egress, Gpus, Labels, Link, Memory, Warm, labels
from bot.fleet.keeper import until_orphaned
from bot.fleet.lease import Wish, answer_s
from bot.fleet.leases import LeaseBook, NodeSeen, ShowSeen, dsn_of
from bot.fleet.local import LocalLauncher
from bot.fleet.metrics import MetricsServer, NodeCollector
from bot.fleet.needs import asked_by
from bot.fleet.node import Node, Terms
from bot.fleet.placement import Offer
from bot.fleet.roles import statements
from bot.fleet.warm_pool import WarmPool
from bot.logs import open_logs
from bot.settings import Settings, read_settings
from bot.shop import make_folders
from bot.storage.upkeep import Upkeep
from bot.store import migrate, open_engine, ready
from products.errors import RemoteError, SetupError
from schedules.showfile import load_show

app = typer.Typer(help="Many machines: who runs which show.", no_args_is_help=True)
app.command("up")(fleet_up.up)
app.command("renew")(fleet_up.renew)
app.command("down")(fleet_up.down)
app.command("plan")(fleet_plan.plan)
app.command("simulate")(fleet_plan.simulated)
app.command("top")(fleet_watch.top)
app.command("metrics")(fleet_watch.metrics)
app.command("ledgers")(fleet_ledgers.ledgers)
console = Console(highlight=False, soft_wrap=True)
DRAIN_LOOK_S = 0.5


@app.command("prepare")
def prepare() -> None:
    """Make or update the tables in the database of CASTMATE_DATABASE (PostgreSQL)."""
    settings = read_settings()
    dsn_of(settings.database_url)
    engine = open_engine(settings.database_url)
    migrate(engine)
    engine.dispose()
    console.print("The tables are there. `castmate fleet roles` prints what a node's role needs.")


@app.command("roles")
def roles(
    role: Annotated[str, typer.Option(help="Name of the nodes' role.")] = "castmate_node",
) -> None:
    """Print the SQL that makes a role for nodes, with no right that they do not need."""
    for statement in statements(role):
        console.out(statement + ";", highlight=False)


@app.command("node")
def node(
    capacity: Capacity = 4,
    name: Annotated[str | None, typer.Option(help="What people call this machine; default: its own.")] = None,
    link: Link = "",
    label: Labels = None,
    cores: Cores = None,
    memory: Memory = None,
    gpus: Gpus = 0.0,
    egress: Egress = None,
    warm: Warm = 0,
    metrics: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port for this node's own figures, on this machine.")
    ] = None,
    metrics_host: Annotated[str, typer.Option(help="Address that they are served on.")] = "127.0.0.1",
    keeper: Annotated[
        Path | None, typer.Option(hidden=True, help="Locked while somebody keeps this node.")
    ] = None,
) -> None:
    """Claim shows and air them, until Ctrl-C, which hands them over to other nodes.

    The console's CASTMATE_LINK_TOKEN must be set here too when --link is given.
    """
    settings = read_settings()
    make_folders(settings)
    called = name or socket.gethostname()
    if not open_logs(settings, {"node": called}):
        logging.basicConfig(
            level=logging.INFO,
            format="%(message)s",
            handlers=[RichHandler(console=Console(stderr=True), show_path=False)],
        )
    node_id = f"{called}-{secrets.token_hex(4)}"
    offer = Offer(node_id, capacity, cores, memory, gpus, egress, labels(label))
    terms = Terms(node_id, called, capacity, settings.fleet_term_s, offer)
    figures = None if metrics is None else (metrics_host, metrics)
    asyncio.run(run_node(settings, terms, link, metrics=figures, keeper=keeper, warm=warm))


async def run_node(
    settings: Settings,
    terms: Terms,
    link: str,
    metrics: tuple[str, int] | None = None,
    keeper: Path | None = None,
    warm: int = 0,
) -> None:
    """Until SIGINT or SIGTERM, and all shows are handed over. `link`: of the console, "" for none; `metrics`:
    address and port for the node's figures; `keeper`: the lock of who keeps this node (bot/fleet/keeper.py);
    `warm`: processes that wait for a show. Raises SetupError when the database refuses or the port is taken.
    """
    await asyncio.to_thread(_look_at_tables, settings.database_url)
    loop = asyncio.get_running_loop()
    token = settings.link_token.get_secret_value()
    book = LeaseBook(settings.database_url, 2 * answer_s(terms.ttl_s))
    try:
        async with asyncio.TaskGroup() as group:
            pool = WarmPool(warm, settings.data / "logs" / "warm.log")
            waiting = group.create_task(pool.run())
            launcher = LocalLauncher(group, link.rstrip("/"), token, settings.data, warm=pool)
            made = Node(terms, book, launcher, settings.data, SystemClock().now)
            served = None if metrics is None else _serve_figures(terms.name, made, *metrics)
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, made.leave)
            console.print(f"Node {escape(terms.name)}: up to {terms.capacity} shows. Ctrl-C hands them over.")
            kept = None if keeper is None else group.create_task(until_orphaned(keeper, made.leave))
            storing = group.create_task(Upkeep(settings, SystemClock().now).run())
            try:
                await made.run()
            finally:
                storing.cancel()
                waiting.cancel()
                if kept is not None:
                    kept.cancel()
                await launcher.close()
                if served is not None:
                    await asyncio.to_thread(served.close)
    finally:
        book.close()


def _look_at_tables(url: str) -> None:
    """Who would begin shows on tables that they cannot read ends here. Raises SetupError."""
    dsn_of(url)
    engine = open_engine(url)
    try:
        ready(engine)
    except RemoteError as error:
        logging.getLogger(__name__).warning("%s It is asked again.", error)
    finally:
        engine.dispose()


def _serve_figures(name: str, node: Node, host: str, port: int) -> MetricsServer:
    served = MetricsServer(NodeCollector(name, lambda: node.stats), port, host)
    console.print(f"Metrics on http://{host}:{served.port}/metrics")
    return served


@app.command("place")
def place(
    show: Annotated[Path, typer.Argument(help="A show file, at the same path on every node.")],
    minutes: Annotated[float | None, typer.Option(min=0.1, help="End after so many minutes.")] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="What its node must be, e.g. region=eu; may be given again.")
    ] = None,
    cores: Annotated[float | None, typer.Option(min=0, help="Processor cores that it needs.")] = None,
    memory: Annotated[float | None, typer.Option(min=0, help="Memory that it needs, MB.")] = None,
    gpu: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of one graphics card that it needs.")
    ] = None,
    egress: Annotated[float | None, typer.Option(min=0, help="Mb/s that it sends.")] = None,
    shop: Annotated[str | None, typer.Option(help="Shop whose shows are spread over nodes.")] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Let it wait even if no node that lives could ever take it.")
    ] = False,
) -> None:
    """Want a show on the air now: a node that fits takes it. While all are full it waits, with the reason in
    `castmate fleet status`; what no living node could ever take is refused.

    What it needs stands in its file (`needs:`); an option goes before what stands there.
    """
    given: dict[str, object] = {
        "labels": labels(label) if label else None,
        "cores": cores,
        "memory_mb": memory,
        "gpu": gpu,
        "egress_mbps": egress,
        "shop": shop,
    }
    read, now = load_show(show), SystemClock().now()
    needs = replace(asked_by(read.needs), **{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
    until = None if minutes is None else now + timedelta(minutes=minutes)
    wish = Wish(
        read.show, str(show.resolve()), f"{read.show}/{now:%Y-%m-%dT%H:%M:%S}", now, until, needs=needs
    )
    with open_book() as book:
        refused = book.admitted(needs)
        if refused is not None and refused.never and not wait:
            raise SetupError(
                f"{read.show} fits nowhere: {refused.why}.",
                remedy="Ask for less, add a node, or give --wait.",
            )
        why = "" if refused is None else f"waits: {refused.why}"
        if not book.place(wish, why):
            raise SetupError(f"{read.show} is wanted on the air already.", remedy="castmate fleet status")
    console.print(f"{escape(read.show)} is wanted. castmate fleet status tells who has it.")
    if why:
        console.print(f"It {escape(why)}.")


@app.command("end")
def end(show: Annotated[str, typer.Argument(help="The show's name.")]) -> None:
    """Ask a show to end with its goodbye, wherever it runs."""
    with open_book() as book:
        if not book.end(show):
            raise SetupError(f"{show} is not on the air.", remedy="castmate fleet status lists the shows.")
    console.print(f"{escape(show)} was asked to end.")


@app.command("drain")
def drain(
    name: Annotated[str, typer.Argument(help="The node's name, as `castmate fleet status` shows it.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let it take shows again.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until it holds none.")] = True,
) -> None:
    """Empty a node for maintenance: it takes no more shows and hands over those that others have room for."""
    with open_book() as book:
        if not book.drain(name, wanted=not undo):
            raise SetupError(f"No node {name} is alive.", remedy="castmate fleet status lists them.")
        if undo:
            console.print(f"{escape(name)} takes shows again.")
            return
        console.print(f"{escape(name)} takes no more shows.")
        if wait:
            left = emptied(book, name)
            console.print(
                f"{escape(name)} is empty."
                if left == 0
                else f"{escape(name)} still holds {left}: the other nodes have no more room."
            )
            if left:
                raise typer.Exit(1)


def emptied(book: LeaseBook, name: str, look_s: float = DRAIN_LOOK_S) -> int:
    """Shows that the node still holds once none moves any more, or it is gone: 0."""
    before, still, pause = -1, 0, threading.Event()
    while True:
        found = [n for n in book.nodes() if name in (n.name, n.id) and n.alive and n.draining]
        left = sum(n.held for n in found)
        still = still + 1 if left == before else 0
        before = left
        if left == 0 or still * look_s > max(n.ttl_s for n in found):
            return left
        pause.wait(look_s)


@app.command("status")
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Show nodes and shows: owner, epoch, how long ago each node was heard.

    Exit code 1: a show that is wanted runs nowhere.
    """
    with open_book() as book:
        nodes, shows = book.nodes(), book.shows()
    if as_json:
        console.print_json(data={"nodes": [_fields(n) for n in nodes], "shows": [_fields(s) for s in shows]})
    else:
        console.print(_nodes_table(nodes))
        console.print(_shows_table(shows, nodes))
    if any(s.state == "wanted" and not s.in_force for s in shows):
        raise typer.Exit(1)


def _fields(seen: NodeSeen | ShowSeen) -> dict[str, object]:
    return {name: getattr(seen, name) for name in seen.__slots__}


def _nodes_table(nodes: tuple[NodeSeen, ...]) -> Table:
    table = Table("node", "shows", "of", "heartbeat", "state", show_edge=False)
    for n in nodes:
        state = "draining" if n.draining else "alive"
        table.add_row(
            escape(n.name),
            str(n.held),
            str(n.capacity),
            f"{n.age_s:.1f} s ago",
            state if n.alive else "[red]silent[/red]",
        )
    return table


def _shows_table(shows: tuple[ShowSeen, ...], nodes: tuple[NodeSeen, ...]) -> Table:
    age = {n.id: n.age_s for n in nodes}
    table = Table("show", "state", "owner", "epoch", "heartbeat", "position", "note", show_edge=False)
    for s in shows:
        nobody = "[red]nobody[/red]" if s.state == "wanted" else ""
        heard = f"{age[s.owner]:.1f} s ago" if s.owner in age else ""
        state = "ending" if s.ending and s.state == "wanted" else s.state
        owner = escape(s.node or s.owner) if s.in_force else nobody
        table.add_row(escape(s.show), state, owner, str(s.epoch), heard, escape(s.position), escape(s.note))
    return table
