"""python -m bench.chaos --minutes 30 --seed N [--save]: random faults in a fleet of light shows.

Each fault of bench/chaos/plan.py at random moments, some while others are felt; progress as it goes, then the
table by fault. --save writes the figures to bench/results.json and docs/figures.md.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.chaos.plan import strikes
from bench.chaos.report import Storm, rows_of, table
from bench.chaos.storm import NODES, Ground, blow
from bench.figures import write
from bench.rows import save, show

from postgres import migrated  # isort: skip  (storm.py makes it known)
from proxy import proxy  # isort: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--save", action="store_true", help="into bench/results.json and docs/figures.md")
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is then ended too
    storm = storm_of(told.minutes * 60, told.seed)
    rows = rows_of(storm, f"python -m bench.chaos --minutes {told.minutes:g} --seed {told.seed}")
    summary(storm)
    show(rows)
    if told.save:
        save(rows)
        write()
    return 0


def storm_of(seconds: float, seed: int) -> Storm:
    begun = time.monotonic()

    def tell(words: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {words}", flush=True)

    with ExitStack() as open_things:
        database = open_things.enter_context(migrated())
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="castmate-chaos-")))
        lines = {name: open_things.enter_context(proxy(database.port)) for name in NODES}
        ground = Ground(database, folder, lines)
        open_things.callback(ground.close)
        return blow(ground, strikes(seed, seconds), seconds, tell)


def summary(storm: Storm) -> None:
    print("\n".join(table(storm)))
    print(f"books: {storm.books}")
    print(
        f"packets: {storm.packets}, sent and not received: {storm.missing}; faults that found nobody: "
        f"{storm.passed_over}; nodes that ended unasked: {storm.fell}; given up: {list(storm.given_up)}; "
        f"all sent again after {storm.back_s:.1f} s; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
