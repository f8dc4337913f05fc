"""Runs the checks stage by stage, tells how long each took, and ends with what passed and failed.

    python scripts/check.py lint audit unit package e2e | prove

Every stage runs even when an earlier one failed, so that one run shows all there is to mend. Exit code 1 when
any failed. With CI set, a skipped test is a failure (tests/skips.py).

Many tests play in real time on a machine that others may load. Where a few of them failed they are run once
more, one after another; what passes only then is named at the end, so that nobody overlooks it.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PACKAGING = "tests/test_packaging.py"
PYTEST = ("pytest", "-q", "-p", "no:cacheprovider", "--durations=10")
REMEMBERING = ("pytest", "-q", "--durations=10")

Command = tuple[str, ...]
STAGES: dict[str, tuple[Command, ...]] = {
    "lint": (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("mypy", "scripts"),
        ("lint-imports",),
    ),
    "audit": (("python", "scripts/audit.py"),),
    "unit": ((*REMEMBERING, "-n", "auto", "--dist", "loadfile", "-m", "not e2e", f"--ignore={PACKAGING}"),),
    "package": ((*PYTEST, PACKAGING),),
    "e2e": (
        (*REMEMBERING, "-n", "2", "--dist", "loadgroup", "-m", "e2e and not live", f"--ignore={PACKAGING}"),
        (*REMEMBERING, "-m", "e2e and live", f"--ignore={PACKAGING}"),
    ),
    "prove": ((*PYTEST, "-m", "e2e or slow", "--timeout=3600"),),
}
TRIED_AGAIN = 2  # files with failed tests at most; more are no matter of load
# Whole shows and a whole year of the calendar, where `test` takes a sample.
ENVIRONMENT = {"prove": {"CASTMATE_PROOF_MINUTES": "10", "CASTMATE_PROOF_YEAR": "1"}}


@dataclass
class Counts:
    """What pytest's closing lines said, added up."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    again: list[str] = field(default_factory=list)  # passed at the second try

    def read(self, line: str) -> None:
        """Adds a closing line, e.g. '3 failed, 120 passed in 12.34s'; any other line adds nothing."""
        if re.search(r"\b(passed|failed|error|errors|skipped|no tests ran)\b.* in [\d.]+s", line) is None:
            return
        for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)\b", line):
            kind = {"passed": "passed", "skipped": "skipped"}.get(word, "failed")
            setattr(self, kind, getattr(self, kind) + int(number))


def run(command: Command, extra: dict[str, str], counts: Counts) -> bool:
    """Runs one command with its output shown as it comes; true when it succeeded."""
    print(f"$ {' '.join(command)}", flush=True)
    environment = {**os.environ, **extra, "PATH": f"{BIN}:{os.environ.get('PATH', '')}"}
    program = str(BIN / command[0])
    with subprocess.Popen(
        [program, *command[1:]], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        line = ""
        # In pieces as they come, not by the line: pytest writes a dot per test.
        while piece := os.read(process.stdout.fileno(), 1 << 16).decode("utf-8", "replace"):
            print(piece, end="", flush=True)
            *whole, line = (line + piece).split("\n")
            for each in whole:
                counts.read(each)
    return process.returncode == 0


def attempted(command: Command, extra: dict[str, str], counts: Counts) -> bool:
    """`run`, with a second try for the few that failed of a pytest that remembers which (REMEMBERING)."""
    if command[: len(REMEMBERING)] != REMEMBERING:
        return run(command, extra, counts)
    with tempfile.TemporaryDirectory() as cache:
        remembered, before = ("-o", f"cache_dir={cache}"), counts.failed
        if run((*command, *remembered), extra, counts):
            return True
        failed = last_failed(Path(cache))
        files = {name.partition("::")[0] for name in failed}
        if not 1 <= len(files) <= TRIED_AGAIN or counts.failed - before != len(failed):
            return False
        print(f"\n== once more, alone: {', '.join(failed)}", flush=True)
        counts.failed = before
        markers = command[command.index("-m") : command.index("-m") + 2]
        second = ("--last-failed", "--last-failed-no-failures=none")
        good = run((*REMEMBERING, *markers, *second, *remembered), extra, counts)
        still = set(last_failed(Path(cache)))
        if good or still <= set(failed):  # else the second run itself came to nothing
            counts.again += [name for name in failed if name not in still]
        return good


def last_failed(cache: Path) -> list[str]:
    """Names of the tests that failed, as pytest's own cache plug-in remembers them."""
    found = cache / "v" / "cache" / "lastfailed"
    return sorted(json.loads(found.read_text(encoding="utf-8"))) if found.is_file() else []


def main(stages: Sequence[str]) -> int:
    unknown = [s for s in stages if s not in STAGES]
    if unknown or not stages:
        print(f"Say some of: {', '.join(STAGES)}.", file=sys.stderr)
        return 2
    counts, table, good = Counts(), [], True
    for stage in stages:
        print(f"\n== {stage}", flush=True)
        begun = time.monotonic()
        results = [attempted(command, ENVIRONMENT.get(stage, {}), counts) for command in STAGES[stage]]
        table.append((stage, all(results), time.monotonic() - begun))
        good = good and all(results)
    print("\n== all stages")
    for stage, passed, seconds in table:
        print(f"  {stage:<10} {'ok' if passed else 'FAILED':<8} {seconds:6.0f} s")
    if counts.passed or counts.failed:
        skipped = f", {counts.skipped} skipped" if counts.skipped else ""
        print(f"\n{counts.passed} passed, {counts.failed} failed{skipped}")
    for name in counts.again:
        print(f"passed only at the second try: {name}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
