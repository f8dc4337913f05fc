"""What a storm did: take-overs laid to the fault that was going on, figures, and a table. Pure."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.chaos.ledgers import Books
from bench.chaos.plan import FAULTS
from bench.chaos.witness import TakeOver
from bench.rows import Row, row

TTL_S = 4.0
SEVERAL, NONE = "several", "none"
DEATHS = ("node_killed", "machine_killed", "node_frozen", "machine_frozen", "network_cut")


@dataclass(slots=True)
class Struck:
    """A fault as it came (monotonic seconds). `over_at`: when it was undone; `hit`: whom."""

    fault: str
    at: float
    over_at: float
    hit: str

    @property
    def felt_until(self) -> float:
        """The term, and what a heartbeat and a start take, go by before all shows send again."""
        return max(self.over_at, self.at + 1.5 * TTL_S)


@dataclass(frozen=True)
class Storm:
    """All that was seen of one run. `stood`: lines of the script that the database told last before each
    take-over, by show and epoch; `passed_over`: faults that found nobody to hit; `fell`: nodes that ended
    unasked; `given_up`: shows that nobody airs at the end; `back_s`: from the end of all faults until every
    show sent.
    """

    seconds: float
    shows: int
    struck: Sequence[Struck]
    take_overs: Sequence[TakeOver]
    stood: Mapping[tuple[str, int], int]
    doubles: int
    packets: int
    missing: int
    books: Books
    passed_over: int = 0
    fell: int = 0
    given_up: Sequence[str] = field(default_factory=tuple)
    back_s: float = 0.0

    def in_place(self, take_over: TakeOver) -> bool:
        """Whether it began where it stood: not before what the database knew, not behind what was said."""
        return self.stood.get((take_over.show, take_over.epoch), 0) <= take_over.begun <= take_over.left

    @property
    def together(self) -> int:
        """Faults that came while another was felt."""
        after, found = 0.0, 0
        for each in sorted(self.struck, key=lambda s: s.at):
            found += each.at < after
            after = max(after, each.felt_until)
        return found


def blamed(take_over: TakeOver, struck: Sequence[Struck]) -> str:
    """The fault that was felt while the show was away; SEVERAL, NONE."""
    found = [s for s in struck if s.at <= take_over.back_at and s.felt_until >= take_over.left_at]
    return NONE if not found else found[0].fault if len(found) == 1 else SEVERAL


def gaps(storm: Storm) -> dict[str, list[float]]:
    """Seconds without a packet at each take-over, by fault."""
    found: dict[str, list[float]] = {name: [] for name in (*FAULTS, SEVERAL, NONE)}
    for each in storm.take_overs:
        found[blamed(each, storm.struck)].append(each.gap_s)
    return found


def p95(values: Sequence[float]) -> float:
    """Never more than the most of them."""
    if len(values) < 2:
        return max(values, default=0.0)
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def table(storm: Storm) -> list[str]:
    """For people: one line a fault."""
    lines = [
        "| fault | times | take-overs of it alone | p50 s | p95 s | most s |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, seconds in gaps(storm).items():
        times = sum(s.fault == name for s in storm.struck) or ""
        figures = (statistics.median(seconds), p95(seconds), max(seconds)) if seconds else ()
        told = [f"{x:.2f}" for x in figures] or ["", "", ""]
        lines.append(f"| {name} | {times} | {len(seconds)} | {' | '.join(told)} |")
    return lines


def rows_of(storm: Storm, command: str) -> list[Row]:
    by_fault = gaps(storm)
    alone = [s for name in DEATHS for s in by_fault[name]] or [0.0]
    several, all_of_them = by_fault[SEVERAL] or [0.0], [s for v in by_fault.values() for s in v] or [0.0]
    out = sum(not storm.in_place(t) for t in storm.take_overs)
    again = [t.left - t.begun for t in storm.take_overs] or [0]
    told = f"{storm.seconds / 60:.3g} min of random faults, {storm.shows} light shows, term {TTL_S:.0f} s"
    one = "node or machine killed or frozen, network cut; one fault at a time"
    figures = (
        ("strikes", len(storm.struck), "faults", "", told),
        ("strikes_together", storm.together, "faults", "", "came while another was felt"),
        ("double_sends", storm.doubles, "packets", "<= 0", f"of {storm.packets} packets"),
        ("takeovers", len(storm.take_overs), "times", "", told),
        ("takeover_p50_s", statistics.median(alone), "s", "", one),
        ("takeover_p95_s", p95(alone), "s", "<= 6", one),
        ("takeover_most_s", max(alone), "s", "", one),
        ("several_p95_s", p95(several), "s", "", "several faults at a time"),
        ("off_air_most_s", max(all_of_them), "s", "", "whatever came together"),
        ("out_of_place", out, "times", "<= 0", "a show that began elsewhere than where it stood"),
        ("said_again_most", max(again), "lines", "", "of 0.1 s each, at a take-over"),
        ("shows_lost", len(storm.given_up), "shows", "<= 0", "wanted at the end, and not sending"),
        ("ledger_lost", storm.books.lost, "entries", "<= 0", f"of {storm.books.entries} entries"),
        ("ledger_doubled", storm.books.doubled + storm.books.altered, "entries", "<= 0", "or altered"),
    )
    return [
        row(f"fleet.chaos_{name}", float(v), unit, goal, why, command) for name, v, unit, goal, why in figures
    ]
