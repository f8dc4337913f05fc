"""Intervals of a show as CSV for a spreadsheet and as JSON Lines for programs."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from bot.compliance.account import Account, Span

COLUMNS = (
    "kind", "state", "from_utc", "to_utc", "from_s", "to_s", "seconds", "channel", "evidence", "why", "rules",
    "ledger_entry",
)  # fmt: skip
FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
)  # what makes a spreadsheet compute a cell (OWASP: CSV injection)


def safe_cell(text: str) -> str:
    """The text, with ' before it where a spreadsheet would take it for a formula (after blanks as well)."""
    return "'" + text if text.startswith(FORMULA) or text.lstrip(" \u3000").startswith(FORMULA) else text


def rows(account: Account, spans: Iterable[Span]) -> Iterator[dict[str, Any]]:
    """JSON-ready, in the order of COLUMNS. Times in UTC with milliseconds; seconds from the show's start."""
    for span in spans:
        yield {
            "kind": span.kind,
            "state": span.state,
            "from_utc": account.utc(span.since).isoformat(timespec="milliseconds"),
            "to_utc": account.utc(span.until).isoformat(timespec="milliseconds"),
            "from_s": round(span.since, 3),
            "to_s": round(span.until, 3),
            "seconds": round(span.seconds, 3),
            "channel": span.channel,
            "evidence": span.evidence,
            "why": span.why,
            "rules": list(span.rules),
            "ledger_entry": span.entry,
        }


def as_csv(account: Account, spans: Iterable[Span]) -> str:
    """With a head row; each text is safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in rows(account, spans):
        cells = {**row, "rules": " ".join(row["rules"])}
        writer.writerow({k: safe_cell(v) if isinstance(v, str) else v for k, v in cells.items()})
    return out.getvalue()


def as_jsonl(account: Account, spans: Iterable[Span]) -> str:
    """One object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(account, spans))
