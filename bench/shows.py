"""How many shows one machine carries: whole `castmate air` processes beside one another, each with its
studio, its recording and a file to send to.

    python -m bench shows                     six from cached speech, then 1 to 4 that speak live, per voice
    CASTMATE_BENCH_SHOWS=6 CASTMATE_BENCH_VOICES= python -m bench shows      the first part alone

Cached: a rehearsal with the same seed has spoken every line before; the host is drawn live all the same.
Live: nothing is in the cache. Late: ticks done after their deadline, as the shows' own figures count them;
repeated: ticks for which the studio had nothing in mid-clause.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from bench.rows import Row, row
from bench.soak.server import free_port
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
SHOW = ROOT / "sample" / "show.yaml"
MINUTES = float(os.environ.get("CASTMATE_BENCH_MINUTES", "3"))
SHOWS = int(os.environ.get("CASTMATE_BENCH_SHOWS", "6"))
VOICES = os.environ.get("CASTMATE_BENCH_VOICES", "kokoro,piper")
UP_S = 240.0  # for all shows to be on the air and to have spoken
WARM_S = 10.0  # left out after that
SPARE_MIN = 5.0  # shows are told to last so much longer than is measured
MOST_LIVE = 4
ALLOWED = 0.001
COMMAND = "python -m bench shows"


@dataclass(frozen=True, slots=True)
class Carried:
    """What the shows of one run did together, after WARM_S. Shares of ticks; `busy`: of all cores."""

    late: float
    repeated: float
    skipped: int
    busy: float


def persona(engine: str, folder: Path) -> Path:
    """The sample persona with English spoken by `engine` alone."""
    text = (ROOT / "sample" / "personas" / "mei.yaml").read_text(encoding="utf-8")
    text = text.replace("languages: [en, zh]", "languages: [en]")
    lines = [line for line in text.splitlines() if not line.strip().startswith("zh: {engine")]
    if engine == "piper":
        lines = ["  en: {engine: piper}" if "en: {engine" in line else line for line in lines]
    path = folder / f"{engine}.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def environment(folder: Path) -> dict[str, str]:
    """Data and speech of its own; the drawn hosts are everybody's."""
    (folder / "cache").mkdir(parents=True, exist_ok=True)
    reels = folder / "cache" / "reels"
    if not reels.exists():
        reels.symlink_to((Settings().cache / "reels").resolve())
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CASTMATE_")}
    return kept | {"CASTMATE_DATA": str(folder / "data"), "CASTMATE_CACHE": str(folder / "cache")}


def castmate(*words: object) -> list[str]:
    return [sys.executable, "-m", "bot.cli", *map(str, words)]


def rehearse(who: Path, folder: Path, seed: int) -> None:
    """Speaks all lines of that seed into the cache."""
    out = folder / f"rehearsal-{seed}.mp4"
    words = ("rehearse", SHOW, "--minutes", MINUTES + 2, "--seed", seed, "--persona", who, "--out", out)
    quiet = subprocess.DEVNULL
    subprocess.run(
        castmate(*words), cwd=ROOT, env=environment(folder), check=True, stdout=quiet, stderr=quiet
    )
    out.unlink()


def carry(shows: int, who: Path, folder: Path, *, seeds: Iterable[int]) -> Carried:
    """Runs the shows at once for MINUTES."""
    env, running = environment(folder), []
    ports = [free_port() for _ in range(shows)]
    for port, seed in zip(ports, seeds, strict=False):
        words = ("air", SHOW, "--minutes", MINUTES + SPARE_MIN, "--seed", seed, "--persona", who)
        words += ("--to", folder / f"{port}.flv", "--metrics", port)
        quiet = subprocess.DEVNULL
        running.append(subprocess.Popen(castmate(*words), cwd=ROOT, env=env, stdout=quiet, stderr=quiet))
    try:
        wait_until_speaking(ports)
        time.sleep(WARM_S)
        before, cpu, began = [figures(p) for p in ports], _busy_s(), time.monotonic()
        time.sleep(MINUTES * 60)
        after, spent, lasted = [figures(p) for p in ports], _busy_s() - cpu, time.monotonic() - began
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(20)
    for port in ports:
        (folder / f"{port}.flv").unlink(missing_ok=True)
    shutil.rmtree(folder / "data", ignore_errors=True)
    return carried(before, after, spent / lasted / (os.cpu_count() or 1))


def carried(before: list[Mapping[str, float]], after: list[Mapping[str, float]], busy: float) -> Carried:
    """The difference of the shows' counters. A show that was not heard of counts as late all the time."""

    def grown(name: str) -> float:
        return sum(b.get(name, 0.0) - a.get(name, 0.0) for a, b in zip(before, after, strict=True))

    if not all("castmate_air_ticks_total" in figures for figures in (*before, *after)):
        return Carried(1.0, 1.0, 0, busy)
    ticks = max(1.0, grown("castmate_air_ticks_total"))
    return Carried(
        grown("castmate_air_ticks_lagged_total") / ticks,
        grown("castmate_air_ticks_repeated_total") / ticks,
        round(grown("castmate_air_ticks_skipped_total")),
        busy,
    )


def wait_until_speaking(ports: list[int]) -> None:
    """Until every show has made speech ahead, at most UP_S."""
    end = time.monotonic() + UP_S
    waiting = set(ports)
    while waiting and time.monotonic() < end:
        waiting = {p for p in waiting if not figures(p).get("castmate_studio_lead_seconds")}
        time.sleep(0.5)


def figures(port: int) -> dict[str, float]:
    """What a show tells Prometheus, without labels; {} when it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except OSError:
        return {}
    return {s.name: s.value for f in text_string_to_metric_families(text) for s in f.samples}


def _busy_s() -> float:
    """CPU seconds of the whole machine so far."""
    words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq = (int(w) for w in words[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def cached(folder: Path) -> list[Row]:
    who = persona("kokoro", folder)
    seeds = range(1, SHOWS + 1)
    for seed in seeds:
        rehearse(who, folder, seed)
    seen = carry(SHOWS, who, folder, seeds=seeds)
    of = f"{SHOWS} whole shows, 720x1280p25 superfast, cached speech, {os.cpu_count()} cores"
    name = f"shows.{SHOWS}_cached"
    return [
        row(f"{name}.late", 100 * seen.late, "% of ticks", "<= 0.1", of, COMMAND),
        row(f"{name}.repeated", 100 * seen.repeated, "% of ticks", "", of, COMMAND),
        row(f"{name}.busy", 100 * seen.busy, "% of the machine", "", of, COMMAND),
    ]


def live(engine: str, folder: Path) -> list[Row]:
    """Adds a live show at a time until ticks are late or words come late."""
    most, last = 0, Carried(0.0, 0.0, 0, 0.0)
    for shows in range(1, MOST_LIVE + 1):
        own = folder / f"live-{engine}-{shows}"
        own.mkdir()
        last = carry(shows, persona(engine, own), own, seeds=range(100, 100 + shows))
        print(f"  {shows} live with {engine}: {last}", flush=True)
        if last.late > ALLOWED or last.repeated > ALLOWED:
            break
        most = shows
    of = f"whole shows that speak live with {engine}, < 0.1 % of ticks late or without words"
    return [row(f"shows.live_{engine}", most, f"of {MOST_LIVE} tried", "", of, COMMAND)]


def run() -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="castmate-shows-") as temporary:
        if SHOWS:
            rows += cached(Path(temporary))
        for engine in [v for v in VOICES.split(",") if v]:
            if engine == "piper" and find_spec("piper") is None:
                print("  piper is not installed: pip install 'castmate[piper]'")
                continue
            rows += live(engine, Path(temporary))
    return rows
