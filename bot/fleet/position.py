"""Where a show stood that died: read from its ledger, which outlives it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.compliance.ledger_parts import parts
from schedules.rundown import position_of

TAIL_BYTES = 512 * 1024  # some hundreds of entries; a cue has a dozen
HEAD_BYTES = 4096
SPOKEN = frozenset({"line.aired", "line.cut"})


def last_position(shows: Path, file: Path, show: str, since: datetime) -> str:
    """The cue whose line aired last ("LAP.CUE") in the newest run of `show` that began at or after `since`;
    "" when there is none or nothing can be read.

    shows   the folder of all shows' folders; file: the show file, whose name each folder begins with
    """
    ledger = newest_ledger(shows, file, show, since)
    return "" if ledger is None else _position(ledger)


def newest_ledger(shows: Path, file: Path, show: str, since: datetime) -> Path | None:
    """The ledger of that run; None when there is none (yet)."""
    found: list[tuple[datetime, Path]] = []
    for folder in shows.glob(f"{file.stem}-*"):
        head = _entry(_read(folder / "ledger.jsonl", first=True).partition("\n")[0])
        try:
            at = datetime.fromisoformat(head["at"])
            if head["data"]["show"] == show and at >= since:
                found.append((at, folder / "ledger.jsonl"))
        except (KeyError, TypeError, ValueError):
            continue
    return max(found)[1] if found else None


def spoken_at(line: str) -> str:
    """The position of a ledger's line when it tells of a line of the rundown that aired; else ""."""
    entry = _entry(line)
    return position_of(str(entry["data"].get("line", ""))) if entry.get("kind") in SPOKEN else ""


def _position(ledger: Path) -> str:
    """Read from the end; a last line that was torn in the crash is passed over."""
    for path in reversed(parts(ledger)):
        for line in reversed(_read(path).splitlines()):
            if place := spoken_at(line):
                return place
    return ""


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)["entry"]
    except (ValueError, KeyError, TypeError):
        return {}
    return entry if isinstance(entry, dict) and isinstance(entry.get("data"), dict) else {}


def _read(path: Path, *, first: bool = False) -> str:
    """The beginning or the end of a file; "" when it cannot be read."""
    try:
        with path.open("rb") as file:
            if first:
                return file.read(HEAD_BYTES).decode("utf-8", "replace")
            file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
