"""A show's recording after the fact: what its ledger says, whether the files still say the same, export."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import av

from bot.compliance.credentials import COMPOSITE, Credentials, Made, Signer, read_credentials
from bot.compliance.ledger import read_ledger
from bot.stage.aigc import KEY, read_aigc
from bot.stage.joining import Cut, Joined, join
from bot.stage.recording import disk_error
from bot.stage.segments import PATTERN, sha256_of
from products.errors import ContentError, SetupError


@dataclass(frozen=True, slots=True)
class Kept:
    """A segment as the ledger notes it. Times in seconds of the show; `entry`: the note's index."""

    path: Path
    from_s: float
    to_s: float
    sha256: str
    entry: int
    torn: bool


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a file: gone, changed, unlisted (not in the ledger), unmarked, marked (though
    a human alone was the show), unsigned.
    """

    file: str
    kind: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


@dataclass(frozen=True, slots=True)
class Inventory:
    """A show's recording. `keep_until`: the packs ask for it that long, as far as the ledger says; `loose`:
    files that the ledger does not know: the open end of a show that was broken off; `gaps`: times without
    a recording between segments.
    """

    show: str
    kept: tuple[Kept, ...]
    loose: tuple[Path, ...]
    keep_until: datetime | None
    unseen: tuple[tuple[float, float], ...]  # from..to in which the label was looked for and not found
    synthetic: bool = True  # False: a human alone was the show, so neither label nor AIGC record belong there

    @property
    def gaps(self) -> tuple[tuple[float, float], ...]:
        pairs = zip(self.kept, self.kept[1:], strict=False)
        return tuple((a.to_s, b.from_s) for a, b in pairs if b.from_s - a.to_s > 0.05)


def inventory(folder: Path) -> Inventory:
    """Reads the ledger and the folder of a show. Raises SetupError where there is none or it is broken."""
    recording = folder / "recording"
    if not recording.is_dir():
        raise SetupError(f"{folder} holds no recording.", remedy="Name the folder of a show that was aired.")
    kept, unseen = [], []
    show, begun, days, ended = folder.name, None, 0, None
    synthetic = True
    for recorded in read_ledger(folder / "ledger.jsonl"):
        kind, data = recorded.entry.kind, recorded.entry.data
        begun, ended = begun or recorded.entry.at, recorded.entry.at
        if kind == "ledger":
            show = str(data.get("show", show))
        elif kind == "show.decided":
            facts = data.get("facts")
            human = isinstance(facts, dict) and not facts["synthetic_person"] and not facts["synthetic_voice"]
            synthetic = not human
        elif kind == "recording.begun":
            days = max(days, int(str(data.get("keep_days", 0))))
        elif kind == "recording.segment":
            kept.append(_kept(recording, data, recorded.index))
        elif kind == "label" and not data.get("label", True) and synthetic:
            unseen.append((_number(data["from_ms"]) / 1000, _number(data["to_ms"]) / 1000))
    known = {k.path for k in kept}
    loose = tuple(p for p in sorted(recording.glob(PATTERN)) if p not in known)
    until = ended + timedelta(days=days) if ended is not None and days else None
    return Inventory(show, tuple(kept), loose, until, tuple(unseen), synthetic)


def _number(value: object) -> float:
    return float(str(value))


def _kept(folder: Path, data: Any, entry: int) -> Kept:
    fps = 25.0  # ledgers from before the times were noted
    first, frames = _number(data["first_frame"]), _number(data["frames"])
    start = _number(data.get("from_ms", first * 1000 / fps)) / 1000
    end = _number(data.get("to_ms", (first + frames) * 1000 / fps)) / 1000
    path = folder / Path(str(data["file"])).name  # a name, wherever the folder stands now
    return Kept(path, start, end, str(data["sha256"]), entry, bool(data.get("torn")))


def verify_recording(found: Inventory) -> tuple[Damage, ...]:
    """Recomputes every hash and reads every mark back; empty: all is as the ledger says. Raises SetupError
    when a file cannot be read.
    """
    out: list[Damage] = []
    for segment in found.kept:
        out += _damage(segment, synthetic=found.synthetic)
    for path in found.loose:
        out.append(Damage(path.name, "unlisted", f"not in the ledger; {_length(path)}"))
    return tuple(out)


def _damage(segment: Kept, *, synthetic: bool = True) -> list[Damage]:
    path = segment.path
    if not path.exists():
        return [Damage(path.name, "gone", f"missing; the ledger knows it (entry {segment.entry})")]
    try:
        digest = sha256_of(path)
    except OSError as error:
        raise disk_error(path, error) from error
    if digest != segment.sha256:
        now, then = digest[:16], segment.sha256[:16]
        text = f"changed: its hash is {now}…, the ledger says {then}… (entry {segment.entry})"
        return [Damage(path.name, "changed", text)]
    out = []
    marked = read_aigc(path) is not None
    if synthetic and not marked:
        out.append(Damage(path.name, "unmarked", "carries no AIGC record"))
    if marked and not synthetic:
        out.append(Damage(path.name, "marked", "carries an AIGC record though nothing in it is synthetic"))
    marks = None if segment.torn else read_credentials(path)
    if marks is not None and not marks.sound:
        out.append(
            Damage(path.name, "unsigned", f"its Content Credentials do not hold: {', '.join(marks.why)}")
        )
    return out


def _length(path: Path) -> str:
    try:
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            last = max((p.pts for p in container.demux(video) if p.pts is not None), default=None)
            if last is not None and video.time_base is not None:
                plays = float(last * video.time_base)
                return f"the open end of a show that was broken off, plays for {plays:.1f} s"
    except (av.FFmpegError, IndexError):
        pass
    return "it does not play"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds. Times in seconds of the show; `credentials`: as read back from the file."""

    path: Path
    from_s: float
    to_s: float
    seconds: float
    segments: tuple[str, ...]
    credentials: Credentials | None


def export(
    found: Inventory,
    out: Path,
    signer: Signer,
    now: datetime,
    *,
    start: float = 0.0,
    end: float | None = None,
) -> Exported:
    """Joins the show from `start` to `end` seconds into `out` (.mp4: signed; .flv cannot be).

    It begins at the last keyframe that is not after `start`. Segments are checked against the ledger first:
    what was changed is not exported. Raises ContentError (nothing in that time, a damaged segment),
    SetupError (the disk).
    """
    kept = [k for k in found.kept if k.to_s > start and (end is None or k.from_s < end)]
    if not kept:
        raise ContentError(
            f"The recording holds nothing from {start:g} s to {'its end' if end is None else f'{end:g} s'}.",
            remedy=f"It covers {_span(found.kept)}.",
        )
    damaged = [d for k in kept for d in _damage(k) if d.kind in ("gone", "changed")]
    if damaged:
        raise ContentError(f"{damaged[0]}.", remedy="Restore it from a copy, or export a part without it.")
    cuts = [_cut(k, start, end) for k in kept]
    if out.exists():
        raise SetupError(f"{out} exists already.", remedy="Move it away or choose another name.")
    try:
        joined = join(cuts, out)
        return _signed(found, kept, joined, out, signer, now)
    except OSError as error:
        out.unlink(missing_ok=True)
        raise disk_error(out, error) from error


def _cut(kept: Kept, start: float, end: float | None) -> Cut:
    until = None if end is None or end >= kept.to_s else end - kept.from_s
    return Cut(kept.path, max(0.0, start - kept.from_s), until)


def _signed(
    found: Inventory, kept: Sequence[Kept], joined: Joined, out: Path, signer: Signer, now: datetime
) -> Exported:
    begin = kept[0].from_s + joined.starts[0]
    names = tuple(k.path.name for k in kept)
    made = Exported(out, begin, begin + joined.seconds, joined.seconds, names, None)
    if out.suffix.lower() == ".flv":
        return made
    before = read_credentials(kept[0].path)
    facts = {
        "show": found.show,
        "from_ms": round(begin * 1000),
        "to_ms": round((begin + joined.seconds) * 1000),
        "segments": [{"file": k.path.name, "sha256": k.sha256, "ledger_entry": k.entry} for k in kept],
    }
    record = read_aigc(out)
    source = before.source if before is not None and before.source else COMPOSITE
    signer.sign(out, Made(f"{found.show} ({out.name})", source, facts), now)
    if record != read_aigc(out):
        raise ContentError(f"{out.name} lost its {KEY} record in signing.", remedy="Do not publish it.")
    return replace(made, credentials=read_credentials(out))


def _span(kept: Sequence[Kept]) -> str:
    return f"{kept[0].from_s:g} s to {kept[-1].to_s:g} s" if kept else "nothing"


def as_json(found: Inventory, damage: Sequence[Damage]) -> str:
    """For machines."""
    return json.dumps(
        {
            "show": found.show,
            "keep_until": found.keep_until.isoformat() if found.keep_until else None,
            "segments": [
                {"file": k.path.name, "from_s": k.from_s, "to_s": k.to_s, "sha256": k.sha256, "torn": k.torn}
                for k in found.kept
            ],
            "gaps": [list(g) for g in found.gaps],
            "label_not_seen": [list(u) for u in found.unseen],
            "damage": [{"file": d.file, "kind": d.kind, "message": d.message} for d in damage],
        },
        ensure_ascii=False,
    )
