"""Draws the life of a show from the tables in bot/show/session.py: docs/states.svg, and the same as Mermaid
text in docs/how-it-is-built.md.

    python scripts/draw_states.py

Dark words on an arrow are events of the table AIR, coloured ones the rows of JOINT, which couple the air to
the rules. Only the places of the boxes and the bend of the arrows are chosen here; a state without a place is
an error.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from bot.show.session import AIR, COHOST, JOINT, POLICY, Air, Event, Joint

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "how-it-is-built.md"
BEGIN, END = "<!-- states: drawn by scripts/draw_states.py -->", "<!-- end of states -->"

WIDTH, HEIGHT = 1380, 690
BOX_W, BOX_H = 124, 48
PLACES = {
    Air.PLANNED: (100, 160),
    Air.REHEARSED: (100, 340),
    Air.CHECKING: (370, 250),
    Air.LIVE: (700, 160),
    Air.HOLD: (700, 390),
    Air.ENDING: (1000, 275),
    Air.ENDED: (1280, 275),
    Air.FAILED: (370, 430),
}
BENDS = {
    (Air.LIVE, Air.HOLD): 150,
    (Air.HOLD, Air.LIVE): 150,
    (Air.CHECKING, Air.ENDED): -430,
}
INK, RULE, SOFT, PAPER, LINE = "#22303c", "#7a3fa0", "#5d6b78", "#ffffff", "#8796a3"
FILLS = {Air.LIVE: "#d9f2e3", Air.HOLD: "#fdeccb", Air.FAILED: "#fbdcd8"}


@dataclass
class Arrow:
    """All that leads from one state to another: events, and conditions on the rules."""

    start: Air
    end: Air
    events: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)


def arrows() -> list[Arrow]:
    """Every arrow between states of the air, one for each pair."""
    found: dict[tuple[Air, Air], Arrow] = {}
    for (state, event), to in AIR.items():
        found.setdefault((state, to), Arrow(state, to)).events.append(str(event))
    for row in JOINT:
        for state in row.air:
            found.setdefault((state, row.to), Arrow(state, row.to)).rules.append(condition(row))
    return list(found.values())


def condition(row: Joint) -> str:
    """A row of JOINT in words, e.g. 'rules clear or warn, checks passed'."""
    words = ["rules " + " or ".join(str(p) for p in row.policy)]
    if row.checked is not None:
        words.append(str(Event.CHECKS_PASSED) if row.checked else "not checked")
    if row.held_by_operator is not None:
        words.append("held by the operator" if row.held_by_operator else "not held by the operator")
    return ", ".join(words)


def mermaid() -> str:
    """The same arrows as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    direction LR", f"    [*] --> {Air.PLANNED}"]
    lines += [f"    {a.start} --> {a.end}: {' / '.join([*a.events, *a.rules])}" for a in arrows()]
    lines.append(f"    note right of {Air.FAILED}: from any state but {Air.ENDED}, on {Event.BROKEN}")
    lines += [f"    {Air.ENDED} --> [*]", f"    {Air.FAILED} --> [*]"]
    return "\n".join(lines)


def svg() -> str:
    """The drawing. Raises ValueError for a state without a place."""
    if lost := [str(s) for s in Air if s not in PLACES]:
        raise ValueError(f"scripts/draw_states.py gives no place to: {', '.join(lost)}")
    parts = [*_arrow_parts(), *_box_parts(), *_small_machines()]
    body = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"
 aria-label="The states of a show" font-family="system-ui, 'Noto Sans', sans-serif" font-size="13">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 0L8 4L0 8z" fill="{SOFT}"/></marker></defs>
<rect width="{WIDTH}" height="{HEIGHT}" rx="14" fill="{PAPER}"/>
{body}
</svg>
"""


def _arrow_parts() -> Iterator[str]:
    for arrow in arrows():
        (x1, y1), (x2, y2) = PLACES[arrow.start], PLACES[arrow.end]
        bend, length = BENDS.get((arrow.start, arrow.end), 0), math.hypot(x2 - x1, y2 - y1)
        cx, cy = (x1 + x2) / 2 + (y2 - y1) / length * bend, (y1 + y2) / 2 + (x2 - x1) / length * bend
        (sx, sy), (ex, ey) = _edge(x1, y1, cx, cy), _edge(x2, y2, cx, cy)
        path = f"M{sx:.0f} {sy:.0f}Q{cx:.0f} {cy:.0f} {ex:.0f} {ey:.0f}"
        yield f'<path d="{path}" fill="none" stroke="{SOFT}" stroke-width="1.6" marker-end="url(#tip)"/>'
        words = [(e, INK) for e in arrow.events]
        words += [(part, RULE) for rule in arrow.rules for part in rule.split(", ")]
        yield _words((sx + 2 * cx + ex) / 4, (sy + 2 * cy + ey) / 4, words)


def _edge(x: float, y: float, to_x: float, to_y: float) -> tuple[float, float]:
    """Where the line from a box's middle leaves the box."""
    dx, dy = to_x - x, to_y - y
    reach = min(
        (BOX_W / 2 + 5) / abs(dx) if dx else math.inf,
        (BOX_H / 2 + 5) / abs(dy) if dy else math.inf,
    )
    return x + dx * reach, y + dy * reach


def _words(x: float, y: float, lines: list[tuple[str, str]]) -> str:
    """Lines of text with their colours, around a middle."""
    top = y - 8.5 * (len(lines) - 1) + 4
    return "\n".join(
        f'<text x="{x:.0f}" y="{top + 17 * i:.0f}" text-anchor="middle" fill="{colour}" stroke="{PAPER}" '
        f'stroke-width="5" stroke-linejoin="round" paint-order="stroke">{escape(line)}</text>'
        for i, (line, colour) in enumerate(lines)
    )


def _box(x: float, y: float, name: str, fill: str) -> str:
    return (
        f'<rect x="{x - BOX_W / 2:.0f}" y="{y - BOX_H / 2:.0f}" width="{BOX_W}" height="{BOX_H}" rx="12" '
        f'fill="{fill}" stroke="{LINE}" stroke-width="1.4"/>\n'
        f'<text x="{x:.0f}" y="{y + 6:.0f}" text-anchor="middle" font-size="17" font-weight="600" '
        f'fill="{INK}">{escape(name)}</text>'
    )


def _box_parts() -> Iterator[str]:
    for state, (x, y) in PLACES.items():
        yield _box(x, y, str(state), FILLS.get(state, "#eef2f6"))
    x, y = PLACES[Air.FAILED]
    yield _words(x, y + 44, [(f"on “{Event.BROKEN}” from any state but {Air.ENDED}", INK)])


def _small_machines() -> Iterator[str]:
    """Co-host and rules: every state is reached from any other by an event of its own."""
    top = 560
    yield f'<line x1="30" y1="{top - 40}" x2="{WIDTH - 30}" y2="{top - 40}" stroke="#d5dde4"/>'
    cohost = {str(to): str(event) for event, to in COHOST.items()}
    policy = {str(to): str(event) for event, to in POLICY.items()}
    for left, title, states in ((100, "co-host", cohost), (620, "rules", policy)):
        yield f'<text x="{left - 62}" y="{top - 14}" fill="{SOFT}">{title}: from any state, on</text>'
        for i, (state, event) in enumerate(states.items()):
            x = left + i * 150
            yield _words(x, top + 16, [(event, RULE if title == "rules" else INK)])
            yield (
                f'<path d="M{x} {top + 28}V{top + 44}" stroke="{SOFT}" stroke-width="1.6" '
                'marker-end="url(#tip)"/>'
            )
            yield _box(x, top + 74, state, "#eef2f6")


def page_with_states(page: str) -> str:
    """The page with its Mermaid text made anew. Raises ValueError when its two marks are missing."""
    head, mark, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"the page needs the lines {BEGIN} and {END}")
    return f"{head}{BEGIN}\n```mermaid\n{mermaid()}\n```\n{END}{tail}"


def main() -> None:
    (DOCS / "states.svg").write_text(svg(), encoding="utf-8")
    PAGE.write_text(page_with_states(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
