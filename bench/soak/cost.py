"""What a show took while it was on the air for an hour: processor, memory, what it sent, what it left behind.

The capacity plan (bot/fleet/capacity.py) is made of these rows.
"""

import json
from pathlib import Path
from typing import Any

from bench.rows import Row, row

PROCESSES = ("air", "studio", "sender")
MB = 1024.0 * 1024.0


def rate(points: list[tuple[float, float]], warm: float) -> float:
    """(time, what was used up by then) -> used up per second after `warm`; 0 for fewer than two points."""
    after = [p for p in points if p[0] >= warm]
    if len(after) < 2 or after[-1][0] <= after[0][0]:
        return 0.0
    return (after[-1][1] - after[0][1]) / (after[-1][0] - after[0][0])


def cost_rows(folder: Path, samples: list[dict[str, Any]], warm: float, of: str, command: str) -> list[Row]:
    """`folder`: of a soak in real time, with `data/` and `show.flv`. `warm`: seconds left out."""
    rows = []
    for what in PROCESSES:
        told = [(s["at"], p) for s in samples for p in s["processes"] if p["what"] == what]
        used = rate([(at, p["cpu_s"]) for at, p in told], warm)
        rows.append(row(f"soak.real.cores_{what}", used, "CPU s / s", "", of, command))
        most = max((p["private_mb"] for at, p in told if at >= warm), default=0.0)
        rows.append(row(f"soak.real.private_{what}", most, "MB", "", f"most, {of}", command))
    for ledger in (folder / "data" / "shows").glob("*/ledger.jsonl"):
        lines = ledger.read_bytes().splitlines()
        hours = _aired_s(lines[-20:]) / 3600
        if hours > 0:
            film = sum(p.stat().st_size for p in (ledger.parent / "recording").glob("*.mp4"))
            sent = (folder / "show.flv").stat().st_size
            rows += [
                row("soak.real.ledger_entries", len(lines) / hours, "entries / h", "", of, command),
                row("soak.real.ledger_mb", ledger.stat().st_size / MB / hours, "MB / h", "", of, command),
                row("soak.real.recording_mb", film / MB / hours, "MB / h", "", of, command),
                row("soak.real.sent_mbps", sent * 8 / hours / 3600e6, "Mb / s", "",
                    f"to one channel, {of}", command),
            ]  # fmt: skip
    return rows


def _aired_s(last: list[bytes]) -> float:
    """How long the show was on the air, as its ledger's end says; 0 when it does not."""
    for line in reversed(last):
        told = json.loads(line).get("entry", {}).get("data", {})
        if isinstance(told, dict) and "seconds" in told and told.get("air") == "ended":
            return float(told["seconds"])
    return 0.0
