"""python -m bench.soak --real MINUTES | --virtual HOURS | --report FOLDER [--folder FOLDER] [--save]

Without --folder what was measured is thrown away after its report. --save writes the figures to
bench/results.json and docs/figures.md.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from bench.figures import write
from bench.rows import save, show
from bench.soak import real, virtual
from bench.soak.report import rows_of


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--real", type=float, metavar="MINUTES", help="a whole show in real time")
    how.add_argument("--virtual", type=float, metavar="HOURS", help="a show as fast as it can be made")
    how.add_argument(
        "--report", type=Path, metavar="FOLDER", help="figures of a soak that is over, or not yet"
    )
    parser.add_argument("--folder", type=Path, help="keep what is measured here")
    parser.add_argument("--save", action="store_true", help="into bench/results.json and docs/figures.md")
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is then ended too
    with tempfile.TemporaryDirectory(prefix="castmate-soak-") as temporary:
        folder = told.report or told.folder or Path(temporary)
        if told.real is not None:
            real.run(told.real, folder)
        elif told.virtual is not None:
            virtual.run(told.virtual, folder)
        rows = rows_of(folder)
    show(rows)
    if told.save:
        save(rows)
        write()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
