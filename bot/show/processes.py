"""What the processes of a show hold in memory and take of the processor, from Linux's /proc."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
CLOCK_HZ = os.sysconf("SC_CLK_TCK")
SIGNS = (  # words of a command line, and what such a process is; the first that fits
    ("resource_tracker", "tracker"),
    ("spawn_main", "studio"),
    ("sender", "sender"),
    (" serve", "console"),
    (" demo", "console"),
    (" air ", "air"),
)


@dataclass(frozen=True, slots=True)
class Usage:
    """One process at one moment. `rss_mb`: resident, with what it shares (the reel, the border);
    `private_mb`: pages of its own (RssAnon); `cpu_s`: since it began; `what`: see SIGNS, else "other".
    """

    pid: int
    what: str
    private_mb: float
    rss_mb: float
    cpu_s: float


def usage(pid: int, proc: Path = PROC) -> Usage | None:
    """None when the process is gone, or where there is no /proc."""
    try:
        status = (proc / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
        words = (proc / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ")
        stat = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / CLOCK_HZ
    what = next((kind for sign, kind in SIGNS if sign in words), "other")
    return Usage(pid, what, _mb(status, "RssAnon"), _mb(status, "VmRSS"), cpu)


def family(pid: int, proc: Path = PROC) -> list[int]:
    """`pid`, all that it started, and what those started."""
    found = [pid]
    for one in found:
        for thread in (proc / str(one) / "task").glob("*/children"):
            try:
                found += [int(p) for p in thread.read_text(encoding="ascii").split()]
            except OSError:
                continue
    return found


def memory(pid: int, proc: Path = PROC) -> Mapping[str, float]:
    """Figures of a show's processes: rss_mb.air, private_mb.air, rss_mb.studio, ... senders are summed. `pid`
    is the air's.
    """
    figures: dict[str, float] = {}
    for one in family(pid, proc):
        found = usage(one, proc)
        what = "air" if one == pid else "" if found is None else found.what
        if found is not None and what in ("air", "studio", "sender"):
            for name, value in (("rss_mb", found.rss_mb), ("private_mb", found.private_mb)):
                figures[f"{name}.{what}"] = figures.get(f"{name}.{what}", 0.0) + value
    return figures


def _mb(status: str, field: str) -> float:
    found = re.search(rf"{field}:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0.0
