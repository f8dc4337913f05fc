"""Who sent what when, of an hour of packets in little memory: one line for each run of a show."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from fleet_stand import Packet, Receiver

KEPT = 100  # double sends that are told in words; all are counted


@dataclass(slots=True)
class Run:
    """Packets of one worker under one epoch, first to last (monotonic seconds). `longest_s`: its longest
    silence; `missing`: packets that were sent and did not come.
    """

    show: str
    epoch: int
    worker: int
    first_at: float
    first_line: int
    last_at: float
    last_line: int
    packets: int = 1
    longest_s: float = 0.0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class TakeOver:
    """From the last packet of one run to the first of the next. `left`, `begun`: the lines of the script."""

    show: str
    epoch: int
    left_at: float
    back_at: float
    left: int
    begun: int

    @property
    def gap_s(self) -> float:
        return self.back_at - self.left_at


class Witness(Receiver):
    """Counts while it receives. `doubles`: packets of an epoch after one of a later epoch, or of two workers
    in one epoch.
    """

    def __init__(self, path: Path) -> None:
        self.runs: dict[str, list[Run]] = {}
        self.doubles, self.told = 0, list[str]()
        super().__init__(path)

    def note(self, packet: Packet) -> None:
        runs = self.runs.setdefault(packet.show, [])
        run = runs[-1] if runs else None
        if run is not None and (run.epoch, run.worker) == (packet.epoch, packet.worker):
            run.longest_s = max(run.longest_s, packet.at - run.last_at)
            run.missing = packet.number - run.packets
            run.last_at, run.last_line, run.packets = packet.at, packet.line, run.packets + 1
            return
        if run is not None and packet.epoch <= run.epoch:
            self.doubles += 1
            if len(self.told) < KEPT:
                self.told.append(f"{packet} after {run}")
            if packet.epoch < run.epoch:
                return
        at, line = packet.at, packet.line
        runs.append(Run(packet.show, packet.epoch, packet.worker, at, line, at, line))

    def take_overs(self) -> list[TakeOver]:
        return [found for runs in self.runs.values() for found in _between(list(runs))]


def _between(runs: list[Run]) -> Iterable[TakeOver]:
    for old, new in pairwise(runs):
        yield TakeOver(new.show, new.epoch, old.last_at, new.first_at, old.last_line, new.first_line)
