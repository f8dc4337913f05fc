"""What so many shows take, and what ends first: arithmetic over measured figures, none of them guessed.

The figures come from bench/results.json: a soak of an hour with a live voice, and a fleet on a real
PostgreSQL. What was never measured is an argument (a GPU's clones, a node's size, money) and None leaves it
out.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.fleet.lease import BEATS
from bot.fleet.placing import LOOK_S
from products.errors import SetupError

FILLED = 0.7  # of a node's processor at most: an air that is late by a tick is seen
CONNECTIONS = 97  # PostgreSQL's max_connections is 100 unless set, 3 of them are the superuser's
GB, TB = 1024.0, 1024.0 * 1024.0  # in MB
_ROWS = {
    "cores": ("soak.real.cores_air", "soak.real.cores_studio", "soak.real.cores_sender"),
    "memory_mb": ("soak.real.private_air", "soak.real.private_studio", "soak.real.private_sender"),
    "sent_mbps": ("soak.real.sent_mbps",),
    "recording_mb": ("soak.real.recording_mb",),
    "ledger_mb": ("soak.real.ledger_mb",),
    "ledger_entries": ("soak.real.ledger_entries",),
    "beat_300_ms": ("fleet.beat_300_ms",),
    "start_s": ("fleet.start_s",),
}
USED = tuple(name for names in _ROWS.values() for name in names)


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one show on the air: cores, memory (MB), what one channel is sent (Mb/s), what it leaves (MB and
    entries an hour); of the fleet: a heartbeat of 300 leases (ms), from claim to first packet (s).
    """

    cores: float
    memory_mb: float
    sent_mbps: float
    recording_mb: float
    ledger_mb: float
    ledger_entries: float
    beat_300_ms: float
    start_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What the operator says. `hours`: on the air a day; `years`: that recordings and ledgers are kept;
    `term_s`: of a lease; `clones_per_gpu`: live neural clones that one card draws, None: drawn hosts, which
    need none. Prices in any money: of a core and a card for a month on the air, a TB kept for one, a TB sent.
    """

    hours: float = 24.0
    years: float = 3.0
    channels: int = 1
    term_s: float = 10.0
    node_cores: int = 8
    node_memory_gb: float = 32.0
    node_mbps: float = 1000.0
    node_tb: float = 20.0
    clones_per_gpu: float | None = None
    per_core: float | None = None
    per_gpu: float | None = None
    per_tb_kept: float | None = None
    per_tb_sent: float | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What `shows` at once take. `database_share`: of one processor, at most; `storage_tb`: once the years
    are full; `money`: a month by then, None without any price.
    """

    shows: int
    cores: float
    memory_gb: float
    gpus: int | None
    nodes: int
    sent_mbps: float
    transactions: float
    renewals: float
    database_share: float
    copied_entries: float
    storage_tb: float
    ledger_gb: float
    money: float | None


@dataclass(frozen=True, slots=True)
class Limit:
    """What ends at how many shows, and what helps."""

    shows: int
    what: str
    remedy: str


def measured(rows: Mapping[str, float]) -> Measured:
    """From rows by name. Raises SetupError for one that is missing."""
    missing = [name for name in USED if name not in rows]
    if missing:
        raise SetupError(
            f"Nothing was measured under {', '.join(missing)}.",
            remedy="Run `python -m bench fleet` and `make soak`, which write bench/results.json.",
        )
    return Measured(**{name: sum(rows[row] for row in names) for name, names in _ROWS.items()})


def results() -> dict[str, float]:
    """All rows of bench/results.json: in a wheel beside this file, else the checkout's. Raises SetupError."""
    here = Path(__file__)
    for path in (here.with_name("results.json"), here.parents[2] / "bench" / "results.json"):
        if path.is_file():
            return {r["name"]: float(r["value"]) for r in json.loads(path.read_text(encoding="utf-8"))}
    raise SetupError("The measured figures are not installed.", remedy="Install Castmate again.")


def shows_a_node(m: Measured, plan: Plan) -> int:
    """How many shows a node holds: the least of what processor, memory and network allow; at least 1."""
    return max(
        1,
        math.floor(
            min(
                FILLED * plan.node_cores / m.cores,
                plan.node_memory_gb * GB / m.memory_mb,
                plan.node_mbps / (m.sent_mbps * plan.channels),
            )
        ),
    )


def bill(shows: int, m: Measured, plan: Plan) -> Bill:
    """What so many shows take."""
    each, beats = shows_a_node(m, plan), BEATS / plan.term_s
    nodes = math.ceil(shows / each)
    entries = m.ledger_entries / 3600 * plan.hours / 24
    # a heartbeat that finds new lines of ledgers copies them in a transaction of its own
    copies = 1 - math.exp(-entries * min(each, shows) / beats)
    storage_mb = shows * plan.hours * 365 * plan.years * (m.recording_mb + m.ledger_mb)
    made = Bill(
        shows=shows,
        cores=shows * m.cores,
        memory_gb=shows * m.memory_mb / GB,
        gpus=None if plan.clones_per_gpu is None else math.ceil(shows / plan.clones_per_gpu),
        nodes=nodes,
        sent_mbps=shows * m.sent_mbps * plan.channels,
        transactions=nodes * beats * (1 + copies) + 1 / LOOK_S,
        renewals=shows * beats,
        database_share=shows * beats * m.beat_300_ms / 300 / 1000,
        copied_entries=shows * entries,
        storage_tb=storage_mb / TB,
        ledger_gb=shows * plan.hours * 365 * plan.years * m.ledger_mb / GB,
        money=None,
    )
    return _priced(made, plan)


def _priced(made: Bill, plan: Plan) -> Bill:
    sent_tb = made.sent_mbps / 8 * 3600 * plan.hours * 30 / 1e6
    parts = (
        (plan.per_core, made.cores * plan.hours / 24),
        (plan.per_gpu, float(made.gpus or 0) * plan.hours / 24),
        (plan.per_tb_kept, made.storage_tb),
        (plan.per_tb_sent, sent_tb),
    )
    priced = [price * amount for price, amount in parts if price is not None]
    values = {name: getattr(made, name) for name in Bill.__slots__}
    return Bill(**{**values, "money": sum(priced) if priced else None})


def limits(m: Measured, plan: Plan) -> tuple[Limit, ...]:
    """What ends first, by the shows at which it does."""
    each = shows_a_node(m, plan)
    kept_tb = bill(1, m, plan).storage_tb
    whole = math.floor(plan.node_tb / kept_tb)  # shows that one node's disk keeps for all the years
    full_days = plan.node_tb * TB / (each * plan.hours * (m.recording_mb + m.ledger_mb))
    found = [
        Limit(
            whole + 1,
            f"a node's {plan.node_tb:g} TB: its {each} shows fill them in {full_days:.0f} days, one show "
            f"keeps {kept_tb:.3g} TB for {plan.years:g} years",
            "set CASTMATE_STORE and let each node run `castmate store free`, or record less",
        ),
        Limit(
            each + 1,
            f"one node of {plan.node_cores} cores, {plan.node_memory_gb:g} GB and {plan.node_mbps:g} Mb/s",
            "a second node",
        ),
        Limit(
            (CONNECTIONS - 1) * each + 1,
            f"PostgreSQL's {CONNECTIONS} connections: each node and the console hold one",
            "raise max_connections, or larger nodes",
        ),
        Limit(
            math.floor(300 * 1000 / (BEATS / plan.term_s * m.beat_300_ms)) + 1,
            "one processor of the database: renewals alone fill it",
            "a longer term (CASTMATE_FLEET_TERM_S)",
        ),
    ]
    return tuple(sorted(found, key=lambda limit: limit.shows))


def table(bills: Iterable[Bill]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Rows (what, one cell for each bill), as people read them."""
    made = tuple(bills)
    rows: list[tuple[str, tuple[str, ...]]] = [
        ("processor cores, busy", tuple(f"{b.cores:,.0f}" for b in made)),
        ("memory, GB", tuple(f"{b.memory_gb:,.0f}" for b in made)),
        ("graphics cards", tuple("0" if b.gpus is None else f"{b.gpus:,}" for b in made)),
        ("nodes", tuple(f"{b.nodes:,}" for b in made)),
        ("sent, Gb/s", tuple(f"{b.sent_mbps / 1000:,.2f}" for b in made)),
        ("database, transactions/s", tuple(f"{b.transactions:,.1f}" for b in made)),
        ("leases renewed/s", tuple(f"{b.renewals:,.0f}" for b in made)),
        ("database, share of one core at most", tuple(f"{b.database_share:.1%}" for b in made)),
        ("ledger entries copied/s", tuple(f"{b.copied_entries:,.0f}" for b in made)),
        ("kept when the years are full, TB", tuple(f"{b.storage_tb:,.0f}" for b in made)),
        ("of that ledgers, GB", tuple(f"{b.ledger_gb:,.0f}" for b in made)),
    ]
    if any(b.money is not None for b in made):
        rows.append(("money a month", tuple(f"{b.money or 0:,.0f}" for b in made)))
    return tuple(rows)
