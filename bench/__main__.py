"""Measures, prints a table, writes bench/results.json and docs/figures.md. Without an AREA: those of `make
bench`, one after the other, for an hour or two. Nothing else should run meanwhile.
"""

import argparse
import ast
import importlib
import sys
from pathlib import Path

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


def areas() -> dict[str, str]:
    """Name -> first sentence of what it says of itself, of every module here that measures by `run`."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(part, ast.FunctionDef) and part.name == "run" for part in tree.body):
            found[path.stem] = " ".join((ast.get_docstring(tree) or "").split()).split(". ")[0].rstrip(".")
    return found


def main(given: list[str]) -> int:
    known = areas()
    listed = "\n".join(f"  {name:<14}{'*' if name in AREAS else ' '} {what}" for name, what in known.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog=f"areas (*: of make bench)\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("area", nargs="*", metavar="AREA", help="what to measure")
    told: list[str] = parser.parse_args(given).area
    if unknown := [name for name in told if name not in known]:
        parser.error(f"there is no {', '.join(unknown)}; --help lists what there is")
    rows: list[Row] = []
    for area in told or AREAS:
        print(f"measuring {area} ...", flush=True)
        rows += importlib.import_module(f"bench.{area}").run()
    show(rows)
    save(rows)
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
