"""castmate fleet up | renew | down: nodes that somebody keeps going, here or on the machines of Ray."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.commands.fleet_book import open_book
from bot.commands.fleet_options import Capacity, Cores, Egress, Gpus, Labels, Link, Memory, Warm, labels
from bot.fleet.fence import boottime_ns
from bot.fleet.leases import LeaseBook, dsn_of
from bot.fleet.stock import Kept, Kind, Stock, slots
from bot.fleet.stock_here import StockHere
from bot.fleet.stock_ray import HERE, StockRay
from bot.settings import read_settings
from bot.shop import make_folders
from products.errors import SetupError

console = Console(highlight=False, soft_wrap=True)
LOOK_S = 0.2
RUNNING_S = 60.0  # a node that does not run by then is told, and kept nevertheless
HEARD_S = 120.0
T = TypeVar("T")

Ray = Annotated[str, typer.Option(help="Address of a Ray cluster, or auto for the one of this machine.")]
Name = Annotated[str | None, typer.Option(help="Nodes are called NAME-1, NAME-2, ...")]


def up(
    ray: Annotated[
        str | None,
        typer.Option(help="Address of a Ray cluster, auto, or local for a Ray of this command's own."),
    ] = None,
    nodes: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many; default: one, or one for each machine of Ray's that has what it takes."
        ),
    ] = None,
    name: Name = None,
    capacity: Capacity = 4,
    link: Link = "",
    label: Labels = None,
    cores: Cores = None,
    memory: Memory = None,
    gpus: Gpus = 0.0,
    egress: Egress = None,
    warm: Warm = 0,
) -> None:
    """Keep nodes going: each is started, and started again when it dies.

    Without --ray they run on this machine as long as this command does; Ctrl-C hands their shows over, SIGHUP
    starts them anew one by one. With --ray each is an actor that Ray puts where there is room for its cores,
    memory, graphics and labels; the command ends, they stay until `castmate fleet down`.
    """
    kind = Kind(capacity, link, labels(label), cores, memory, gpus, egress, warm)
    if ray is None:
        _stay(_here(), slots(name or socket.gethostname(), nodes or 1), kind)
        return
    with _ray(ray) as stock:
        wanted = slots(name or "ray", nodes or max(1, stock.machines(kind)))
        if ray == HERE:
            _stay(stock, wanted, kind)
            return
        stock.up(wanted, kind)
        found = running(stock, wanted)
    console.print(_table(found))
    if not all(k.process for k in found):
        raise typer.Exit(1)


def renew(ray: Ray = "auto", name: Name = None) -> None:
    """Start the nodes that Ray keeps anew, one at a time: each hands over its shows first. For an update."""
    with open_book() as book, _ray(ray) as stock:
        one_by_one(stock, book, [k.slot for k in stock.kept() if _of(k.slot, name)])


def down(
    slot: Annotated[list[str] | None, typer.Argument(help="Nodes by name; default: all.")] = None,
    ray: Ray = "auto",
) -> None:
    """End nodes that Ray keeps: they hand over their shows, and nobody starts them again."""
    with _ray(ray) as stock:
        there = [k.slot for k in stock.kept()]
        if unknown := sorted(set(slot or ()) - set(there)):
            raise SetupError(
                f"Ray keeps no {unknown[0]}.", remedy=f"It keeps {', '.join(there) or 'no node at all'}."
            )
        stock.down(slot or there)
    for gone in slot or there:
        console.print(f"{escape(gone)} is down.")


def running(
    stock: Stock,
    wanted: Sequence[str],
    seconds: float = RUNNING_S,
    over: Callable[[], bool] = lambda: False,
) -> tuple[Kept, ...]:
    """Waits until the nodes of these slots run, or it is `over`; what was seen at last, a slot that is not
    there as such.
    """

    def look() -> tuple[Kept, ...]:
        seen = {k.slot: k for k in stock.kept()}
        return tuple(seen.get(s, Kept(s, words="its actor ended; see Ray's logs")) for s in wanted)

    return _until(look, lambda found: over() or all(k.process for k in found), seconds)


def one_by_one(stock: Stock, book: LeaseBook, wanted: Sequence[str], seconds: float = HEARD_S) -> None:
    """Starts each anew and goes on once the database has heard the new one. Raises SetupError when it is not
    heard: the others stay as they are.
    """
    for slot in wanted:
        before = {n.id for n in book.nodes()}
        stock.renew(slot)

        def heard(slot: str = slot, before: set[str] = before) -> bool:
            return any(n.name == slot and n.alive and n.id not in before for n in book.nodes())

        if not _until(heard, bool, seconds):
            raise SetupError(
                f"{slot} was started anew and is not heard.", remedy="Its log is in CASTMATE_DATA/logs there."
            )
        console.print(f"{escape(slot)} is new.")


def _stay(stock: Stock, wanted: Sequence[str], kind: Kind) -> None:
    """Keeps them until SIGINT or SIGTERM; SIGHUP: each anew."""
    over, anew = threading.Event(), threading.Event()
    signal.signal(signal.SIGHUP, lambda number, frame: anew.set())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: over.set())
    stock.up(wanted, kind)
    console.print(_table(running(stock, wanted, over=over.is_set)))
    console.print("Ctrl-C hands their shows over.")
    while not over.wait(LOOK_S):
        if anew.is_set():
            anew.clear()
            with open_book() as book:
                one_by_one(stock, book, wanted)
    stock.down(wanted)


def _until(look: Callable[[], T], true: Callable[[T], bool], seconds: float) -> T:
    pause, end = threading.Event(), boottime_ns() + seconds * 10**9
    while not true(found := look()) and boottime_ns() < end:
        pause.wait(LOOK_S)
    return found


def _here() -> StockHere:
    settings = read_settings()
    dsn_of(settings.database_url)
    make_folders(settings)
    return StockHere(settings.data, socket.gethostname())


@contextmanager
def _ray(address: str) -> Iterator[StockRay]:
    stock = StockRay(address)
    try:
        yield stock
    finally:
        stock.close()


def _of(slot: str, name: str | None) -> bool:
    return name is None or slot.rpartition("-")[0] == name


def _table(found: Sequence[Kept]) -> Table:
    table = Table("node", "machine", "process", "", show_edge=False)
    for k in found:
        table.add_row(escape(k.slot), escape(k.machine), str(k.process or ""), escape(k.words))
    return table
