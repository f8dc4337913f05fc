"""Charts of the pages of insight, as SVG made on the server. Pure.

Readable without colour: each series has a pattern or shape of its own. Colours come from the page's style
sheet by class, so light and dark both hold. The numbers stand in a table beside each chart; the picture's
label is the sentence that says what it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

WIDE = 400.0  # units; small enough that letters stay readable on a phone
TALL, TOP, BOTTOM, LEFT = 190.0, 10.0, 24.0, 40.0
LABELS = 6  # below the axis, at most
LETTER = 6.6  # width of a letter, about
ROW, BAR = 40.0, 14.0
LOOKS = ("one", "two", "three", "four", "five")  # classes and patterns; "three" is for what is bad


@dataclass(frozen=True, slots=True)
class Series:
    """`look`: of LOOKS, or "point" for a mark at each value; None among `values`: not known."""

    name: str
    values: tuple[float | None, ...]
    look: str = "one"


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a chart of rows: `label` and `told` are shown, `value` (may be below 0) is drawn."""

    label: str
    value: float
    told: str


def ceiling(most: float) -> float:
    """The least of 1, 2, 4, 5, 6, 8 times a power of ten that is not below `most`; 4 at least."""
    if most <= 4:
        return 4.0
    power = 10.0 ** floor(log10(most))
    return next(step * power for step in (1, 2, 4, 5, 6, 8, 10) if step * power >= most - 1e-9)


def columns(labels: Sequence[str], series: Sequence[Series], says: str, *, stacked: bool = False) -> Markup:
    """A column (of each series, beside or on each other) for each label, points above them."""
    drawn = [s for s in series if s.look != "point"]
    top = ceiling(_most(labels, series, stacked=stacked))
    step = (WIDE - LEFT - 6) / max(1, len(labels))
    parts = [_head(TALL, says), *_grid(top)]
    for n, label in enumerate(labels):
        x, base = LEFT + n * step, 0.0
        wide = max(1.0, step * 0.72) / (1 if stacked else max(1, len(drawn)))
        for place, one in enumerate(drawn):
            value = one.values[n] or 0.0
            left = x + step * 0.14 + (0 if stacked else place * wide)
            title = f"{label}: {one.name} {_number(value)}"
            parts.append(_column(left, wide, base, value, top, one.look, title))
            base += value if stacked else 0.0
        for one in series:
            value_there = one.values[n]
            if one.look == "point" and value_there is not None:
                y = _y(value_there, top)
                title = escape(f"{label}: {one.name} {_number(value_there)}")
                left, right = x + step * 0.08, x + step * 0.92
                parts.append(
                    f'<path class="mark-line" d="M{left:.1f} {y:.1f}H{right:.1f}">'
                    f"<title>{title}</title></path>"
                )
        if n % max(1, ceil(len(labels) / LABELS)) == 0:
            parts.append(
                f'<text class="axis" x="{x + step / 2:.1f}" y="{TALL - 7:g}" text-anchor="middle">'
                f"{escape(label)}</text>"
            )
    return Markup("".join(parts) + "</svg>")


def rows(bars: Sequence[Bar], says: str) -> Markup:
    """A bar under each label; what is below 0 goes to the left of the middle."""
    low, high = min([0.0, *(b.value for b in bars)]), max([0.0, *(b.value for b in bars)])
    whole = max(high - low, 1e-9)
    zero = (WIDE - 4) * -low / whole + 2
    parts = [_head(len(bars) * ROW + 2, says)]
    for n, bar in enumerate(bars):
        y, wide = n * ROW + 14, (WIDE - 4) * abs(bar.value) / whole
        x = zero if bar.value >= 0 else zero - wide
        room = int((WIDE - len(bar.told) * LETTER - 16) / LETTER)
        parts.append(
            f'<text x="2" y="{y:g}">{escape(cut(bar.label, room))}</text>'
            f'<text class="told" x="{WIDE - 2:g}" y="{y:g}" text-anchor="end">{escape(bar.told)}</text>'
            f'<rect class="way" x="2" y="{y + 6:g}" width="{WIDE - 4:g}" height="{BAR:g}" rx="4"/>'
            f'<rect class="{"one" if bar.value >= 0 else "three"}" x="{x:.1f}" y="{y + 6:g}" '
            f'width="{max(wide, 1.5):.1f}" height="{BAR:g}" rx="4">'
            f"<title>{escape(bar.label)}: {escape(bar.told)}</title></rect>"
        )
    return Markup("".join(parts) + "</svg>")


def shares(parts_of: Sequence[tuple[str, float, str]], says: str) -> Markup:
    """One bar cut by (name, share 0..1, look)."""
    parts, x = [_head(58, says)], 2.0
    for name, share, look in parts_of:
        wide = (WIDE - 4) * share
        if wide <= 0:
            continue
        title = f"<title>{escape(name)}: {share:.0%}</title>"
        parts.append(_block(x, 8, wide, 40, look, title))
        told = f"{share:.0%}"
        if wide > len(told) * LETTER + 18:
            middle = x + wide / 2
            parts.append(f'<rect class="plate" x="{middle - 20:.1f}" y="17" width="40" height="22" rx="6"/>')
            parts.append(f'<text x="{middle:.1f}" y="33" text-anchor="middle">{told}</text>')
        x += wide
    return Markup("".join(parts) + "</svg>")


def cut(text: str, room: int) -> str:
    """The text, no wider than `room` Latin letters; Chinese characters are twice as wide."""
    wide = 0
    for n, letter in enumerate(text):
        wide += 2 if ord(letter) > 0x2E7F else 1
        if wide > room:
            return text[: max(1, n - 1)].rstrip() + "…"
    return text


def _most(labels: Sequence[str], series: Sequence[Series], *, stacked: bool) -> float:
    drawn = [s for s in series if s.look != "point"]
    known = [v for s in series for v in s.values if v is not None]
    if stacked:
        known += [sum(s.values[n] or 0.0 for s in drawn) for n in range(len(labels))]
    return max(known, default=0.0)


def _y(value: float, top: float) -> float:
    return TALL - BOTTOM - (TALL - TOP - BOTTOM) * value / top


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.1f}"


def _head(tall: float, says: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {WIDE:g} {tall:g}" role="img" aria-label="{escape(says)}">'


def _grid(top: float) -> list[str]:
    found = []
    for share in (0.0, 0.5, 1.0):
        y = _y(top * share, top)
        found.append(f'<path class="tick" d="M{LEFT:g} {y:.1f}H{WIDE - 6:g}"/>')
        told = _number(top * share)
        found.append(f'<text class="axis" x="{LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{told}</text>')
    return found


def _column(x: float, wide: float, base: float, value: float, top: float, look: str, title: str) -> str:
    y, foot = _y(base + value, top), _y(base, top)
    if value <= 0:
        return ""
    return _block(x, y, wide, foot - y, look, f"<title>{escape(title)}</title>")


def _block(x: float, y: float, wide: float, tall: float, look: str, title: str) -> str:
    """A filled box; every look but the first has a pattern over its colour."""
    box = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" rx="{min(3.0, wide / 3):.1f}"'
    weave = "" if look == "one" else f'<rect {box} fill="url(#w-{look})"/>'
    return f'<g>{title}<rect class="{look}" {box}/>{weave}</g>'


_WEAVES = {
    "two": ("8", "M0 8 8 0"),
    "three": ("8", "M0 8 8 0M0 0 8 8"),
    "four": ("6", "M0 3H6"),
    "five": ("6", "M3 0V6"),
}
PATTERNS = Markup(
    '<svg width="0" height="0" aria-hidden="true" class="patterns"><defs>'
    + "".join(
        f'<pattern id="w-{look}" class="weave {look}" width="{size}" height="{size}" '
        f'patternUnits="userSpaceOnUse"><path d="{drawn}"/></pattern>'
        for look, (size, drawn) in _WEAVES.items()
    )
    + "</defs></svg>"
)
