"""200 signed-in consoles and 2,000 viewers of the room's chat while a show airs: late ticks of the show
alone, beside the crowd, and alone again, and how long pages take meanwhile. The show is a process of its
own and sends one copy of its picture, however many look.

    python -m bench crowd        CASTMATE_PROOF_LOAD=20x200: fewer; ..._LOAD_SECONDS=60: each stretch
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.crowd_console import LINK
from bench.rows import Row, row

ROOT = Path(__file__).parents[1]
SHOW_FILE, SHOW = ROOT / "sample" / "show.yaml", "corner-evening"
COMMAND = "python -m bench crowd"
CONSOLES, VIEWERS = map(int, os.environ.get("CASTMATE_PROOF_LOAD", "200x2000").split("x"))
SECONDS = float(os.environ.get("CASTMATE_PROOF_LOAD_SECONDS", "60"))
SETTLE_S, LIVE_S, END_S = 10.0, 300, 60
PAGES = (f"/console/{SHOW}", f"/room/{SHOW}")
EVERY_S = 0.5


@dataclass
class Stretch:
    """What became of show and pages in so many seconds. `late`, `made`: the show's ticks. `show`, `console`:
    cores that they took; `load`: of the machine.
    """

    made: float = 0.0
    late: float = 0.0
    show: float = 0.0
    console: float = 0.0
    load: float = 0.0
    pages_ms: list[float] = field(default_factory=list)

    @property
    def late_percent(self) -> float:
        return 100 * self.late / max(1.0, self.made)

    def page_ms(self, share: float) -> float:
        ordered = sorted(self.pages_ms)
        return ordered[min(len(ordered) - 1, round(share * len(ordered)))] if ordered else 0.0


@dataclass
class Measured:
    """`crowd`: what bench.crowd_guests counted."""

    before: Stretch
    during: Stretch
    after: Stretch
    crowd: dict[str, int]


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder))
    if found.crowd["closed"] or found.crowd["lost"]:
        print(f"  sockets were lost: {found.crowd}")
    who = f"{CONSOLES} consoles, {VIEWERS} viewers, {SECONDS:.0f} s each"
    rows = [
        row("console.crowd_messages", found.crowd["messages"], "messages", "", who, COMMAND),
        row("console.crowd_sockets_lost", found.crowd["closed"] + found.crowd["lost"], "sockets", "<= 0", who,
            COMMAND),
    ]  # fmt: skip
    for when in ("before", "during", "after"):
        part: Stretch = getattr(found, when)
        about = f"{who}; load {part.load:.1f} on {os.cpu_count()} cores"
        rows += [
            row(f"console.crowd_{when}_console", part.console, "cores", "", about, COMMAND),
            row(f"console.crowd_{when}_late_ticks", part.late_percent, "%", "", about, COMMAND),
            row(f"console.crowd_{when}_page_p50", statistics.median(part.pages_ms), "ms", "<= 200", about,
                COMMAND),
            row(f"console.crowd_{when}_page_p95", part.page_ms(0.95), "ms", "", about, COMMAND),
            row(f"console.crowd_{when}_show", part.show, "cores", "", about, COMMAND),
        ]  # fmt: skip
    return rows


def measured(folder: Path) -> Measured:
    """A show alone, with everybody, and alone again. `folder`: for all that it makes."""
    with ExitStack() as stack:
        base, console = stack.enter_context(_console(folder))
        show = stack.enter_context(_airing(base, folder))
        _live(base, show, folder)
        time.sleep(SETTLE_S)
        pids = (show.pid, console.pid)
        cookie = (folder / "cookies.txt").read_text("utf-8").splitlines()[0]
        before = asyncio.run(_stretch(base, pids, cookie))
        with _guests(base, folder) as (guests, crowd):
            assert guests.stdout is not None and guests.stdout.readline() == "here\n"
            time.sleep(SETTLE_S)
            during = asyncio.run(_stretch(base, pids, cookie))
        time.sleep(SETTLE_S)
        after = asyncio.run(_stretch(base, pids, cookie))
        assert show.poll() is None, (folder / "air.txt").read_text("utf-8")
    return Measured(before, during, after, crowd)


def _environment(folder: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k != "CASTMATE_STORE"}
    cache = os.environ.get("CASTMATE_CACHE", str(folder / "cache"))
    return kept | {
        "CASTMATE_DATA": str(folder / "data"), "CASTMATE_CACHE": cache, "CASTMATE_LINK_TOKEN": LINK
    }  # fmt: skip


@contextmanager
def _console(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    words = (sys.executable, "-m", "bench.crowd_console", str(port), str(folder), str(CONSOLES))
    with (folder / "console.txt").open("wb") as log:
        child = subprocess.Popen(words, stdout=log, stderr=log, cwd=ROOT)
        try:
            for _ in range(600):
                try:
                    httpx.get(f"{base}/healthz")
                    break
                except httpx.TransportError:
                    time.sleep(0.2)
            yield base, child
        finally:
            child.terminate()
            child.wait(END_S)


@contextmanager
def _airing(base: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    link = f"{base.replace('http', 'ws', 1)}/link/{SHOW}"
    minutes = (3 * SECONDS + 600) / 60
    words = ("air", str(SHOW_FILE), "--link", link, "--minutes", f"{minutes:.1f}")
    with (folder / "air.txt").open("wb") as log:
        child = subprocess.Popen(
            (sys.executable, "-m", "bot.cli", *words),
            stdout=log, stderr=log, cwd=ROOT, env=_environment(folder),
        )  # fmt: skip
        try:
            yield child
        finally:
            child.terminate()
            child.wait(END_S)


@contextmanager
def _guests(base: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    """The crowd; what came of it is there once the block is left."""
    words = (base, SHOW, str(folder / "cookies.txt"), str(CONSOLES), str(VIEWERS))
    child = subprocess.Popen(
        (sys.executable, "-m", "bench.crowd_guests", *words),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    crowd: dict[str, int] = {}
    try:
        yield child, crowd
        told, _ = child.communicate(timeout=END_S)
        crowd |= json.loads(told)
    finally:
        child.kill()
        child.wait(END_S)


def _live(base: str, show: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(LIVE_S):
        if "castmate_air_ticks_total" in httpx.get(f"{base}/metrics", timeout=60).text:
            return
        assert show.poll() is None, (folder / "air.txt").read_text("utf-8")
        time.sleep(1)
    raise TimeoutError((folder / "air.txt").read_text("utf-8"))


async def _stretch(base: str, pids: tuple[int, int], cookie: str) -> Stretch:
    """Looks for SECONDS, asking for pages one after the other."""
    part, loads = Stretch(), list[float]()
    async with httpx.AsyncClient(timeout=60, headers={"cookie": cookie}) as client:

        async def ticks() -> tuple[float, float]:
            found = {}
            for line in (await client.get(f"{base}/metrics")).text.splitlines():
                if line.startswith("castmate_air_ticks"):
                    found[line.split("{")[0]] = float(line.rpartition(" ")[2])
            return found["castmate_air_ticks_total"], found["castmate_air_ticks_lagged_total"]

        first, used = await ticks(), [_cpu_s(pid) for pid in pids]
        began = time.monotonic()
        while time.monotonic() < began + SECONDS:
            for path in PAGES:
                asked = time.perf_counter()
                answer = await client.get(base + path)
                part.pages_ms.append(1000 * (time.perf_counter() - asked))
                assert answer.status_code == 200, (path, answer.status_code)
                loads.append(os.getloadavg()[0])
                await asyncio.sleep(EVERY_S)
        last, took = await ticks(), time.monotonic() - began
        part.made, part.late = last[0] - first[0], last[1] - first[1]
        part.show, part.console = ((_cpu_s(p) - u) / took for p, u in zip(pids, used, strict=True))
    part.load = statistics.fmean(loads)
    return part


def _cpu_s(pid: int) -> float:
    """Seconds of processor that a process has had (proc(5): fields 14 and 15 of stat, in clock ticks)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
