"""What the processes of a show hold in memory and take of the processor, from /proc."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

TICKS_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """One process at one moment. `private_mb`: RssAnon, pages of its own (the reel and the border are shared
    mappings, counted in `rss_mb` alone); `cpu_s` since it began; `what`: air, studio, sender ...
    """

    pid: int
    what: str
    private_mb: float
    rss_mb: float
    cpu_s: float


def usage(pid: int) -> Usage | None:
    """None when the process is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / TICKS_S
    return Usage(pid, kind(words), _mb(status, "RssAnon"), _mb(status, "VmRSS"), cpu)


def kind(command: list[str]) -> str:
    """What a process of a show is, told by its command line."""
    text = " ".join(command)
    for sign, what in (
        ("sender", "sender"),
        ("resource_tracker", "tracker"),
        ("spawn_main", "studio"),
        (" serve", "console"),
        (" air ", "air"),
    ):
        if sign in text:
            return what
    return "other"


def _mb(status: str, field: str) -> float:
    found = re.search(rf"{field}:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0.0


def family(pid: int) -> list[int]:
    """`pid` and all that it started, and what those started."""
    found = [pid]
    for one in found:
        for thread in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(p) for p in thread.read_text(encoding="ascii").split()]
            except OSError:
                continue
    return found


def usages(pid: int) -> list[Usage]:
    return [u for p in family(pid) if (u := usage(p)) is not None]
