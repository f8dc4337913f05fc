"""Keeping a fleet stocked with nodes: what a node shall be, and who keeps so many of them going.

Two ways, one interface: on this machine (stock_here.py), and on the machines of a Ray cluster (stock_ray.py).
Both end in the same keeper (keeper.py) and the same `castmate fleet node`. Neither decides who may send:
that are the leases (lease.py), whoever keeps the nodes and however many there are by mistake.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Kind:
    """What each node of a stock is told: the options of `castmate fleet node`.

    gpus     graphics cards; 0.25: a quarter of one, for what the node itself draws with
    warm     processes that wait for a show with everything imported
    program  in the place of `castmate` of the machine that it runs on; tests use it
    """

    capacity: int = 4
    link: str = ""
    labels: frozenset[str] = frozenset()
    cores: float | None = None
    memory_mb: float | None = None
    gpus: float = 0.0
    egress_mbps: float | None = None
    warm: int = 0
    program: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """One node of a stock as its keeper sees it.

    slot     its name in the fleet
    machine  where it is; "" while nobody has taken it
    process  its number there, 0 while it does not run
    starts   how often it was started since this keeper began; one that was found running counts 0
    words    why it does not run
    """

    slot: str
    machine: str = ""
    process: int = 0
    starts: int = 0
    words: str = ""


class Stock(Protocol):
    """Who keeps nodes going. Its methods block; one thread at a time uses it. All raise SetupError when what
    it stands on cannot be reached.
    """

    def up(self, slots: Sequence[str], kind: Kind) -> None:
        """Keeps a node of that kind for each slot from now on. One that is kept already stays as it is."""
        ...

    def kept(self) -> tuple[Kept, ...]:
        """Every slot, by name."""
        ...

    def renew(self, slot: str) -> None:
        """Its node hands over its shows, ends and is started again. Comes back once it has ended."""
        ...

    def down(self, slots: Sequence[str]) -> None:
        """These nodes hand over their shows and end, and nobody starts them again. Comes back after that."""
        ...


def slots(name: str, count: int) -> tuple[str, ...]:
    """NAME-1, NAME-2, ..."""
    return tuple(f"{name}-{n}" for n in range(1, count + 1))


def in_order(slot: str) -> tuple[str, int]:
    """Sorts NAME-2 before NAME-10."""
    name, _, number = slot.rpartition("-")
    return (name, int(number)) if number.isdecimal() else (slot, 0)


def node_command(slot: str, kind: Kind, keeper: Path) -> tuple[str, ...]:
    """`castmate fleet node` as the keeper starts it. `keeper`: locked as long as somebody keeps it."""
    told = {
        "--name": slot,
        "--capacity": kind.capacity,
        "--link": kind.link or None,
        "--cores": kind.cores,
        "--memory": kind.memory_mb,
        "--gpus": f"{kind.gpus:g}" if kind.gpus else None,
        "--egress": kind.egress_mbps,
        "--warm": kind.warm or None,
        "--keeper": keeper,
    }
    options = [str(x) for name, value in told.items() if value is not None for x in (name, value)]
    options += [x for label in sorted(kind.labels) for x in ("--label", label)]
    return (*(kind.program or (sys.executable, "-m", "bot.cli")), "fleet", "node", *options)
