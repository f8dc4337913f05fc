"""A show's intervals drawn as a timeline (SVG), made on the server. Pure.

Readable without colour: each state has a pattern of its own, its name stands in it where it fits, and each
interval has a title. Colours come from the page's style sheet by class, so light and dark both hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from bot.compliance.account import Account, Span, clock
from bot.console.evidence_view import said

WIDE = 1000.0  # units; the page scales it
LEFT = 112.0
LANE, GAP = 26.0, 12.0
HAIR = 1.2  # the least width of an interval: what happened is seen, however long the show
LETTER = 6.6  # width of a letter of a state's name, about
MOST = 6000  # drawn intervals; more than a screen has pixels
LANES = ("air", "host", "label", "cohost", "channel", "watch", "recording", "licence")
Words = Mapping[str, str]
# state -> (class of its colour, pattern); an unknown one is drawn as `rest`
LOOKS: Mapping[str, tuple[str, str]] = {
    "ai": ("ai", "plain"), "ai and human": ("duet", "rise"), "human": ("human", "dots"),
    "slate": ("rest", "rows"), "seen": ("good", "plain"), "not seen": ("bad", "cross"),
    "present": ("good", "plain"), "late": ("warn", "rise"), "absent": ("bad", "cross"),
    "not asked for": ("rest", "none"), "live": ("good", "plain"), "hold": ("bad", "cross"),
    "checking": ("rest", "none"), "ending": ("rest", "rows"), "open": ("rest", "none"),
    "trouble": ("warn", "rise"), "alarm": ("bad", "cross"), "in force": ("good", "plain"),
}  # fmt: skip
PATTERNS = {
    "rise": '<path d="M0 12 12 0M-3 3 3 -3M9 15 15 9"/>',
    "dots": '<circle cx="3" cy="3" r="1.4"/><circle cx="9" cy="9" r="1.4"/>',
    "rows": '<path d="M0 3.5H12M0 9.5H12"/>',
    "cross": '<path d="M0 12 12 0M-3 3 3 -3M9 15 15 9M0 0 12 12M-3 9 3 15M9 -3 15 3"/>',
}
STEPS = (5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Seconds to units."""

    since: float
    until: float

    def x(self, second: float) -> float:
        share = (min(max(second, self.since), self.until) - self.since) / max(self.until - self.since, 1e-9)
        return LEFT + share * (WIDE - LEFT - 8)


def look(state: str) -> tuple[str, str]:
    if state.endswith((" alarm", " bad")) or state in ("failed", "stopped the show"):
        return "bad", "cross"
    return LOOKS.get(state, ("rest", "plain"))


def timeline(
    account: Account, spans: Sequence[Span], since: float | None, until: float | None, w: Words
) -> Markup:
    """The picture of these intervals from `since` to `until` seconds (None: of the whole show)."""
    scale = _Scale(since or 0.0, max(until if until is not None else account.end, (since or 0.0) + 1.0))
    lanes = [(kind, channel) for kind in LANES for channel in _channels(kind, spans)]
    if not lanes:
        return Markup("")
    tall = len(lanes) * (LANE + GAP) + 34
    parts = [_head(account, tall, w)]
    y = 6.0
    for kind, channel in lanes:
        own = [s for s in spans if s.kind == kind and (kind != "channel" or s.channel == channel)]
        parts.append(_lane(kind, channel, own, y, scale, w))
        y += LANE + GAP
    parts.append(_axis(scale, y, account))
    return Markup("".join(parts) + "</svg>")


def legend(spans: Sequence[Span], w: Words) -> list[dict[str, str]]:
    """The looks that are drawn, each once, with the states that have it."""
    named: dict[tuple[str, str], list[str]] = {}
    for state in dict.fromkeys(s.state for s in spans if s.seconds > 0 and s.state in LOOKS):
        named.setdefault(look(state), []).append(said(state, w))
    return [
        {"name": " · ".join(dict.fromkeys(names)), "colour": colour, "pattern": pattern}
        for (colour, pattern), names in named.items()
    ]


def _channels(kind: str, spans: Sequence[Span]) -> list[str]:
    """A lane for each channel; one for every other kind that has intervals."""
    own = [s for s in spans if s.kind == kind]
    return sorted({s.channel for s in own}) if kind == "channel" else [""] if own else []


def _head(account: Account, tall: float, w: Words) -> str:
    name = escape(w["ev_timeline_of"].format(show=account.show, start=f"{account.start:%Y-%m-%d %H:%M} UTC"))
    patterns = "".join(
        f'<pattern id="p-{name}" class="pattern" width="12" height="12" patternUnits="userSpaceOnUse">'
        f"{drawn}</pattern>"
        for name, drawn in PATTERNS.items()
    )
    return (
        f'<svg class="timeline" viewBox="0 0 {WIDE:g} {tall:g}" role="img" aria-label="{name}">'
        f"<defs>{patterns}</defs>"
    )


def _lane(kind: str, channel: str, spans: Sequence[Span], y: float, scale: _Scale, w: Words) -> str:
    named = channel or w[f"ev_kind_{kind}"]
    shown = named if len(named) <= 16 else named[:15] + "…"
    parts = [
        f'<text class="lane-name" x="0" y="{y + 17:g}">{escape(shown)}</text>',
        f'<rect class="lane" x="{LEFT:g}" y="{y:g}" width="{WIDE - LEFT - 8:g}" height="{LANE:g}" rx="5"/>',
    ]
    # what must be seen is drawn last, over what it interrupts
    ranked = sorted(
        _thinned(spans, scale), key=lambda s: (s.seconds <= 0, look(s.state)[0] in ("bad", "warn"))
    )
    parts += [_span(s, y, scale, w) for s in ranked[:MOST]]
    return "".join(parts)


def _thinned(spans: Sequence[Span], scale: _Scale) -> list[Span]:
    """Without those that would fall onto the same hair as one of the same state before them."""
    kept: list[Span] = []
    last: dict[str, float] = {}
    for s in spans:
        x = scale.x(s.until)
        if x - last.get(s.state, -10.0) < HAIR / 2:
            continue
        last[s.state] = x
        kept.append(s)
    return kept


def _span(span: Span, y: float, scale: _Scale, w: Words) -> str:
    colour, pattern = look(span.state)
    x = scale.x(span.since)
    title = f"<title>{escape(_told(span, w))}</title>"
    if span.seconds <= 0:
        points = f"{x:.1f},{y + 3:g} {x + 5:.1f},{y + 20:g} {x - 5:.1f},{y + 20:g}"
        return f'<g class="span {colour}">{title}<polygon class="point" points="{points}"/></g>'
    wide = max(scale.x(span.until) - x, HAIR)
    box = f'x="{x:.1f}" y="{y:g}" width="{wide:.1f}" height="{LANE:g}"'
    drawn = f'<rect class="ground" {box}/>'
    if pattern in PATTERNS:
        drawn += f'<rect class="weave" {box} fill="url(#p-{pattern})"/>'
    name = said(span.state, w)
    if wide > (sum(2 if ord(c) > 0x2E7F else 1 for c in name)) * LETTER + 12:
        long = sum(2 if ord(c) > 0x2E7F else 1 for c in name) * LETTER + 8
        drawn += f'<rect class="plate" x="{x + 4:.1f}" y="{y + 5:g}" width="{long:.1f}" height="16" rx="4"/>'
        drawn += f'<text x="{x + 8:.1f}" y="{y + 17:g}">{escape(name)}</text>'
    return f'<g class="span {colour}">{title}{drawn}</g>'


def _told(span: Span, w: Words) -> str:
    """What is read out and shown over an interval."""
    when = clock(span.since) if span.seconds <= 0 else f"{clock(span.since)}–{clock(span.until)}"
    head = f"{w[f'ev_kind_{span.kind}']}: {said(span.state, w)}, {when}"
    more = [p for p in (span.channel, span.evidence, span.why, " ".join(span.rules)) if p]
    return "; ".join([head, *more])


def _axis(scale: _Scale, y: float, account: Account) -> str:
    length = scale.until - scale.since
    step = next((s for s in STEPS if length / s <= 8), 86400)
    first = int(-(-scale.since // step) * step)
    parts = []
    for tick in range(first, int(scale.until) + 1, step):
        x = scale.x(tick)
        anchor = "end" if x > WIDE - 60 else "start"
        parts.append(f'<path class="tick" d="M{x:.1f} 2V{y:g}"/>')
        parts.append(
            f'<text class="axis" x="{x:.1f}" y="{y + 14:g}" text-anchor="{anchor}">{clock(tick)}</text>'
        )
    return "".join(parts)
