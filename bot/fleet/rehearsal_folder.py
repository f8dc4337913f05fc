"""A rehearsal on disk: who ordered it, how far it is, what became of it. One folder each, so that it survives
everything but its own removal.

    order.json     what was asked for; written first
    begun.json     how often it was begun; there from its first start on
    progress.json  {"stage": "drawing" | "rehearsing", "share": 0..1}, by the process that renders it
    lock           locked by that process as long as it lives; holds its number
    film.mp4, report.json, log.txt
    outcome.json   how it ended; written last
"""

import json
import os
import re
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
REPORT_BYTES = 32 << 20


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OVER = frozenset({State.DONE, State.FAILED, State.CANCELLED})


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RehearsalOrder(_Kept):
    """`at`: when it will air, on the show's clock ("20:00"); "": now. `by`: who ordered it. `script`: only
    this one, "orchard-tea/en/2"; `minutes` is then about how long it may take. `licence`: the file of the
    performer's, whose likeness the film shows; "": of nobody.
    """

    show: str
    file: str
    language: str
    minutes: float
    at: str = ""
    by: str = ""
    script: str = ""
    licence: str = ""
    asked_at: AwareDatetime


class Outcome(_Kept):
    state: State
    why: str = ""
    ended_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One as it stands now. `share`: 0..1 of the stage that it is in."""

    id: str
    folder: Path
    order: RehearsalOrder
    state: State
    stage: str = ""
    share: float = 0.0
    why: str = ""
    ended_at: datetime | None = None

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def film(self) -> Path:
        return self.folder / "film.mp4"

    @property
    def report(self) -> Path:
        return self.folder / "report.json"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"


def make(folder: Path, name: str, order: RehearsalOrder) -> Rehearsal:
    """Writes an order. Raises OSError."""
    path = folder / name
    path.mkdir(parents=True)
    write(path / "order.json", order.model_dump_json())
    return Rehearsal(name, path, order, State.WAITING)


def look(folder: Path) -> Rehearsal | None:
    """One rehearsal; None for a folder that holds none."""
    if not ID.fullmatch(folder.name):
        return None
    try:
        order = RehearsalOrder.model_validate_json((folder / "order.json").read_bytes())
    except (OSError, ValidationError):
        return None
    try:
        outcome = Outcome.model_validate_json((folder / "outcome.json").read_bytes())
    except (OSError, ValidationError):
        if not (folder / "begun.json").exists():
            return Rehearsal(folder.name, folder, order, State.WAITING)
        told = read(folder / "progress.json")
        share = told.get("share")
        return Rehearsal(
            folder.name,
            folder,
            order,
            State.RUNNING,
            str(told.get("stage", "")),
            min(1.0, max(0.0, float(share))) if isinstance(share, int | float) else 0.0,
        )
    return Rehearsal(
        folder.name, folder, order, outcome.state, why=outcome.why, ended_at=outcome.ended_at, share=1.0
    )


def all_in(folder: Path) -> list[Rehearsal]:
    """Oldest first."""
    if not folder.is_dir():
        return []
    return [r for p in sorted(folder.iterdir()) if p.is_dir() and (r := look(p)) is not None]


def end(rehearsal: Rehearsal, state: State, why: str, now: datetime) -> None:
    """Writes how it ended. What is of no use any more goes: the film of one that was not done."""
    write(rehearsal.folder / "outcome.json", Outcome(state=state, why=why, ended_at=now).model_dump_json())
    (rehearsal.folder / "progress.json").unlink(missing_ok=True)
    if state is not State.DONE:
        rehearsal.film.unlink(missing_ok=True)


def begin(rehearsal: Rehearsal) -> int:
    """Notes that it is begun; how often by now."""
    path = rehearsal.folder / "begun.json"
    times = read(path).get("times")
    count = (times if isinstance(times, int) else 0) + 1
    for old in ("progress.json", "report.json", "film.mp4"):
        (rehearsal.folder / old).unlink(missing_ok=True)
    write(path, json.dumps({"times": count}))
    return count


def put_back(rehearsal: Rehearsal) -> None:
    """It waits again, as if it had not been begun."""
    (rehearsal.folder / "begun.json").unlink(missing_ok=True)


def remove(rehearsal: Rehearsal) -> None:
    """With its film and report."""
    (rehearsal.folder / "order.json").unlink(missing_ok=True)  # first: half a folder is no rehearsal
    shutil.rmtree(rehearsal.folder, ignore_errors=True)


def report_of(rehearsal: Rehearsal) -> dict[str, Any]:
    """What it told; empty when there is none."""
    with suppress(OSError):
        if rehearsal.report.stat().st_size <= REPORT_BYTES:
            return read(rehearsal.report)
    return {}


def read(path: Path) -> dict[str, Any]:
    """A JSON object; empty when it is not there, or is no such thing."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, text: str) -> None:
    """Whole or not at all. From any thread."""
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
