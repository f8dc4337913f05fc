"""Asks for known faults of the locked packages: one question for all of them to OSV (https://osv.dev).

    python scripts/audit.py [--must] [LOCK ...]     default: requirements/base.txt

Exit code 1: there are some, each is named. Where OSV cannot be reached that is said, and the exit code is 0,
so that tests run without a network; with --must it is 2. OSV keeps PyPI's advisories and GitHub's.
"""

import argparse
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import sbom

OSV = "https://api.osv.dev/v1/querybatch"
PATIENCE_S = 5.0
AT_ONCE = 1000  # what OSV takes in one question

Pin = tuple[str, str]  # name, version


def ask(pins: Sequence[Pin], url: str = OSV) -> dict[Pin, list[str]]:
    """Ids of the advisories of each package that has any. Raises OSError when nobody answers, ValueError when
    the answer is none.
    """
    found: dict[Pin, list[str]] = {}
    for at in range(0, len(pins), AT_ONCE):
        some = pins[at : at + AT_ONCE]
        queries = [{"package": {"name": n, "ecosystem": "PyPI"}, "version": v} for n, v in some]
        request = urllib.request.Request(
            url, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            told = json.load(answer)
        results = told.get("results") if isinstance(told, dict) else None
        if not isinstance(results, list) or len(results) != len(some):
            raise ValueError(f"{url} gave no answer for each of {len(some)} packages")
        for pin, result in zip(some, results, strict=True):
            if ids := [str(fault["id"]) for fault in result.get("vulns", ())]:
                found[pin] = sorted(ids)
    return found


def main(words: Sequence[str], url: str = OSV) -> int:
    parser = argparse.ArgumentParser(description="Known faults of the locked packages.")
    parser.add_argument("--must", action="store_true", help="not to be able to ask is a failure")
    parser.add_argument("locks", nargs="*", type=Path, default=[sbom.LOCK])
    told = parser.parse_args(words)
    pins = sorted({(n, v) for f in told.locks for n, v, _ in sbom.locked(f.read_text(encoding="utf-8"))})
    try:
        found = ask(pins, url)
    except (OSError, ValueError) as error:
        print(f"NOT ASKED for known faults of {len(pins)} packages: {error}.")
        print("Run `make audit` where there is a network, before a release.")
        return 2 if told.must else 0
    for (name, version), ids in found.items():
        print(f"{name} {version}: {', '.join(ids)}  (https://osv.dev/vulnerability/{ids[0]})")
    print(f"{len(found)} of {len(pins)} locked packages have known faults.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
