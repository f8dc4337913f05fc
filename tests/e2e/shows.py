"""Whole shows, made as an operator makes them: by the command line, in a process of their own.

home            data and cache folders of this session; the cache is shared, so the host is drawn once
rehearsal_en/_zh  the sample show rehearsed in that language; film, report and ledger are read by many tests
rehearsed       both, one after the other
Castmate        runs commands; `Process` is one that goes on while the test looks at it
"""

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from servers import wait_for

ROOT = Path(__file__).parents[2]
SHOW = ROOT / "sample" / "show.yaml"
SHOP = {"en": "products.csv", "zh": "products.zh.csv"}
PROGRAM = (sys.executable, "-m", "bot.cli")
MINUTES = float(os.environ.get("CASTMATE_PROOF_MINUTES", "2"))  # `make prove` asks for 10
SEED = "7"
HOUR = "20"


@dataclass(frozen=True)
class Castmate:
    """The command line with folders of its own. `more`: further environment."""

    data: Path
    cache: Path
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Ours alone: nothing that the person at this machine has set leaks in."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CASTMATE_", "OPENAI_", "XDG_"))}
        own = {"CASTMATE_DATA": str(self.data), "CASTMATE_CACHE": str(self.cache), "COLUMNS": "200"}
        return kept | own | {"HOME": str(self.data.parent), "PYTHONUNBUFFERED": "1"} | dict(self.more)

    def __call__(self, *words: object, seconds: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end; its output (both streams) in `stdout`."""
        return subprocess.run(
            [*PROGRAM, *map(str, words)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )

    def with_(self, **more: object) -> "Castmate":
        """The same with more environment: with_(CASTMATE_PORT=8000)."""
        return Castmate(self.data, self.cache, {**self.more, **{k: str(v) for k, v in more.items()}})

    @contextlib.contextmanager
    def running(self, *words: object) -> Iterator["Process"]:
        """A command that goes on; ended with the block, hard if it must be."""
        log = self.data.parent / f"output-{len(list(self.data.parent.glob('output-*')))}.txt"
        with log.open("wb") as out:
            child = subprocess.Popen(
                [*PROGRAM, *map(str, words)],
                cwd=ROOT,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(child, log)
        try:
            yield process
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()

    def shows(self) -> list[Path]:
        """Folders of the shows that were run, the newest last."""
        found = (p for p in (self.data / "shows").glob("*") if p.is_dir())
        return sorted(found, key=lambda p: p.stat().st_mtime)


@dataclass(frozen=True)
class Process:
    """A running castmate. `output` is everything that it has printed so far."""

    child: "subprocess.Popen[bytes]"
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def says(self, words: str, seconds: float = 120.0) -> str:
        """Waits until it has printed `words`; a process that ends without them fails the test at once."""

        def said() -> bool:
            assert self.child.poll() is None or words in self.output, self.output
            return words in self.output

        wait_for(said, seconds)
        return self.output


@dataclass(frozen=True)
class Rehearsed:
    """A rehearsal that was made: its film, its report as read from the file, its ledger, what was printed."""

    language: str
    film: Path
    report: Mapping[str, Any]
    folder: Path
    output: str
    castmate: Castmate

    @property
    def lines(self) -> list[dict[str, Any]]:
        return list(self.report["lines"])

    @property
    def pauses(self) -> list[tuple[float, float]]:
        """Seconds between lines in which nobody speaks: none where a line was cut on the way."""
        lines = sorted(self.lines, key=lambda line: float(line["from_s"]))
        between = [(float(a["to_s"]), float(b["from_s"])) for a, b in pairwise(lines)]
        cuts = [float(line["from_s"]) for line in self.report["cut"]]
        return [(a, b) for a, b in between if not any(a <= cut < b for cut in cuts)]

    @cached_property
    def ledger(self) -> list[dict[str, Any]]:
        return entries(self.folder)


def entries(folder: Path) -> list[dict[str, Any]]:
    """What the ledger of a show holds, in order: {"kind": ..., "at": ..., "data": ...}."""
    lines = (folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["entry"] for line in lines]


def of_kind(ledger: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The data of all entries of one kind."""
    return [e["data"] for e in ledger if e["kind"] == kind]


def so_far(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The data of the entries of one kind in a ledger that is being written; half a line is not read."""
    try:
        whole = (folder / "ledger.jsonl").read_text(encoding="utf-8").rpartition("\n")[0]
    except (FileNotFoundError, UnicodeDecodeError):
        return []
    return of_kind([json.loads(line)["entry"] for line in whole.splitlines()], kind)


def shop(language: str) -> dict[str, dict[str, str]]:
    """The first row of every product as the shop wrote it, by handle."""
    path = ROOT / "sample" / "shop" / SHOP[language]
    with path.open(encoding="utf-8-sig", newline="") as rows:
        return {row["Handle"]: row for row in csv.DictReader(rows) if row["Title"]}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Castmate:
    folder = tmp_path_factory.mktemp("home")
    return Castmate(folder / "data", folder / "cache")


def rehearse(home: Castmate, language: str) -> Rehearsed:
    folder = home.data.parent / f"rehearsal-{language}"
    folder.mkdir()
    castmate = Castmate(folder / "data", home.cache)
    film, report = folder / "show.mp4", folder / "report.json"
    done = castmate(
        *("rehearse", SHOW, "--minutes", MINUTES, "--lang", language, "--seed", SEED),
        *("--hour", HOUR),  # it greets by the hour: the same words at whatever hour the tests run
        *("--out", film, "--report", report),
        seconds=MINUTES * 60 * 6 + 120,
    )
    assert done.returncode == 0, done.stdout
    (show,) = castmate.shows()
    return Rehearsed(language, film, json.loads(report.read_text("utf-8")), show, done.stdout, castmate)


@pytest.fixture(scope="session")
def rehearsal_en(home: Castmate) -> Rehearsed:
    return rehearse(home, "en")


@pytest.fixture(scope="session")
def rehearsal_zh(home: Castmate) -> Rehearsed:
    return rehearse(home, "zh")


@pytest.fixture(params=["en", "zh"])
def rehearsed(request: pytest.FixtureRequest) -> Rehearsed:
    """Each rehearsal in turn; asked for by name, so that a run of one language makes only that one."""
    made: Rehearsed = request.getfixturevalue(f"rehearsal_{request.param}")
    return made
