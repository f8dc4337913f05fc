"""Writes the table of docs/figures.md from bench/results.json, so that no figure there is copied by hand."""

import json
from pathlib import Path

from bench.rows import RESULTS

PAGE = Path(__file__).parents[1] / "docs" / "figures.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def table(results: list[dict[str, object]]) -> str:
    """A Markdown table: one row a figure."""
    lines = ["| figure | value | goal | | compared with | command |", "|---|--:|---|---|---|---|"]
    for r in results:
        mark = {True: "met", False: "**missed**", None: ""}[r["meets"]]  # type: ignore[index]
        name, value, unit = r["name"], r["value"], r["unit"]
        lines.append(
            f"| `{name}` | {value:,.3g} {unit} | {r['goal']} | {mark} | {r['baseline']} | `{r['command']}` |"
        )
    return "\n".join(lines)


def write() -> None:
    """Replaces what stands between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    PAGE.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}", encoding="utf-8")
