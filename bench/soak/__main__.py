"""python -m bench.soak --real MINUTES | --virtual HOURS [--folder FOLDER]"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from bench.soak import real, virtual


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--real", type=float, metavar="MINUTES", help="a whole show in real time")
    how.add_argument("--virtual", type=float, metavar="HOURS", help="a show as fast as it can be made")
    parser.add_argument("--folder", type=Path, help="keep what is measured here")
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is then ended too
    with tempfile.TemporaryDirectory(prefix="castmate-soak-") as temporary:
        folder = told.folder or Path(temporary)
        if told.real is not None:
            real.run(told.real, folder)
        else:
            virtual.run(told.virtual, folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
