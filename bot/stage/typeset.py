"""Setting text: what can be drawn, how wide it is, and how it breaks into lines."""

import unicodedata

from bot.stage.fonts import Weight, face, has_glyph

ELLIPSIS = "…"
CLOSING = frozenset("，。！？；：、）】》”’…,.!?;:)]}%％·°")  # never at the start of a line
OPENING = frozenset("（【《“‘([{$¥€£￥#")  # never at the end of a line
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def drawable(char: str) -> str:
    """`char` as it may be drawn: itself, a space for any white space or control, "" for what the font cannot
    draw.

    Direction marks, joiners, emoji and scripts outside the font are left out: a viewer's text may not break
    the picture.
    """
    if char.isspace() or unicodedata.category(char) == "Cc":
        return " "
    if unicodedata.category(char) in _HIDDEN or not has_glyph(char):
        return ""
    return char


_STRAIGHT = {"‘": "'", "’": "'", "“": '"', "”": '"'}


def glyph(text: str, i: int) -> str:
    """text[i] as it may be drawn, see `drawable`; curly quotes about Latin text are made straight.

    The Chinese face draws curly quotes a full square wide, which tears "We’ll" apart.
    """
    char = text[i]
    if char in _STRAIGHT:
        beside = (text[i - 1 : i] or " ") + (text[i + 1 : i + 2] or " ")
        if not any(is_wide(c) for c in beside):
            return _STRAIGHT[char]
    return drawable(char)


def clean(text: str) -> str:
    """One line of drawable text: controls, emoji and unknown scripts left out, white space folded, NFC."""
    whole = unicodedata.normalize("NFC", text)
    return " ".join("".join(glyph(whole, i) for i in range(len(whole))).split())


def is_wide(char: str) -> bool:
    """Whether `char` takes a full square (Chinese, Japanese, Korean and their punctuation)."""
    return unicodedata.east_asian_width(char) in "WF"


def width(text: str, size: float, weight: Weight) -> float:
    """Advance of `text` in pixels."""
    # measured at the size that is drawn (twice, see canvas.py), so that hinting rounds alike
    return float(face(2 * size, weight).getlength(text)) / 2


def breaks(text: str, i: int) -> bool:
    """Whether a line may end before text[i] (0 < i < len(text))."""
    before, after = text[i - 1], text[i]
    if after in CLOSING or before in OPENING:
        return False
    return before == " " or ((is_wide(before) or is_wide(after)) and after != " ")


def shorten(text: str, size: float, weight: Weight, room: float) -> str:
    """`text`, cut with an ellipsis where it is wider than `room`."""
    if width(text, size, weight) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip() + ELLIPSIS, size, weight) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip(" ,.;:，。；：、") + ELLIPSIS


def wrap(text: str, size: float, weight: Weight, room: float, lines: int) -> list[str]:
    """`text` (cleaned) in at most `lines` lines no wider than `room`, of like length; cut with an ellipsis
    if need be."""
    out = _filled(text, size, weight, room, lines)
    if len(out) < 2 or _bare(out) != _bare([text]):
        return out
    low, high = room / len(out), room  # the narrowest room in which it still takes as many lines
    while high - low > 4:
        middle = (low + high) / 2
        trial = _filled(text, size, weight, middle, lines)
        if len(trial) == len(out) and _bare(trial) == _bare(out):
            out, high = trial, middle
        else:
            low = middle
    return out


def _bare(lines: list[str]) -> str:
    return "".join(lines).replace(" ", "")


def _filled(text: str, size: float, weight: Weight, room: float, lines: int) -> list[str]:
    """Each line as full as it gets."""
    out: list[str] = []
    rest = text
    while rest and len(out) < lines - 1 and width(rest, size, weight) > room:
        end = _line_end(rest, size, weight, room)
        out.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    if rest:
        out.append(shorten(rest, size, weight, room))
    return out


def _line_end(text: str, size: float, weight: Weight, room: float) -> int:
    """Where the first line of `text` ends: the last break that fits, else mid-word."""
    fits = 1
    while fits < len(text) and width(text[: fits + 1].rstrip(), size, weight) <= room:
        fits += 1
    for i in range(min(fits, len(text) - 1), 0, -1):
        if breaks(text, i):
            return i
    return fits


def fit(text: str, weight: Weight, room: float, largest: float, smallest: float) -> float:
    """The largest size in `smallest`..`largest` (in steps of half a pixel) at which `text` fits `room`, else
    `smallest`."""
    size = largest
    while size > smallest and width(text, size, weight) > room:
        size -= 0.5
    return max(size, smallest)
