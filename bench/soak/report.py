"""Figures of a soak from what it left in its folder: `python -m bench.soak --report FOLDER [--save]`."""

import json
import statistics
from pathlib import Path
from typing import Any

from bench.drift import drift_ms, offsets
from bench.rows import Row, row
from bench.soak.cost import cost_rows

WARM = 0.2  # share of the time that counts as warm-up, at most WARM_S
WARM_S = 900.0
TICKS = ("_lagged", "", "_advanced", "_skipped")  # counts of a show's metrics
END = 0.1  # share at the end that is compared with the time just after the warm-up


def read(path: Path) -> list[dict[str, Any]]:
    """JSON lines; a last one that was cut off is left out."""
    if not path.is_file():
        return []
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return lines


def growth(points: list[tuple[float, float]], warm: float) -> float:
    """(time, value) -> median over the last tenth less median over the tenth that follows `warm`."""
    end = points[-1][0]
    width = max((end - warm) * END, 1e-9)
    first = [v for t, v in points if warm <= t <= warm + width]
    last = [v for t, v in points if t >= end - width]
    return statistics.median(last) - statistics.median(first) if first and last else 0.0


def real_rows(folder: Path) -> list[Row]:
    samples, seen = read(folder / "samples.jsonl"), read(folder / "viewer.jsonl")
    minutes = samples[-1]["at"] / 60
    load = statistics.median(s["load"] for s in samples)
    of = f"{minutes:.0f} min in real time, load of the machine {load:.1f} (2 cores)"
    facts = folder / "facts.json"
    asked = json.loads(facts.read_text(encoding="utf-8"))["minutes"] if facts.is_file() else minutes
    command = f"python -m bench.soak --real {asked:.0f}"
    warm = min(WARM_S, WARM * samples[-1]["at"])
    rows = [_memory(samples, what, warm, of, command) for what in ("air", "studio", "sender")]
    on = [s for s in seen if s["video"]]
    steady = on[2:]
    looks, found = sum(s["looks"] for s in steady), sum(s["labelled"] for s in steady)
    told = offsets(folder / "show.flv")
    hours = (told[-1][0] - told[0][0]) / 3600
    counts = {name: value for s in samples for name, value in s["figures"].items()}  # the latest of each
    late, made, at_once, skipped = (counts[f"castmate_air_ticks{what}_total"] for what in TICKS)
    return [
        *rows,
        *cost_rows(folder, samples, warm, of, command),
        row("soak.real.unlabelled_looks", looks - found, f"of {looks}", "<= 0", of, command),
        row("soak.real.drift", abs(drift_ms(told)) / hours, "ms / h", "<= 1",
            f"sound against picture in the file that was sent, {of}", command),
        row("soak.real.stood", 1000 * max(s["stood"] for s in steady), "ms", "<= 200",
            f"longest time without a movement, slates too, {of}", command),
        row("soak.real.silent", 1000 * max(s["silent"] for s in steady), "ms", "<= 200",
            f"longest silence below the room tone, {of}", command),
        row("soak.real.stamp_gap", 1000 * max(s["video_gap"] for s in steady), "ms", "",
            f"longest step of picture time, {of}", command),
        row("soak.real.late", 100 * late / made, "% of ticks", "", of, command),
        row("soak.real.advanced", at_once, "ticks", "",
            f"made at once after the air had got no processor for a second, {of}", command),
        row("soak.real.skipped", skipped, "ticks", "", of, command),
        row("soak.real.load", load, "processes", "", "median load average, soak included", command),
    ]  # fmt: skip


def _memory(samples: list[dict[str, Any]], what: str, warm: float, of: str, command: str) -> Row:
    points = [(s["at"], p["private_mb"]) for s in samples for p in s["processes"] if p["what"] == what]
    value = growth(points, warm) if points else 0.0
    return row(f"soak.real.growth_{what}", value, "MB", "<= 5", f"after warm-up, {of}", command)


def virtual_rows(folder: Path) -> list[Row]:
    samples = read(folder / "samples.jsonl")
    last = samples[-1]
    hours = last["hours"]
    of = f"{hours:.1f} h of virtual time, {last['ticks']:,} full-size pictures"
    command = f"python -m bench.soak --virtual {hours:.0f}"
    points = [(s["hours"], s["private_mb"]) for s in samples]
    low, high = last["apart_ms"]
    share, looks = last["eye"]
    return [
        row("soak.virtual.hours", hours, "h", ">= 24", of, command),
        row("soak.virtual.growth", growth(points, min(1.0, WARM * hours)), "MB", "<= 5", of, command),
        row("soak.virtual.unlabelled", last["unlabelled"], "pictures", "<= 0", of, command),
        row("soak.virtual.eye", share, f"of {looks} looks", ">= 1", "our own eye, after decoding", command),
        row("soak.virtual.dead_air", last["dead"], "runs", "<= 0", f"over 200 ms, {of}", command),
        row("soak.virtual.apart", high - low, "ms", "",
            "swing of FLV time stamps; sound comes in frames of 21 ms, pictures of 40", command),
        row("soak.virtual.speed", 3600 * hours / last["wall_s"], "x real time", "", of, command),
    ]  # fmt: skip


def rows_of(folder: Path) -> list[Row]:
    """Of either kind of soak."""
    virtual = "hours" in read(folder / "samples.jsonl")[0]
    return virtual_rows(folder) if virtual else real_rows(folder)
