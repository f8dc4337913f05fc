"""The report that a compliance officer files: figures, timeline, pictures, intervals, signatures, how to
verify.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from bot.compliance.account import AI, DUET, HUMAN, SLATE, Account, Span, clock
from bot.compliance.ledger_file import Checkpoint, Report
from bot.papers.sheet import GREY, INNER, LINE, MARGIN, Sheet
from bot.papers.typeface import width
from bot.papers.wording import Words, words

COLOURS = {
    AI: "#3f6fb5", DUET: "#2b9a8b", HUMAN: "#d98a2b", SLATE: "#9a948d",
    "seen": "#2f8a4c", "not seen": "#c0392b",
    "present": "#2b9a8b", "late": "#e0b23c", "absent": "#c0392b", "not asked for": "#d9d4ce",
    "hold": "#c0392b", "live": "#3f6fb5", "checking": "#d9d4ce", "ending": "#9a948d",
    "trouble": "#e0b23c", "alarm": "#c0392b", "open": "#d9d4ce",
}  # fmt: skip
LANES = ("air", "host", "label", "cohost", "channel", "watch")
MOST_ROWS = 400  # in the table; the exports hold all
FRAME_W = 150.0


@dataclass(frozen=True, slots=True)
class Seal:
    """What vouches for the ledger: its verification, the file's hash, the last signed checkpoint."""

    report: Report
    sha256: str
    checkpoint: Checkpoint | None
    key: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of the recording at `at` seconds of air, from `file`."""

    at: float
    file: str
    image: Image.Image


def evidence_report(
    account: Account,
    spans: Sequence[Span],
    seal: Seal,
    frames: Sequence[Frame],
    damages: Sequence[str],
    folder: Path,
    language: str,
    at: datetime,
) -> Sheet:
    """The whole report, ready to save. `spans`: those chosen; figures and timeline are of the whole
    show.
    """
    w = words(language)
    made = w["made"].format(at=f"{at:%Y-%m-%d %H:%M:%S} UTC")
    sheet = Sheet(f"{w['evidence']}: {account.show}", f"{account.show} · {folder.name} · {made}")
    sheet.y += 12
    sheet.put(MARGIN, sheet.y, w["evidence"], 20, bold=True)
    sheet.y += 8
    _about(sheet, account, folder, w)
    _verdict(sheet, seal, w)
    sheet.heading(w["figures"])
    sheet.pairs(_figures(account, w), 170)
    sheet.heading(w["timeline"], 160)
    timeline(sheet, account, w)
    for note in ("note_label", "note_cohost", "note_time"):
        sheet.paragraph(w[note], 7.5, colour=GREY)
    sheet.heading(w["frames"], 290 if frames else 40)
    _frames(sheet, frames, damages, w)
    sheet.heading(w["intervals"])
    _intervals(sheet, spans, w)
    sheet.heading(w["proof"])
    _proof(sheet, seal, folder, w)
    return sheet


def _about(sheet: Sheet, account: Account, folder: Path, w: Words) -> None:
    licence = f"{account.licence} ({account.performer})" if account.licence else w["nobody"]
    ended = w.get(account.reason, account.reason) if account.closed else w["broken"]
    sheet.pairs(
        (
            (w["show"], account.show),
            (w["folder"], folder.name),
            (w["start"], f"{account.start:%Y-%m-%d %H:%M:%S}"),
            (w["length"], clock(account.end)),
            (w["mode"], account.mode),
            (w["destinations"], ", ".join(account.destinations)),
            (w["audience"], ", ".join(account.audience)),
            (w["packs"], ", ".join(account.packs)),
            (w["licence"], licence),
            (w["reason"], ended),
        )
    )


def _verdict(sheet: Sheet, seal: Seal, w: Words) -> None:
    sheet.y += 6
    report = seal.report
    if not report.ok:
        sheet.paragraph(w["not_whole"], 10, bold=True, colour=COLOURS["not seen"])
        for trouble in report.troubles:
            sheet.paragraph(str(trouble), 8, colour=COLOURS["not seen"])
        return
    sheet.paragraph(w["whole"].format(entries=report.entries), 10, bold=True, colour=COLOURS["seen"])
    vouched = w["signed"].format(entry=report.signed - 1) if report.authentic else w["unsigned"]
    sheet.paragraph(vouched, 9, colour=COLOURS["seen"] if report.authentic else COLOURS["not seen"])


def _figures(account: Account, w: Words) -> list[tuple[str, str]]:
    shares = account.shares()
    aired = sum(account.total("host", s) for s in (AI, DUET, HUMAN, SLATE))
    rows = [(w["live"], clock(aired))]
    for state, share in shares.items():
        of = w["of"].format(share=f"{share:.1%}")
        rows.append((w[state], f"{clock(account.total('host', state))}  ({of})"))
    for state in ("seen", "not seen"):
        rows.append((w[f"label {state}"], f"{account.total('label', state):.1f} s"))
    rows.append((w["cohost"], clock(account.total("cohost", "present"))))
    rows.append((w["holds"], str(sum(s.state == "hold" for s in account.of("air")))))
    rows.append((w["alarms"], str(sum(s.state.endswith("alarm") for s in account.of("watch")))))
    if account.sales:
        rows += _sales(account.sales, w)
    return rows


def _sales(sales: Mapping[str, Any], w: Words) -> list[tuple[str, str]]:
    """Orders, and the sentences that most of them came by."""
    rows = [(w["orders"], w["ordered"].format(**{k: sales.get(k, 0) for k in ("orders", "paid", "pieces")}))]
    best = sales.get("sold_by")
    for sold in best if isinstance(best, list) else ():
        if isinstance(sold, dict):
            rows.append((w["sold by"], f"{sold.get('words', '')}  ({sold.get('orders', 0)})"))
    return rows


def timeline(sheet: Sheet, account: Account, w: Words) -> None:
    """Lanes over the whole show, each state in its colour, with a key below."""
    left, height = 92.0, 15.0
    scale = (INNER - left) / max(account.end, 1.0)
    lanes = [kind for kind in LANES if account.of(kind)]
    sheet.room(len(lanes) * 22 + 60)
    used: dict[str, str] = {}
    for kind in lanes:
        sheet.y += 6
        sheet.put(MARGIN, sheet.y + 10, w[kind], 8, colour=GREY)
        sheet.box(MARGIN + left, sheet.y, INNER - left, height, "#f4f1ed")
        for span in account.of(kind):
            colour = COLOURS.get(span.state, "#c0392b" if kind == "watch" else LINE)
            x0 = MARGIN + left + min(max(span.since, 0.0), account.end) * scale
            x1 = MARGIN + left + min(max(span.until, 0.0), account.end) * scale
            sheet.box(x0, sheet.y, max(x1 - x0, 0.8), height, colour)
            if span.seconds > 0 and span.state in COLOURS:
                used.setdefault(_said(span.state, w), colour)
        sheet.y += height
    _axis(sheet, account.end, MARGIN + left, scale)
    _key(sheet, used)


def _said(state: str, w: Words) -> str:
    named = {"seen": "label seen", "not seen": "label not seen", "present": "cohost"}.get(state, state)
    return w.get(named, named)


def _axis(sheet: Sheet, end: float, x: float, scale: float) -> None:
    steps = (5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600)
    step = next((s for s in steps if end / s <= 8), 43200)
    for tick in range(0, int(end) + 1, step):
        sheet.box(x + tick * scale, sheet.y, 0.5, 4, GREY)
        sheet.put(x + tick * scale, sheet.y + 12, clock(tick), 6.5, colour=GREY)
    sheet.y += 18


def _key(sheet: Sheet, used: dict[str, str]) -> None:
    x = MARGIN
    sheet.y += 6
    for name, colour in used.items():
        wide = width(name, 7.5) + 24
        if x + wide > MARGIN + INNER:
            x, sheet.y = MARGIN, sheet.y + 13
        sheet.box(x, sheet.y, 9, 9, colour)
        sheet.put(x + 12, sheet.y + 7.5, name, 7.5)
        x += wide
    sheet.y += 14


def _frames(sheet: Sheet, frames: Sequence[Frame], damages: Sequence[str], w: Words) -> None:
    if damages:
        sheet.paragraph(w["damaged"], 9, bold=True, colour=COLOURS["not seen"])
        for damage in damages:
            sheet.paragraph(damage, 8)
    if not frames:
        sheet.paragraph(w["no_frames"], 9)
        return
    sheet.y += 8
    across = max(1, int((INNER + 12) // (FRAME_W + 12)))
    for row in range(0, len(frames), across):
        some = frames[row : row + across]
        tall = max(f.image.height / f.image.width for f in some) * FRAME_W
        sheet.room(tall + 20)
        for column, frame in enumerate(some):
            x = MARGIN + column * (FRAME_W + 12)
            sheet.picture(x, sheet.y, FRAME_W, FRAME_W * frame.image.height / frame.image.width, frame.image)
            sheet.put(x, sheet.y + tall + 10, f"{clock(frame.at)}  {frame.file}", 7, colour=GREY)
        sheet.y += tall + 20


def _intervals(sheet: Sheet, spans: Sequence[Span], w: Words) -> None:
    head = [w[name] for name in ("kind", "from", "to", "what", "why", "rules")]
    rows = [
        (
            w.get(s.kind, s.kind) + (f" {s.channel}" if s.channel else ""),
            clock(s.since),
            clock(s.until),
            _said(s.state, w),
            "; ".join(w.get(part, part) for part in (s.evidence, s.why) if part),
            " ".join(s.rules),
        )
        for s in spans[:MOST_ROWS]
    ]
    sheet.table(head, rows, (0.13, 0.09, 0.09, 0.17, 0.35, 0.17))
    if len(spans) > MOST_ROWS:
        sheet.paragraph(f"+ {len(spans) - MOST_ROWS}: {w['events']}", 8, colour=GREY)


def _proof(sheet: Sheet, seal: Seal, folder: Path, w: Words) -> None:
    point = seal.checkpoint
    when = "" if point is None else f"{point.at:%Y-%m-%d %H:%M:%S} UTC, {point.size} entries, {point.root}"
    sheet.pairs(
        (
            (w["ledger_file"], seal.sha256),
            (w["root"], seal.report.root),
            (w["key"], seal.key),
            (w["checkpoint"], when),
            (w["signature"], "" if point is None else point.signature),
        )
    )
    sheet.paragraph(w["verify"], 9)
    beside = f"{folder.name}/ledger.jsonl.checkpoint"
    for command in (
        f"castmate ledger verify {folder.name} --key ledger.pem.pub --checkpoint {beside}",
        f"castmate recording verify {folder.name}",
    ):
        sheet.paragraph(command, 8, bold=True)
