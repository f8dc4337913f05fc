"""castmate fleet plan | simulate: a fleet on paper and in simulated time."""

import json
import random
from dataclasses import asdict, replace
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.fleet.capacity import Measured, Plan, bill, limits, measured, results, shows_a_node, table
from bot.fleet.placement import Needs, Offer
from bot.fleet.simulation import Fault, Kind, Outcome, World, simulate
from products.errors import SetupError

console = Console(highlight=False, soft_wrap=True)
SIZES = (100, 1_000, 10_000)
DRAWN = "drawn hosts need none; neural clones: give --clones-per-gpu"


def plan(
    shows: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Shows at once; may be given again. Default: 100, 1000, 10000."),
    ] = None,
    hours: Annotated[float, typer.Option(min=0.1, max=24, help="On the air a day.")] = 24.0,
    years: Annotated[float, typer.Option(min=0.1, help="Recordings and ledgers are kept.")] = 3.0,
    channels: Annotated[int, typer.Option(min=1, help="Channels of a show.")] = 1,
    node_cores: Annotated[int, typer.Option(min=1, help="Cores of a node.")] = 8,
    node_memory: Annotated[float, typer.Option(min=1, help="Memory of a node, GB.")] = 32.0,
    node_mbps: Annotated[float, typer.Option(min=1, help="Mb/s that a node may send.")] = 1000.0,
    node_tb: Annotated[float, typer.Option(min=0.1, help="Disk of a node, TB.")] = 20.0,
    term: Annotated[float, typer.Option(min=1, help="Term of a lease, seconds.")] = 10.0,
    clones_per_gpu: Annotated[
        float | None, typer.Option(min=0.1, help="Live neural clones that one card draws; none: drawn hosts.")
    ] = None,
    per_core: Annotated[float | None, typer.Option(min=0, help="Price of a core for a month.")] = None,
    per_gpu: Annotated[float | None, typer.Option(min=0, help="Price of a card for a month.")] = None,
    per_tb_kept: Annotated[float | None, typer.Option(min=0, help="Price of a TB kept for a month.")] = None,
    per_tb_sent: Annotated[float | None, typer.Option(min=0, help="Price of a TB sent.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """What so many shows take in cores, cards, bandwidth, transactions and storage, and what ends first.

    Of one show and of the database everything was measured (bench/results.json); what was not is an option.
    """
    said = Plan(
        hours, years, channels, term, node_cores, node_memory, node_mbps, node_tb, clones_per_gpu,
        per_core, per_gpu, per_tb_kept, per_tb_sent,
    )  # fmt: skip
    figures = measured(results())
    bills = tuple(bill(n, figures, said) for n in shows or SIZES)
    ends = limits(figures, said)
    if as_json:
        told = {
            "measured": asdict(figures),
            "plan": asdict(said),
            "bills": [asdict(b) for b in bills],
            "limits": [asdict(e) for e in ends],
        }
        console.print_json(json.dumps(told))
        return
    drawn = Table("shows at once", *(f"{b.shows:,}" for b in bills), show_edge=False)
    for what, cells in table(bills):
        drawn.add_row(what, *cells)
    console.print(drawn)
    if clones_per_gpu is None:
        console.print(f"Graphics cards: {DRAWN}.")
    console.print(f"\nA node of this size holds {shows_a_node(figures, said)} shows. What ends first:")
    for end in ends:
        console.print(f"  from {end.shows:,} shows: {end.what}. Remedy: {end.remedy}.")


def simulated(
    shows: Annotated[int, typer.Option(min=1, help="Shows.")] = 10_000,
    nodes: Annotated[int, typer.Option(min=2, help="Nodes.")] = 500,
    deaths: Annotated[int, typer.Option(min=0, help="Machines that die, each for ten minutes.")] = 50,
    shops: Annotated[int, typer.Option(min=1, help="Shops, whose shows are spread.")] = 400,
    regions: Annotated[int, typer.Option(min=1, help="Regions that shows are bound to.")] = 2,
    term: Annotated[float, typer.Option(min=1, help="Term of a lease, seconds.")] = 10.0,
    upgrade: Annotated[bool, typer.Option(help="Upgrade every node, one at a time.")] = True,
    seed: Annotated[int, typer.Option(help="The same seed gives the same world.")] = 1,
) -> None:
    """Place shows on nodes in simulated time and let things fail: machines die, the database is away for 3
    and for 60 seconds, every node is upgraded. Ten thousand shows take some ten seconds.

    Exit code 1: two senders at once, or a show that did not come back.
    """
    if regions > nodes:
        raise SetupError(f"{regions} regions need as many nodes.", remedy="Give more --nodes.")
    figures = measured(results())
    done = run_world(figures, Plan(term_s=term), shows, nodes, deaths, shops, regions, seed, upgrade=upgrade)
    drawn = Table(
        "what happened", "shows hit", "off the air, median", "95 of 100", "longest", show_edge=False
    )
    for kind, gaps in done.gaps.items():
        times = (f"{done.quantile(kind, share):.1f} s" for share in (0.5, 0.95, 1.0))
        drawn.add_row(str(kind), f"{len(gaps):,}", *times)
    console.print(drawn)
    console.print(
        f"{done.aired:,} shows aired by {done.claims:,} claims in {done.lasted_s / 3600:.1f} h; "
        f"{done.upgraded} nodes upgraded; "
        f"at most {max(done.piled.values(), default=0)} shows of a shop on one node; "
        f"two senders at once: {done.double}; not back: {done.lost}; without a place: {len(done.waiting)}."
    )
    for why in sorted(set(done.waiting.values()))[:5]:
        console.print(f"  {why}")
    if done.double or done.lost:
        raise typer.Exit(1)


def run_world(
    figures: Measured,
    said: Plan,
    shows: int,
    nodes: int,
    deaths: int,
    shops: int,
    regions: int,
    seed: int,
    *,
    upgrade: bool = True,
) -> Outcome:
    """Nodes of one size over all regions, shows bound to a region each; a tenth more room than they need."""
    chance = random.Random(seed)
    places = max(shows_a_node(figures, said), -(-shows * 11 // (nodes * 10)))
    label = [frozenset({f"region={n}"}) for n in range(regions)]
    offers = [Offer(f"node-{n:04}", places, labels=label[n % regions]) for n in range(nodes)]
    wanted = {
        f"show-{n:05}": Needs(figures.cores, figures.memory_mb, 0.0, figures.sent_mbps, label[n % regions],
                              f"shop-{n // regions % shops}")
        for n in range(shows)
    }  # fmt: skip
    faults = [
        Fault(chance.uniform(120, 3600), Kind.DEATH, f"node-{chance.randrange(nodes):04}", 600.0)
        for _ in range(deaths)
    ]
    faults += [Fault(4300.0, Kind.DATABASE, lasts_s=3.0), Fault(4400.0, Kind.DATABASE, lasts_s=60.0)]
    faults += [Fault(5000.0, Kind.UPGRADE, lasts_s=60.0)] if upgrade else []
    world = replace(
        World(), ttl_s=said.term_s, start_s=figures.start_s, beat_took_s=figures.beat_300_ms / 1000
    )
    return simulate(offers, wanted, faults, world=world, seed=seed)
