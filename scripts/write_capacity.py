"""Writes docs/capacity.md and its chart docs/capacity.svg: what 100, 1,000 and 10,000 shows take, what ends
first, and what a fleet of 500 nodes does in simulated time. Drawn from bot/fleet/capacity.py and
simulation.py, over the rows of bench/results.json.

    python scripts/write_capacity.py
"""

from collections.abc import Mapping, Sequence
from math import log10
from pathlib import Path

from bot.commands.fleet_plan import SIZES, run_world
from bot.fleet.capacity import (
    CONNECTIONS,
    FILLED,
    USED,
    Bill,
    Plan,
    bill,
    limits,
    measured,
    results,
    shows_a_node,
    table,
)
from bot.fleet.simulation import Outcome

DOCS = Path(__file__).resolve().parents[1] / "docs"
SHOWS, NODES, DEATHS = 10_000, 500, 50
HEAD = """# Capacity: what a fleet of shows takes

`make docs` writes this page from the code and from what was measured ([figures](figures.md)); what a show
takes is never guessed. For your own hours, nodes and prices ask `castmate fleet plan`; to let other things
fail, `castmate fleet simulate`.

## What was measured

One show with a live embedded voice, a drawn host, a live room, a recording and a channel, an hour long; and a
fleet of light shows on a real PostgreSQL. The soak ran on a loaded machine, so its processor figures are of a
show that skipped some of its pictures: plan with a reserve.

| figure | value |
|---|--:|
"""
WIDTH, HEIGHT = 860, 470
LEFT, RIGHT, TOP, BOTTOM = 70, 640, 50, 410
INK, SOFT, PAPER, LINE = "#22303c", "#5d6b78", "#ffffff", "#d5dce2"
LOWEST, HIGHEST = -1, 6  # powers of ten


def page(rows: Mapping[str, float], done: Outcome) -> str:
    """`rows`: the measured ones, by name; `done`: of the simulation."""
    figures, plan = measured(rows), Plan()
    inputs = "\n".join(f"| `{name}` | {rows[name]!r} |" for name in USED)
    ends = "\n".join(f"| {e.shows:,} | {e.what} | {e.remedy} |" for e in limits(figures, plan))
    return (
        HEAD
        + inputs
        + f"""

## On paper

On the air {plan.hours:g} hours a day, one channel, recordings and ledgers kept {plan.years:g} years, a term
of {plan.term_s:g} s, nodes of {plan.node_cores} cores, {plan.node_memory_gb:g} GB and
{plan.node_mbps:g} Mb/s, of whose processor {FILLED:.0%} is used: {shows_a_node(figures, plan)} shows a node.
Drawn hosts need no graphics card; how many neural clones a card draws was not measured: `--clones-per-gpu`.

{on_paper([bill(n, figures, plan) for n in SIZES])}

![Shows against what they take](capacity.svg)

## What ends first

| from shows | what | what helps |
|--:|---|---|
{ends}

The {CONNECTIONS} connections are PostgreSQL's own default. Not measured, so not in the list: the console's
page over many shows, and a store shared by nodes.

## In simulated time

{SHOWS:,} shows of 400 shops in two regions on {NODES} nodes: {DEATHS} machines die, each for ten minutes; the
database is away for 3 s, then for 60 s; every node is upgraded, one at a time (`castmate fleet simulate`).
Terms, deadlines and heartbeats are the lease protocol's own; from the claim on the light show's start is
counted ({figures.start_s:.2f} s), a whole show takes some ten seconds more.

{simulated(done)}

Against a real fleet of two nodes and 20 shows the simulation is {rows["fleet.simulated_apart"]:.0%} off, at
the worse of median and 95 of 100 (`python -m bench fleet`).
"""
    )


def on_paper(bills: Sequence[Bill]) -> str:
    head = "| shows at once | " + " | ".join(f"{b.shows:,}" for b in bills) + " |"
    lines = [f"| {what} | " + " | ".join(cells) + " |" for what, cells in table(bills)]
    return "\n".join([head, "|---" + "|--:" * len(bills) + "|", *lines])


def simulated(done: Outcome) -> str:
    lines = [
        "| what happened | shows hit | off the air, median | 95 of 100 | longest |",
        "|---|--:|--:|--:|--:|",
    ]
    for kind, gaps in done.gaps.items():
        times = " | ".join(f"{done.quantile(kind, share):.1f} s" for share in (0.5, 0.95, 1.0))
        lines.append(f"| {kind} | {len(gaps):,} | {times} |")
    return "\n".join(
        [
            *lines,
            "",
            f"{done.claims:,} claims, {done.upgraded} nodes upgraded in {done.lasted_s / 3600:.1f} h, "
            f"two senders at once: {done.double}, shows that did not come back: {done.lost},",
            f"most shows of one shop on a node: {max(done.piled.values())}.",
        ]
    )


def chart(bills: Sequence[Bill]) -> str:
    """Both axes by powers of ten. One line for each of what is bought or filled."""
    lines = (
        ("TB kept", "#7a3fa0", [b.storage_tb for b in bills]),
        ("GB memory", "#2f6fb0", [b.memory_gb for b in bills]),
        ("cores", "#c2571a", [b.cores for b in bills]),
        ("nodes", "#22303c", [float(b.nodes) for b in bills]),
        ("transactions/s", "#1f8a5b", [b.transactions for b in bills]),
        ("Gb/s sent", "#a8324a", [b.sent_mbps / 1000 for b in bills]),
    )
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="14">',
        "<title>What shows take, by their number</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        f'<text x="{LEFT}" y="28" fill="{INK}" font-size="17">24 hours a day, kept three years</text>',
    ]
    for power in range(LOWEST, HIGHEST + 1):
        at = _y(10.0**power)
        out.append(f'<path d="M{LEFT} {at:.1f}H{RIGHT}" stroke="{LINE}"/>')
        out.append(
            f'<text x="{LEFT - 8}" y="{at + 5:.1f}" text-anchor="end" fill="{SOFT}">{10**power:,g}</text>'
        )
    for b in bills:
        at = _x(b.shows, bills)
        out.append(
            f'<text x="{at:.1f}" y="{BOTTOM + 24}" text-anchor="middle" fill="{SOFT}">{b.shows:,}</text>'
        )
    middle = (LEFT + RIGHT) / 2
    out.append(f'<text x="{middle}" y="{BOTTOM + 48}" text-anchor="middle" fill="{INK}">shows at once</text>')
    ends = _apart([_y(values[-1]) for _, _, values in lines])
    for (name, colour, values), end in zip(lines, ends, strict=True):
        points = " ".join(f"{_x(b.shows, bills):.1f},{_y(v):.1f}" for b, v in zip(bills, values, strict=True))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        said = f"{values[-1]:,.0f} {name}"
        out.append(f'<text x="{RIGHT + 12}" y="{end + 5:.1f}" fill="{colour}">{said}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def _x(shows: int, bills: Sequence[Bill]) -> float:
    low, high = log10(bills[0].shows), log10(bills[-1].shows)
    return LEFT + 30 + (log10(shows) - low) / (high - low) * (RIGHT - LEFT - 60)


def _y(value: float) -> float:
    return BOTTOM - (log10(value) - LOWEST) / (HIGHEST - LOWEST) * (BOTTOM - TOP)


def _apart(wanted: Sequence[float], least: float = 18.0) -> list[float]:
    """Heights of labels, from the top down, moved so that none lies on another."""
    placed: dict[int, float] = {}
    last = -least
    for n in sorted(range(len(wanted)), key=lambda n: wanted[n]):
        last = max(wanted[n], last + least)
        placed[n] = last
    return [placed[n] for n in range(len(wanted))]


def main() -> None:
    rows = results()
    figures = measured(rows)
    done = run_world(figures, Plan(), SHOWS, NODES, DEATHS, 400, 2, seed=1)
    (DOCS / "capacity.md").write_text(page(rows, done), encoding="utf-8")
    (DOCS / "capacity.svg").write_text(chart([bill(n, figures, Plan()) for n in SIZES]), encoding="utf-8")


if __name__ == "__main__":
    main()
