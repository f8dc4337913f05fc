"""python -m bench [AREA ...]: measures, prints a table, writes bench/results.json and docs/figures.md."""

import importlib
import sys

from bench.figures import write
from bench.rows import Row, save, show

AREAS = (
    "air",
    "peers",
    "drift",
    "shows",
    "memory",
    "rehearse",
    "catalogue",
    "triage",
    "latency",
    "words",
    "clone",
    "voice_times",
    "watermark",
)


def main(areas: list[str]) -> int:
    rows: list[Row] = []
    for area in areas or AREAS:
        print(f"measuring {area} ...", flush=True)
        rows += importlib.import_module(f"bench.{area}").run()
    show(rows)
    save(rows)
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
