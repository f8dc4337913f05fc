"""The report on footage: one HTML file with its pictures inside, for whoever filmed and whoever decides.

It holds pictures of the person: keep it as the footage itself is kept.
"""

import base64
import html
from collections.abc import Sequence
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from persona.clone.footage.checks import Check, Verdict
from persona.clone.footage.preparing import Outcome
from persona.clone.prepared import FPS, MEL_RATE, Prepared

MOMENTS = 8
WORDS = {
    Verdict.GOOD: "good",
    Verdict.WARN: "could be better",
    Verdict.STOP: "must be mended",
    Verdict.UNKNOWN: "not checked",
}
_STYLE = """
:root{--ink:#22262a;--soft:#5c646b;--line:#e3ddd2;--paper:#fffdf9;--good:#1d7a4f;--warn:#9a6200;
--stop:#b3261e;--unknown:#5c646b}
*{box-sizing:border-box}body{margin:0;background:#f4efe6;color:var(--ink);
font:16px/1.5 system-ui,"Noto Sans","Noto Sans CJK SC",sans-serif}
main{max-width:60rem;margin:2rem auto;padding:2rem;background:var(--paper);border:1px solid var(--line);
border-radius:12px}h1{margin:0 0 .2rem;font-size:1.7rem}h2{margin:2.2rem 0 .6rem;font-size:1.15rem}
p{margin:.3rem 0}.soft{color:var(--soft)}.verdict{padding:.9rem 1.1rem;border-radius:8px;font-size:1.1rem;
margin:1.2rem 0;border-left:6px solid}.verdict.good{background:#e8f4ed;border-color:var(--good)}
.verdict.warn{background:#fbf1dd;border-color:var(--warn)}.verdict.stop{background:#fbe9e7;
border-color:var(--stop)}table{border-collapse:collapse;width:100%}td{padding:.55rem .6rem;
border-top:1px solid var(--line);vertical-align:top}td:first-child{font-weight:600;white-space:nowrap}
.tag{display:inline-block;padding:.05rem .55rem;border-radius:99px;font-size:.85rem;color:#fff;
white-space:nowrap}.tag.good{background:var(--good)}.tag.warn{background:var(--warn)}
.tag.stop{background:var(--stop)}.tag.unknown{background:var(--unknown)}.remedy{color:var(--soft)}
.strip{display:flex;gap:.5rem;overflow-x:auto;padding-bottom:.4rem}figure{margin:0}
figcaption{font-size:.75rem;white-space:nowrap;color:var(--soft);text-align:center}
.strip img{display:block;height:11.2rem;
border-radius:6px}.crops img{height:7.3rem}svg{width:100%;height:auto;display:block}
"""


def report(outcome: Outcome, title: str, licence: str, now: datetime) -> str:
    """The whole page. Opens from a file, needs no network."""
    good, bad = _headline(outcome)
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f'<p class="soft">Licence {html.escape(licence)} · checked {now:%Y-%m-%d %H:%M} UTC</p>',
        f'<div class="verdict {good}">{html.escape(bad)}</div>',
        "<h2>What was checked</h2>",
        _table(outcome.checks),
        "<h2>What the film shows</h2>",
        _strip(outcome),
        "<h2>What is heard, and what the mouth does</h2>",
        '<p class="soft">Above: loudness, speech in blue. Below: opening of the mouth.</p>',
        _courses(outcome),
    ]
    if outcome.offset is not None and outcome.offset.curve:
        parts += ["<h2>Sound and picture</h2>", _offset_words(outcome), _offset_curve(outcome)]
    if outcome.transcript:
        parts += ["<h2>What was heard</h2>", f"<p>{html.escape(outcome.transcript)}</p>"]
    if outcome.prepared is not None:
        parts += [
            "<h2>What the clone learns from</h2>",
            _cut_words(outcome.prepared),
            _crops(outcome.prepared),
        ]
    body = "\n".join(parts)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style><main>{body}</main></html>"
    )


def _headline(outcome: Outcome) -> tuple[str, str]:
    stops = [c for c in outcome.checks if c.verdict is Verdict.STOP]
    warns = [c for c in outcome.checks if c.verdict is Verdict.WARN]
    if stops:
        many = "one thing" if len(stops) == 1 else f"{len(stops)} things"
        return "stop", f"No clone can be made of this film: {many} must be mended. Film it again."
    if warns:
        return "warn", "A clone can be made. It would be better with what is marked below."
    return "good", "A clone can be made: all is as asked."


def _table(checks: Sequence[Check]) -> str:
    order = {Verdict.STOP: 0, Verdict.WARN: 1, Verdict.UNKNOWN: 2, Verdict.GOOD: 3}
    rows = []
    for c in sorted(checks, key=lambda c: order[c.verdict]):
        remedy = f'<div class="remedy">{html.escape(c.remedy)}</div>' if c.remedy else ""
        tag = f'<span class="tag {c.verdict}">{WORDS[c.verdict]}</span>'
        rows.append(
            f"<tr><td>{html.escape(c.title)}</td><td>{tag}</td><td>{html.escape(c.found)}{remedy}</td></tr>"
        )
    return f"<table>{''.join(rows)}</table>"


def _strip(outcome: Outcome) -> str:
    kept = sorted(outcome.watcher.pictures)
    chosen = [kept[round(k)] for k in np.linspace(0, len(kept) - 1, min(MOMENTS, len(kept)))] if kept else []
    looks = {look.n: look for look in outcome.watcher.looks}
    figures = []
    for n in dict.fromkeys(chosen):
        picture = _boxed(outcome, n)
        faces = len(looks[n].faces)
        told = "no face" if faces == 0 else "one face" if faces == 1 else f"{faces} faces"
        figures.append(_figure(picture, f"{n / FPS:.1f} s · {told}"))
    return f'<div class="strip">{"".join(figures)}</div>'


def _boxed(outcome: Outcome, n: int) -> bytes:
    """The small picture with the faces' boxes."""
    small = cv2.imdecode(np.frombuffer(outcome.watcher.pictures[n], np.uint8), cv2.IMREAD_COLOR)
    image = np.asarray(small, np.uint8)
    look = next(k for k in outcome.watcher.looks if k.n == n)
    part = image.shape[0] / outcome.facts.kept[1]
    for k, f in enumerate(look.faces):
        colour = (79, 122, 29) if k == 0 else (30, 38, 179)
        corner = round(f.x * part), round(f.y * part)
        cv2.rectangle(image, corner, (round((f.x + f.w) * part), round((f.y + f.h) * part)), colour, 2)
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])


def _figure(picture: bytes, words: str) -> str:
    data = base64.b64encode(picture).decode()
    return (
        f'<figure><img alt="{html.escape(words)}" src="data:image/jpeg;base64,{data}">'
        f"<figcaption>{html.escape(words)}</figcaption></figure>"
    )


def _courses(outcome: Outcome) -> str:
    """Loudness with speech marked, and the opening of the mouth, over time."""
    seconds, wide, high = outcome.facts.seconds, 900.0, 90.0
    level = outcome.heard.level
    step = max(1, len(level) // 900)
    at = np.arange(0, len(level), step)
    x = at / MEL_RATE / seconds * wide
    y = high - (np.clip(level[at], -70, 0) + 70) / 70 * high
    edges = np.flatnonzero(np.diff(np.concatenate([[0], outcome.heard.speaking.astype(np.int8), [0]])))
    spoken = "".join(
        f'<rect x="{a / MEL_RATE / seconds * wide:.1f}" y="0" '
        f'width="{(b - a) / MEL_RATE / seconds * wide:.1f}" height="{high}" fill="#dbe8f5"/>'
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    )
    lower = ""
    if outcome.measured.openings:
        o = np.asarray(outcome.measured.openings)
        most = max(0.3, float(np.percentile(o, 99.5)))
        ox, oy = (np.arange(len(o)) + 0.5) / FPS / seconds * wide, 200 - np.clip(o / most, 0, 1) * high
        lower = _line(ox, oy, "#b3261e")
    ticks = "".join(
        f'<text x="{s / seconds * wide:.0f}" y="216" font-size="11" fill="#5c646b">{s:.0f} s</text>'
        for s in np.arange(0, seconds, max(1.0, round(seconds / 12)))
    )
    return f'<svg viewBox="0 0 {wide:.0f} 220">{spoken}{_line(x, y, "#1f4e79")}{lower}{ticks}</svg>'


def _line(x: NDArray[np.float64], y: NDArray[np.float64], colour: str) -> str:
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.2"/>'


def _offset_words(outcome: Outcome) -> str:
    assert outcome.offset is not None
    by = "the sounds of the text" if outcome.offset.trusted else "loudness alone, which is rough"
    found = outcome.offset.seconds
    told = "it cannot be told" if found is None else f"{found * 1000:.0f} ms"
    return (
        f"<p>Measured by {by}. How late the sound comes: <b>{told}</b>. "
        "The higher the curve, the better the sound explains the mouth.</p>"
    )


def _offset_curve(outcome: Outcome) -> str:
    assert outcome.offset is not None
    curve, wide, high = outcome.offset.curve, 600.0, 120.0
    xs = np.array([(s + 0.24) / 0.54 * wide for s, _ in curve])
    ys = np.array([high - max(0.0, min(1.0, v)) * high for _, v in curve])
    marks = "".join(
        f'<text x="{(s + 0.24) / 0.54 * wide:.0f}" y="{high + 16}" font-size="11" fill="#5c646b">'
        f"{s * 1000:.0f} ms</text>"
        for s in (-0.2, -0.1, 0.0, 0.1, 0.2)
    )
    peak = ""
    if outcome.offset.seconds is not None:
        x = (outcome.offset.seconds + 0.24) / 0.54 * wide
        peak = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{high}" stroke="#b3261e" stroke-dasharray="4 3"/>'
    frame = f'<line x1="0" x2="{wide}" y1="{high}" y2="{high}" stroke="#e3ddd2"/>'
    return (
        f'<svg viewBox="0 0 {wide:.0f} {high + 20:.0f}" style="max-width:38rem">{frame}'
        f"{_line(xs, ys, '#1f4e79')}{peak}{marks}</svg>"
    )


def _cut_words(prepared: Prepared) -> str:
    idle = sum(s.past - s.first for s in prepared.head.idle) / FPS
    return (
        f"<p>{prepared.count} pictures of {prepared.size} x {prepared.size}; the last "
        f"{prepared.count - prepared.head.held_out} are kept for measuring. {idle:.0f} s at rest. "
        f"The mouth is described by {len(prepared.basis)} numbers. Phones with times: "
        f"{len(prepared.head.phones)}.</p>"
        '<p class="soft">The mouth from closed to wide, with the points that were found; last, in red, the '
        "part that the clone draws.</p>"
    )


def _crops(prepared: Prepared) -> str:
    order = np.argsort(prepared.openings(), kind="stable")
    chosen = [int(order[round(k)]) for k in np.linspace(0, len(order) - 1, 6)]
    figures = []
    for n in chosen:
        image = cv2.cvtColor(np.asarray(prepared.crops[n]), cv2.COLOR_RGB2BGR)
        figures.append(_figure(_pointed(image, prepared.points[n]), f"{n / FPS:.1f} s"))
    image = cv2.cvtColor(np.asarray(prepared.crops[chosen[-1]]), cv2.COLOR_RGB2BGR)
    red = np.zeros_like(image)
    red[..., 2] = 255
    weight = prepared.soft[..., None].astype(np.float32) / 255 * 0.55
    mixed = np.asarray(image * (1 - weight) + red * weight, np.uint8)
    figures.append(_figure(_encoded(_large(mixed)), "what is drawn"))
    return f'<div class="strip crops">{"".join(figures)}</div>'


def _pointed(image: NDArray[np.uint8], points: NDArray[np.float32]) -> bytes:
    big = _large(image)
    part = big.shape[0] / image.shape[0]
    for x, y in points:
        centre = round(float((x + 0.5) * part)), round(float((y + 0.5) * part))
        cv2.circle(big, centre, 2, (90, 220, 120), -1, cv2.LINE_AA)
    return _encoded(big)


def _large(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(image, (320, 320), interpolation=cv2.INTER_CUBIC), np.uint8)


def _encoded(image: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 88])[1])
