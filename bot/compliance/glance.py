"""What a list needs to know of a show, from the first and the last kilobytes of its ledger: a list of a
year's shows reads no whole ledger. Nothing of it is verified; that is `castmate ledger verify`'s.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.compliance.ledger_parts import parts

HEAD_BYTES = 512 * 1024  # the opening, and the decision with all its rules
TAIL_BYTES = 64 * 1024  # the end of the show and the last checkpoint; a running show's latest minute
HEAD_LINES = 12
STILL = timedelta(minutes=3)  # a running show signs a checkpoint each minute
FIRST = "ledger.jsonl"


@dataclass(frozen=True, slots=True)
class Glance:
    """`folder`: its name; `begun`, `last`: times of its first and its latest entry (UTC); `closed`: its last
    entry is the final checkpoint; `size`: bytes of all its files; `stamp`: changes when a file does.
    """

    folder: str
    show: str
    begun: datetime
    last: datetime
    mode: str
    destinations: tuple[str, ...]
    audience: tuple[str, ...]
    closed: bool
    reason: str
    size: int
    stamp: tuple[tuple[str, int, int], ...]

    def running(self, now: datetime) -> bool:
        """Whether it is still being written, as far as the file tells."""
        return not self.closed and now - self.last <= STILL

    @property
    def seconds(self) -> float:
        return max(0.0, (self.last - self.begun).total_seconds())


def stamp_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, bytes and time of change of each file of a show's ledger; empty: there is none."""
    found = []
    for path in parts(folder / FIRST):
        try:
            state = path.stat()
        except OSError:
            continue
        found.append((path.name, state.st_size, state.st_mtime_ns))
    return tuple(found)


def glance(folder: Path) -> Glance | None:
    """None: there is no ledger, or its first line cannot be read as one."""
    stamp = stamp_of(folder)
    if not stamp or stamp[0][0] != FIRST:
        return None
    head = list(_entries(_head(folder / FIRST)))
    opening = next((e for e in head if e["kind"] == "ledger"), None)
    if opening is None:
        return None
    decided: dict[str, Any] = next((e["data"] for e in head if e["kind"] == "show.decided"), {})
    tail = list(_entries(_tail(folder / stamp[-1][0])))
    latest = tail[-1] if tail else opening
    ended: dict[str, Any] = next((e["data"] for e in reversed(tail) if e["kind"] == "show.ended"), {})
    return Glance(
        folder=folder.name,
        show=str(opening["data"].get("show", "")),
        begun=opening["at"],
        last=latest["at"],
        mode=str(decided.get("mode", "")),
        destinations=_texts(decided.get("destinations")),
        audience=_texts(decided.get("audience")),
        closed=latest["kind"] == "checkpoint" and bool(latest["data"].get("final")),
        reason=str(ended.get("reason", "")),
        size=sum(size for _, size, _ in stamp),
        stamp=stamp,
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _head(path: Path) -> list[bytes]:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES).splitlines()[:HEAD_LINES]
    except OSError:
        return []


def _tail(path: Path) -> list[bytes]:
    """The lines of a file's end; the first may be half of one, and a torn last one is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
            return file.read().splitlines()
    except OSError:
        return []


def _entries(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    """The entries of these lines; what is no entry is passed over."""
    for line in lines:
        try:
            entry = json.loads(line)["entry"]
            at = datetime.fromisoformat(entry["at"])
            if isinstance(entry["data"], dict) and isinstance(entry["kind"], str) and at.tzinfo is not None:
                yield {"kind": entry["kind"], "at": at, "data": entry["data"]}
        except (ValueError, KeyError, TypeError):
            continue
