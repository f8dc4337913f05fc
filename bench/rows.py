"""One measured figure, and the table that people read."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Row:
    """`goal` e.g. "<= 1.15"; `meets` None where no goal is set. `baseline`: what it is compared with."""

    name: str
    value: float
    unit: str
    goal: str = ""
    meets: bool | None = None
    baseline: str = ""
    command: str = "make bench"


def row(
    name: str, value: float, unit: str, goal: str = "", baseline: str = "", command: str = "make bench"
) -> Row:
    """A Row whose `meets` follows from its goal."""
    meets = None
    if goal:
        sign, bound = goal.split()[:2]
        meets = value <= float(bound) if sign == "<=" else value >= float(bound)
    return Row(name, round(value, 4), unit, goal, meets, baseline, command)


def save(rows: list[Row]) -> None:
    """Rows of the same name are replaced; others of earlier runs stay."""
    kept: list[dict[str, object]] = []
    if RESULTS.is_file():
        names = {r.name for r in rows}
        kept = [r for r in json.loads(RESULTS.read_text(encoding="utf-8")) if r["name"] not in names]
    merged = sorted([*kept, *(asdict(r) for r in rows)], key=lambda r: str(r["name"]))
    RESULTS.write_text(json.dumps(merged, indent=2) + "\n", encoding="utf-8")


def show(rows: list[Row]) -> None:
    width = max(len(r.name) for r in rows)
    for r in rows:
        mark = {True: "met", False: "MISSED", None: ""}[r.meets]
        print(f"{r.name:<{width}}  {r.value:>10.3f} {r.unit:<14} {r.goal:<10} {mark:<7} {r.baseline}")
